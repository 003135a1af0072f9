"""Files as district offices make them: what comes out of each, row by row.

Beside each file stands `<file>.expect.json`: `options` are what the operator says (`Reading`),
`understood` what must be found out (`says`: words of the encoding or the notes), `rows` what comes
out, as [line, number, network, fields] or [line, reason]. A field that is null must be absent; a
list names several that will do, as does "this|that" for a reason. A fifth item of a row is a reason
that will do as well; "nothing" among the reasons, that the line is passed over. `error` and
`or_error` are words that the refusal of the whole file must contain.
"""

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from outreach.domain.errors import BadInputError
from outreach.domain.network import PrefixTable
from outreach.files import open_file
from outreach.files.model import Batch, Reading, Reject, Row, TwoNumbers, Understanding

FOLDER = Path(__file__).with_name("as_people_make_them")
_SUFFIX = ".expect.json"
SAMPLES = sorted(path.name for path in FOLDER.iterdir() if not path.name.endswith(_SUFFIX))
EXPECTED = sorted(path.name.removesuffix(_SUFFIX) for path in FOLDER.glob(f"*{_SUFFIX}"))


class Told(NamedTuple):
    """What the reader made of a file."""

    understood: Understanding
    rows: list[Row | Reject]


def _read(sample: str, options: dict[str, Any], prefixes: PrefixTable) -> Told:
    if "two_numbers" in options:
        options = options | {"two_numbers": TwoNumbers(options["two_numbers"])}
    with open_file(FOLDER / sample, prefixes, Reading(**options)) as file:
        lines = chain.from_iterable(batch.lines for batch in file.batches(4))
        return Told(file.understanding, list(lines))


def test_there_are_enough_and_each_has_its_expectation() -> None:
    assert SAMPLES == EXPECTED
    assert len(SAMPLES) >= 60


@pytest.mark.parametrize("sample", SAMPLES)
def test_comes_out_as_expected(sample: str, prefixes: PrefixTable) -> None:
    expected = json.loads((FOLDER / f"{sample}{_SUFFIX}").read_text(encoding="utf-8"))
    assert expected.keys() <= {"about", "options", "understood", "rows", "error", "or_error"}
    assert _differences(sample, expected, prefixes) == []


@pytest.mark.parametrize(
    "sample",
    ["quoted.csv", "stray-quote.csv", "two-numbers-both.csv", "titles-merged.xlsx", "one-csv.zip"],
)
def test_goes_on_after_any_batch(sample: str, prefixes: PrefixTable) -> None:
    reading = Reading(two_numbers=TwoNumbers.BOTH)
    whole = _batches(sample, prefixes, reading, 0)
    assert len(whole) > 1
    assert all(batch.lines for batch in whole)
    for n, batch in enumerate(whole, 1):
        assert _batches(sample, prefixes, reading, batch.position) == whole[n:]


def _batches(sample: str, prefixes: PrefixTable, reading: Reading, after: int) -> list[Batch]:
    with open_file(FOLDER / sample, prefixes, reading) as file:
        return list(file.batches(2, after))


def test_a_wrong_expectation_is_noticed(prefixes: PrefixTable) -> None:
    told = _read("plain.xlsx", {}, prefixes)
    right = [[row.line, row.msisdn, row.network.title] for row in told.rows if isinstance(row, Row)]
    wrong = [
        right[1:],
        [*right, [8, "empty"]],
        [[1, *right[0][1:]], *right[1:]],
        [[2, "84900000999", "MobiFone"], *right[1:]],
        [[2, "84900000101", "Viettel"], *right[1:]],
        [[2, "84900000101", "MobiFone", {"full_name": "Ánh"}], *right[1:]],
        [[2, "84900000101", "MobiFone", {"ward": None}], *right[1:]],
        [[2, "empty|total"], *right[1:]],
        None,
    ]
    assert _misread(right, told.rows) == []
    assert all(_misread(rows, told.rows) for rows in wrong)
    assert _misunderstood({"format": "XLS", "header": 2, "says": ["hidden"]}, told.understood)
    assert _lacks(["Phường 1", "CSV"], "the CSV of Phường 2") == ["Phường 1"]


def _differences(sample: str, expected: dict[str, Any], prefixes: PrefixTable) -> list[str]:
    try:
        told = _read(sample, expected.get("options", {}), prefixes)
    except BadInputError as refusal:
        words = str(refusal).replace(sample, "")  # whose name may say "password" by itself
        return _lacks(expected.get("error", expected.get("or_error")), words)
    differences = _misunderstood(expected.get("understood", {}), told.understood)
    return differences + _misread(expected.get("rows"), told.rows)


def _misunderstood(expected: dict[str, Any], told: Understanding) -> list[str]:
    """Name what of the file was taken for something else."""
    said = " ".join([told.encoding, *told.notes])
    differences = [f"nothing says {words!r}" for words in _lacks(expected.get("says", []), said)]
    for name, value in expected.items():
        got = said if name == "says" else getattr(told, name)
        if name != "says" and not _is_meant(name, value, got):
            differences.append(f"{name} should be {value!r}, is {got!r}")
    return differences


def _is_meant(name: str, value: Any, got: Any) -> bool:
    if name == "encoding":  # utf-16 covers both of its kinds, utf-8 the one with a mark
        return str(got).lower().replace("_", "-").startswith(value)
    if name == "sheets":
        return bool(list(got) == value)
    return got in value if isinstance(value, list) else bool(got == value)


def _misread(expected: list[list[Any]] | None, told: list[Row | Reject]) -> list[str]:
    """Name the rows that came out otherwise; the order counts too."""
    if expected is None:
        return [f"should be refused as a whole; {len(told)} rows came out"]
    left, differences = list(told), []
    for line, *outcome in expected:
        if left and left[0].line == line and (wrong := _wrong(outcome, left[0])) is None:
            left.pop(0)
        elif "nothing" in str(outcome[0]).split("|"):
            continue
        elif left and left[0].line == line:
            differences.append(f"line {line}: {wrong}, not {_shown(left.pop(0))}")
        else:
            differences.append(f"line {line}: {outcome} did not come out")
    return differences + [f"line {row.line}: unexpected {_shown(row)}" for row in left]


def _wrong(outcome: list[Any], got: Row | Reject) -> str | None:
    """Say how a row differs from what was expected of it."""
    number, network, fields, reasons = outcome + ["", {}, outcome[0]][len(outcome) - 1 :]
    if isinstance(got, Reject):
        if re.search("[0-9]{7}", got.raw):
            return "the number masked"
        return None if got.reason.value in reasons.split("|") else f"expected {outcome}"
    if (got.msisdn, got.network.title) != (number, network):
        return f"expected {outcome}"
    differences = {name: value for name, value in fields.items() if not _is_told(got, name, value)}
    return f"expected {differences}" if differences else None


def _is_told(row: Row, name: str, value: Any) -> bool:
    declared = row.declared.title if row.declared else None
    got = {"district": row.district, "declared": declared, **row.params}.get(name)
    return got in value if isinstance(value, list) else bool(got == value)


def _shown(row: Row | Reject) -> str:
    if isinstance(row, Reject):
        return f"refused as {row.reason.value}"
    declared = row.declared.title if row.declared else None
    return f"{row.msisdn} {row.network.title} {declared} {row.district!r} {row.params}"


def _lacks(expected: list[str] | None, told: str) -> list[str]:
    """Of the words that must be said, those that are not; "|" stands between such as will do."""
    if expected is None:
        return [f"should be read; was refused: {told}"]
    text = told.casefold()
    return [words for words in expected if not any(w in text for w in words.casefold().split("|"))]

"""Finding the rows of titles: below a letterhead, over one row or two, or none at all."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile, zip_longest

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import Bad, Reason, parse
from outreach.domain.network import PrefixTable
from outreach.files import titles
from outreach.files.model import Record

_DIGITS = re.compile(r"(?:[0-9][ .()-]*){6}")
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[^\W\d_]")
_NOT_ROLES = frozenset({"", titles.LANDLINE})


@dataclass(frozen=True, slots=True)
class Header:
    """The titles of the columns, and where they stand among the first records."""

    line: int
    """0 when the file has none."""
    rows: int
    """How many of the first records are above the data."""
    cells: tuple[str, ...]
    """Empty texts when the file has none."""


def find(
    head: Sequence[Record], line: int | None, named: Collection[str], prefixes: PrefixTable
) -> Header:
    """Find the titles among the first records, or at the line told (0: there are none).

    `named` are titles, as plain words, that an operator gave for columns.
    """
    if line == 0:
        return _none(head)
    if line is not None:
        return _around(head, _at(head, line))
    known = [(place, _known(record.cells, named)) for place, record in enumerate(head)]
    told = {place: roles for place, roles in known if _is_header(roles)}
    if not told:
        return _unnamed(head, prefixes)
    with_phone = {p: roles for p, roles in told.items() if roles & {*titles.PHONES, "told"}}
    best = with_phone or told
    return _around(head, max(best, key=lambda place: len(best[place])))


def phone_column(
    rows: Sequence[Sequence[str]], prefixes: PrefixTable, but: Collection[int] = ()
) -> list[int]:
    """Find the column that holds mobile numbers in half of its cells; several if alike."""
    width = max(map(len, rows), default=0)
    counts = {place: _count(rows, place, prefixes) for place in range(width) if place not in but}
    most = max((good for good, _ in counts.values()), default=0)
    return [
        place
        for place, (good, filled) in counts.items()
        if good and good * 2 >= filled and good * 2 > most
    ]


def _count(rows: Sequence[Sequence[str]], place: int, prefixes: PrefixTable) -> tuple[int, int]:
    cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
    return sum(is_number(cell, prefixes) for cell in cells), len(cells)


def above(rows: Sequence[Sequence[str]], place: int, prefixes: PrefixTable) -> str:
    """The first words above a column's first number: a title, though the file has no header."""
    cells = (row[place] for row in rows if place < len(row))
    before = takewhile(lambda cell: not is_number(cell, prefixes), cells)
    return next((cell for cell in before if _LETTER.search(cell)), "")


def is_number(cell: str, prefixes: PrefixTable) -> bool:
    """Whether a cell holds a mobile number, or two."""
    if not 9 <= len(cell) <= 60:
        return False
    told = parse(cell, prefixes)
    return not isinstance(told, Bad) or told.reason is Reason.TWO_NUMBERS


def _none(head: Sequence[Record]) -> Header:
    return Header(0, 0, ("",) * max((len(record.cells) for record in head), default=0))


def _at(head: Sequence[Record], line: int) -> int:
    for place, record in enumerate(head):
        if record.line == line and not record.fault:
            return place
    raise BadInputError(
        f"line {line} cannot be the header: expected a line with titles, one of the first"
        f" {len(head)} that are not blank, or 0 if the file has no header"
    )


def _known(cells: Sequence[str], named: Collection[str]) -> set[str]:
    """What the cells mean as titles; nothing if one of them holds a number."""
    if any(map(_DIGITS.search, cells)):
        return set()
    told = {"told"} if named and any(titles.words(cell) in named for cell in cells) else set()
    return {titles.meaning(cell) for cell in cells} - _NOT_ROLES | told


def _is_header(roles: Collection[str]) -> bool:
    """One title of a phone column is enough, or two of others; prose has none."""
    return len(roles) > 1 or any(role in {*titles.PHONES, "told"} for role in roles)


def _unnamed(head: Sequence[Record], prefixes: PrefixTable) -> Header:
    """Take the words right above the first number for titles, whatever they mean."""
    found = phone_column([record.cells for record in head], prefixes)
    if not found:
        return _none(head)
    cells = [[*record.cells, *[""] * (found[0] + 1)] for record in head]
    first = next(n for n, row in enumerate(cells) if is_number(row[found[0]], prefixes))
    above = cells[first - 1] if first else [""]
    if first and above[found[0]].strip() and not any(map(_DIGIT.search, above)):
        return Header(head[first - 1].line, first, tuple(head[first - 1].cells))
    return _none(head)


def _around(head: Sequence[Record], place: int) -> Header:
    """Join the row of titles with a second one above or below, and pass over column numbers."""
    cells = list(head[place].cells)
    last = place + 1
    if place and _completes(head[place - 1].cells, cells):
        cells = [low or high for high, low in _pairs(head[place - 1].cells, cells)]
    if last < len(head) and _is_lower(head[last].cells, cells):
        cells = [low or high for high, low in _pairs(cells, head[last].cells)]
        last += 1
    if last < len(head) and _is_numbering(head[last].cells, cells):
        last += 1
    return Header(head[place].line, last, tuple(cells))


def _pairs(high: Sequence[str], low: Sequence[str]) -> list[tuple[str, str]]:
    both = zip_longest(high, low, fillvalue="")
    return [(upper, lower if lower.strip() else "") for upper, lower in both]


def _completes(above: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the row above has titles where this one is blank."""
    if any(map(_DIGITS.search, above)):
        return False
    return any(titles.meaning(upper) and not lower for upper, lower in _pairs(above, cells))


def _is_lower(below: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the row below has titles too: two or more, as merged titles stand over several."""
    if any(map(_DIGITS.search, below)) or sum(bool(cell.strip()) for cell in below) < 2:
        return False
    pairs = _pairs(cells, below)
    leaves_some = any(upper and not lower for upper, lower in pairs)
    keeps_phone = _has_phone(lower or upper for upper, lower in pairs) or not _has_phone(cells)
    return leaves_some and keeps_phone and any(map(titles.meaning, below))


def _has_phone(cells: Iterable[str]) -> bool:
    return any(titles.meaning(cell) in titles.PHONES for cell in cells)


def _is_numbering(below: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether the row numbers the columns, as forms do: (1), (2), (3); or A, B, 1, 2, 3."""
    said = [said for cell in below if (said := titles.words(cell))]
    letters = sum(map(str.isalpha, said))
    wanted = [chr(ord("a") + n) for n in range(letters % 26)]
    wanted += [str(n) for n in range(1, len(said) - letters + 1)]
    return len(said) > 1 and said == wanted and len(said) >= sum(map(bool, cells))

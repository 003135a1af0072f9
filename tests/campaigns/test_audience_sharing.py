"""Several persons behind one phone: others are joined, the same again is rejected."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns import feed
from outreach.domain.network import PrefixTable
from outreach.domain.text import plain
from outreach.store import audiences, schema
from outreach.store.database import Database
from tests.campaigns.imports import Importer, add_up, params, phone, stored

Person = tuple[int, str, str]
"""Which phone, name, insurance number."""


@pytest.fixture
def importer(database: Database, prefixes: PrefixTable, tmp_path: Path) -> Importer:
    return Importer(database, prefixes, tmp_path)


def people(importer: Importer, *persons: tuple[str, str]) -> list[dict[str, object]]:
    """Import persons (name, insurance number) of one phone; the fields of the recipient."""
    path = importer.file([f"{phone(1)};{name};{number};" for name, number in persons])
    assert add_up(importer(path))
    return params(stored(importer.database, "quan-1"))


@pytest.mark.parametrize(
    "other",
    [
        ("Nguyễn Thị An", ""),
        ("NGUYỄN  THỊ AN", ""),
        ("Nguyen Thi An", ""),
        ("Nguyễn Thị An", "7900000002"),
        ("", ""),
    ],
)
def test_the_same_person(importer: Importer, other: tuple[str, str]) -> None:
    [told] = people(importer, ("Nguyễn Thị An", ""), other)
    assert told == {"full_name": "Nguyễn Thị An"}


@pytest.mark.parametrize(
    ("first", "other", "names"),
    [
        (("Lê An", ""), ("Lê Bình", ""), ["Lê An", "Lê Bình"]),
        (("Lê An", "7900000001"), ("Lê An", "7900000002"), ["Lê An", "Lê An"]),
        (("Lê An", "7900000001"), ("Lê Bình", ""), ["Lê An", "Lê Bình"]),
        (("", "7900000001"), ("Lê Bình", "7900000002"), ["Lê Bình"]),
    ],
)
def test_another_person(
    importer: Importer, first: tuple[str, str], other: tuple[str, str], names: list[str]
) -> None:
    [told] = people(importer, first, other)
    assert (told["persons"], told["names"]) == ("2", names)
    assert told.get("full_name", "") == first[0], "the first row's own fields stay"


def test_one_insurance_number_is_one_person_however_written(importer: Importer) -> None:
    [told] = people(importer, ("Lê An", "7900000001"), ("Le T. An", "7900000001"), ("Lê Bo", ""))
    assert told["names"] == ["Lê An", "Lê Bo"]


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([("", ""), ("Lê An", ""), ("Lê Bo", "")], ["Lê An", "Lê Bo"]),
        ([("", ""), ("", "7900000001"), ("Lê An", ""), ("Lê Bo", "")], ["Lê An", "Lê Bo"]),
        ([("", "7900000001"), ("Lê An", "7900000001"), ("Lê Bo", "")], ["Lê An", "Lê Bo"]),
        ([("Lê An", ""), ("Lê An", "7900000002"), ("Lê An", "7900000003")], ["Lê An", "Lê An"]),
        (
            [("A", "7900000001"), ("B", ""), ("B", "7900000002"), ("B", "7900000003")],
            ["A", "B", "B"],
        ),
        ([("", "7900000001"), ("A", "7900000002"), ("A", ""), ("B", "")], ["B", "A"]),
    ],
)
def test_what_one_row_tells_of_a_person_another_cannot_tell(
    importer: Importer, rows: list[tuple[str, str]], names: list[str]
) -> None:
    [told] = people(importer, *rows)
    assert (told["persons"], told["names"]) == (str(len(names)), names)


def test_a_name_learned_later_is_the_nameless_person_s(importer: Importer) -> None:
    [told] = people(importer, ("", "7900000001"), ("Lê An", ""))
    assert (told["persons"], told["names"]) == ("1", ["Lê An"])
    assert "full_name" not in told, "the first row's own fields stay"


def test_the_rest_of_a_phone_s_rows_knows_who_was_learned(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.store.shared_rows.PAGE", 2)
    rows = [("", ""), ("Lê An", ""), ("Lê Bo", ""), ("Lê An", ""), ("Lê Bo", ""), ("Lê Chi", "")]
    [told] = people(importer, *rows)
    assert (told["persons"], told["names"]) == ("3", ["Lê An", "Lê Bo", "Lê Chi"])


def test_so_many_names_are_kept(importer: Importer) -> None:
    [told] = people(importer, *((f"Người {n}", "") for n in range(30)))
    assert told["persons"] == "30"
    assert told["names"] == [f"Người {n}" for n in range(20)]


def test_a_phone_with_more_rows_than_are_looked_at_together(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.store.shared_rows.PAGE", 4)
    rows = [(f"Người {n % 7}", "") for n in range(40)]
    [told] = people(importer, *rows)
    assert (told["persons"], told["names"]) == ("7", [f"Người {n}" for n in range(7)])


NAMES = ("", "Lê An", "lê  an", "Le An", "Lê Bình", "Đỗ Dung")
NUMBERS = ("", "7900000001", "7900000002")
PERSONS = st.tuples(st.integers(0, 3), st.sampled_from(NAMES), st.sampled_from(NUMBERS))


def doubt(a: Person, b: Person) -> int | None:
    """The rule, one person against another: how far from sure they are one; None: they are not."""
    if a[2] and b[2]:
        return 0 if a[2] == b[2] else None
    first, second = ("".join(plain(each[1]).lower().split()) for each in (a, b))
    if first and second:
        return 1 if first == second else None
    return 2


def told_apart(rows: list[Person]) -> tuple[dict[int, list[Person]], list[int]]:
    """The persons of each phone as all rows tell them, and the lines of those that are nobody new.

    The surest person is whom a row speaks of, and what it tells of that person holds.
    """
    phones: dict[int, list[Person]] = {}
    again = []
    for line, row in enumerate(rows, 2):
        known = phones.setdefault(row[0], [])
        doubts = [
            (found, n) for n, each in enumerate(known) if (found := doubt(row, each)) is not None
        ]
        if doubts:
            _, n = min(doubts)
            known[n] = (row[0], known[n][1] or row[1], known[n][2] or row[2])
            again.append(line)
        else:
            known.append(row)
    return phones, again


@pytest.fixture(scope="module")
def lasting(prefixes: PrefixTable, tmp_path_factory: pytest.TempPathFactory) -> Importer:
    """One database for many examples."""
    folder = tmp_path_factory.mktemp("sharing")
    database = Database(f"sqlite:///{folder / 'test.db'}")
    schema.upgrade(database)
    return Importer(database, prefixes, folder)


_names = count()


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(PERSONS, min_size=1, max_size=40),
    window=st.sampled_from([3, 20_000]),
    forgetful=st.booleans(),
)
def test_by_the_rule_in_windows_of_any_size(
    lasting: Importer, *, rows: list[Person], window: int, forgetful: bool
) -> None:
    path = lasting.file([f"{phone(n)};{name};{number};" for n, name, number in rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "PIECE", 5)
        patch.setattr(feed, "TOGETHER", 1)
        patch.setattr("outreach.campaigns.sharing._WINDOW", window)
        patch.setattr("outreach.store.shared_rows.PAGE", max(window, 45))
        if forgetful:
            patch.setattr("outreach.campaigns.seen.Firsts.has", lambda *_: False)
        name = f"n-{next(_names)}"
        found = lasting(path, name, again=True)
    told = stored(lasting.database, name)
    phones, again = told_apart(rows)
    assert (found.imported, found.rejected) == (len(phones), len(again))
    assert found.joined == len(rows) - found.imported - found.rejected
    assert [row[0] for row in told["rejects"]] == again
    for fields, (number, persons) in zip(params(told), phones.items(), strict=True):
        first = next(row for row in rows if row[0] == number)
        names = [" ".join(each[1].split()) for each in persons if each[1]]
        alone = [" ".join(first[1].split())] if first[1] else []
        assert fields.get("names", alone) == names
        assert int(fields.get("persons", 1)) == len(persons), number
        assert fields.get("insurance_number", "") == first[2]
    with lasting.database.read() as conn:
        assert audiences.find(conn, name).state == "ready"

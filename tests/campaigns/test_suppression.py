"""Suppression lists: what becomes of each row, what a list holds back, and how it ends."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.campaigns.suppression import Ledger, Terms
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError
from outreach.domain.network import PrefixTable
from outreach.files import Reading
from outreach.store import audit, suppressions
from outreach.store.database import Database
from outreach.store.suppressions import Standing, SuppressionScope
from outreach.store.users import User

NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
"""12:00 in Ho Chi Minh City."""


@pytest.fixture
def ledger(database: Database, prefixes: PrefixTable) -> Ledger:
    return _ledger(database, prefixes)


def _ledger(database: Database, prefixes: PrefixTable, now: datetime = NOON) -> Ledger:
    return Ledger(database, prefixes, User("lan", Role.OPERATOR), int(now.timestamp() * 1000))


def _file(folder: Path, *numbers: str, name: str = "dnc.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(["phone", *numbers, ""]), encoding="utf-8")
    return path


def test_every_row_is_added_known_or_rejected(ledger: Ledger, tmp_path: Path) -> None:
    path = _file(tmp_path, "0901234567", "0901 234 567", "abc", "0901234568", "02835550100")
    done = ledger.import_file(path, None, Terms("DNC"))
    assert (done.rows, done.added, done.known) == (5, 2, 1)
    assert done.rejected == {"letters": 1, "landline": 1}
    assert (done.list.name, done.list.source, done.list.reason) == ("dnc.csv", "dnc.csv", "DNC")
    again = ledger.import_file(_file(tmp_path, "0901234568", "0901234569"), None, Terms("DNC"))
    assert (again.rows, again.added, again.known, again.list.id) == (2, 1, 1, done.list.id)
    with ledger.database.read() as conn:
        assert [(each.name, n) for each, n in suppressions.listed(conn)] == [("dnc.csv", 3)]


def test_both_numbers_of_a_cell_are_listed(ledger: Ledger, tmp_path: Path) -> None:
    path = _file(tmp_path, "0901234567 / 0912345678")
    done = ledger.import_file(path, None, Terms("DNC"))
    assert (done.rows, done.added, done.rejected) == (2, 2, {})
    for number in ("0901234567", "0912345678"):
        assert ledger.show(number, "x")[1] == [done.list]


def test_a_file_is_read_as_the_operator_says(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "dnc.csv"
    path.write_text("a list\nphone,mobile of the son\n0901234567,0912345678\n")
    told = Reading(columns={"phone": "B"}, header=2)
    done = ledger.import_file(path, None, Terms("DNC"), reading=told)
    assert done.understood is not None
    assert [each.header for each in done.understood.columns if each.role == "phone"] == [
        "mobile of the son"
    ]
    assert ledger.show("0912345678", "x")[1] == [done.list]
    assert ledger.show("0901234567", "x")[1] == []


@pytest.mark.parametrize(
    "terms",
    [
        Terms("another reason"),
        Terms("DNC", SuppressionScope.AD),
        Terms("DNC", expires=date(2027, 1, 1)),
    ],
)
def test_a_name_stands_for_one_set_of_terms(ledger: Ledger, tmp_path: Path, terms: Terms) -> None:
    path = _file(tmp_path, "0901234567")
    ledger.import_file(path, "dnc", Terms("DNC"))
    with pytest.raises(BadInputError, match="exists with other terms: scope all, reason 'DNC'"):
        ledger.import_file(path, "dnc", terms)


@pytest.mark.parametrize("content", ["", "name\nAn\n"])
def test_a_file_without_numbers_leaves_no_list(
    ledger: Ledger, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "no.csv"
    path.write_text(content)
    with pytest.raises(BadInputError):
        ledger.import_file(path, None, Terms("DNC"))
    with ledger.database.read() as conn:
        assert suppressions.listed(conn) == []


def test_an_import_that_broke_off_is_given_again(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.campaigns.suppression._BATCH", 10)
    path = _file(tmp_path, *(f"09012345{n:02}" for n in range(50)))

    def broken(rows: int) -> None:
        if rows == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.import_file(path, None, Terms("DNC"), broken)
    assert _importing(ledger) == [1]
    done = ledger.import_file(path, None, Terms("DNC"))
    assert (done.added, done.known) == (20, 30)
    assert _importing(ledger) == [0]


def _importing(ledger: Ledger) -> list[int]:
    with ledger.database.read() as conn:
        return [found.importing for found, _ in suppressions.listed(conn)]


def test_a_list_holds_until_the_end_of_its_last_local_day(
    database: Database, prefixes: PrefixTable
) -> None:
    ledger = _ledger(database, prefixes)
    found = ledger.add(["0901234567"], "short", Terms("asked", expires=date(2026, 11, 20))).list
    last = datetime(2026, 11, 20, 17, tzinfo=UTC) - timedelta(milliseconds=1)
    assert found.standing(int(last.timestamp() * 1000)) is Standing.IN_FORCE
    assert found.standing(int(last.timestamp() * 1000) + 1) is Standing.EXPIRED
    later = _ledger(database, prefixes, NOON + timedelta(days=1))
    with pytest.raises(BadInputError, match="its last day has passed"):
        later.add(["0901234568"], "short", Terms("asked", expires=date(2026, 11, 20)))
    with pytest.raises(BadInputError, match="its last day has passed"):
        ledger.add(["0901234568"], "new", Terms("asked", expires=date(2026, 11, 19)))
    with pytest.raises(BadInputError, match="--expires 9999-12-31"):
        ledger.add(["0901234568"], "new", Terms("asked", expires=date.max))


def test_numbers_are_added_all_or_none(ledger: Ledger) -> None:
    with pytest.raises(BadInputError, match=r"^number \*\*\*\*: a short code$"):
        ledger.add(["0901234567", "1234"], None, Terms("asked"))
    with ledger.database.read() as conn:
        assert suppressions.listed(conn) == []
    done = ledger.add(["0901234567", "+84 901 234 567", "0901234568"], None, Terms("asked"))
    assert (done.rows, done.added, done.known) == (3, 2, 1)
    assert done.list.name == "lan 2026-11-20 12:00:00"


def test_what_everybody_sees_has_no_number_in_it(ledger: Ledger, tmp_path: Path) -> None:
    path = _file(tmp_path, "0901234567", name="0901234567.csv")
    found = ledger.import_file(path, None, Terms("asked by 0901234567\n")).list
    assert (found.name, found.source) == ("090****567.csv", "090****567.csv")
    assert found.reason == "asked by 090****567"
    with pytest.raises(BadInputError, match="--reason is missing or empty"):
        ledger.import_file(path, "other", Terms(" \t"))


def test_a_list_is_undone_once_and_for_good(ledger: Ledger) -> None:
    found = ledger.add(["0901234567"], "wrong", Terms("asked")).list
    undone = ledger.undo("wrong", "the wrong person")
    assert (undone.undone_by, undone.undone_why) == ("lan", "the wrong person")
    assert undone.standing(ledger.now) is Standing.UNDONE
    with pytest.raises(NotAllowedError, match="'wrong' has been undone already"):
        ledger.undo(str(found.id), "again")
    with pytest.raises(BadInputError, match="would hold nothing back"):
        ledger.add(["0901234568"], "wrong", Terms("asked"))
    with pytest.raises(NotFoundError, match="the latest are: wrong"):
        ledger.undo("nope", "x")


def test_one_number_is_taken_off_its_list(ledger: Ledger) -> None:
    found = ledger.add(["0901234567", "0901234568"], "asked", Terms("asked")).list
    ledger.undo("asked", "changed her mind", "0901 234 567")
    assert ledger.show("0901234567", "complaint") == ("849****567", [])
    assert ledger.show("0901234568", "complaint") == ("849****568", [found])
    with pytest.raises(NotFoundError, match=r"'asked' does not have 849\*\*\*\*567"):
        ledger.undo("asked", "again", "0901234567")


def test_an_import_puts_a_number_that_was_taken_off_on_again(
    ledger: Ledger, tmp_path: Path
) -> None:
    path = _file(tmp_path, "0901234567")
    ledger.import_file(path, "dnc", Terms("DNC"))
    ledger.undo("dnc", "changed her mind", "0901234567")
    assert ledger.import_file(path, "dnc", Terms("DNC")).added == 1


def test_everything_is_written_down_with_numbers_masked(ledger: Ledger, tmp_path: Path) -> None:
    found = ledger.import_file(_file(tmp_path, "0901234567", "x"), "dnc", Terms("DNC")).list
    ledger.add(["0901234568"], "dnc", Terms("DNC"))
    ledger.undo("dnc", "changed", "0901234568")
    ledger.undo("dnc", "old")
    ledger.show("0901234567", "complaint")
    with ledger.database.read() as conn:
        entries = audit.history(conn, f"suppression:{found.id}")
        shown = audit.history(conn, "number:849****567")
    actions = ["create", "import", "add", "remove", "undo"]
    assert [e.action for e in entries] == [f"suppression.{action}" for action in actions]
    assert entries[1].detail == {"file": "dnc.csv", "rows": 2, "added": 1, "rejected": 1}
    whence = {"list": "dnc", "source": "dnc.csv", "list_began": ledger.now}
    assert entries[3].detail == {"number": "849****568", "why": "changed", **whence}
    assert [(e.actor, e.detail["why"]) for e in shown] == [("lan", "complaint")]
    assert "1234567" not in str([*entries, *shown])


def test_everywhere_is_what_no_campaign_may_write_to(ledger: Ledger) -> None:
    ledger.add(["0901234561", "0901234562"], "one", Terms("asked"))
    ledger.add(["0901234562", "0901234563"], "two", Terms("asked", expires=date(2026, 11, 21)))
    ledger.add(["0901234564"], "ads", Terms("asked", SuppressionScope.AD))
    ledger.add(["0901234565"], "gone", Terms("asked"))
    ledger.undo("gone", "x")
    with ledger.database.read() as conn:
        now = list(suppressions.everywhere(conn, ledger.now))
        later = list(suppressions.everywhere(conn, ledger.now + 2 * 86_400_000))
    assert now == [[84901234561, 84901234562, 84901234563]]
    assert later == [[84901234561, 84901234562]]


def test_numbers_of_old_and_new_lists_are_told_apart(ledger: Ledger) -> None:
    ledger.add(["0901234567"], "first", Terms("asked"))
    ledger.add(["0901234567"], "second", Terms("DNC", SuppressionScope.AD))
    with ledger.database.read() as conn:
        rows = conn.execute(text("SELECT msisdn, list FROM suppression ORDER BY list")).all()
    assert [tuple(row) for row in rows] == [(84901234567, 1), (84901234567, 2)]
    assert [each.name for each in ledger.show("0901234567", "x")[1]] == ["first", "second"]

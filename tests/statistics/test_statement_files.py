"""Carriers' files as clerks make them: read, asked about or refused, in words that clerks know."""

from pathlib import Path

import pytest

from outreach.domain.month import Month
from outreach.statistics.findings import RefusedError
from outreach.statistics.statements import (
    Prepared,
    UnconfirmedError,
    hand_in,
    prepare,
    read_statement,
)
from outreach.store import statements
from outreach.store.database import Database
from outreach.store.statements import Statement
from tests.statistics.statement_cases import ASKED, READ, REFUSED, Case
from tests.statistics.statement_world import NOVEMBER, furnish, lines_of, settings


def _prepared(database: Database, folder: Path, case: Case) -> Prepared:
    house = settings()
    month = Month(*case.month) if case.month else None
    told = read_statement(case.make(folder), house.reporting, case.carrier, month)
    with database.write() as conn:
        return prepare(conn, house, told, "an", case.why)


def _taken(database: Database, folder: Path, case: Case, *, confirm: bool = False) -> Statement:
    prepared = _prepared(database, folder, case)
    with database.write() as conn:
        return hand_in(conn, prepared, confirm=confirm)


def _check(messages: list[str], expected: Case) -> None:
    """Every message is expected, every expected one is there."""
    for piece in expected.messages:
        assert any(piece in message for message in messages), (piece, messages)
    for message in messages:
        assert any(piece in message for piece in expected.messages), message


@pytest.mark.parametrize("name", READ)
def test_good_files_are_read(database: Database, tmp_path: Path, name: str) -> None:
    furnish(database)
    stored = _taken(database, tmp_path, READ[name])
    assert (stored.carrier, stored.month, stored.revision) == ("Viettel", NOVEMBER.number, 1)
    assert (stored.total("accesses"), stored.total("installs")) == (110_000, 66_000)
    assert stored.total("sent") == 500_000
    with database.read() as conn:
        assert statements.latest(conn, NOVEMBER.number)["Viettel"] == stored


@pytest.mark.parametrize("name", ASKED)
def test_odd_files_are_asked_about(database: Database, tmp_path: Path, name: str) -> None:
    furnish(database)
    with pytest.raises(UnconfirmedError) as asked:
        _taken(database, tmp_path, ASKED[name])
    _check([each.vi for each in asked.value.findings], ASKED[name])
    stored = _taken(database, tmp_path, ASKED[name], confirm=True)
    assert [each["vi"] for each in stored.cautions] == [each.vi for each in asked.value.findings]


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused(database: Database, tmp_path: Path, name: str) -> None:
    furnish(database)
    with pytest.raises(RefusedError) as refused:
        _taken(database, tmp_path, REFUSED[name], confirm=True)
    assert not isinstance(refused.value, UnconfirmedError)
    _check([each.vi for each in refused.value.findings], REFUSED[name])
    assert all("{" not in each.vi + each.en for each in refused.value.findings)
    with database.read() as conn:
        assert statements.latest(conn, NOVEMBER.number).keys() == {"MobiFone"}


def test_the_figures_of_a_file_stand_where_they_belong(database: Database, tmp_path: Path) -> None:
    furnish(database)
    stored = _taken(database, tmp_path, READ["districts that add up"])
    lines = lines_of(stored)
    (order,) = {number for number, _ in lines} - {0}
    assert lines == {
        (order, ""): (500_000, 480_000, None, None),
        (0, ""): (None, None, 110_000, 66_000),
        (0, "Phường Sài Gòn"): (None, None, 60_000, 36_000),
        (0, "Phường Bến Thành"): (None, None, 50_000, 30_000),
    }
    assert stored.of_order(order).sent == 500_000


def test_words_and_the_invoice_are_taken_along(database: Database, tmp_path: Path) -> None:
    furnish(database)
    stored = _taken(database, tmp_path, READ["words below"])
    assert (stored.difficulties, stored.causes) == ("Thuê bao tắt máy", "chưa rõ")
    assert (stored.invoiced_parts, stored.invoiced_dong) == (12_000, 3_600_000)
    assert (stored.source, stored.document) == ("file", "so-lieu.xlsx")


def test_a_correction_needs_a_reason_and_becomes_the_next_revision(
    database: Database, tmp_path: Path
) -> None:
    furnish(database)
    case = REFUSED["second revision"]._replace(why="đếm lại")
    stored = _taken(database, tmp_path, case, confirm=True)
    assert (stored.revision, stored.why, stored.total("accesses")) == (2, "đếm lại", 110_000)


def test_the_same_figures_in_another_file_change_nothing(
    database: Database, tmp_path: Path
) -> None:
    furnish(database)
    first = _taken(database, tmp_path, READ["plain"])
    again = _prepared(database, tmp_path, READ["semicolons and dots"])
    assert (again.new, again.statement) == (False, first)

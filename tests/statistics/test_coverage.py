"""Months of insured and registered people, imported on both databases: revisions and refusals."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.domain.campaign import Role
from outreach.domain.coverage import Coverage
from outreach.domain.month import Month
from outreach.statistics.coverage import Desk
from outreach.statistics.findings import RefusedError
from outreach.store import audit, coverage, statements
from outreach.store.database import Database
from outreach.store.users import User
from tests.statistics.coverage_files import DISTRICTS, HEAD, MONTH, TABLE, body, csv_file

LAN = User("lan", Role.OPERATOR)
NOW = int(datetime(2024, 12, 2, 3, tzinfo=UTC).timestamp() * 1000)
EACH = Coverage(200_000, 150_000, 100_000, 50_000)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, LAN, NOW, TABLE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return csv_file(tmp_path, [HEAD, *body()], "thang-11.csv")


def kinds(fault: pytest.ExceptionInfo[RefusedError]) -> list[str]:
    return [finding.kind.value for finding in fault.value.findings]


def revisions(desk: Desk, month: Month = MONTH) -> int:
    with desk.database.read() as conn:
        found = coverage.latest(conn, month.number)
    return found.revision if found else 0


def test_a_month_is_imported(desk: Desk, path: Path) -> None:
    done = desk.import_file(path, MONTH)
    assert (done.changed, done.notes) == (True, ())
    found = done.found
    assert (found.month, found.revision, found.source) == (202411, 1, "thang-11.csv")
    assert (found.at, found.made_by, found.why) == (NOW, "lan", "")
    assert found.lines == dict.fromkeys(DISTRICTS, EACH)
    assert found.total == Coverage(4_400_000, 3_300_000, 2_200_000, 1_100_000)
    with desk.database.read() as conn:
        told = audit.history(conn, "month:2024-11")
    assert [(each.actor, each.action) for each in told] == [("lan", "coverage.import")]


def test_the_same_figures_again_change_nothing(desk: Desk, path: Path, tmp_path: Path) -> None:
    first = desk.import_file(path, MONTH)
    turned = csv_file(tmp_path, [HEAD, *reversed(body())], "again.csv")
    for again in (path, turned):
        done = replace(desk, now=NOW + 1).import_file(again, MONTH, "typed again")
        assert (done.changed, done.found) == (False, first.found)
    with desk.database.read() as conn:
        assert len(audit.history(conn, "month:2024-11")) == 1


def test_other_figures_ask_why_and_are_a_revision(desk: Desk, path: Path, tmp_path: Path) -> None:
    desk.import_file(path, MONTH)
    other = csv_file(tmp_path, [HEAD, *body({"Quận 1": ["9"]})])
    for why in ("", " ", "\n"):
        with pytest.raises(RefusedError) as fault:
            desk.import_file(other, MONTH, why)
        assert kinds(fault) == ["why"]
    assert revisions(desk) == 1
    done = desk.import_file(other, MONTH, "BHXH corrected, see 84900000001")
    assert (done.changed, done.found.revision) == (True, 2)
    assert done.found.why.startswith("BHXH corrected, see ")
    assert "84900000001" not in done.found.why
    back = desk.import_file(path, MONTH, "the first was right")
    assert (back.changed, back.found.revision) == (True, 3)


def test_a_month_that_has_not_begun_is_refused(desk: Desk, path: Path) -> None:
    with pytest.raises(RefusedError) as fault:
        desk.import_file(path, Month(2025, 1))
    assert kinds(fault) == ["future"]
    assert desk.import_file(path, Month(2024, 12)).changed


def test_a_month_begins_as_the_city_sees_it(desk: Desk, path: Path) -> None:
    new_year = int(datetime(2024, 12, 31, 17, tzinfo=UTC).timestamp() * 1000)
    with pytest.raises(RefusedError):
        replace(desk, now=new_year - 1).import_file(path, Month(2025, 1))
    assert replace(desk, now=new_year).import_file(path, Month(2025, 1)).changed


def test_a_closed_month_takes_nothing(desk: Desk, path: Path) -> None:
    with desk.database.write() as conn:
        statements.close(conn, MONTH.number, "quan", NOW)
    with pytest.raises(RefusedError) as fault:
        desk.import_file(path, MONTH)
    assert kinds(fault) == ["closed"]
    assert revisions(desk) == 0


def test_nothing_of_a_refused_file_is_stored(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(RefusedError):
        desk.import_file(csv_file(tmp_path, [HEAD, *body(), ["Xyz", "1"]]), MONTH)
    assert revisions(desk) == 0


def test_a_file_called_after_a_number_does_not_tell_it(desk: Desk, tmp_path: Path) -> None:
    path = csv_file(tmp_path, [HEAD, *body()], "0325550101.csv")
    assert "0325550101" not in desk.import_file(path, MONTH).found.source

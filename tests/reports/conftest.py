"""The year of `year.py`, ready to be reported."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from outreach.reports.monthly import MonthlyReport, monthly
from outreach.store import accounts
from outreach.store.database import Database
from tests.reports import year


@pytest.fixture
def campaigns(database: Database) -> tuple[int, int]:
    """November's campaign and December's."""
    return year.build(database)


@pytest.fixture
def conn(database: Database, campaigns: tuple[int, int]) -> Iterator[Connection]:
    """A reader of the filled database."""
    with database.read() as conn:
        yield conn


@pytest.fixture
def november(conn: Connection) -> MonthlyReport:
    """November's report."""
    return report(conn, 11)


def report(conn: Connection, month: int, *, rehearsal: bool = False) -> MonthlyReport:
    """The report of a month of 2026."""
    return monthly(
        conn,
        (2026, month),
        accounts.names(conn),
        year.PRICES,
        year.PUSHED,
        made_at=year.MADE_AT,
        agency=year.AGENCY,
        rehearsal=rehearsal,
    )

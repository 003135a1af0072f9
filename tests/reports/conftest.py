"""The year of `year.py`, ready to be reported."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.reports import ledgers
from outreach.reports.ledger import Ledger
from outreach.reports.ledgers import Setting
from outreach.reports.sums import Terms
from outreach.settings.districts import read_districts
from outreach.settings.reporting import read_reporting
from outreach.store.database import Database
from tests.reports import others, year

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="session")
def setting() -> Setting:
    """What the installation of the year says, at the beginning of December."""
    return Setting(
        read_reporting(CONFIG / "reporting.toml"),
        read_districts(CONFIG / "districts.toml"),
        year.AGENCY,
        Terms(year.PRICES, year.PUSHED),
        rehearsal=False,
        now=year.MADE_AT,
    )


@pytest.fixture
def campaigns(database: Database) -> tuple[int, int]:
    """November's campaign and December's."""
    return year.build(database)


@pytest.fixture
def filled(database: Database, campaigns: tuple[int, int]) -> Database:
    """The year, with all that others say of November."""
    others.build(database, campaigns)
    return database


@pytest.fixture
def conn(database: Database, campaigns: tuple[int, int]) -> Iterator[Connection]:
    """A reader of the filled database."""
    with database.read() as conn:
        yield conn


@pytest.fixture
def november(conn: Connection, setting: Setting) -> Ledger:
    """November's ledger."""
    return of_month(conn, 11, setting)


def of_month(
    conn: Connection, month: int | None, setting: Setting, now: datetime = year.MADE_AT
) -> Ledger:
    """The ledger of a month of 2026, or since the start."""
    when = None if month is None else Month(2026, month)
    return ledgers.of_month(conn, when, replace(setting, now=now))

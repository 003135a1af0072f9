"""The record of long limits: kept on either database, and what clocks may do to it."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from outreach.domain.limit import Limit, LimitScope, Span, Unit
from outreach.store.database import Database, Writer
from outreach.store.spent import SpentTable, seconds_ahead

HOUR = Limit(Unit.PARTS, 1000, timedelta(hours=1))
DAY = Limit(Unit.MESSAGES, 500, timedelta(days=1), span=Span.DAY)
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
AHEAD = 1000.0


class Monotonic:
    """Seconds that pass when told to."""

    now = 36_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database)
    yield writer
    writer.close()


def lately(database: Database, table: SpentTable, limit: Limit = HOUR) -> list[tuple[float, int]]:
    with database.write() as conn:
        return [(round(at, 3), units) for at, units in table.lately(conn, limit)]


def used(database: Database, table: SpentTable) -> list[tuple[datetime, int]]:
    with database.read() as conn:
        return table.used(conn, DAY)


def test_a_block_counts_until_the_last_moment_at_which_it_could_be_used(
    database: Database, writer: Writer
) -> None:
    monotonic = Monotonic()
    table = SpentTable(writer, 1, AHEAD, monotonic)
    block = table.reserve(HOUR, 10, None).result()
    # Buckets are 36 s wide; by the ledger's time it is 37,000 s, 28 s into one of them.
    assert (block.units, block.until) == (10, 36_000 - 28 + 3 * 36)
    table.reserve(HOUR, 7, None).result()
    monotonic.now += 36
    table.reserve(HOUR, 5, None).result()
    assert lately(database, table) == [(36_036.0, 17), (36_036.0, 5)]  # not later than now
    monotonic.now += 600
    assert lately(database, table) == [(36_080.0, 17), (36_116.0, 5)]


def test_old_buckets_go(database: Database, writer: Writer) -> None:
    monotonic = Monotonic()
    table = SpentTable(writer, 1, AHEAD, monotonic)
    table.reserve(HOUR, 10, None).result()
    monotonic.now += 2 * 3600
    table.reserve(HOUR, 1, None).result()
    assert [units for _, units in lately(database, table)] == [1]


def test_accounts_units_scopes_and_periods_are_apart(database: Database, writer: Writer) -> None:
    table, other = (SpentTable(writer, number, AHEAD, Monotonic()) for number in (1, 2))
    minute = Limit(Unit.PARTS, 1000, timedelta(minutes=1))
    anything = Limit(Unit.PARTS, 1000, timedelta(hours=1), LimitScope.ANY)
    for n, (owner, limit) in enumerate(
        [(table, HOUR), (table, minute), (table, anything), (other, HOUR)], 1
    ):
        owner.reserve(limit, n, None).result()
    assert [units for _, units in lately(database, table)] == [1]
    assert [units for _, units in lately(database, table, minute)] == [2]
    assert [units for _, units in lately(database, table, anything)] == [3]
    assert [units for _, units in lately(database, other)] == [4]


def test_what_lies_in_the_future_was_spent_just_now_and_only_once(
    database: Database, writer: Writer
) -> None:
    """The machine was started anew, with a clock that was moved back an hour and a half."""
    monotonic = Monotonic()
    SpentTable(writer, 1, AHEAD, monotonic).reserve(HOUR, 10, None).result()
    back = SpentTable(writer, 1, AHEAD - 5400, monotonic)
    assert lately(database, back) == [(36_000.0, 10)]
    monotonic.now += 1800
    again = SpentTable(writer, 1, AHEAD - 5400, monotonic)
    ((at, units),) = lately(database, again)
    assert (units, at <= 36_108.0) == (10, True)


def test_a_quota_is_kept_by_its_day(database: Database, writer: Writer) -> None:
    table = SpentTable(writer, 1, AHEAD, Monotonic())
    today, tomorrow = DAY.begins(NOON), DAY.ends(NOON)
    block = table.reserve(DAY, 5, today).result()
    assert block.until == math.inf
    table.reserve(DAY, 5, tomorrow).result()
    table.reserve(DAY, 5, today).result()
    assert used(database, table) == [(today, 10), (tomorrow, 5)]
    block.units = 2
    table.give_back(DAY, block).result()
    assert used(database, table) == [(today, 8), (tomorrow, 5)]


def test_the_ledgers_time_goes_on_whatever_the_wall_clock_does(database: Database) -> None:
    monotonic = Monotonic()
    with database.write() as conn:
        first = seconds_ahead(conn, lambda: NOON, monotonic, "boot a")
        monotonic.now += 60
        stepped = seconds_ahead(conn, lambda: NOON + timedelta(days=3), monotonic, "boot a")
        monotonic.now = 5.0
        restarted = seconds_ahead(conn, lambda: NOON + timedelta(hours=1), monotonic, "boot b")
    assert first == stepped == NOON.timestamp() - 36_000
    assert restarted == NOON.timestamp() + 3600 - 5


def test_without_a_boot_id_the_wall_clock_is_believed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.store.spent._boot_id", lambda: None)
    with database.write() as conn:
        for hours in (0, 1):
            now = NOON + timedelta(hours=hours)
            found = seconds_ahead(conn, lambda now=now: now, Monotonic())  # type: ignore[misc]
            assert found == now.timestamp() - 36_000

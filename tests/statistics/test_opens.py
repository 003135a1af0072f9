"""Opens: a person once a month, programs apart, nothing without bound in memory."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from outreach.domain.message import State
from outreach.observe import OPENS_LOST
from outreach.statistics import opens as counting
from outreach.statistics.opens import Opens
from outreach.store import opens, responses
from outreach.store.database import NO_ROOM, Database
from outreach.store.opens import Visit
from outreach.store.responses import Kind
from tests.delivery.stage import Clock, Stage
from tests.full_disk import small_disk
from tests.statistics.sent import FIRST, message_to, sent

NIGHT = datetime(2026, 11, 30, 16, 59, 59, 900_000, tzinfo=UTC)
"""A tenth of a second before December begins in Ho Chi Minh City."""


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    stage = Stage(database)
    yield stage
    stage.close()


def _figures(database: Database) -> dict[tuple[int, Kind, int, int], int]:
    with database.read() as conn:
        found = responses.figures(conn)
        counted = [each for each in found if each.kind is not Kind.PREVIEWED]
        assert counted == responses.recount(conn)
    sums: Counter[tuple[int, Kind, int, int]] = Counter()
    for each in found:
        sums[each.month, each.kind, each.campaign, each.district] += each.people
    return sums


def test_a_person_counts_once_a_month_by_whatever_message(stage: Stage) -> None:
    one = sent(stage, 20261110, [State.DELIVERED] * 3, "one", {0: 4})
    two = sent(stage, 20261120, [State.DELIVERED] * 3, "two")
    first, second = (message_to(stage.database, each, 0) for each in (one, two))
    other = message_to(stage.database, two, 1)
    with stage.database.write() as conn:
        opens.record(conn, [Visit(first, 202611, 1), Visit(second, 202611, 2)])
        opens.record(conn, [Visit(first, 202611, 3), Visit(other, 202611, 3)])
        opens.record(conn, [Visit(second, 202612, 4), Visit(first, 202612, 4)])
    assert _figures(stage.database) == {
        (202611, Kind.OPENED, one.id, 4): 1,
        (202611, Kind.OPENED, two.id, 0): 1,
        (202612, Kind.OPENED, two.id, 0): 1,
    }
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT month, msisdn, message FROM opened ORDER BY 1, 2")
        assert [tuple(row) for row in rows] == [
            (202611, FIRST, first),
            (202611, FIRST + 1, other),
            (202612, FIRST, second),
        ]


def test_programs_are_counted_apart_each_time(stage: Stage) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED])
    message = message_to(stage.database, campaign, 0)
    with stage.database.write() as conn:
        opens.record(conn, [Visit(message, 202611, 1, previewed=True)] * 2)
        opens.record(conn, [Visit(message, 202611, 2), Visit(message, 202611, 2, previewed=True)])
    assert _figures(stage.database) == {
        (202611, Kind.OPENED, campaign.id, 0): 1,
        (202611, Kind.PREVIEWED, campaign.id, 0): 3,
    }


def test_a_message_that_there_is_not_counts_for_nobody(stage: Stage) -> None:
    with stage.database.write() as conn:
        opens.record(conn, [Visit(7_000_000_001, 202611, 1), Visit(5, 202611, 1, previewed=True)])
    assert _figures(stage.database) == {}


async def test_the_month_is_that_of_the_visit_in_the_city(stage: Stage) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED] * 2)
    clock = Clock(NIGHT)
    counter = Opens(stage.writer, clock)
    counter.take(message_to(stage.database, campaign, 0), previewed=False)
    clock.pass_(milliseconds=100)
    counter.take(message_to(stage.database, campaign, 1), previewed=False)
    await counter.close()
    assert _figures(stage.database) == {
        (202611, Kind.OPENED, campaign.id, 0): 1,
        (202612, Kind.OPENED, campaign.id, 0): 1,
    }


async def test_visits_are_written_soon_and_many_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[int] = []
    whole = opens.record

    def counted(conn: Connection, visits: Sequence[Visit]) -> None:
        loads.append(len(visits))
        whole(conn, visits)

    monkeypatch.setattr(opens, "record", counted)
    campaign = sent(stage, 20261110, [State.DELIVERED] * 3)
    messages = [message_to(stage.database, campaign, n) for n in range(3)]
    counter = Opens(stage.writer, stage.clock)
    for n in range(counting._LOAD + 1):
        counter.take(messages[n % 3], previewed=False)
    async with asyncio.timeout(10):
        while len(loads) < 2:
            await asyncio.sleep(0.02)
    assert loads == [counting._LOAD, 1]
    await counter.close()
    assert sum(_figures(stage.database).values()) == 3


async def test_what_does_not_fit_into_memory_is_told_of(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_MOST", 2)
    campaign = sent(stage, 20261110, [State.DELIVERED] * 3)
    lost = OPENS_LOST._value.get()
    counter = Opens(stage.writer, stage.clock)
    for n in range(3):
        counter.take(message_to(stage.database, campaign, n), previewed=False)
    assert OPENS_LOST._value.get() - lost == 1
    await counter.close()
    assert sum(_figures(stage.database).values()) == 2
    counter.take(message_to(stage.database, campaign, 2), previewed=False)
    await counter.close()
    assert sum(_figures(stage.database).values()) == 3, "there is room again"


async def test_what_the_database_refuses_is_told_of_and_the_next_are_counted(
    stage: Stage,
) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED])
    message = message_to(stage.database, campaign, 0)
    lost = OPENS_LOST._value.get()
    counter = Opens(stage.writer, stage.clock)
    with stage.database.write() as conn:
        conn.exec_driver_sql("ALTER TABLE opened RENAME TO elsewhere")
    counter.take(message, previewed=False)
    await counter.close()
    assert OPENS_LOST._value.get() - lost == 1
    with stage.database.write() as conn:
        conn.exec_driver_sql("ALTER TABLE elsewhere RENAME TO opened")
    counter.take(message, previewed=False)
    await counter.close()
    assert sum(_figures(stage.database).values()) == 1


async def test_a_full_disk_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many visits come: a log that grows with them takes what room there is left."""
    monkeypatch.setattr(counting, "_LOAD", 1)
    disk = small_disk(tmp_path)
    stage = Stage(disk.database)
    campaign = sent(stage, 20261110, [State.DELIVERED])
    message = message_to(disk.database, campaign, 0)
    counter = Opens(stage.writer, Clock(NIGHT))
    with disk.database.write() as conn:  # a visit takes more than the last page has
        conn.exec_driver_sql("CREATE TABLE filler (body BLOB)")
        conn.exec_driver_sql(
            "CREATE TRIGGER fills AFTER INSERT ON opened"
            " BEGIN INSERT INTO filler VALUES (zeroblob(100000)); END"
        )
    lost = OPENS_LOST._value.get()
    disk.fill()
    for _ in range(3):
        counter.take(message, previewed=False)
    await counter.close()
    assert OPENS_LOST._value.get() - lost == 3
    assert [record.getMessage() for record in caplog.records] == [NO_ROOM]
    disk.clear()
    counter.take(message, previewed=False)
    await counter.close()
    assert sum(_figures(disk.database).values()) == 1
    stage.close()
    disk.database.close()

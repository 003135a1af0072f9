"""The writer: jobs that wait together are committed together, and fail alone."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from outreach.store import schema
from outreach.store.database import Database, Job, Writer


def _count(conn: Connection) -> int:
    return int(conn.execute(text("SELECT COUNT(*) FROM suppression")).scalar_one())


def _put(number: int) -> Job[int]:
    def job(conn: Connection) -> int:
        conn.execute(
            text("INSERT INTO suppression (msisdn, list) VALUES (:n, 1)"),
            {"n": number},
        )
        return number

    return job


def test_a_failing_job_is_undone_alone(database: Database) -> None:
    writer = Writer(database)
    gate = threading.Event()
    held = writer.submit(lambda _: gate.wait(10))
    good = [writer.submit(_put(n)) for n in (1, 2)]
    twice = writer.submit(_put(1))
    last = writer.submit(_put(3))
    gate.set()
    held.result(10)
    assert [future.result(10) for future in (*good, last)] == [1, 2, 3]
    with pytest.raises(Exception, match=r"(?i)unique"):
        twice.result(10)
    with database.read() as conn:
        assert _count(conn) == 3
    writer.close()


async def test_a_caller_that_gives_up_does_not_stop_the_writer(database: Database) -> None:
    writer = Writer(database)
    begun, gate = threading.Event(), threading.Event()

    def hold(_: Connection) -> bool:
        begun.set()
        return gate.wait(10)

    held = writer.submit(hold)
    await asyncio.to_thread(begun.wait, 10)
    waiting = asyncio.create_task(_wait(writer))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.sleep(0.05)  # the cancellation is passed on a turn of the loop later
    gate.set()
    held.result(10)
    assert await asyncio.wrap_future(writer.submit(_count)) == 0
    writer.close()


async def _wait(writer: Writer) -> object:
    return await asyncio.wrap_future(writer.submit(_put(1)))


def test_a_database_that_is_gone_is_told_to_every_caller(database: Database) -> None:
    writer = Writer(database)
    with database.write() as conn:
        conn.execute(text("DROP TABLE suppression"))
    futures = [writer.submit(_count) for _ in range(3)]
    for future in futures:
        with pytest.raises(Exception, match="suppression"):
            future.result(10)
    assert writer.submit(lambda _: 7).result(10) == 7
    writer.close()


def test_a_full_disk_is_told_to_everybody_whose_work_it_undid(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'full.db'}")
    schema.upgrade(database)
    with database.engine.connect() as conn:
        pages = int(conn.exec_driver_sql("PRAGMA page_count").scalar_one())

    def full(conn: Connection) -> None:
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        conn.exec_driver_sql("CREATE TABLE big (x)")
        for _ in range(200):
            conn.exec_driver_sql("INSERT INTO big VALUES (zeroblob(4096))")

    writer = Writer(database)
    gate = threading.Event()
    held = writer.submit(lambda _: gate.wait(10))
    jobs: list[Job[Any]] = [_put(1), full, _put(2)]
    futures = [writer.submit(job) for job in jobs]
    gate.set()
    held.exception(10)
    told = [future.exception(10) is None for future in futures]
    with database.read() as conn:
        stored = {row[0] for row in conn.execute(text("SELECT msisdn FROM suppression"))}
    assert told[1] is False
    assert stored == {n for n, durable in ((1, told[0]), (2, told[2])) if durable}
    writer.close()
    database.close()


def test_a_second_engine_is_refused(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    assert not database.engine_runs()
    with database.sole_engine() as first, other.sole_engine() as second:
        assert (first, second) == (True, False)
        assert other.engine_runs()
    assert not database.engine_runs()
    other.close()

"""The writer: jobs that wait together are committed together, and fail alone."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, text

from outreach.store.database import Database, Job, Writer


def _count(conn: Connection) -> int:
    return int(conn.execute(text("SELECT COUNT(*) FROM suppression")).scalar_one())


def _put(number: int) -> Job[int]:
    def job(conn: Connection) -> int:
        conn.execute(
            text(
                "INSERT INTO suppression (msisdn, scope, reason, source, at)"
                " VALUES (:n, 'all', '-', '-', 0)"
            ),
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

"""The writer: jobs that wait together are committed together, and fail alone."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from outreach.observe import UNWRITABLE
from outreach.store.database import NO_ROOM, ROOM, Database, Job, Writer
from outreach.store.room import FullError
from tests.full_disk import Disk, small_disk


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


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = small_disk(tmp_path)
    yield disk
    disk.database.close()


def _put_much(conn: Connection) -> str:
    conn.exec_driver_sql("CREATE TABLE big (x)")
    for _ in range(20):
        conn.exec_driver_sql("INSERT INTO big VALUES (zeroblob(4096))")
    return "stored"


def test_on_a_full_disk_jobs_wait_in_their_order_for_room(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.fill()
    writer = Writer(disk.database)
    ran: list[str] = []
    much = writer.submit(_put_much)
    after = writer.submit(lambda conn: ran.append(f"{_put(1)(conn)}"))
    with pytest.raises(FullError):
        writer.submit(_put(2), patient=False).result(10)
    assert not much.done()
    assert not after.done()
    assert UNWRITABLE._value.get() == 1
    disk.clear()
    assert much.result(10) == "stored"
    after.result(10)
    assert UNWRITABLE._value.get() == 0
    writer.close()
    assert [ran[-1], caplog.messages] == ["1", [NO_ROOM, ROOM]]
    with disk.database.read() as conn:
        assert set(conn.execute(text("SELECT msisdn FROM suppression")).scalars()) == {1}


_NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
 $$ BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON suppression EXECUTE FUNCTION no_room();
"""


def test_a_server_that_has_no_room_is_waited_for(shared: Database) -> None:
    """Played by what PostgreSQL says then: the disk of this machine is not to be filled."""
    with shared.write() as conn:
        conn.exec_driver_sql(_NO_ROOM)
    writer = Writer(shared)
    waits = writer.submit(_put(1))
    with pytest.raises(FullError):
        writer.submit(_put(2), patient=False).result(10)
    assert not waits.done()
    assert UNWRITABLE._value.get() == 1
    with shared.write() as conn:
        conn.exec_driver_sql("DROP FUNCTION no_room CASCADE")
    assert waits.result(10) == 1
    assert UNWRITABLE._value.get() == 0
    writer.close()


def test_what_a_full_disk_keeps_out_to_the_end_is_told(disk: Disk) -> None:
    disk.fill()
    writer = Writer(disk.database)
    much = writer.submit(_put_much)
    with pytest.raises(FullError):
        writer.submit(_put_much, patient=False).result(10)
    writer.close()
    with pytest.raises(FullError):
        much.result(0)


def test_a_second_engine_is_refused(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    assert not database.engine_runs()
    with database.sole_engine() as first, other.sole_engine() as second:
        assert (first, second) == (True, False)
        assert other.engine_runs()
    assert not database.engine_runs()
    other.close()

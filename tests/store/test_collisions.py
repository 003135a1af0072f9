"""Two writers that lock the same rows in another order: nobody loses a job for it."""

import threading
import time

import pytest
from sqlalchemy import Connection, text

from outreach.store.database import Database, Job, Writer

_MOVE = text("UPDATE suppression SET list = list + 1 WHERE msisdn = :number")


@pytest.fixture
def rows(database: Database) -> Database:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    with database.write() as conn:
        for number in range(8):
            conn.execute(
                text("INSERT INTO suppression (msisdn, list) VALUES (:n, 0)"), {"n": number}
            )
    return database


def _moves(*numbers: int, then: threading.Event | None = None) -> Job[int]:
    """A job that moves rows in an order; before the last one it waits until it is told."""

    def job(conn: Connection) -> int:
        for number in numbers:
            if then is not None and number == numbers[-1]:
                then.wait(10)
                time.sleep(0.1)
            conn.execute(_MOVE, {"number": number})
        return len(numbers)

    return job


def _lists(database: Database) -> list[int]:
    with database.read() as conn:
        rows = conn.execute(text("SELECT list FROM suppression ORDER BY msisdn"))
        return [row[0] for row in rows]


def test_jobs_that_collide_are_run_again_together(rows: Database) -> None:
    ours, theirs = Writer(rows), Writer(rows)
    locked, gate = threading.Event(), threading.Event()
    begun = threading.Event()

    def hold(_: Connection) -> bool:
        begun.set()
        return gate.wait(10)

    ours.submit(hold)
    begun.wait(10)

    def other(conn: Connection) -> None:
        conn.execute(_MOVE, {"number": 1})
        locked.set()
        time.sleep(0.2)
        conn.execute(_MOVE, {"number": 0})

    # The first of ours locks what they want, the second wants what they have locked.
    mine = [ours.submit(_moves(0)), ours.submit(_moves(2, 1, then=locked)), ours.submit(_moves(3))]
    gate.set()
    his = theirs.submit(other)
    assert [each.result(20) for each in mine] == [1, 2, 1]
    his.result(20)
    assert _lists(rows) == [2, 2, 1, 1, 0, 0, 0, 0]
    ours.close()
    theirs.close()


def test_who_is_undone_for_the_others_sake_again_and_again_comes_through(rows: Database) -> None:
    """Two writers that lock in opposite order as often as they can."""
    writers = Writer(rows), Writer(rows)
    done = []
    for _ in range(15):
        done += [writers[0].submit(_moves(number)) for number in range(8)]
        done += [writers[1].submit(_moves(number)) for number in reversed(range(8))]
    assert [each.exception(60) for each in done] == [None] * len(done)
    assert _lists(rows) == [30] * 8
    for writer in writers:
        writer.close()


def test_a_place_that_a_broken_connection_lost_is_taken_again_unless_somebody_has_it(
    rows: Database,
) -> None:
    other = Database(rows.url.render_as_string(hide_password=False))
    with rows.sole_engine() as alone:
        assert alone
        assert rows.still_sole()
        _break(other)
        assert rows.still_sole()
        assert other.engine_runs()
        _break(other)
        with other.sole_engine() as second:
            assert second
            assert not rows.still_sole()
        assert rows.still_sole()
    assert not other.engine_runs()
    other.close()


def _break(other: Database) -> None:
    """End the session that holds the engine's place, as a server that is started anew does."""
    with other.write() as conn:
        conn.execute(
            text(
                "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l"
                " JOIN pg_database d ON d.oid = l.database"
                " WHERE l.locktype = 'advisory' AND d.datname = current_database()"
            )
        )

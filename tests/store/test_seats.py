"""Places that a process holds as long as it lives."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from outreach.store import seats
from outreach.store.database import Database
from outreach.store.seats import Seats

_HOLDER = """
import sys
from outreach.store.database import Database
from outreach.store.seats import Seats
seats = Seats(Database(sys.argv[1]).engine)
print(seats.open(), seats.take("send viettel 0"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def ours(shared: Database) -> Iterator[Seats]:
    seats = Seats(shared.engine)
    assert seats.open()
    yield seats
    seats.close()


@pytest.fixture
def theirs(shared: Database) -> Iterator[Seats]:
    seats = Seats(shared.engine)
    assert seats.open()
    yield seats
    seats.close()


def _held(database: Database, *names: str) -> frozenset[str]:
    with database.read() as conn:
        return seats.held(conn, names)


def test_those_at_work_are_counted(shared: Database) -> None:
    def at_work() -> int:
        with shared.read() as conn:
            return seats.processes(conn)

    several = [Seats(shared.engine) for _ in range(3)]
    for n, each in enumerate(several):
        assert each.open()
        assert each.take(f"process {n}")
    assert at_work() == 3
    several.pop().close()
    assert at_work() == 2
    for each in several:
        each.close()
    with shared.sole_engine() as alone:
        assert alone
        assert at_work() == 0


def test_a_place_is_one_process_s_at_a_time(ours: Seats, theirs: Seats, shared: Database) -> None:
    assert ours.take("send zalo 0")
    assert not ours.take("send zalo 0")
    assert not theirs.take("send zalo 0")
    assert theirs.take("send zalo 1")
    assert _held(shared, "send zalo 0", "send zalo 1", "send zalo 2") == {
        "send zalo 0",
        "send zalo 1",
    }
    ours.leave("send zalo 0")
    ours.leave("send zalo 0")
    assert theirs.take("send zalo 0")
    assert not ours.has("send zalo 0")
    assert theirs.has("send zalo 0")


def test_who_is_killed_lets_go(shared: Database, ours: Seats) -> None:
    url = shared.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True True\n"
        assert not ours.take("send viettel 0")
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(10)
    while _held(shared, "send viettel 0"):
        pass  # the server hears of it a moment later
    assert ours.take("send viettel 0")


def test_with_the_session_every_place_is_lost(ours: Seats, shared: Database) -> None:
    assert ours.take("sweep")
    with psycopg.connect(shared.url.render_as_string(hide_password=False), autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND mode = 'ShareLock'"
        )
    assert not ours.stay()
    assert not ours.has("sweep")
    assert not ours.take("sweep")
    assert ours.open()
    assert ours.take("sweep")


def test_beside_an_engine_that_has_the_database_to_itself_nobody_joins(shared: Database) -> None:
    late = Seats(shared.engine)
    with shared.sole_engine() as alone:
        assert alone
        assert not late.open()
        assert not late.take("sweep")
    assert late.open()
    with shared.sole_engine() as alone:
        assert not alone
    assert shared.engine_runs()
    late.close()
    assert not shared.engine_runs()

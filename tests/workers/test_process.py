"""One process among several, on a real PostgreSQL and Redis: seats, sessions, and their ends."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.scene import CONFIG
from outreach.board import Board
from outreach.bootstrap import open_house
from outreach.cli.town import environment
from outreach.settings import load
from outreach.store.database import Database
from workers.posts import Post, Work, posts
from workers.process import Process

PATIENCE = 30.0


class Filled:
    """Stands at a post until it is over, and remembers under which number."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended = threading.Semaphore(0)
        self.held = threading.Event()
        """While it is clear, a post is not left."""
        self.held.set()

    async def __call__(
        self, process: Process, _post: Post, _seat: int, over: asyncio.Event
    ) -> None:
        self.begun.append(process.number)
        await over.wait()
        while not self.held.is_set():
            await asyncio.sleep(0.01)
        self.ended.release()


@pytest.fixture
def filled() -> Filled:
    return Filled()


@pytest.fixture
def process(shared: Database, redis_url: str, filled: Filled, tmp_path: Path) -> Iterator[Process]:
    keys = ("a key of the tests only", "a-token-of-the-tests-only")
    environ = {
        **environment("http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", keys),
        "OUTREACH_DATABASE_URL": shared.url.render_as_string(hide_password=False),
        "OUTREACH_REDIS_URL": redis_url,
    }
    house = open_house(load(CONFIG, environ))
    known = {post.queue: post for post in posts(house.settings.accounts)}
    made = Process(house, Board(redis_url), filled, known)
    made.start()
    yield made
    filled.held.set()
    made.close()


def until(what: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def break_sessions(database: Database) -> None:
    """End every other connection, as a restart of the server does."""
    with database.write() as conn:
        conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def queue(work: Work) -> str:
    return work.value


def test_a_bell_fills_a_post_once(process: Process, filled: Filled) -> None:
    until(lambda: process.ring(queue(Work.SWEEP)))
    for _ in range(5):
        process.ring(queue(Work.SWEEP))
    assert len(filled.begun) == 1


def test_a_broken_session_gives_up_every_post_and_begins_under_a_new_number(
    process: Process, filled: Filled, shared: Database
) -> None:
    until(lambda: process.ring(queue(Work.SWEEP)))
    break_sessions(shared)
    assert filled.ended.acquire(timeout=PATIENCE)
    until(lambda: process.ring(queue(Work.SWEEP)))
    until(lambda: len(filled.begun) == 2)
    assert len(set(filled.begun)) == 2


def test_a_session_that_breaks_during_a_quiet_end_is_taken_up_again(
    process: Process, filled: Filled, shared: Database
) -> None:
    """Or what is still answered would be called unknown by the others."""
    until(lambda: process.ring(queue(Work.SWEEP)))
    filled.held.clear()
    process.stop()
    time.sleep(1.5)  # it has begun to end
    break_sessions(shared)

    def at_work() -> bool:
        with shared.read() as conn:
            found = text(
                "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            return bool(conn.execute(found).scalar_one())

    until(lambda: not at_work())
    until(at_work)
    filled.held.set()
    assert filled.ended.acquire(timeout=PATIENCE)


def test_what_a_session_held_is_free_after_it(
    process: Process, filled: Filled, shared: Database
) -> None:
    """A seat, too, that a bell took while the posts of a broken session were given up."""
    until(lambda: process.ring(queue(Work.SWEEP)))
    filled.held.clear()
    break_sessions(shared)
    until(lambda: not process.seats.stay())
    until(lambda: process.seats.take("a seat with nobody on it"))
    filled.held.set()
    assert filled.ended.acquire(timeout=PATIENCE)
    until(lambda: not process.seats.has("a seat with nobody on it"))

"""Time that leaps, a point at which a process dies, and a writer that dies with it."""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from unittest import mock

from sqlalchemy import Connection

from outreach.store.database import Job, Writer, _Waiting
from tests.delivery.virtual import VirtualLoop
from tests.model.house import NOON
from tests.model.quick import Steady, Vain

T = TypeVar("T")


class Time:
    """A loop whose time leaps, and the engine's clock, which is stepped apart from it."""

    def __init__(self) -> None:
        self.loop = VirtualLoop(1_000_000.0)
        self._shift = NOON - datetime.fromtimestamp(self.loop.time(), UTC)
        self.latest = self.now_ms()
        """The latest that the clock has ever shown (ms)."""

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.loop.time(), UTC) + self._shift

    def now_ms(self) -> int:
        return int(self().timestamp() * 1000)

    def leap(self, seconds: float) -> None:
        """Let time pass at once."""
        self.loop._leaping.now += seconds
        self.latest = max(self.latest, self.now_ms())

    def step(self, seconds: float) -> None:
        """Set the clock, while no time passes."""
        self._shift += timedelta(seconds=seconds)
        self.latest = max(self.latest, self.now_ms())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end, with one time for loop and monotonic clock."""
        with mock.patch.object(time, "monotonic", self.loop.time):
            return self.loop.run_until_complete(work)


class Fuse:
    """The point at which the process dies, or is looked at: the n-th call or commit from now."""

    def __init__(self) -> None:
        self.dead = False
        self.stop = asyncio.Event()
        self._point = ""
        self._left = 0
        self._kills = False

    def set(self, point: str, times: int, *, kills: bool) -> None:
        """Choose the point; without `kills` the process is only interrupted there."""
        self._point, self._left, self._kills = point, times, kills
        self.stop.clear()

    def alive(self, point: str) -> bool:
        """Pass a point; False from the moment on at which the process is dead."""
        if point == self._point and not self.dead:
            self._left -= 1
            if self._left <= 0:
                self._point = ""
                self.dead = self._kills
                self.stop.set()
        return not self.dead


class Pen(Writer):
    """The writer without its thread: jobs that wait together are committed at the next turn.

    So a history says at which call or commit a process dies, and it dies there each time.
    """

    def __init__(self, database: Steady, time_: Time, fuse: Fuse) -> None:
        self.database = database
        self._silent_until = 0.0
        self._time = time_
        self._fuse = fuse
        self._jobs: list[_Waiting] = []
        self._vain = Vain(database, time_.now_ms)

    def submit(self, job: Job[T], *, patient: bool = True) -> Future[T]:
        future: Future[T] = Future()
        if self._vain.again(job):
            future.set_result(None)  # type: ignore[arg-type]  # a look for work that finds none
            return future
        if not self._jobs:
            self._time.loop.call_soon(self._write)
        self._jobs.append(_Waiting(job, future, patient))
        return future

    def _write(self) -> None:
        jobs, self._jobs = self._jobs, []
        if not self._fuse.alive("before a commit"):
            return
        running = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        kept = self._commit(running)
        assert not kept
        self._fuse.alive("after a commit")

    def _try(  # type: ignore[override]
        self, conn: Connection, waiting: _Waiting, done: list[tuple[_Waiting, object]]
    ) -> None:
        if self._vain.again(waiting.job):  # another lane has looked in this transaction
            done.append((waiting, None))
        else:
            super()._try(conn, replace(waiting, job=self._vain.noted(waiting.job)), done)

    def close(self) -> None:
        """There is no thread to end."""

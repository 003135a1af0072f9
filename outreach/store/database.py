"""One door to the database: short reads, and writes that are committed together."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, make_url

from outreach.domain.errors import BadInputError
from outreach.observe import UNWRITABLE
from outreach.store import filelock, postgres, sqlite
from outreach.store.place import Place
from outreach.store.room import FullError, causes, is_full

log = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[[Connection], T]

_TOGETHER = 64
"""The most jobs that are committed together."""
_FULL_WAIT = 1.0
"""Seconds between two tries to write on a full disk."""
_COLLISION_WAITS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before each new try of what PostgreSQL undid for another's sake."""
_COLLISIONS = frozenset({"40P01", "40001"})
_SILENCE = 60.0
"""Seconds between two lines of the log about it."""
NO_ROOM = "the disk of the database is full: nothing is sent or taken in until there is room"
ROOM = "there is room on the disk again: going on"


class Database:
    """SQLite (one machine) or PostgreSQL (several), behind the same few verbs."""

    def __init__(self, url: str) -> None:
        """Open `sqlite:///path` or `postgresql://…`; the file's folder is made if missing."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._file: str | None = None
        if self.is_sqlite:
            if not self.url.database:
                raise BadInputError("database URL: sqlite:/// needs the path of a file")
            self._file = self.url.database
            self.engine = self._writing = sqlite.connect(self._file)
        elif self.url.get_backend_name() == "postgresql":
            self.engine, self._writing = postgres.connect(self.url)
        else:
            raise BadInputError(
                f"database URL: expected sqlite:/// or postgresql://, not {self.url.drivername}"
            )
        self._place = Place(self.engine)

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that writes nothing."""
        # SQLite gives every transaction one view; PostgreSQL, by default, a new one each statement.
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**level) as conn, conn.begin():
            yield conn

    @contextlib.contextmanager
    def write(self, *, steady: bool = False) -> Iterator[Connection]:
        """A transaction that is durable when the block ends well, and gone when it raises.

        A `steady` one sees the same rows in all its statements, whatever others commit meanwhile.
        """
        level = {} if self.is_sqlite or not steady else {"isolation_level": "REPEATABLE READ"}
        with (
            self._turn(),
            self._writing.connect().execution_options(write=True, **level) as conn,
            conn.begin(),
        ):
            yield conn

    def _turn(self) -> contextlib.AbstractContextManager[None]:
        """On SQLite, the one place as a writer; PostgreSQL has many."""
        if self._file is None:
            return contextlib.nullcontext()
        return filelock.turn(Path(f"{self._file}-turn"))

    @contextlib.contextmanager
    def sole_engine(self) -> Iterator[bool]:
        """Be the one engine of this database while the block runs; False if there is one already.

        A second one would send at twice the limits, and take over leases that are alive.
        """
        if self._file is None:
            try:
                yield self._place.take()
            finally:
                self._place.leave()
            return
        with filelock.sole(Path(f"{self._file}-engine")) as alone:
            yield alone

    def still_sole(self) -> bool:
        """Whether who was the one engine still is: PostgreSQL forgets it with a broken connection.

        Where nobody else came in meanwhile, it is again.
        """
        return self._file is not None or self._place.stay()

    def engine_runs(self) -> bool:
        """Whether some process is this database's engine at present."""
        if self._file is None:
            return self._place.is_taken()
        return filelock.is_held(Path(f"{self._file}-engine"))

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
        self._writing.dispose()


def _collided(fault: BaseException) -> bool:
    """Whether PostgreSQL undid a transaction because of another: a deadlock, or a lost race."""
    return any(getattr(each, "sqlstate", None) in _COLLISIONS for each in causes(fault))


@dataclass(slots=True)
class _Waiting:
    job: Job[Any]
    future: Future[Any]
    patient: bool


class _JobError(Exception):
    """A job raised, so nothing of those that ran with it was stored."""

    def __init__(self, waiting: _Waiting, fault: Exception) -> None:
        super().__init__()
        self.waiting = waiting
        self.fault = fault


class Writer:
    """The one writer thread of a process: jobs that wait together are committed together.

    A job that raises is undone alone; its caller gets the exception, the others go on. While the
    disk is full, patient jobs wait for room in their order and are tried again each second; so
    whoever must have a mark durable before he sends does not send.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._silent_until = 0.0
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job[T], *, patient: bool = True) -> Future[T]:
        """Queue a job; the future resolves once the job is durable. A job may be run again.

        On a full disk a patient job waits for room; another one fails at once with FullError.
        """
        future: Future[T] = Future()
        self._queue.put(_Waiting(job, future, patient))
        return future

    def close(self) -> None:
        """Finish what is queued and end the thread; what a full disk keeps out fails."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        kept: list[_Waiting] = []
        last = False
        while not last:
            waiting, last = self._take(full=bool(kept))
            before, kept = kept, self._commit(kept + waiting)
            if before and not kept:
                log.warning(ROOM)
        _tell(kept, FullError(NO_ROOM))

    def _take(self, *, full: bool) -> tuple[list[_Waiting], bool]:
        """The next jobs, and whether they are the last; while the disk is full, once a second."""
        waiting: list[_Waiting | None] = [] if full else [self._queue.get()]
        if full:
            time.sleep(_FULL_WAIT)
        with contextlib.suppress(queue.Empty):
            # Those that do not wait for room are to hear so soon, however many they are.
            while full or len(waiting) < _TOGETHER:
                waiting.append(self._queue.get_nowait())
        jobs = [job for job in waiting if job is not None]
        # From here on a caller that gives up waiting can no longer call its job back.
        running = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        return running, len(jobs) < len(waiting)

    def _commit(self, jobs: list[_Waiting]) -> list[_Waiting]:
        """Run jobs in one transaction, without those that raise; returns who waits for room."""
        while jobs:
            try:
                done = self._together(jobs)
            except _JobError as told:
                failed = told
            except Exception as fault:  # noqa: BLE001 - whatever it met, the callers must hear
                return self._undone(jobs, fault)
            else:
                UNWRITABLE.set(0)
                for waiting, value in done:
                    waiting.future.set_result(value)
                return []
            failed.waiting.future.set_exception(failed.fault)
            jobs = [job for job in jobs if job is not failed.waiting]
        return []

    def _together(self, jobs: list[_Waiting]) -> list[tuple[_Waiting, object]]:
        """Run jobs in one transaction, all again where it collides with another's."""
        for wait in _COLLISION_WAITS:
            try:
                return self._once(jobs)
            except Exception as fault:
                if not _collided(fault):
                    raise
            time.sleep(wait)
        return self._once(jobs)

    def _once(self, jobs: list[_Waiting]) -> list[tuple[_Waiting, object]]:
        done: list[tuple[_Waiting, object]] = []
        with self.database.write() as conn:
            for waiting in jobs:
                self._try(conn, waiting, done)
        return done

    @staticmethod
    def _try(conn: Connection, waiting: _Waiting, done: list[tuple[_Waiting, object]]) -> None:
        try:
            value = waiting.job(conn)
        except Exception as fault:
            # The locks of the jobs before it may be what it collided over.
            if is_full(fault) or _collided(fault):
                raise
            raise _JobError(waiting, fault) from None
        done.append((waiting, value))

    def _undone(self, jobs: list[_Waiting], fault: Exception) -> list[_Waiting]:
        """Tell the callers that nothing was stored, save those that wait for room."""
        open_jobs = [job for job in jobs if not job.future.done()]
        if not is_full(fault):
            _tell(open_jobs, fault)
            return []
        UNWRITABLE.set(1)
        if time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + _SILENCE
            log.error(NO_ROOM)
        _tell([job for job in open_jobs if not job.patient], FullError(NO_ROOM))
        return [job for job in open_jobs if job.patient]


def _tell(jobs: Sequence[_Waiting], fault: Exception) -> None:
    for job in jobs:
        job.future.set_exception(fault)

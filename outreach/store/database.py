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

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from outreach.domain.errors import BadInputError
from outreach.store import filelock
from outreach.store.filelock import PATIENCE_S
from outreach.store.room import FullError, is_full

log = logging.getLogger(__name__)

T = TypeVar("T")
Job = Callable[[Connection], T]
Row = tuple[object, ...]

_TOGETHER = 64
"""The most jobs that are committed together."""
_FULL_WAIT = 1.0
"""Seconds between two tries to write on a full disk."""
_SILENCE = 60.0
"""Seconds between two lines of the log about it."""
NO_ROOM = "the disk of the database is full: nothing is sent or taken in until there is room"
ROOM = "there is room on the disk again: going on"
_ENGINE_LOCK = 0x0075_7472_6561_6368  # "utreach", so that no other program takes it by chance
_ENGINE_HELD = f"""SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
 WHERE l.locktype = 'advisory' AND d.datname = current_database()
 AND (l.classid::bigint << 32 | l.objid::bigint) = {_ENGINE_LOCK}"""


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
            self.engine = _sqlite(self._file)
        elif self.url.get_backend_name() == "postgresql":
            self.engine = create_engine(
                self.url.set(drivername="postgresql+psycopg"), pool_size=10, hide_parameters=True
            )
        else:
            raise BadInputError(
                f"database URL: expected sqlite:/// or postgresql://, not {self.url.drivername}"
            )

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
            self.engine.connect().execution_options(write=True, **level) as conn,
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
            with self.engine.connect() as conn:
                took = conn.exec_driver_sql(f"SELECT pg_try_advisory_lock({_ENGINE_LOCK})")
                conn.commit()
                try:
                    yield bool(took.scalar_one())
                finally:
                    # The session lives on in the pool, and the lock is the session's.
                    conn.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            return
        with filelock.sole(Path(f"{self._file}-engine")) as alone:
            yield alone

    def engine_runs(self) -> bool:
        """Whether some process is this database's engine at present."""
        if self._file is None:
            with self.engine.connect() as conn:
                return bool(conn.exec_driver_sql(_ENGINE_HELD).first())
        return filelock.is_held(Path(f"{self._file}-engine"))

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _sqlite(path: str) -> Engine:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)  # numbers and tokens are in it; -wal and -shm follow its mode
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": PATIENCE_S},
        hide_parameters=True,  # tokens and numbers are among them, and faults are logged
    )

    @event.listens_for(engine, "connect")
    def _connected(dbapi: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves
        cursor = dbapi.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a send or an answer depends on it
            f"busy_timeout={PATIENCE_S * 1000:.0f}",
            "cache_size=-65536",
            "wal_autocheckpoint=4000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(conn: Connection) -> None:
        write = conn.get_execution_options().get("write", False)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _undone(conn: Connection) -> bool:
    """Whether SQLite undid the whole transaction, as it may on a full disk: no work is safe."""
    raw = conn.connection.dbapi_connection
    return conn.dialect.name == "sqlite" and not getattr(raw, "in_transaction", True)


def bulk_insert(conn: Connection, table: Table, columns: Sequence[str], rows: list[Row]) -> None:
    """Insert many rows by the fastest way that the database has."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    if conn.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in columns)
        conn.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', rows)
        return
    cursor = _cursor(conn)
    with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def bulk_update(conn: Connection, sql: str, rows: list[Row]) -> int:
    """Run one statement (marks written `?`) for many rows; say how many rows it changed."""
    if not rows:
        return 0
    if conn.dialect.name == "sqlite":
        return conn.exec_driver_sql(sql, rows).rowcount
    cursor = _cursor(conn)
    cursor.executemany(sql.replace("?", "%s"), rows)
    return int(cursor.rowcount)


def _cursor(conn: Connection) -> Any:  # noqa: ANN401 - psycopg's own cursor
    return conn.connection.cursor()


@dataclass(slots=True)
class _Waiting:
    job: Job[Any]
    future: Future[Any]
    patient: bool


class Writer:
    """The one writer thread of a process: jobs that wait together are committed together.

    A job that raises is undone alone; its caller gets the exception, the others go on. While the
    disk is full, patient jobs wait for room in their order and are tried again each second; so
    whoever must have a mark durable before he sends does not send.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
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
        """Run jobs in one transaction; returns those that wait for room."""
        done: list[tuple[_Waiting, object]] = []
        try:
            with self._database.write() as conn:
                for waiting in jobs:
                    self._try(conn, waiting, done)
        except Exception as fault:  # noqa: BLE001 - whatever the commit met, the callers must hear
            return self._undone(jobs, fault)
        for waiting, value in done:
            waiting.future.set_result(value)
        return []

    def _undone(self, jobs: list[_Waiting], fault: Exception) -> list[_Waiting]:
        """Tell the callers that nothing was stored, save those that wait for room."""
        open_jobs = [job for job in jobs if not job.future.done()]
        if not is_full(fault):
            _tell(open_jobs, fault)
            return []
        if time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + _SILENCE
            log.error(NO_ROOM)
        _tell([job for job in open_jobs if not job.patient], FullError(NO_ROOM))
        return [job for job in open_jobs if job.patient]

    @staticmethod
    def _try(conn: Connection, waiting: _Waiting, done: list[tuple[_Waiting, object]]) -> None:
        try:
            with conn.begin_nested():
                value = waiting.job(conn)
        except Exception as fault:
            if is_full(fault) or _undone(conn):
                raise
            waiting.future.set_exception(fault)
        else:
            done.append((waiting, value))


def _tell(jobs: Sequence[_Waiting], fault: Exception) -> None:
    for job in jobs:
        job.future.set_exception(fault)

"""Places at a PostgreSQL database that a process holds only as long as it lives.

Each is an advisory lock of one session: when the process ends, however it ends, the server lets
them all go. So whose lock is gone is not at work any more, and no clock has to be believed.
"""

import contextlib
import threading
from collections.abc import Collection, Iterator
from hashlib import blake2b

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from outreach.store.place import ENGINE

_KEEPALIVE = (
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
"""A process whose machine is gone without a word is missed after twenty seconds."""
_LOCK = "(l.classid::bigint << 32 | l.objid::bigint)"
_LOCKS = """pg_locks l JOIN pg_database d ON d.oid = l.database
 WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
 AND d.datname = current_database()"""
_HELD = f"SELECT {_LOCK} FROM {_LOCKS}"
_JOINED = f"SELECT COUNT(*) FROM {_LOCKS} AND l.mode = 'ShareLock' AND {_LOCK} = {ENGINE}"


class Seats:
    """The places of one process; all are lost together where its session breaks."""

    def __init__(self, engine: Engine) -> None:
        """`engine` leads to PostgreSQL itself, or to a pool that keeps sessions apart."""
        self._engine = engine
        self._session: Connection | None = None
        self._names: set[str] = set()
        self._lock = threading.Lock()

    def open(self) -> bool:
        """Join those who work on the database; False where `outreach run` has it to itself."""
        with self._lock:
            if self._session is not None:
                return True
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            for setting in _KEEPALIVE:
                session.exec_driver_sql(setting)
            if session.exec_driver_sql(f"SELECT pg_try_advisory_lock_shared({ENGINE})").scalar():
                self._session = session
                return True
            session.close()
            return False

    def take(self, name: str) -> bool:
        """Take a place; False where another process has it, or this one has it already."""
        with self._lock, self._breaking():
            if self._session is None or name in self._names:
                return False
            took = self._session.exec_driver_sql(f"SELECT pg_try_advisory_lock({_key(name)})")
            if took.scalar():
                self._names.add(name)
                return True
        return False

    def leave(self, name: str) -> None:
        """Let a place go; nothing happens where it is lost already."""
        with self._lock, self._breaking():
            if self._session is not None and name in self._names:
                self._names.discard(name)
                self._session.exec_driver_sql(f"SELECT pg_advisory_unlock({_key(name)})")

    def has(self, name: str) -> bool:
        """Whether a place is ours, as far as `stay` has looked."""
        return name in self._names

    def stay(self) -> bool:
        """Look whether the session lives; False where it broke, and with it every place is lost."""
        with self._lock, self._breaking():
            if self._session is not None:
                self._session.exec_driver_sql("SELECT 1")
        return self._session is not None

    def close(self) -> None:
        """Let everything go."""
        with self._lock:
            self._end()

    @contextlib.contextmanager
    def _breaking(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError:
            self._end()

    def _end(self) -> None:
        self._names.clear()
        if self._session is not None:
            with contextlib.suppress(SQLAlchemyError):  # others are not to wait for its end
                self._session.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            # The server may still think that it lives: nothing of it goes back to the pool.
            with contextlib.suppress(SQLAlchemyError):
                self._session.invalidate()
            self._session.close()
            self._session = None


def processes(conn: Connection) -> int:
    """How many processes work on the database together; 0 where `outreach run` has it."""
    return int(conn.exec_driver_sql(_JOINED).scalar_one())


def held(conn: Connection, names: Collection[str]) -> frozenset[str]:
    """Those of the places that some process holds."""
    keys = set(conn.exec_driver_sql(_HELD).scalars())
    return frozenset(name for name in names if _key(name) in keys)


def _key(name: str) -> int:
    """The number of a place's lock: 63 bits of a hash, which no two names will share."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1

"""The place of the one engine at a PostgreSQL database."""

import contextlib

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

ENGINE = 0x0075_7472_6561_6368  # "utreach", so that no other program takes it by chance
_HELD = f"""SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database
 WHERE l.locktype = 'advisory' AND d.datname = current_database()
 AND (l.classid::bigint << 32 | l.objid::bigint) = {ENGINE}"""


class Place:
    """A lock that lives as long as a session of its own does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: Connection | None = None
        self._ours = False

    def take(self) -> bool:
        """Take it; False where somebody has it."""
        session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        took = bool(session.exec_driver_sql(f"SELECT pg_try_advisory_lock({ENGINE})").scalar_one())
        if took:
            self._session, self._ours = session, True
        else:
            session.close()
        return took

    def stay(self) -> bool:
        """Whether what was taken is not somebody else's; a broken session is replaced."""
        if not self._ours:
            return True
        if self._session is not None:
            try:
                self._session.exec_driver_sql("SELECT 1")
            except SQLAlchemyError:
                self._end()
        return self._session is not None or self.take()

    def leave(self) -> None:
        """Let it go, and the session with it."""
        self._ours = False
        self._end()

    def _end(self) -> None:
        if self._session is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._session.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            self._session.invalidate()
            self._session.close()
            self._session = None

    def is_taken(self) -> bool:
        """Whether some process has it."""
        with self._engine.connect() as conn:
            return bool(conn.exec_driver_sql(_HELD).first())

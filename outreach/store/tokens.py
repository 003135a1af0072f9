"""Carriers' tokens: saved durably before their first use, renewed by one process at a time.

The lock is where the tokens are, in PostgreSQL or beside the SQLite file, and not in Redis: one
that is lost there, with the whole server or by a pause of its holder, would have a refresh token
used twice that is good once. A holder that dies, however it dies, lets go at once.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from outreach.domain.token import BusyError, Tokens
from outreach.store import filelock
from outreach.store.database import Database

_PATIENCE_S = 30.0
"""Longer than a carrier has for an answer: who holds on for so long hangs."""
_AGAIN_S = 0.1
_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_MISSED_SOON = text(
    "SELECT set_config('tcp_keepalives_idle', '5', false),"
    " set_config('tcp_keepalives_interval', '5', false),"
    " set_config('tcp_keepalives_count', '3', false)"
)
"""A holder whose machine is gone without a word is missed after twenty seconds."""


class TokenTable:
    """The tokens of one account; one refreshes at a time, over all processes."""

    def __init__(self, database: Database, account: str, patience_s: float = _PATIENCE_S) -> None:
        self._database = database
        self._account = account
        self._patience_s = patience_s
        self._lock = asyncio.Lock()

    def load(self) -> Tokens | None:
        """The pair in force, if there is one."""
        with self._database.read() as conn:
            row = conn.execute(
                text("SELECT access, refresh, expires_at FROM token WHERE account = :account"),
                {"account": self._account},
            ).one_or_none()
        if row is None:
            return None
        return Tokens(row[0], row[1], datetime.fromtimestamp(row[2] / 1000, UTC))

    def save(self, tokens: Tokens) -> None:
        """Replace the pair."""
        with self._database.write() as conn:
            conn.execute(
                text("DELETE FROM token WHERE account = :account"), {"account": self._account}
            )
            conn.execute(
                text(
                    "INSERT INTO token (account, access, refresh, expires_at)"
                    " VALUES (:account, :access, :refresh, :expires)"
                ),
                {
                    "account": self._account,
                    "access": tokens.access,
                    "refresh": tokens.refresh,
                    "expires": int(tokens.expires.timestamp() * 1000),
                },
            )

    @contextlib.asynccontextmanager
    async def refreshing(self) -> AsyncIterator[None]:
        """Held by the one who refreshes; BusyError where another one has not done in time."""
        async with self._lock:
            hold = await self._held()
            try:
                yield
            finally:
                await asyncio.to_thread(hold.close)

    async def _held(self) -> contextlib.ExitStack:
        """Wait until no other process refreshes; what is returned ends our turn."""
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                hold = await asyncio.to_thread(self._take)
            except SQLAlchemyError as fault:
                raise BusyError(f"no word of the database: {type(fault).__name__}") from None
            if hold is not None:
                return hold
            if time.monotonic() >= deadline:
                raise BusyError("another process has not done with renewing it")
            await asyncio.sleep(_AGAIN_S)  # no database tells when a lock is free again

    def _take(self) -> contextlib.ExitStack | None:
        name = f"token {self._account}"
        path = self._database.url.database
        with contextlib.ExitStack() as stack:
            if self._database.is_sqlite:
                turn = filelock.sole(Path(f"{path}-{name.replace(' ', '-')}"))
            else:
                turn = _sole(self._database.engine, name)
            return stack.pop_all() if stack.enter_context(turn) else None


@contextlib.contextmanager
def _sole(engine: Engine, name: str) -> Iterator[bool]:
    """Hold a name while the block runs; False if another session holds it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        if not session.execute(_TRY, {"name": name}).scalar_one():
            yield False
            return
        try:
            session.execute(_MISSED_SOON)
            yield True
        finally:
            # The lock is the session's: none that has had it goes back to the pool.
            session.invalidate()

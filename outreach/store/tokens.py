"""Carriers' tokens: saved durably before their first use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy import text

from outreach.domain.token import Tokens
from outreach.store.database import Database


class TokenTable:
    """The tokens of one account; one refreshes at a time, within the process.

    Other processes are not kept out yet: what they saved is found by who loads anew.
    """

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account
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

    @asynccontextmanager
    async def refreshing(self) -> AsyncIterator[None]:
        """Held by the one who refreshes."""
        async with self._lock:
            yield

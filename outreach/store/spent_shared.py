"""What the processes of a cluster have spent together of an account's long limits.

The same record as that of one process. Here a block is reserved only where the record has room
for it, by one process at a time and at the database's time, so no clock of theirs is believed.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from outreach.domain.limit import Limit, Quota
from outreach.store.database import Database
from outreach.store.spent import GOOD_FOR, Block, SpentTable, bucket_ms, period_ms

_LOCKS = 0x5350_0000
"""The first of the advisory locks: each account has one."""
_AGAIN_S = 0.05
"""Seconds before what was full is asked for again at the soonest."""


class SharedSpent(SpentTable):
    """The record of one account in PostgreSQL; an empty block tells when to ask again."""

    def __init__(
        self,
        database: Database,
        executor: Executor,
        account: int,
        *,
        normal: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`normal` counts apart what messages use that are not urgent."""
        self._database = database
        self._executor = executor
        self._account = account
        self._monotonic = monotonic
        self._ahead = 0.0
        self._share = " normal" if normal else ""

    def begins(self, limit: Limit, wall: datetime) -> None:
        """No process tells when a day begins: a block tells itself until when it is good."""

    def reserve(self, limit: Limit, units: int, begins: datetime | None = None) -> Future[Block]:
        """Write units down as spent, as many as there are; the database knows which day it is."""
        assert begins is None, "the day is the database's"
        return self._executor.submit(self._reserve_some, limit, units)

    def give_back(self, limit: Limit, block: Block) -> Future[None]:
        """Take back what was not used of a block."""
        return self._executor.submit(self._take_back, limit, block)

    def _reserve_some(self, limit: Limit, units: int) -> Block:
        with self._database.write() as conn:
            now = self._alone(conn)
            wall = datetime.fromtimestamp(now / 1000, UTC)
            left, again = self._quota(conn, limit, wall) if limit.span else self._room(conn, limit)
            units = min(units, left)
            if units <= 0:
                return Block(0, 0, max(again, now / 1000 + _AGAIN_S) - self._ahead)
            block = self._reserve(conn, limit, units, limit.begins(wall) if limit.span else None)
            if limit.span:
                block.until = again - self._ahead
            return block

    def _take_back(self, limit: Limit, block: Block) -> None:
        with self._database.write() as conn:
            self._alone(conn)
            self._add(conn, limit, block.starts_at, -block.units)

    def _alone(self, conn: Connection) -> int:
        """Have the account's record to ourselves until the end; returns the database's time, ms."""
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCKS + self._account})
        asked = self._monotonic()
        now = conn.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
        # Rather too large: what is good until a moment of the database's ends for us before it.
        self._ahead = float(now) - asked
        return int(now * 1000)

    def _room(self, conn: Connection, limit: Limit) -> tuple[int, float]:
        """Units that may leave in the next buckets, and when there are more (database's s)."""
        now = self._now_ms()
        self._bring_back(conn, limit, now)
        lasts = GOOD_FOR * bucket_ms(limit) + period_ms(limit)
        counted = [row for row in self._rows(conn, limit) if row[0] + lasts > now]
        first = counted[0][0] if counted else now
        return limit.amount - sum(units for _, units in counted), (first + lasts) / 1000

    def _quota(self, conn: Connection, limit: Limit, wall: datetime) -> tuple[int, float]:
        """Units that the day or month has left, and when the next one begins (database's s)."""
        quota = Quota(limit)
        quota.remember(self.used(conn, limit))
        return quota.left(wall), limit.ends(wall).timestamp()

    def _key(self, limit: Limit) -> dict[str, object]:
        found = super()._key(limit)
        return {**found, "unit": f"{found['unit']}{self._share}"}

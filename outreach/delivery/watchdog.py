"""Raises an alarm where nothing moves though there is work, and has another sender take over."""

import asyncio
import logging
import time
from collections.abc import Sequence

from sqlalchemy import Connection

from outreach.delivery.keeper import Keeper
from outreach.delivery.tools import Tools
from outreach.delivery.watch import ALARM_S, Finding
from outreach.observe import STALLED
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.waiting import work_waits

log = logging.getLogger(__name__)

_WRITES_WITHIN = 5.0
"""Seconds in which a healthy database has written something."""


class Watchdog:
    """Looks at every account now and then."""

    def __init__(self, tools: Tools, database: Database, keepers: Sequence[Keeper]) -> None:
        self._tools = tools
        self._database = database
        self._keepers = keepers

    async def look(self) -> None:
        """Look at each account once."""
        for keeper in self._keepers:
            await self._look_at(keeper)

    async def _look_at(self, keeper: Keeper) -> None:
        now, watch, sender = time.monotonic(), keeper.watch, keeper.sender
        standing = watch.standing(now, sender.moved_at)
        if sender.waiting or (standing >= ALARM_S and not await self._has_work(sender.number)):
            watch.excuse(now)
        finding = watch.look(now, sender.moved_at)
        self._tell(keeper, finding, standing)
        if finding is Finding.DEAD and await self._writes():
            log.error("account %s: another sender takes over", keeper.name)
            sender.abandon()

    def _tell(self, keeper: Keeper, finding: Finding, standing: float) -> None:
        """Say once that an account stands still, for as long as it does."""
        watch = keeper.watch
        STALLED.labels(keeper.name).set(finding is not Finding.FINE)
        if finding is Finding.FINE:
            watch.stalled_since = None
        elif watch.stalled_since is None:
            watch.stalled_since = self._tools.now_ms() - int(standing * 1000)
            log.error(
                "account %s: nothing has moved for %d s though there is work",
                keeper.name,
                standing,
            )

    async def _has_work(self, account: int) -> bool:
        sending = self._tools.roster.sending(self._tools.clock())
        campaigns = [live.campaign for live in sending]
        return await asyncio.to_thread(self._work_waits, account, campaigns)

    def _work_waits(self, account: int, campaigns: Sequence[Campaign]) -> bool:
        with self._database.read() as conn:
            return work_waits(conn, account, campaigns, self._tools.now_ms())

    async def _writes(self) -> bool:
        """Whether the database can be written: where it cannot, no sender is at fault."""
        try:
            async with asyncio.timeout(_WRITES_WITHIN):
                await self._tools.write(_nothing)
        except Exception:  # noqa: BLE001 - the tasks that need it tell of it
            return False
        return True


def _nothing(_: Connection) -> None:
    """Write nothing, when its turn comes."""

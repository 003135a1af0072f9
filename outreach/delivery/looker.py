"""Who of a sub-batch may still be written to: looked up again for as long as it waits to leave."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator

from sqlalchemy import Connection

from outreach.delivery.batch import Batch
from outreach.delivery.tools import Tools
from outreach.store import campaigns, work

_STALE = 1.0
"""Seconds after which it is looked up again."""
_LASTS = 3.0
"""Seconds for which an answer holds: after that the machine stood still, or the database did."""

log = logging.getLogger(__name__)


class Looker:
    """Keeps what is known of sub-batches fresh, so that none has to ask once it may leave.

    Bytes that left as late as an answer of the database comes would not be those the pace counted.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._fails = False

    @staticmethod
    def knows(batch: Batch, moment: float) -> bool:
        """Whether what is known of a sub-batch holds at a moment (monotonic s)."""
        return moment - batch.read_at <= _LASTS

    async def refresh(self, batch: Batch) -> None:
        """Look a sub-batch up, if it was not just now; those who ask together share one answer."""
        if batch.look is not None or time.monotonic() - batch.asked_at > _STALE:
            await asyncio.wait([self._look(batch)])

    @contextlib.contextmanager
    def while_waiting(self, batch: Batch) -> Iterator[None]:
        """Keep a sub-batch fresh while somebody of it waits."""
        batch.waiting += 1
        if batch.waiting == 1:
            self._look_in(batch, batch.asked_at + _STALE - time.monotonic())
        try:
            yield
        finally:
            batch.waiting -= 1
            if not batch.waiting and batch.next_look is not None:
                batch.next_look.cancel()

    def _look_in(self, batch: Batch, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        batch.next_look = loop.call_later(max(0.0, seconds), self._look_on, batch)

    def _look_on(self, batch: Batch) -> None:
        self._look(batch)
        self._look_in(batch, _STALE)

    def _look(self, batch: Batch) -> asyncio.Task[None]:
        if batch.look is None:
            batch.look = asyncio.create_task(self._looked(batch))
        return batch.look

    async def _looked(self, batch: Batch) -> None:
        asked = batch.asked_at = time.monotonic()
        campaign, now = batch.live.campaign, self._tools.now_ms()
        messages = [ticket.message for ticket in batch.tickets]

        def job(conn: Connection) -> tuple[bool, dict[int, str]]:
            goes_on = campaigns.goes_on(conn, campaign)
            return goes_on, work.withheld(conn, campaign.id, messages, now)

        try:
            batch.goes_on, found = await self._tools.read(job)
        except Exception:
            # What was known holds a little longer, and nothing leaves after that.
            if not self._fails:
                log.exception("who may be written to could not be looked up")
            self._fails = True
        else:
            self._fails = False
            for ticket in batch.tickets:
                ticket.withheld = found.get(ticket.message, ticket.withheld)
            batch.read_at = asked
        finally:
            batch.look = None

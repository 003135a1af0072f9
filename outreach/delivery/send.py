"""Sends what there is for one account: claim, start, submit, record, over and over.

Several lanes work side by side, each with its own chunk, so that the wire stays busy while one
of them commits. What all lanes have started and not recorded is never more than the account's
window, `in_flight`: that bounds what a kill leaves unknown.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from outreach.carriers.base import Adapter
from outreach.delivery.breaker import Breaker
from outreach.delivery.pacing import Pacer
from outreach.delivery.results import parked
from outreach.delivery.roster import Live
from outreach.delivery.submit import Sent, Submitter
from outreach.delivery.tools import Tools
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.errors import NotAllowedError
from outreach.domain.window import day_number
from outreach.settings import Account
from outreach.store import audit, campaigns, work
from outreach.store.record import Result, record, record_late
from outreach.store.work import Chunk, Ticket

LANES = 3
_IDLE = 0.2
_PATIENCE = 1.0
"""How long (s) a lane waits for the slowest answers before it goes on without them."""


class AccountSender:
    """Everything about sending through one account."""

    def __init__(self, tools: Tools, account: Account, number: int, adapter: Adapter) -> None:
        self.account = account
        self.number = number
        self._tools = tools
        self._stop = asyncio.Event()
        self._out = Submitter(tools, account, adapter, self._stop)
        self._group = asyncio.TaskGroup()
        self._held = 0
        """Messages started and not recorded."""
        self._rate_from = 0
        # No more than the lanes together may send within a lane's patience.
        paced = int(self.pacer.allowed * _PATIENCE / LANES)
        self._share = max(1, min(account.in_flight // LANES, paced))

    @property
    def pacer(self) -> Pacer:
        """The pace of the account."""
        return self._out.pacer

    @property
    def breaker(self) -> Breaker:
        """The breaker of the account."""
        return self._out.breaker

    @property
    def in_flight(self) -> int:
        """Calls that are waiting for an answer."""
        return self._out.in_flight

    async def run(self) -> None:
        """Work until `stop`; every lane then ends with its sub-batch recorded.

        What cannot be recorded ends the run: the next one finds it unknown, and says so.
        """
        lanes = min(LANES, self.account.in_flight)
        async with asyncio.TaskGroup() as self._group:
            for _ in range(lanes):
                self._group.create_task(self._lane())

    def stop(self) -> None:
        """Ask the lanes to finish what is in flight and end."""
        self._stop.set()

    def take_rate(self) -> int:
        """Submissions answered since this was last asked."""
        rate, self._rate_from = self._out.answered - self._rate_from, self._out.answered
        return rate

    async def _lane(self) -> None:
        while not self._stop.is_set():
            size = self._reserve()
            if not await self._work(size):
                self._held -= size
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_IDLE):
                await self._stop.wait()
        except TimeoutError:
            return

    def _reserve(self) -> int:
        """Take room for a sub-batch, as much as window and breaker leave; a probe is one."""
        allowed = self.breaker.allows()
        most = self._share if allowed is None else allowed
        size = 0 if self._stop.is_set() else min(most, self.account.in_flight - self._held)
        self._held += size
        return size

    def _took(self, size: int, tickets: Sequence[Ticket]) -> None:
        """Give back the room that was reserved and not needed."""
        self._held -= size - len(tickets)

    async def _work(self, size: int) -> bool:
        """Send one batch of exceptions, or a chunk as far as it goes; False when there is none."""
        if not size:
            return False
        for live in self._tools.roster.sending(self._tools.clock()):
            if await self._send_due(live, size) or await self._send_chunk(live, size):
                return True
        return False

    async def _send_due(self, live: Live, size: int) -> bool:
        tools = self._tools
        tickets = await tools.write(
            lambda conn: (
                work.claim_due(
                    conn, live.campaign.id, self.number, tools.now_ms(), size, tools.lease()
                )
                if _runs(conn, live)
                else []
            )
        )
        if not tickets:
            return False
        self._took(size, tickets)
        sent = await self._submit_all(live, tickets)
        await tools.write(lambda conn: self._record(conn, live, sent))
        self._held -= _answered(sent)
        return True

    async def _send_chunk(self, live: Live, size: int) -> bool:
        chunk, tickets = await self._tools.write(
            lambda conn: self._begin(conn, live, size) if _runs(conn, live) else (None, [])
        )
        if chunk is None:
            return False
        self._took(size, tickets)
        while tickets:
            sent = await self._submit_all(live, tickets)
            chunk, tickets = await self._continue(live, chunk, sent)
        return True

    def _begin(self, conn: Connection, live: Live, size: int) -> tuple[Chunk | None, list[Ticket]]:
        chunk = work.claim_chunk(conn, live.campaign.id, self.number, self._tools.lease())
        return (None, []) if chunk is None else self._start(conn, chunk, size)

    def _start(
        self, conn: Connection, chunk: Chunk, size: int
    ) -> tuple[Chunk | None, list[Ticket]]:
        """Mark the next sub-batch as started; a chunk without one is given back."""
        marked = work.advance_chunk(conn, chunk, size, self._tools.lease())
        if marked is None:
            return None, []
        tickets = work.started(conn, marked, self._tools.now_ms())
        if not tickets:
            # All that was left of it had been closed or moved to the exceptions meanwhile.
            work.advance_chunk(conn, marked, 0, self._tools.lease())
            work.release_chunk(conn, marked, self._tools.owner)
        return marked, tickets

    async def _continue(
        self, live: Live, chunk: Chunk, sent: Sequence[Sent]
    ) -> tuple[Chunk, list[Ticket]]:
        """Record a sub-batch and, in the same transaction, start the next one."""
        tools = self._tools
        # What is recorded and what is started change in one transaction, so in one breath here.
        self._held -= _answered(sent)
        size = self._reserve()
        go_on = live.may_send(tools.clock()) and size > 0

        def job(conn: Connection) -> tuple[Chunk | None, list[Ticket]]:
            marked = work.advance_chunk(conn, chunk, 0, tools.lease())
            if marked is None:
                record_late(conn, [each.result for each in sent], day_number(tools.clock()))
                return None, []
            self._record(conn, live, sent)
            if marked.done or not go_on or not _runs(conn, live):
                work.release_chunk(conn, marked, tools.owner)
                return marked, []
            return self._start(conn, marked, size)

        after, tickets = await tools.write(job)
        self._took(size, tickets)
        return after or chunk, tickets

    def _record(self, conn: Connection, live: Live, sent: Sequence[Sent]) -> None:
        now = self._tools.clock()
        ours, lost = _held(conn, [each.result for each in sent], self._tools.owner)
        record(conn, ours, int(now.timestamp() * 1000), day_number(now))
        record_late(conn, lost, day_number(now))
        refused = next((each.text_refused for each in sent if each.text_refused), None)
        if refused is not None:
            halt(conn, live.campaign.id, refused, self._tools.now_ms())

    async def _submit_all(self, live: Live, tickets: Sequence[Ticket]) -> list[Sent]:
        """Submit a sub-batch; what is not answered soon is parked, so that nothing waits for it."""
        tasks = {asyncio.create_task(self._out.submit(live, ticket)): ticket for ticket in tickets}
        await asyncio.wait(tasks, timeout=_PATIENCE)
        return [
            task.result() if task.done() else self._park(live, task, ticket)
            for task, ticket in tasks.items()
        ]

    def _park(self, live: Live, task: asyncio.Task[Sent], ticket: Ticket) -> Sent:
        """Make an exception of a message under way; its answer is recorded when it comes.

        The writer takes jobs in order, and nothing is awaited between here and the job that
        stores the exception, so the answer always finds it stored.
        """
        self._group.create_task(self._record_parked(live, task))
        exception = parked(ticket, self._tools.now_ms(), self._tools.lease())
        return Sent(exception, under_way=True)

    async def _record_parked(self, live: Live, task: asyncio.Task[Sent]) -> None:
        sent = await task
        as_due = replace(sent.result, ticket=replace(sent.result.ticket, was_due=True))
        answered = [replace(sent, result=as_due)]
        await self._tools.write(lambda conn: self._record(conn, live, answered))
        self._held -= 1


def halt(conn: Connection, campaign: int, why: str, now: int) -> None:
    """Pause a campaign in the engine's name, if it still runs."""
    found = campaigns.get(conn, campaign)
    # Somebody may pause or cancel it at the same moment; then there is nothing left to do.
    with contextlib.suppress(NotAllowedError):
        campaigns.act(
            conn,
            found,
            CampaignAction.PAUSE,
            audit.ENGINE,
            now,
            paused_by=audit.ENGINE,
            paused_why=why,
        )


def _answered(sent: Sequence[Sent]) -> int:
    return sum(not each.under_way for each in sent)


def _held(
    conn: Connection, results: Sequence[Result], owner: str
) -> tuple[list[Result], list[Result]]:
    """Part results by whether their lease is still ours; a chunk's own is checked by its mark."""
    due = [result.ticket.message for result in results if result.ticket.was_due]
    held = work.held_due(conn, due, owner) if due else frozenset[int]()
    ours: list[Result] = []
    lost: list[Result] = []
    for result in results:
        ticket = result.ticket
        (lost if ticket.was_due and ticket.message not in held else ours).append(result)
    return ours, lost


def _runs(conn: Connection, live: Live) -> bool:
    return campaigns.state_of(conn, live.campaign.id) is CampaignState.RUNNING

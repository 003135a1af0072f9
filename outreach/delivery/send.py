"""Sends what there is for one account: start, submit, record, over and over.

Several lanes work side by side, each with its own sub-batch, so that the wire stays busy while one
of them commits. What all lanes have started and not recorded is never more than the account's
window, `in_flight`: that bounds what a kill leaves unknown.
"""

import asyncio
import contextlib
import time
import uuid
from dataclasses import replace
from functools import partial

from outreach.carriers.base import Adapter
from outreach.delivery import batchlog
from outreach.delivery.batch import Answered, Batch
from outreach.delivery.books import Books, Started
from outreach.delivery.breaker import Breaker
from outreach.delivery.lists import lists_of
from outreach.delivery.memory import Memory
from outreach.delivery.pacing import Pacer
from outreach.delivery.roster import Live
from outreach.delivery.submit import Submitter
from outreach.delivery.tools import Tools
from outreach.delivery.turns import Turns
from outreach.settings import Account
from outreach.store.record import Result

LANES = 3
_IDLE, _LONGEST_IDLE = 0.2, 0.8
"""Seconds between a lane's questions for work: longer and longer while there is none."""
_PATIENCE = 1.0
"""How long (s) a lane waits for the slowest answers before it goes on without them."""
_PATIENCE_FOR_LISTS = 10.0
"""The same where a call is about hundreds: to make exceptions of them all costs more."""


class AccountSender:
    """Everything about sending through one account."""

    def __init__(
        self,
        tools: Tools,
        account: Account,
        number: int,
        adapter: Adapter,
        pacer: Pacer,
        owner: str | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        """`owner` is the name on its leases; every sender has one of its own.

        `breaker` is shared with other processes, where there are any.
        """
        self.account = account
        self.number = number
        self.owner = owner or uuid.uuid4().hex
        self.moved_at = time.monotonic()
        """When something was last recorded or started (monotonic s)."""
        self._tools = tools
        self._stop = asyncio.Event()
        self._out = Submitter(tools, account, adapter, pacer, self._stop, breaker)
        self._lists = lists_of(tools, account, number, adapter, self._out, self.owner)
        room = self._lists.room if self._lists else None
        memory = Memory(number, adapter.capabilities)
        self._books = Books(tools, number, self.owner, memory, room)
        self._turns = Turns()
        self._run: asyncio.Task[None] | None = None
        self._group = asyncio.TaskGroup()
        self._held = 0
        """Messages started and not recorded."""
        self._late: list[tuple[Batch, Answered]] = []
        self._recording_late = False
        self._rate_from = 0
        # No more than the lanes together may send within a lane's patience.
        allowed = room.allowed if room else self.pacer.allowed
        paced = int(allowed * _PATIENCE / LANES) or account.in_flight
        if room:
            paced = max(paced, room.size(1, None))
        self._least = room.least if room else 1
        """Messages that are of any use together."""
        self._probe = room.probe if room else 1
        self._share = max(self._probe, min(account.in_flight // LANES, paced))

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

    @property
    def waiting(self) -> bool:
        """Whether a pace, a breaker or the hours hold it up, so that standing still is right."""
        return bool(self._out.waiting) or self.breaker.allows() is not None or not self._order()

    async def run(self) -> None:
        """Work until `stop`; every lane then ends with its sub-batch recorded.

        What cannot be recorded by then is found unknown by the next run, which says so.
        """
        self._run = asyncio.current_task()
        lanes = min(LANES, self.account.in_flight)
        async with asyncio.TaskGroup() as self._group:
            for _ in range(lanes):
                self._group.create_task(self._lane())

    def stop(self) -> None:
        """Ask the lanes to finish what is in flight and end."""
        self._stop.set()
        self.pacer.stop()

    def abandon(self) -> None:
        """Give up at once: what is started stays so until its leases are taken back."""
        self._stop.set()
        if self._run is not None:
            self._run.cancel()

    def take_rate(self) -> int:
        """Submissions answered since this was last asked."""
        rate, self._rate_from = self._out.answered - self._rate_from, self._out.answered
        return rate

    async def _lane(self) -> None:
        done: Batch | None = None
        idle = _IDLE
        while done is not None or not self._stop.is_set():
            before, done = done, await self._round(done)
            if before is not None or done is not None:
                idle = _IDLE
                continue
            await self._rest(idle)
            # Without a campaign to ask for, nothing was asked: then it is to be seen soon.
            idle = min(idle * 2, _LONGEST_IDLE) if self._order() else _IDLE

    async def _round(self, done: Batch | None) -> Batch | None:
        """Record a sub-batch and, in the same transaction, start the next one; then send that."""
        # What is recorded and what is started change in one transaction, so in one breath here.
        self._held -= done.answered if done else 0
        size = self._reserve()
        looked_at = time.monotonic()
        order = self._order() if size else []
        started = None
        if done is not None or order:
            step = partial(self._books.step, done=done, order=order, size=size)
            started = await self._tools.write(step)
            if done is not None or started is not None:
                self._moved(done)
        self._held -= size - len(started.tickets if started else ())
        if started is not None:
            live = started.live
            self._turns.took(live.campaign.id, len(started.tickets), urgent=live.urgent)
            return await self._send(started, looked_at)
        return None

    def _moved(self, done: Batch | None) -> None:
        self.moved_at = time.monotonic()
        self._out.count()
        if done is not None:
            batchlog.tell(done, self.account.name)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    def _reserve(self) -> int:
        """Take room for a sub-batch, as much as window and breaker leave; a probe is one call."""
        allowed = self.breaker.allows()
        most = self._share if allowed is None else allowed * self._probe
        size = 0 if self._stop.is_set() else min(most, self.account.in_flight - self._held)
        if size < self._least:
            return 0
        self._held += size
        return size

    def _order(self) -> list[Live]:
        """The campaigns that may send, in the order in which to ask for work."""
        may_send = self._tools.roster.sending(self._tools.clock())
        lives = {live.campaign.id: live for live in may_send if self._out.opens(live)}
        if self.breaker.allows() is not None:
            order = self.breaker.order(list(lives))
        else:
            order = self._turns.order({number: live.urgent for number, live in lives.items()})
        return [lives[campaign] for campaign in order]

    async def _send(self, started: Started, looked_at: float) -> Batch:
        """Send a sub-batch; what is not answered soon is parked, so that nothing waits for it."""
        batch = Batch(started.live, started.chunk, started.tickets, looked_at)
        if self._lists is None:
            self._bring(batch)
        else:
            self._group.create_task(self._lists.send(batch))
        await batch.wait(_PATIENCE if self._lists is None else _PATIENCE_FOR_LISTS)
        batch.park(self._tools.now_ms(), self._books.lease(), self._answered_late)
        return batch

    def _bring(self, batch: Batch) -> None:
        batch.coming = True
        self._group.create_task(self._work(batch))

    async def _work(self, batch: Batch) -> None:
        """Send one message after the other; before it may wait for a carrier it brings the next.

        So a carrier that answers at once needs one worker, a slow one as many as are under way.
        """
        out = self._out
        batch.coming = False
        for ticket in batch.rest:
            content = out.content(batch.live, ticket)
            if isinstance(content, Result):
                batch.put(content)
                continue
            held = await out.turn(batch, ticket, content.parts)
            if held is not None:
                batch.put(held)
                continue
            if not batch.coming:
                self._bring(batch)
            batch.put(await out.ask(batch.live, ticket, content))

    def _answered_late(self, batch: Batch, answered: Answered) -> None:
        """Take an answer that its sub-batch did not wait for; many are recorded together."""
        answered = replace(answered, ticket=replace(answered.ticket, was_due=True))
        self._late.append((batch, answered))
        if not self._recording_late:
            self._recording_late = True
            self._group.create_task(self._record_late())

    async def _record_late(self) -> None:
        while self._late:
            batches, late, self._late = {batch for batch, _ in self._late}, self._late, []
            lists = [key for batch in batches for key in batch.late_lists()]
            answers = [(batch.live, answered) for batch, answered in late]
            await self._tools.write(partial(self._books.record_late, late=answers, lists=lists))
            self._held -= len(late)
            self._moved(None)
        self._recording_late = False

"""Sends what there is for one account: claim, start, submit, record, over and over.

Several lanes work side by side, each with its own chunk, so that the wire stays busy while one
of them commits. What is in flight together over all lanes is the account's window.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson
from sqlalchemy import Connection

from outreach.carriers.base import Adapter, Submission, Template, Text
from outreach.delivery.breaker import Breaker
from outreach.delivery.judge import Policy
from outreach.delivery.pacing import Pacer
from outreach.delivery.results import Answer, parked, postponed, unsendable, verdict_result
from outreach.delivery.roster import Live, Roster
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.errors import BadInputError
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.message import Event
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown
from outreach.domain.window import Clock, day_number
from outreach.observe import SUBMISSIONS
from outreach.settings import Account
from outreach.store import audit, campaigns, work
from outreach.store.database import Job, T, Writer
from outreach.store.record import Result, record, record_late
from outreach.store.work import Chunk, Lease, Ticket

log = logging.getLogger(__name__)

LANES = 3
_LEASE = timedelta(minutes=2)
_IDLE = 0.2
_PATIENCE = 1.0
"""How long (s) a lane waits for the slowest answers before it goes on without them."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every account's sender shares."""

    writer: Writer
    roster: Roster
    clock: Clock
    seal: KeySeal
    send_class: SendClass
    policy: Policy = field(default_factory=Policy)
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)

    def now_ms(self) -> int:
        """The clock's present in milliseconds."""
        return int(self.clock().timestamp() * 1000)

    def lease(self) -> Lease:
        """A lease from now on."""
        return Lease(self.owner, self.now_ms() + int(_LEASE.total_seconds() * 1000))

    async def write(self, job: Job[T]) -> T:
        """Run a job on the writer and wait until it is durable."""
        return await asyncio.wrap_future(self.writer.submit(job))


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one ticket; `text_refused` says why its campaign has to stop."""

    result: Result
    text_refused: str | None = None


class AccountSender:
    """Everything about sending through one account."""

    def __init__(self, tools: Tools, account: Account, number: int, adapter: Adapter) -> None:
        self.account = account
        self.number = number
        self.pacer = Pacer(account.limits)
        self.breaker = Breaker(time.monotonic)
        self.in_flight = 0
        self._group = asyncio.TaskGroup()
        self._parked: set[asyncio.Task[None]] = set()
        self.sent = 0
        """Submissions answered since the start."""
        self._sent_before = 0
        self._tools = tools
        self._adapter = adapter
        # No more than the lanes together may send within a lane's patience.
        paced = int(self.pacer.allowed * _PATIENCE / LANES)
        self._share = max(1, min(account.in_flight // LANES, paced))
        self._stop = asyncio.Event()

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
        rate, self._sent_before = self.sent - self._sent_before, self.sent
        return rate

    async def _lane(self) -> None:
        while not self._stop.is_set():
            size = self._allowance()
            if not size or not await self._work(size):
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(_IDLE):
                await self._stop.wait()
        except TimeoutError:
            return

    def _allowance(self) -> int:
        """How many messages a lane may start now, by the breaker; a probe is one."""
        room = (self.account.in_flight - len(self._parked)) // LANES
        allowed = self.breaker.allows()
        return min(self._share, max(0, room)) if allowed is None else allowed

    async def _work(self, size: int) -> bool:
        """Send one batch of exceptions, or a chunk as far as it goes; False when there is none."""
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
        sent = await self._submit_all(live, tickets)
        await tools.write(lambda conn: self._record(conn, live, sent))
        return True

    async def _send_chunk(self, live: Live, size: int) -> bool:
        chunk, tickets = await self._tools.write(
            lambda conn: self._begin(conn, live, size) if _runs(conn, live) else (None, [])
        )
        if chunk is None:
            return False
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
        tickets = work.started(conn, marked)
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
        size = 0 if self._stop.is_set() else self._allowance()
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
        tasks = {asyncio.create_task(self._submit_one(live, ticket)): ticket for ticket in tickets}
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
        waiting = self._group.create_task(self._record_parked(live, task))
        self._parked.add(waiting)
        waiting.add_done_callback(self._parked.discard)
        return Sent(parked(ticket, self._tools.now_ms(), self._tools.lease()))

    async def _record_parked(self, live: Live, task: asyncio.Task[Sent]) -> None:
        sent = await task
        as_due = replace(sent.result, ticket=replace(sent.result.ticket, was_due=True))
        answered = [replace(sent, result=as_due)]
        await self._tools.write(lambda conn: self._record(conn, live, answered))

    async def _submit_one(self, live: Live, ticket: Ticket) -> Sent:
        if ticket.suppressed:
            return Sent(Result(ticket, Event.SUPPRESS, reason="suppressed"))
        try:
            content = self._content(live, ticket)
        except BadInputError as fault:
            return Sent(unsendable(ticket, str(fault)))
        await self.pacer.acquire(content.parts)
        allowed = self.breaker.allows()
        if allowed == 0 or self._stop.is_set():
            why = self.breaker.reason or "stopping"
            return Sent(postponed(ticket, self._tools.now_ms(), why))
        if allowed == 1:
            self.breaker.probe()
        answer = await self._ask(ticket, content)
        self._heed(answer.outcome)
        result, verdict = verdict_result(
            answer, ticket, live.campaign, self._tools.policy, content.parts
        )
        refused = verdict.stop is Scope.TEXT
        return Sent(result, f"{self.account.name}: {verdict.reason}" if refused else None)

    def _content(self, live: Live, ticket: Ticket) -> Text | Template:
        params: Mapping[str, str] = orjson.loads(ticket.params)
        if self.account.channel is Channel.ZALO:
            return live.words.zalo(params)
        content = live.words.sms(params, plain_only=self.account.plain_only)
        if content.parts > self.account.max_parts:
            raise BadInputError(f"{content.parts} parts; {self.account.max_parts} allowed")
        return content

    async def _ask(self, ticket: Ticket, content: Text | Template) -> Answer:
        tools = self._tools
        submission = Submission(
            tools.seal.encode(ticket.message, tools.send_class, ticket.generation),
            str(ticket.msisdn),
            ticket.network,
            content,
        )
        at, began = tools.clock(), time.monotonic()
        self.in_flight += 1
        try:
            outcome: Outcome = await self._adapter.submit(submission)
        except Exception as fault:
            # A bug in an adapter must not be taken for a refusal: the call may have left.
            log.exception("adapter %s raised", self.account.adapter)
            outcome = Unknown(f"adapter fault: {type(fault).__name__}")
        finally:
            self.in_flight -= 1
        self.sent += 1
        SUBMISSIONS.labels(self.account.name, type(outcome).__name__.lower()).inc()
        return Answer(outcome, at, int((time.monotonic() - began) * 1000))

    def _heed(self, outcome: Outcome) -> None:
        """Let breaker and pace learn from an answer."""
        match outcome:
            case Refused(scope=Scope.ACCOUNT, reason=reason):
                self.breaker.trip(reason)
            case NotSent(reason=reason) | Unknown(reason=reason):
                self.breaker.failed(reason)
            case Later(throttled=True):
                self.breaker.answered()
                self.pacer.slow()
            case Later():
                self.breaker.answered()
            case Accepted():
                self.breaker.answered()
                self.pacer.recover()
            case _:
                self.breaker.answered()


def halt(conn: Connection, campaign: int, why: str, now: int) -> None:
    """Pause a campaign in the engine's name, if it still runs."""
    found = campaigns.get(conn, campaign)
    if found.state is CampaignState.RUNNING:
        campaigns.act(
            conn,
            found,
            CampaignAction.PAUSE,
            audit.ENGINE,
            now,
            paused_by=audit.ENGINE,
            paused_why=why,
        )


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

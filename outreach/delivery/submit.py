"""One submission: render, wait for the pace, ask; breaker and pace learn from the answer."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import orjson

from outreach.carriers.base import Adapter, Submission, Template, Text
from outreach.delivery.batch import Answered, Batch
from outreach.delivery.books import LEASE
from outreach.delivery.breaker import Breaker
from outreach.delivery.looker import Looker
from outreach.delivery.pacing import Pacer
from outreach.delivery.results import (
    Answer,
    postponed,
    too_late,
    unreachable,
    unsendable,
    verdict_result,
    withheld,
)
from outreach.delivery.roster import Live
from outreach.delivery.routing import fallback
from outreach.delivery.tools import Tools
from outreach.domain.errors import BadInputError
from outreach.domain.limit import LONGEST_WAIT
from outreach.domain.message import Event
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown
from outreach.observe import SUBMISSIONS, THROTTLES
from outreach.settings import Account
from outreach.store.record import Result, Taken
from outreach.store.work import Ticket

_FRESH = 0.1
"""Seconds for which the look at campaign and window, taken when the sub-batch started, holds."""
_LASTS = LEASE.total_seconds()
"""Seconds after which nothing more leaves: caps and leases were looked at too long ago."""
_MARGIN = timedelta(hours=1, minutes=1)
"""By how much a repeated try has to be early for the carrier to call it a duplicate.

More than the hour by which the clock may be stepped back between the two tries.
"""

log = logging.getLogger(__name__)


class Submitter:
    """An account's way out: its adapter, pace and breaker."""

    def __init__(
        self,
        tools: Tools,
        account: Account,
        adapter: Adapter,
        pacer: Pacer,
        stop: asyncio.Event,
        breaker: Breaker | None = None,
    ) -> None:
        """`breaker`: the one that other processes share, where there are any."""
        self.pacer = pacer
        self.breaker = breaker or Breaker(time.monotonic)
        self.in_flight = 0
        self.answered = 0
        """Submissions answered since the start."""
        self.waiting = 0
        """Callers whom a pace holds up."""
        self._account = account
        self._tools = tools
        self._looker = Looker(tools)
        self._adapter = adapter
        self._stop = stop
        self._outcomes: Counter[type[Outcome]] = Counter()
        window = adapter.capabilities.duplicate_window
        self._known_for = max(timedelta(0), window - account.timeout - _MARGIN)

    def opens(self, live: Live) -> bool:
        """Whether a campaign's next message should be started now.

        Nobody waits for a campaign's own pace or ceiling: that would take the room of the others.
        """
        if not live.budget.ready:
            return False
        if live.pace is not None and live.pace.opens_in() > 0:
            return False
        wait, _ = self.pacer.opens_in(urgent=live.urgent)
        return wait <= LONGEST_WAIT

    def content(self, live: Live, ticket: Ticket) -> Text | Template | Result:
        """Make the words; where there are none to send, say what becomes of the ticket."""
        if ticket.withheld:
            return withheld(ticket)
        if ticket.unreachable:
            return unreachable(ticket, live.campaign, self._tools.now_ms())
        try:
            return live.words.message(orjson.loads(ticket.params), self._account, ticket.message)
        except BadInputError as fault:
            next_channel = fallback(live.campaign, ticket.message, ticket.recipient, ticket.network)
            said = unsendable(ticket, str(fault), next_channel)
            return replace(said, reason=self._tools.reason(said.reason))
        except Exception:
            # The preflight rendered every row, so this is a fault of ours that one row brings out:
            # it is counted apart and can be sent again, and the others go on.
            log.exception("a row could not be made into a message")
            return unsendable(ticket, "a fault of ours")

    async def turn(self, batch: Batch, ticket: Ticket, parts: int) -> Result | None:
        """Wait until it may leave, and look again at the last moment; a result if it may not."""
        cost = self.cost(ticket, parts)
        budget = batch.live.budget
        if not budget.take(cost):
            return self.unpaid(batch.live, ticket)
        wait = await self.paced(batch, parts)
        if wait is None:
            held = self.last_look(batch, ticket, parts) or self.broken(ticket)
        else:
            held = self.not_yet(ticket, *wait)
        if held is not None:
            budget.give_back(cost)
        return held

    def unpaid(self, live: Live, ticket: Ticket) -> Result:
        """A ticket for which its campaign's ceiling has no room: the campaign is to stop.

        Unless there may be more to be had: then it waits for that.
        """
        budget = live.budget
        if not budget.exhausted:
            return postponed(ticket, self._tools.now_ms(), "budget: more is asked for")
        return postponed(ticket, self._tools.now_ms(), budget.words, halt=budget.words)

    def cost(self, ticket: Ticket, parts: int) -> Decimal:
        """What to take from the campaign's budget, đồng; nothing where it has been taken."""
        if ticket.unknown_until is not None:
            return Decimal(0)
        return parts * self._account.price_per_part

    async def paced(self, batch: Batch, parts: int, messages: int = 1) -> tuple[float, str] | None:
        """Wait for the pace of the campaign, then of the account, until a call may be made.

        If that would take too long: how long (s), and for which limit.
        """
        live, urgent = batch.live, batch.live.urgent
        await self._looker.refresh(batch)
        if live.pace is not None and not live.pace.try_now(messages):
            with self._waits(batch):
                passed = await live.pace.acquire(self._stop, messages)
            if not passed:
                return live.pace.opens_in(messages), "the campaign's own pace"
        if not self.pacer.try_now(parts, urgent=urgent, messages=messages):
            with self._waits(batch):
                passed = await self.pacer.acquire(
                    parts, self._stop, urgent=urgent, messages=messages
                )
            if not passed:
                return self.pacer.opens_in(parts, urgent=urgent, messages=messages)
        return None

    @contextlib.contextmanager
    def _waits(self, batch: Batch) -> Iterator[None]:
        began = time.monotonic()
        self.waiting += 1
        try:
            with self._looker.while_waiting(batch):
                yield
        finally:
            self.waiting -= 1
            batch.waited += time.monotonic() - began

    def not_yet(self, ticket: Ticket, seconds: float, limit: str) -> Result:
        """A ticket that would have to wait for too long, or for longer than we run."""
        why = "stopping" if self._stop.is_set() else limit
        return postponed(ticket, self._tools.now_ms(), why, wait_ms=int(seconds * 1000))

    def last_look(self, batch: Batch, ticket: Ticket, parts: int) -> Result | None:
        """The last look, with nothing awaited between it and the call."""
        tools, moment = self._tools, time.monotonic()
        if why := self._outdated(batch, moment):
            return postponed(ticket, tools.now_ms(), why)
        if not batch.goes_on:
            return postponed(ticket, tools.now_ms(), "campaign held")
        if moment - batch.looked_at > _FRESH:
            if not tools.roster.may_still_send(batch.live, tools.clock()):
                return postponed(ticket, tools.now_ms(), "campaign held")
            batch.looked_at = moment
        if ticket.withheld:
            return withheld(ticket, parts)
        if ticket.unknown_until is not None and tools.now_ms() >= ticket.unknown_until:
            return too_late(ticket, parts)
        return None

    def _outdated(self, batch: Batch, moment: float) -> str:
        """Why what is known of a sub-batch does not hold any more; nothing where it does."""
        if moment - batch.began > _LASTS:
            return "the machine stood still"
        if not self._looker.knows(batch, moment):
            return "the database did not say in time whether it may leave"
        return ""

    def broken(self, ticket: Ticket) -> Result | None:
        """What the breaker holds back; where it lets one call probe, this is that call."""
        allowed = self.breaker.allows()
        if allowed == 0:
            return postponed(ticket, self._tools.now_ms(), self.breaker.reason)
        if allowed == 1:
            self.breaker.probe()
        return None

    def submission(self, live: Live, ticket: Ticket, content: Text | Template) -> Submission:
        """What is said to the carrier."""
        return Submission(
            self._tools.seal.encode(ticket.message, self._tools.send_class, ticket.generation),
            str(ticket.msisdn),
            ticket.network,
            content,
            ticket.address,
            live.until,
        )

    async def ask(self, live: Live, ticket: Ticket, content: Text | Template) -> Answered:
        """Hand a message to the carrier; never raises for what a row or a carrier does."""
        tools = self._tools
        submission = self.submission(live, ticket, content)
        ticket.parts = content.parts
        at, began = tools.now_ms(), time.monotonic()
        self.in_flight += 1
        try:
            outcome: Outcome = await self._adapter.submit(submission)
        except Exception as fault:
            # A bug in an adapter must not be taken for a refusal: the call may have left.
            log.exception("adapter %s raised", self._account.adapter)
            outcome = Unknown(f"adapter fault: {type(fault).__name__}")
        finally:
            self.in_flight -= 1
        took = int((time.monotonic() - began) * 1000)
        self.answered += 1
        self._outcomes[type(outcome)] += 1
        if type(outcome) is Accepted:
            self.breaker.answered(live.campaign.id)
            self.pacer.recover()
            return Taken(
                ticket, content.parts, outcome.reference, at, took, outcome.parts, outcome.network
            )
        halt = self._heed(live, outcome)
        answer = Answer(outcome, at, took, self._known_for)
        return self.judged(live, answer, ticket, content.parts, halt)

    def judged(
        self, live: Live, answer: Answer, ticket: Ticket, parts: int, halt: str | None
    ) -> Result:
        """What to write down of an answer; `halt`: why the campaign has to stop for it."""
        result, verdict = verdict_result(answer, ticket, live.campaign, self._tools.policy, parts)
        costs_nothing = result.event not in {Event.ACCEPT, Event.LOSE}
        may_have_left = result.due is not None and result.due.unknown_until is not None
        if costs_nothing and not may_have_left:
            live.budget.give_back(self.cost(ticket, parts))
        if verdict.stop is Scope.TEXT:
            halt = f"{self._account.name}: {verdict.reason}"
        return replace(result, reason=self._tools.reason(result.reason), halt=halt)

    def heard(self, live: Live, outcome: Outcome, messages: int) -> str | None:
        """Take notice of an answer that messages of a list share, once for all of them."""
        self.answered += messages
        self._outcomes[type(outcome)] += messages
        if isinstance(outcome, Accepted):
            self.pacer.recover()
        return self._heed(live, outcome)

    def _heed(self, live: Live, outcome: Outcome) -> str | None:
        """Let breaker and pace learn from an answer; says why the campaign has to stop, if so."""
        campaign = live.campaign.id
        match outcome:
            case Refused(scope=Scope.ACCOUNT, reason=reason):
                if self.breaker.refused(campaign, reason):
                    return f"{self._account.name} refused only this campaign: {reason}"
            case NotSent(reason=reason) | Unknown(reason=reason):
                self.breaker.failed(reason)
            case Later(throttled=True):
                self.breaker.answered(campaign)
                self.pacer.slow()
                THROTTLES.labels(self._account.name).inc()
            case Later(account=True, wait=wait, reason=reason):
                self.breaker.trip(reason, wait.total_seconds())
            case _:
                self.breaker.answered(campaign)
        return None

    def count(self) -> None:
        """Bring the metrics up to date."""
        for outcome, times in self._outcomes.items():
            SUBMISSIONS.labels(self._account.name, outcome.__name__.lower()).inc(times)
        self._outcomes.clear()

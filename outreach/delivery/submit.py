"""One submission: render, wait for the pace, ask; breaker and pace learn from the answer."""

import asyncio
import logging
import time
from dataclasses import dataclass

import orjson

from outreach.carriers.base import Adapter, Submission, Template, Text
from outreach.delivery.breaker import Breaker
from outreach.delivery.pacing import Pacer
from outreach.delivery.results import Answer, postponed, unsendable, verdict_result
from outreach.delivery.roster import Live, Params
from outreach.delivery.routing import fallback
from outreach.delivery.tools import Tools
from outreach.domain.errors import BadInputError
from outreach.domain.message import Event
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown
from outreach.observe import SUBMISSIONS
from outreach.settings import Account
from outreach.store.record import Result
from outreach.store.work import Ticket

_FRESH = 0.1
"""Seconds for which the look at campaign and window, taken when the sub-batch started, holds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one ticket; `text_refused` says why its campaign has to stop."""

    result: Result
    text_refused: str | None = None
    under_way: bool = False
    """Still unanswered: the result only says that it has become an exception."""


class Submitter:
    """An account's way out: its adapter, pace and breaker."""

    def __init__(
        self, tools: Tools, account: Account, adapter: Adapter, stop: asyncio.Event
    ) -> None:
        self.pacer = Pacer(account.limits)
        self.breaker = Breaker(time.monotonic)
        self.in_flight = 0
        self.answered = 0
        """Submissions answered since the start."""
        self._account = account
        self._tools = tools
        self._adapter = adapter
        self._stop = stop

    async def submit(self, live: Live, ticket: Ticket) -> Sent:
        """Take a ticket as far as it goes; never raises for what a row or a carrier does."""
        if ticket.suppressed:
            return Sent(Result(ticket, Event.SUPPRESS, reason="suppressed"))
        try:
            content = self._content(live, ticket)
        except BadInputError as fault:
            next_channel = fallback(live.campaign, ticket.message, ticket.network)
            return Sent(unsendable(ticket, str(fault), next_channel))
        except Exception:
            # The preflight rendered every row, so this is a fault of ours that one row brings out:
            # it is counted apart and can be sent again, and the others go on.
            log.exception("a row could not be made into a message")
            return Sent(unsendable(ticket, "a fault of ours"))
        held = await self._turn(live, content.parts)
        if held is not None:
            return Sent(postponed(ticket, self._tools.now_ms(), held))
        return await self._asked(live, ticket, content)

    async def _turn(self, live: Live, parts: int) -> str | None:
        """Wait for the pace, then look again at the last moment; says why not, if not."""
        began = time.monotonic()
        if not await self.pacer.acquire(parts, self._stop):
            return "stopping"
        waited = time.monotonic() - began > _FRESH
        if waited and not self._tools.roster.may_still_send(live, self._tools.clock()):
            return "campaign held"
        allowed = self.breaker.allows()
        if allowed == 1:
            self.breaker.probe()
        return self.breaker.reason if allowed == 0 else None

    async def _asked(self, live: Live, ticket: Ticket, content: Text | Template) -> Sent:
        answer = await self._ask(ticket, content)
        self._heed(answer.outcome)
        result, verdict = verdict_result(
            answer, ticket, live.campaign, self._tools.policy, content.parts
        )
        refused = verdict.stop is Scope.TEXT
        return Sent(result, f"{self._account.name}: {verdict.reason}" if refused else None)

    def _content(self, live: Live, ticket: Ticket) -> Text | Template:
        params: Params = orjson.loads(ticket.params)
        return live.words.message(params, self._account)

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
            log.exception("adapter %s raised", self._account.adapter)
            outcome = Unknown(f"adapter fault: {type(fault).__name__}")
        finally:
            self.in_flight -= 1
        self.answered += 1
        SUBMISSIONS.labels(self._account.name, type(outcome).__name__.lower()).inc()
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
            case Later(account=True, wait=wait, reason=reason):
                self.breaker.trip(reason, wait.total_seconds())
            case Later():
                self.breaker.answered()
            case Accepted():
                self.breaker.answered()
                self.pacer.recover()
            case _:
                self.breaker.answered()

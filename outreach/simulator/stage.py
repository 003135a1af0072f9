"""The stage that all dialects share: arrival, faults, ledger, receipts."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from outreach.simulator.faults import Cut, Fate, Faults, fate, roll
from outreach.simulator.ledger import Ledger, RequestRow, text_hash
from outreach.simulator.numbers import Subscriber, subscriber
from outreach.simulator.postman import Postman, Receipt
from outreach.simulator.wire import Reply, Request, Routes

_DROPPED = Reply(b"", dropped=True)
_UNAVAILABLE = Reply(b"Service Unavailable", 503, b"text/plain")


@dataclass(frozen=True, slots=True)
class Message:
    """What a send asks for, as far as all dialects have it; `text` is hashed, never kept."""

    key: str
    msisdn: str
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What a dialect needs to judge one send; times in epoch seconds."""

    at: float
    settles_at: float
    name: str  # 24 hex digits, unique to this send: the stuff of references
    throttled: bool
    refused: bool
    undelivered: bool
    subscriber: Subscriber
    faults: Faults


@dataclass(frozen=True, slots=True)
class Verdict:
    """A dialect's answer to one send."""

    code: str
    reply: Reply
    accepted: bool = False
    reference: str = ""
    receipt: Receipt | None = None


@dataclass
class _Limiter:
    """Sends in any one second, wherever it starts."""

    taken: deque[float] = field(default_factory=deque)

    def take(self, at: float, tps: int) -> bool:
        """Take one place, or say that there is none left."""
        while self.taken and at - self.taken[0] >= 1:
            self.taken.popleft()
        if tps and len(self.taken) >= tps:
            return False
        self.taken.append(at)
        return True


class Stage:
    """One account's part of the rehearsal; `faults` may be changed while it plays."""

    def __init__(
        self,
        name: str,
        *,
        seed: int,
        faults: Faults,
        ledger: Ledger,
        postman: Postman,
        scale: float,
    ) -> None:
        self.name = name
        self.seed = seed
        self.faults = faults
        self.ledger = ledger
        self.postman = postman
        self._scale = scale
        self._limiter = _Limiter()

    def subscriber(self, msisdn: str) -> Subscriber:
        """Look up a number as this carrier sees it."""
        return subscriber(self.seed, self.faults, msisdn)

    async def play(
        self, request: Request, message: Message, judge: Callable[[Turn], Verdict]
    ) -> Reply:
        """Carry one send through arrival, faults, the dialect's judgement and its receipts."""
        text = text_hash(message.text)
        before = self.ledger.arrive(self.name, request.arrived, message.key, message.msisdn, text)
        dice = roll(self.seed, self.name, message.msisdn, str(text), str(before))
        fortune = fate(self.faults, dice)
        verdict = _broken(fortune) or judge(self._turn(request, message, fortune))
        cut = fortune.cut if verdict.accepted else _kept(fortune.cut)
        self.ledger.record(
            RequestRow(
                request.arrived,
                self.name,
                message.key,
                message.msisdn,
                text,
                verdict.accepted,
                verdict.code,
                verdict.reference,
                cut.value,
            )
        )
        if verdict.receipt is not None:
            await self._send_receipts(verdict.receipt, fortune)
        return self._answer(verdict.reply, cut, fortune.latency_s)

    def _turn(self, request: Request, message: Message, fortune: Fate) -> Turn:
        in_time = self._limiter.take(request.arrived, self.faults.tps)
        return Turn(
            at=request.arrived,
            settles_at=request.arrived + fortune.settles_s * self._scale,
            name=fortune.name,
            throttled=fortune.throttled or not in_time,
            refused=fortune.refused,
            undelivered=fortune.undelivered,
            subscriber=self.subscriber(message.msisdn),
            faults=self.faults,
        )

    async def _send_receipts(self, receipt: Receipt, fortune: Fate) -> None:
        delays = fortune.receipts_s
        if fortune.receipt_first and delays:
            await self.postman.now(receipt)
            delays = delays[1:]
        for delay in delays:
            self.postman.later(delay, receipt)

    def _answer(self, reply: Reply, cut: Cut, latency_s: float) -> Reply:
        match cut:
            case Cut.DROPPED_BEFORE | Cut.DROPPED_AFTER:
                return replace(_DROPPED, latency_s=latency_s)
            case Cut.ERROR_BEFORE | Cut.ERROR_AFTER:
                return replace(_UNAVAILABLE, latency_s=latency_s)
            case Cut.UNANSWERED:
                return replace(reply, silence_s=self.faults.silence_s or math.inf)
            case Cut.NONE:
                return replace(reply, latency_s=latency_s) if latency_s else reply


_BEFORE = (Cut.DROPPED_BEFORE, Cut.ERROR_BEFORE)


def _kept(cut: Cut) -> Cut:
    """Only what was taken can break after being taken."""
    return cut if cut in _BEFORE else Cut.NONE


def _broken(fortune: Fate) -> Verdict | None:
    return Verdict("", _DROPPED) if fortune.cut in _BEFORE else None


class Dialect:
    """A carrier's dialect: routes on HTTP; one that listens elsewhere overrides open and close."""

    stage: Stage

    def routes(self) -> Routes:
        """Return the handlers by method and full path; none where HTTP is not spoken."""
        return {}

    async def open(self, host: str) -> None:
        """Start what does not speak HTTP."""

    async def close(self) -> None:
        """Stop what was opened."""


class DialectConfig(Protocol):
    """An account at a simulated carrier; `name` is its first path segment and ledger name."""

    @property
    def name(self) -> str: ...

    @property
    def faults(self) -> Faults | None:
        """Return this account's own plan, or None for the simulator's."""
        ...

    def build(self, stage: Stage) -> Dialect:
        """Set the dialect on its stage."""
        ...

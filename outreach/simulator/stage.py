"""The stage that all dialects share: arrival, faults, ledger, receipts."""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypeVar

from outreach.simulator.faults import Cut, Fate, Faults, fate, roll
from outreach.simulator.ledger import Ledger, QueryRow, RequestRow, text_hash
from outreach.simulator.numbers import Subscriber, subscriber
from outreach.simulator.postman import Postman, Receipt
from outreach.simulator.recent import Recent
from outreach.simulator.wire import Reply, Request, Routes

C = TypeVar("C", str, int)
V = TypeVar("V")

_SILENT = Reply(b"")
_DROPPED = Reply(b"", dropped=True)
_UNAVAILABLE = Reply(b"Service Unavailable", 503, b"text/plain")


class Message(NamedTuple):
    """What a send asks for, as far as all dialects have it; `text` is hashed, never kept."""

    key: str
    msisdn: str
    text: str


class Turn(NamedTuple):
    """What a dialect needs to judge one send; times in epoch seconds."""

    at: float
    settles_at: float
    name: str  # 24 hex digits, unique to this send: the stuff of references
    throttled: bool  # by chance, or above the limit
    above_limit: bool
    refused: bool
    undelivered: bool
    subscriber: Subscriber
    faults: Faults

    def planned(self, throttle: C) -> C:
        """The code that the plan forces, else that of a throttle where one is due, else none."""
        kind = type(throttle)
        forced = self.faults.forced_code
        return kind(forced) if forced else throttle if self.throttled else kind()

    def before(self, taken: Recent[V], key: str) -> V | None:
        """What was taken under a key; None without one, or where the plan lets duplicates pass."""
        return taken.get(key, self.at) if key and self.faults.refuse_duplicates else None


class Verdict(NamedTuple):
    """A dialect's answer to a send or a query; reply and receipt are for those on HTTP."""

    code: str
    reply: Reply = _SILENT
    accepted: bool = False
    reference: str = ""
    receipt: Receipt | None = None


class Taken(NamedTuple):
    """A send that is in the ledger: what was judged, what else is to happen, how it breaks."""

    verdict: Verdict
    fortune: Fate
    cut: Cut
    turn: Turn | None  # None where it broke before it was judged


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
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name
        self.seed = seed
        self.faults = faults
        self.ledger = ledger
        self.postman = postman
        self.scale = scale
        self.clock = clock
        self._limiter = _Limiter()

    def subscriber(self, msisdn: str) -> Subscriber:
        """Look up a number as this carrier sees it."""
        return subscriber(self.seed, self.faults, msisdn)

    def answered(self, request: Request, what: str, about: str, verdict: Verdict) -> Reply:
        """Write down a request that sends nothing (token, status, report), and give its answer."""
        self.ledger.queried(QueryRow(request.arrived, self.name, what, about, verdict.code))
        return verdict.reply

    async def play(
        self, request: Request, message: Message, judge: Callable[[Turn], Verdict]
    ) -> Reply:
        """Carry one send through arrival, faults, the dialect's judgement and its receipts."""
        verdict, fortune, cut, _ = self.take(request.arrived, message, judge)
        if verdict.receipt is not None:
            await self._send_receipts(verdict.receipt, fortune)
        return self._answer(verdict.reply, cut, fortune.latency_s)

    def take(self, at: float, message: Message, judge: Callable[[Turn], Verdict]) -> Taken:
        """Carry one send as far as the ledger; its answer and receipts are the caller's."""
        text = text_hash(message.text)
        fortune = self._fortune(at, message, text, message.key)
        turn = None
        if fortune.cut not in _BEFORE:
            turn = self._turn(at, message, fortune, in_time=self._in_time(at))
        verdict = _BROKEN if turn is None else judge(turn)
        cut = fortune.cut if verdict.accepted else _kept(fortune.cut)
        self._record(at, message, text, verdict, cut)
        return Taken(verdict, fortune, cut, turn)

    async def play_list(
        self,
        request: Request,
        messages: Sequence[Message],
        judge: Callable[[Sequence[Turn]], Sequence[Verdict]],
    ) -> Reply:
        """Carry one call of one or more messages; it is cut, and slow, as its first one would be.

        The judge gives a verdict for each, in order; the reply of the first is the answer.
        """
        if len(messages) == 1:
            return await self.play(request, messages[0], lambda turn: judge([turn])[0])
        at = request.arrived
        texts = [text_hash(message.text) for message in messages]
        keys = [messages[0].key, *[""] * (len(messages) - 1)]  # a call brings its key once
        members = list(zip(messages, texts, keys, strict=True))
        fortunes = [self._fortune(at, *member) for member in members]
        verdicts = self._judged(at, messages, fortunes, judge)
        taken = any(verdict.accepted for verdict in verdicts)
        cut = fortunes[0].cut if taken else _kept(fortunes[0].cut)
        for (message, text, _), verdict in zip(members, verdicts, strict=True):
            self._record(at, message, text, verdict, cut)
        for verdict, fortune in zip(verdicts, fortunes, strict=True):
            if verdict.receipt is not None:
                await self._send_receipts(verdict.receipt, fortune)
        return self._answer(verdicts[0].reply, cut, fortunes[0].latency_s)

    def _judged(
        self,
        at: float,
        messages: Sequence[Message],
        fortunes: Sequence[Fate],
        judge: Callable[[Sequence[Turn]], Sequence[Verdict]],
    ) -> Sequence[Verdict]:
        """The verdicts on a list; the limit counts it as one send."""
        if fortunes[0].cut in _BEFORE:
            return [_BROKEN] * len(messages)
        in_time = self._in_time(at)
        both = zip(messages, fortunes, strict=True)
        return judge([self._turn(at, *each, in_time=in_time) for each in both])

    def _fortune(self, at: float, message: Message, text: int, key: str) -> Fate:
        """Count a message where it arrives, and throw its dice."""
        before = self.ledger.arrive(self.name, at, key, message.msisdn, text)
        return fate(self.faults, roll(self.seed, self.name, message.msisdn, str(text), str(before)))

    def _in_time(self, at: float) -> bool:
        return self._limiter.take(at, self.faults.tps)

    def _record(self, at: float, message: Message, text: int, verdict: Verdict, cut: Cut) -> None:
        self.ledger.record(
            RequestRow(
                at,
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

    def _turn(self, at: float, message: Message, fortune: Fate, *, in_time: bool) -> Turn:
        return Turn(
            at=at,
            settles_at=at + fortune.settles_s * self.scale,
            name=fortune.name,
            throttled=fortune.throttled or not in_time,
            above_limit=not in_time,
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
_BROKEN = Verdict("", _DROPPED)


def _kept(cut: Cut) -> Cut:
    """Only what was taken can break after being taken."""
    return cut if cut in _BEFORE else Cut.NONE


class Dialect:
    """A carrier's dialect: routes on HTTP; one that listens elsewhere overrides open and close."""

    stage: Stage
    line: str = ""
    """Where it listens, as `smpp://127.0.0.1:2775`; empty where that is the simulator's URL."""

    def routes(self) -> Routes:
        """Return the handlers by method and full path; none where HTTP is not spoken."""
        return {}

    async def open(self, host: str, *, free: bool) -> None:
        """Start what does not speak HTTP; `free`: on any free port, whatever the config says."""

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

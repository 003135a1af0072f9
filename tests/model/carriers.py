"""Carriers that answer as a history says, and remember what they were asked and what they took."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from outreach.carriers.base import Callback, Capabilities, ReceiptWay, Submission
from outreach.domain.key import KeySeal
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from outreach.domain.receipt import Receipt, Status

SEAL = KeySeal(b"a secret of the model only")
SLOW = 4.0
"""Seconds after which a slow carrier answers: longer than a sub-batch is waited for."""


class Answer(Enum):
    """What a carrier does with a request: whether it takes it, what it says, and how soon."""

    YES = (True, Accepted("ref"), 0.0)
    LOST = (True, Unknown("no answer"), 0.0)
    GONE = (False, Unknown("no answer"), 0.0)
    NO_PERSON = (False, Refused(Scope.RECIPIENT, "R", "nobody there"), 0.0)
    NO_NETWORK = (False, Refused(Scope.NETWORK, "N", "moved", Network.MOBIFONE), 0.0)
    NO_TEXT = (False, Refused(Scope.TEXT, "T", "template not registered"), 0.0)
    NO_ACCOUNT = (False, Refused(Scope.ACCOUNT, "A", "wrong password"), 0.0)
    TOO_FAST = (False, Later(timedelta(seconds=1), "too fast", throttled=True), 0.0)
    LATER = (False, Later(timedelta(minutes=2), "come again"), 0.0)
    QUOTA = (False, Later(timedelta(minutes=2), "no money", account=True), 0.0)
    NOT_SENT = (False, NotSent("connection refused"), 0.0)
    FAULT = (True, None, 0.0)
    """Taken, and then the adapter raises."""
    FALSE_DUPLICATE = (False, Duplicate(), 0.0)
    """It remembers a key that it never took."""
    SLOW_YES = (True, Accepted("ref"), SLOW)
    SLOW_LOST = (True, Unknown("no answer"), SLOW)
    SLOW_NO = (False, Refused(Scope.RECIPIENT, "R", "nobody there"), SLOW)
    SLOW_NOT_SENT = (False, NotSent("no connection"), SLOW)

    def __init__(self, takes: bool, outcome: Outcome | None, seconds: float) -> None:  # noqa: FBT001
        self.takes = takes
        self.outcome = outcome
        self.seconds = seconds


class Said(Enum):
    """What the engine has heard of a request."""

    NOTHING = "nothing"
    YES = "yes"
    NO = "no"
    """For certain: it was not taken."""
    PERHAPS = "perhaps"


@dataclass(slots=True)
class Request:
    """One request on the wire."""

    account: int
    key: str
    message: int
    generation: int
    person: int
    parts: int
    at: int
    """By the engine's clock (ms)."""
    moment: float
    """By a clock that nobody steps (s)."""
    answer: Answer
    taken: bool = False
    said: Said = Said.NOTHING

    def __str__(self) -> str:
        took = "taken" if self.taken else "not taken"
        return f"{self.key} at account {self.account}: {self.answer.name}, {took}"

    @property
    def open(self) -> bool:
        """Whether it may have been taken, as far as the engine can know."""
        return self.said is not Said.NO


Notice = Callable[[Request], None]


@dataclass(slots=True)
class Carrier:
    """One account's carrier, as an adapter."""

    number: int
    channel: Channel
    remembers: timedelta
    """For how long it refuses a key that it has taken."""
    script: deque[Answer]
    """What all carriers do with the next requests; afterwards they take everything."""
    alive: Callable[[str], bool]
    """Whether the engine still lives at a point of its work."""
    told: Notice
    """Called with each request before anything else becomes of it."""
    clock: Callable[[], tuple[int, float]]
    _taken: dict[str, float] = field(default_factory=dict)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            self.channel,
            ReceiptWay.PUSHED,
            receipts_carry_key=True,
            duplicate_window=self.remembers,
        )

    async def submit(self, message: Submission) -> Outcome:
        if not self.alive("before a call"):
            await asyncio.get_running_loop().create_future()
        request = self._request(message)
        self.told(request)
        outcome = self._decide(request)
        if not self.alive("after a call"):
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(request.answer.seconds)
        request.said = _said(outcome)
        if outcome is None:
            raise RuntimeError("a fault of the adapter")
        return outcome

    def _request(self, message: Submission) -> Request:
        key = SEAL.decode(message.key)
        assert key is not None
        at, moment = self.clock()
        answer = self.script.popleft() if self.script else Answer.YES
        return Request(
            self.number, message.key, key.message, key.generation, int(message.msisdn),
            message.content.parts, at, moment, answer,
        )  # fmt: skip

    def _decide(self, request: Request) -> Outcome | None:
        """Take the message or not; a key that is remembered is taken only once."""
        last = self._taken.get(request.key)
        known = last is not None and request.moment - last < self.remembers.total_seconds()
        if known and (request.answer.takes or request.answer is Answer.GONE):
            lost = isinstance(request.answer.outcome, Unknown | None)
            return request.answer.outcome if lost else Duplicate()
        request.taken = request.answer.takes
        if request.taken:
            self._taken[request.key] = request.moment
        return request.answer.outcome

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        told = json.loads(call.body)
        return [Receipt(Status(told["status"]), key=told["key"], code="E1")]


def _said(outcome: Outcome | None) -> Said:
    match outcome:
        case Accepted():
            return Said.YES
        case Unknown() | Duplicate() | None:
            return Said.PERHAPS
        case _:
            return Said.NO


def body(request: Request, status: Status) -> bytes:
    """What a carrier calls back with."""
    return f'{{"key": "{request.key}", "status": {int(status)}}}'.encode()

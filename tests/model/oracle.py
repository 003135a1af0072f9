"""What has to be true of a history: plain dictionaries, and no code of the engine's.

It knows what was requested on the wire and what came of that at the carriers, what people did and
when, and which receipts were handed in. From that alone it says what may be requested now, and how
each message has to end.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone

from outreach.domain.message import State
from outreach.domain.receipt import Status
from tests.model.carriers import Request, Said

_LOCAL = timezone(timedelta(hours=7))
_DAY_MS = 86_400_000
_MINUTE_S = 60
_MINUTE_MS = 60_000
_STEP, _SPAN = 100_000_000, 1_000_000_000

TAKEN_STATES = frozenset(
    {State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.UNCONFIRMED, State.UNKNOWN}
)
_FAILED = frozenset({Status.UNDELIVERED, Status.REFUSED})


@dataclass(slots=True)
class Facts:
    """What people have said about a campaign that was started."""

    opens: time
    closes: time
    holidays: bool = False
    until: int | None = None
    starts_at: int | None = None
    budget: int | None = None
    rate: int | None = None
    """Messages a minute."""
    urgent: bool = False
    fallback_ms: int | None = None
    piloting: bool = False
    pilot: frozenset[int] = frozenset()
    """The messages of its pilot."""
    parent: int | None = None
    resends: frozenset[State] = frozenset()
    got: frozenset[str] = frozenset()
    """Keys that were known to be delivered when it was started."""
    rate_from: float = 0.0
    """The moment from which that pace holds: what left before it is not counted."""
    held: bool = False
    """By the engine, or not begun, when the present run began."""


@dataclass(slots=True)
class Oracle:
    """One history."""

    holiday: date
    prices: Mapping[int, int]
    remembers: Mapping[int, float]
    """For how many seconds accounts refuse a key that they have taken."""
    cap: tuple[int, int] | None
    requests: list[Request] = field(default_factory=list)
    facts: dict[int, Facts] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    """Campaigns that people have paused or cancelled, and not resumed."""
    silent: set[int] = field(default_factory=set)
    """Numbers that are suppressed at present."""
    receipts: dict[str, list[Status]] = field(default_factory=lambda: defaultdict(list))
    """By key."""
    settled: set[str] = field(default_factory=set)
    """Keys all of whose receipts so far were looked at, and have found what they speak of."""
    latest: int = 0
    """The latest time (ms) that the engine's clock has ever shown."""
    kills: int = 0
    wrong: list[str] = field(default_factory=list)

    def request(self, request: Request) -> None:
        """Take note of a request, and of everything that is wrong with it."""
        campaign = request.message // _SPAN
        facts = self.facts.get(campaign)
        if facts is None:
            self.wrong.append(f"campaign {campaign} was never started")
            return
        before = [each for each in self.requests if _line(each) == (campaign, request.person)]
        self.wrong += [
            f"{why}: message {request.message}, request {len(self.requests)}"
            for why in (
                *self._not_now(request, facts),
                *self._twice(request, facts, before),
                *self._above(request, facts, before),
                *self._not_again(request, facts),
            )
        ]
        self.requests.append(request)

    def _not_now(self, request: Request, facts: Facts) -> Iterable[str]:
        """Promise 5: what hours, people and lists forbid."""
        local = datetime.fromtimestamp(request.at / 1000, UTC).astimezone(_LOCAL)
        if not facts.opens <= local.time() < facts.closes:
            yield f"sent at {local:%H:%M}"
        if local.date() == self.holiday and not facts.holidays:
            yield "sent on a holiday"
        if facts.until is not None and request.at >= facts.until:
            yield "sent after its last moment"
        if facts.starts_at is not None and request.at < facts.starts_at:
            yield "sent before its first moment"
        if facts.held or request.message // _SPAN in self.stopped:
            yield "sent while held"
        if request.person in self.silent:
            yield "sent to a suppressed number"
        if facts.piloting and request.message % _STEP not in facts.pilot:
            yield "sent before the pilot was looked at"

    def _twice(self, request: Request, facts: Facts, before: list[Request]) -> Iterable[str]:
        """Promise 2: nobody is written to again who may have been written to."""
        for earlier in before:
            if not earlier.open:
                continue
            if earlier.key == request.key and earlier.account == request.account:
                # A carrier remembers what it may have taken, not what it refused as too fast.
                first = min(each.moment for each in before if each.key == request.key and each.open)
                if request.moment - first < self.remembers[request.account]:
                    continue
            if _step(earlier) < _step(request) and self._waited(earlier, facts):
                told = set(self.receipts[earlier.key])
                surely = Status.DELIVERED in told and not told & _FAILED
                if surely and earlier.key in self.settled:
                    yield "fell back though it was delivered"
                continue
            yield f"requested again after {earlier.answer.name}"

    def _waited(self, earlier: Request, facts: Facts) -> bool:
        """Whether a fallback was due: the clock has shown that so much time passed."""
        if facts.fallback_ms is None:
            return False
        return self.latest >= earlier.at + facts.fallback_ms

    def _above(self, request: Request, facts: Facts, before: list[Request]) -> Iterable[str]:
        """Promise 5: the cap over campaigns, and the budget."""
        campaign = request.message // _SPAN
        if self.cap is not None and not before and not facts.urgent:
            messages, days = self.cap
            contacts = {
                each.message // _SPAN
                for each in self.requests
                if each.person == request.person
                and each.open
                and request.at - days * _DAY_MS + 7_200_000 < each.at <= self._seen(request, each)
            }
            if len(contacts) >= messages:
                yield "above the cap"
        if facts.rate is not None:
            # A process that begins knows of no message that left a moment ago.
            most = facts.rate * (1 + self.kills)
            begin = max(request.moment - _MINUTE_S, facts.rate_from)
            lately = [each for each in self.requests if each.moment > begin]
            if sum(each.message // _SPAN == campaign for each in lately) >= most:
                yield f"above its own pace of {facts.rate} a minute"
        if facts.budget is not None:
            spent = {
                each.key: each.parts * self.prices[each.account]
                for each in (*self.requests, request)
                if each.message // _SPAN == campaign and each.open
            }
            if sum(spent.values()) > facts.budget:
                yield f"above the budget of {facts.budget}: {sum(spent.values())}"

    def _seen(self, request: Request, other: Request) -> int:
        """Up to when (ms) another's contact was there when the cap was looked at.

        That is when a sub-batch starts; an urgent campaign, which no cap holds, may go before it
        while it waits for its pace.
        """
        urgent = self.facts[other.message // _SPAN].urgent
        return request.at - _MINUTE_MS if urgent else request.at

    def _not_again(self, request: Request, facts: Facts) -> Iterable[str]:
        """Promise 2 over campaigns: a child is for those whom its parent did not reach."""
        if facts.parent is None:
            return
        doubtful = bool(facts.resends & {State.UNKNOWN, State.UNCONFIRMED})
        for earlier in self.requests:
            if _line(earlier) != (facts.parent, request.person) or not earlier.open:
                continue
            told = set(self.receipts[earlier.key])
            if not _FAILED & told and (earlier.key in facts.got or not doubtful):
                yield f"sent again after {earlier.answer.name}"

    def ends(self, message: int) -> frozenset[State]:
        """Promises 2 and 4: the states in which a message may be when nothing is left of it."""
        mine = [each for each in self.requests if each.message == message]
        opened = [each for each in mine if each.open]
        if not opened:
            unsent = frozenset(State) - TAKEN_STATES - {State.PENDING}
            # Killed between the mark and the note of the answer, it is unknown; then a carrier that
            # refused may still say what it likes.
            killed = {State.UNKNOWN, State.UNCONFIRMED} | self._words(mine)
            return unsent | killed if self.kills else unsent
        if found := self._words(opened):
            return found
        if any(each.said is Said.YES for each in opened) and not self.kills:
            return frozenset({State.ACCEPTED, State.UNCONFIRMED})
        return TAKEN_STATES - {State.DELIVERED, State.UNDELIVERED}

    def doubted(self, message: int) -> bool:
        """Whether all that was ever heard of a message is one answer that told nothing."""
        mine = [each for each in self.requests if each.message == message]
        silent = len(mine) == 1 and not self.receipts[mine[0].key]
        return silent and mine[0].said is Said.PERHAPS

    def _words(self, requests: list[Request]) -> frozenset[State]:
        """The final states that receipts speak of."""
        told = {status for each in requests for status in self.receipts[each.key]}
        delivered = {State.DELIVERED} if Status.DELIVERED in told else set()
        return frozenset(delivered | ({State.UNDELIVERED} if told & _FAILED else set()))

    def delivered(self) -> frozenset[str]:
        """Keys that are known to be delivered by now."""
        return frozenset(key for key in self.settled if Status.DELIVERED in self.receipts[key])

    def contradicted(self, message: int) -> bool:
        """Whether carriers have said both of a message."""
        keys = {each.key for each in self.requests if each.message == message}
        told = {status for key in keys for status in self.receipts[key]}
        return Status.DELIVERED in told and bool(told & _FAILED)

    def taken_twice(self) -> list[str]:
        """Promise 2 at the carriers: what was taken more than once under one key."""
        taken: dict[str, int] = defaultdict(int)
        for each in self.requests:
            taken[each.key] += each.taken
        return [f"key {key} was taken {times} times" for key, times in taken.items() if times > 1]


def _line(request: Request) -> tuple[int, int]:
    return request.message // _SPAN, request.person


def _step(request: Request) -> int:
    return request.message % _SPAN // _STEP

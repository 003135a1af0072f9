"""How fast an account may send, and the arithmetic that keeps to it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from outreach.domain.window import LOCAL

SHARE = 0.95
"""The even pace is this share of a limit."""

CATCH_UP = 0.03
"""Share of a period by which a late sender may catch up; SHARE * (1 + CATCH_UP) stays below 1."""

BUCKETS = 100
"""What left is remembered in so many parts of a period."""

LEAST_SHARE = 1 / 50
"""What is left of a pace after however many throttles."""

RECOVERY = 1 / 20
"""Share of the full pace that comes back in a second."""

LONGEST_WAIT = 60.0
"""Seconds that is waited for room at most; what would take longer is not to be started."""

SILENT = 2.0
"""A limit of a period of at most so many seconds is kept over a restart by silence alone."""


class Unit(StrEnum):
    """What a limit counts."""

    PARTS = "parts"
    MESSAGES = "messages"
    REQUESTS = "requests"


class LimitScope(StrEnum):
    """Which calls spend from a limit."""

    SEND = "send"
    STATUS = "status"
    TOKEN = "token"  # noqa: S105 - a call to the token endpoint, not a token
    ANY = "any"


class Span(StrEnum):
    """A stretch of the calendar at whose start a quota is counted afresh."""

    DAY = "day"
    MONTH = "month"


_PERIODS = {1.0: "a second", 60.0: "a minute", 3600.0: "an hour"}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` units in any `period`, or, with a `span`, in each day or month."""

    unit: Unit
    amount: int
    period: timedelta
    """Any window of this length; a day or 31 days where `span` says so."""
    scope: LimitScope = LimitScope.SEND
    span: Span | None = None
    """Set for a quota: only counted, never spread, and afresh when its day or month begins."""
    resets: time = time(0)
    """The local hour at which a quota's day or month begins."""
    reserve_percent: int = 0
    """The share of the amount that is kept for urgent messages."""

    @property
    def per_second(self) -> float:
        """The even pace that we keep, in units a second."""
        return self.amount * SHARE / self.period.total_seconds()

    @property
    def words(self) -> str:
        """The limit as people say it: 500 messages a day."""
        seconds = self.period.total_seconds()
        per = f"a {self.span}" if self.span else _PERIODS.get(seconds, f"in {seconds:g} s")
        return f"{self.amount} {self.unit} {per}"

    @property
    def is_long(self) -> bool:
        """Whether what is spent of it is written down: nobody wants to be silent for so long."""
        return self.span is not None or self.period.total_seconds() > SILENT

    def for_normal(self) -> "Limit":
        """The part of it that messages may use which are not urgent."""
        return replace(
            self, amount=self.amount * (100 - self.reserve_percent) // 100, reserve_percent=0
        )

    def cost(self, scope: LimitScope, parts: int) -> int:
        """What one call costs: its parts, one message if it sends, one request; 0 if not counted.

        `scope` is what the call is for; `parts` counts only for a call that sends.
        """
        if self.scope not in {scope, LimitScope.ANY}:
            return 0
        if self.unit is Unit.REQUESTS:
            return 1
        if scope is not LimitScope.SEND:
            return 0
        return parts if self.unit is Unit.PARTS else 1

    def begins(self, now: datetime) -> datetime:
        """When the day or month of a quota began that `now` lies in."""
        local = now.astimezone(LOCAL)
        day = local.date() - timedelta(days=local.time() < self.resets)
        if self.span is Span.MONTH:
            day = day.replace(day=1)
        return datetime.combine(day, self.resets, LOCAL).astimezone(UTC)

    def ends(self, now: datetime) -> datetime:
        """When the next day or month of a quota begins."""
        begun = self.begins(now)
        # The 1st and 31 days is always in the next month.
        return self.begins(begun + timedelta(days=31 if self.span is Span.MONTH else 1))


class Pace:
    """Keeps one limit: evenly spread, and never above it in any window of its period.

    Times are seconds of a clock that never steps back (monotonic). Two rules hold at once:
    the even spacing, which spreads the load, and a count of what was spent within the past
    period, which alone decides when costs are large against the limit.
    """

    def __init__(self, limit: Limit, now: float, quiet: float = 0.0) -> None:
        """Begin at `now`, after `quiet` seconds of silence (a start knows not what went before)."""
        self.limit = limit
        self.slowed = 1.0
        """What throttles leave of the pace."""
        self._full = limit.per_second
        self._amount = limit.amount
        self._period = limit.period.total_seconds()
        self._width = self._period / BUCKETS
        self._slack = CATCH_UP * self._period
        self._spent: deque[tuple[float, int]] = deque()  # (time at which it stops counting, cost)
        self._in_window = 0
        self._free_at = now + quiet + self._slack

    @property
    def rate(self) -> float:
        """Units a second at present: the limit's pace, less what throttles took off."""
        return self._full * self.slowed

    def remember(self, spent: Iterable[tuple[float, int]], now: float) -> None:
        """Begin again, knowing what went before: pairs of (latest moment, units), in order."""
        self._free_at = now + self._slack
        self._spent = deque((at + self._period, units) for at, units in spent)
        self._in_window = sum(units for _, units in self._spent)

    def ready_in(self, cost: int, now: float) -> float:
        """Say in how many seconds `cost` units may be spent; 0 means now.

        Raises ValueError for a cost above the whole limit, which could never be spent.
        """
        spent = self._spent
        while spent and spent[0][0] <= now:
            self._in_window -= spent.popleft()[1]
        even = self._free_at - self._slack - now
        if self._in_window + cost > self._amount:
            return max(even, self._room_in(cost, now))
        return max(even, 0.0)

    def spend(self, cost: int, now: float) -> None:
        """Count `cost` units as used at `now`; the caller has seen `ready_in` say 0."""
        self._free_at = max(now, self._free_at) + cost / (self._full * self.slowed)
        ends = (now // self._width + 1) * self._width + self._period
        spent = self._spent
        if spent and spent[-1][0] >= ends:
            ends, before = spent.pop()
            spent.append((ends, before + cost))
        else:
            spent.append((ends, cost))
        self._in_window += cost

    def _room_in(self, cost: int, now: float) -> float:
        """Say when enough of what was spent has stopped counting."""
        if cost > self._amount:
            raise ValueError(f"{cost} at once, with a limit of {self.limit.words}")
        over = self._in_window + cost - self._amount
        for ends, spent in self._spent:
            over -= spent
            if over <= 0:
                return ends - now
        raise AssertionError("a cost within the limit finds room when all else has ended")


class Quota:
    """Keeps one quota: a count for each day or month, whichever way the clock steps."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._used: dict[datetime, int] = {}
        self._begins = self._ends = datetime.fromtimestamp(0, UTC)

    def remember(self, spent: Iterable[tuple[datetime, int]]) -> None:
        """Begin again, knowing what went before: pairs of (start of its day or month, units)."""
        self._used.clear()
        for begun, units in spent:
            last = begun + self.limit.period - timedelta(seconds=1)
            # Two spans of today where the hour of the reset was another one then.
            for start in {self.limit.begins(begun), self.limit.begins(last)}:
                self._used[start] = self._used.get(start, 0) + units

    def begins(self, now: datetime) -> datetime:
        """When the present day or month began."""
        if not self._begins <= now < self._ends:
            self._begins, self._ends = self.limit.begins(now), self.limit.ends(now)
        return self._begins

    def left(self, now: datetime) -> int:
        """Units that the present day or month still has."""
        return max(0, self.limit.amount - self._used.get(self.begins(now), 0))

    def ready_in(self, cost: int, now: datetime) -> float:
        """Say in how many seconds `cost` units may be spent; 0 means now.

        Raises ValueError for a cost above the whole quota, which could never be spent.
        """
        if cost > self.limit.amount:
            raise ValueError(f"{cost} at once, with a limit of {self.limit.words}")
        if cost <= self.left(now):
            return 0.0
        return (self._ends - now).total_seconds()

    def spend(self, cost: int, now: datetime) -> None:
        """Count `cost` units as used at `now`."""
        begun = self.begins(now)
        self._used[begun] = self._used.get(begun, 0) + cost


class Throttle:
    """What a carrier's "too fast" leaves of the pace: halved at once, won back with time."""

    def __init__(self) -> None:
        self.share = 1.0
        self._deaf_until = self._next_step = float("-inf")

    def slow(self, now: float) -> None:
        """Halve, at most once a second: what was under way meanwhile says the same again."""
        if now >= self._deaf_until:
            self.share = max(LEAST_SHARE, self.share / 2)
            self._deaf_until = self._next_step = now + 1.0

    def recover(self, now: float) -> None:
        """Take back a twentieth of the full pace for each second with an accepted call."""
        if now >= self._next_step:
            self.share = min(1.0, self.share + RECOVERY)
            self._next_step = now + 1.0

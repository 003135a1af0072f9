"""How fast an account may send, and the arithmetic that keeps to it."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SHARE = 0.95
"""The even pace is this share of a limit."""

CATCH_UP = 0.03
"""Share of a period by which a late sender may catch up; SHARE * (1 + CATCH_UP) stays below 1."""

_BUCKETS = 100


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


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` units in any `period`."""

    unit: Unit
    amount: int
    period: timedelta
    scope: LimitScope = LimitScope.SEND

    @property
    def per_second(self) -> float:
        """The even pace that we keep, in units a second."""
        return self.amount * SHARE / self.period.total_seconds()


class Pace:
    """Keeps one limit: evenly spread, and never above it in any window of its period.

    Times are seconds of a clock that never steps back (monotonic). Two rules hold at once:
    the even spacing, which spreads the load, and a count of what was spent within the past
    period, which alone decides when costs are large against the limit.
    """

    def __init__(self, limit: Limit, now: float, quiet: float = 0.0) -> None:
        """Begin at `now`, after `quiet` seconds of silence (a start knows not what went before)."""
        self.limit = limit
        self._period = limit.period.total_seconds()
        self._width = self._period / _BUCKETS
        self._spent: deque[tuple[float, int]] = deque()  # (time at which it stops counting, cost)
        self._in_window = 0
        self._free_at = now + quiet + CATCH_UP * self._period
        self._slowed = 1.0

    @property
    def rate(self) -> float:
        """Units a second at present: the limit's pace, less what throttles took off."""
        return self.limit.per_second * self._slowed

    def ready_in(self, cost: int, now: float) -> float:
        """Say in how many seconds `cost` units may be spent; 0 means now.

        Raises ValueError for a cost above the whole limit, which could never be spent.
        """
        if cost > self.limit.amount:
            raise ValueError(f"{cost} {self.limit.unit} at once, with a limit of {self.limit}")
        self._forget(now)
        even = self._free_at - CATCH_UP * self._period - now
        return max(0.0, even, self._room_in(cost, now))

    def spend(self, cost: int, now: float) -> None:
        """Count `cost` units as used at `now`; the caller has seen `ready_in` say 0."""
        self._free_at = max(now, self._free_at) + cost / self.rate
        ends = (now // self._width + 1) * self._width + self._period
        if self._spent and self._spent[-1][0] == ends:
            cost_before = self._spent.pop()[1]
            self._spent.append((ends, cost_before + cost))
        else:
            self._spent.append((ends, cost))
        self._in_window += cost

    def slow(self) -> None:
        """Halve the pace after a throttle, down to a tenth."""
        self._slowed = max(0.1, self._slowed / 2)

    def recover(self) -> None:
        """Creep back toward the full pace after an accepted call."""
        self._slowed = min(1.0, self._slowed + 0.01)

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] <= now:
            self._in_window -= self._spent.popleft()[1]

    def _room_in(self, cost: int, now: float) -> float:
        over = self._in_window + cost - self.limit.amount
        if over <= 0:
            return 0.0
        for ends, spent in self._spent:
            over -= spent
            if over <= 0:
                return ends - now
        raise AssertionError("a cost within the limit finds room when all else has ended")

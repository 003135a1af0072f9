"""Stops an account that would only fail, and lets one message probe whether it is well again."""

from collections.abc import Callable
from enum import StrEnum

_FIRST_WAIT = 5.0
_LONGEST_WAIT = 300.0
_FAILURES = 10


class BreakerState(StrEnum):
    """Whether submissions pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Opens on a refusal of the account, or on ten calls in a row without a usable answer."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.state = BreakerState.CLOSED
        self.reason = ""
        self._failures = 0
        self._wait = _FIRST_WAIT
        self._opens_again = 0.0

    def allows(self) -> int | None:
        """How many may start now: None for any number, 0 while open, 1 for the probe."""
        match self.state:
            case BreakerState.CLOSED:
                return None
            case BreakerState.HALF_OPEN:
                return 0  # the probe is under way
            case BreakerState.OPEN:
                return 1 if self._monotonic() >= self._opens_again else 0

    def probe(self) -> None:
        """Note that the probe is under way."""
        self.state = BreakerState.HALF_OPEN

    def answered(self) -> None:
        """A carrier's usable answer, yes or no: the account works."""
        self._failures = 0
        if self.state is BreakerState.HALF_OPEN:
            self.state, self.reason, self._wait = BreakerState.CLOSED, "", _FIRST_WAIT

    def failed(self, reason: str) -> None:
        """A call without a usable answer."""
        self._failures += 1
        if self.state is BreakerState.HALF_OPEN or self._failures >= _FAILURES:
            self.trip(reason)

    def trip(self, reason: str, wait: float = 0.0) -> None:
        """Open at once, for at least `wait` seconds."""
        if self.state is BreakerState.HALF_OPEN:
            self._wait = min(self._wait * 2, _LONGEST_WAIT)
        self.state, self.reason, self._failures = BreakerState.OPEN, reason, 0
        self._opens_again = self._monotonic() + max(wait, self._wait)

"""Stops an account that would only fail, and lets one message probe whether it is well again."""

from collections.abc import Callable, Sequence
from enum import StrEnum

_FIRST_WAIT = 5.0
_LONGEST_WAIT = 300.0
_LONGEST_PROBE = 120.0
_FAILURES = 10
_PROOFS = 3


class BreakerState(StrEnum):
    """Whether submissions pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Opens on a refusal of the account, or on ten calls in a row without a usable answer.

    Campaigns share an account. Where the account is refused to one of them, and each time the next
    probe is of another campaign and gets its answer, the campaign is at fault and not the account.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.state = BreakerState.CLOSED
        self.reason = ""
        self._failures = 0
        self._wait = _FIRST_WAIT
        self._opens_again = 0.0
        self._probe_lost = 0.0
        self._refused = 0
        """The campaign to which the account was refused last."""
        self._proofs: dict[int, int] = {}
        """How often another campaign was answered right after a campaign was refused."""

    def allows(self) -> int | None:
        """How many may start now: None for any number, 0 while open, 1 for the probe."""
        match self.state:
            case BreakerState.CLOSED:
                return None
            case BreakerState.HALF_OPEN:
                return 1 if self._monotonic() >= self._probe_lost else 0
            case BreakerState.OPEN:
                return 1 if self._monotonic() >= self._opens_again else 0

    def probe(self) -> None:
        """Note that the probe is under way; one without an answer in two minutes is lost."""
        self.state = BreakerState.HALF_OPEN
        self._probe_lost = self._monotonic() + _LONGEST_PROBE

    def order(self, campaigns: Sequence[int]) -> list[int]:
        """Whose message is to probe: in turn, those after the one that was refused come first."""
        later = [campaign for campaign in campaigns if campaign > self._refused]
        return sorted(later) + sorted(set(campaigns).difference(later))

    def answered(self, campaign: int) -> None:
        """A carrier's usable answer, yes or no, to a message of a campaign: the account works."""
        self._failures = 0
        self._proofs.pop(campaign, None)
        if self.state is BreakerState.HALF_OPEN:
            if campaign != self._refused and self._refused:
                self._proofs[self._refused] = self._proofs.get(self._refused, 0) + 1
            self._refused = 0
            self.state, self.reason, self._wait = BreakerState.CLOSED, "", _FIRST_WAIT

    def failed(self, reason: str) -> None:
        """A call without a usable answer."""
        self._failures += 1
        if self.state is BreakerState.HALF_OPEN or self._failures >= _FAILURES:
            self.trip(reason)

    def refused(self, campaign: int, reason: str) -> bool:
        """A refusal of the account; True if the campaign is the culprit, and is to be paused.

        The account then goes on with others, or is probed by them at once. A culprit stays one
        until one of its messages is answered.
        """
        self._refused = campaign
        if self._proofs.get(campaign, 0) < _PROOFS:
            self.trip(reason)
            return False
        if self.state is BreakerState.HALF_OPEN:
            self.state, self._opens_again = BreakerState.OPEN, self._monotonic()
        return True

    def trip(self, reason: str, wait: float = 0.0) -> None:
        """Open at once, for at least `wait` seconds."""
        if self.state is BreakerState.HALF_OPEN:
            self._wait = min(self._wait * 2, _LONGEST_WAIT)
        self.state, self.reason, self._failures = BreakerState.OPEN, reason, 0
        self._opens_again = self._monotonic() + max(wait, self._wait)

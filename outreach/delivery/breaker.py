"""Stops an account that would only fail, and lets one message probe whether it is well again."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Standing:
    """How a breaker stands, as it can be told to others; seconds are counted from now."""

    state: BreakerState
    opens_in: float = 0.0
    wait: float = _FIRST_WAIT
    reason: str = ""
    refused: int = 0
    probe_left: float = 0.0
    """What a probe that is under way has left for its answer."""


def _nobody() -> None:
    pass


class Breaker:
    """Opens on a refusal of the account, or on ten calls in a row without a usable answer.

    Campaigns share an account. Where the account is refused to one of them, and each time the next
    probe is of another campaign and gets its answer, the campaign is at fault and not the account.
    """

    def __init__(
        self, monotonic: Callable[[], float], turned: Callable[[], None] = _nobody
    ) -> None:
        """`turned` is called when it opens, probes or closes by what it learnt itself."""
        self._monotonic = monotonic
        self._turned = turned
        self.state = BreakerState.CLOSED
        self.reason = ""
        self._failures = 0
        self._wait = _FIRST_WAIT
        self._opens_again = 0.0
        self._probe_lost = 0.0
        self._refused = 0
        """The campaign to which the account was refused last."""
        self.proofs: dict[int, int] = {}
        """How often another campaign was answered right after a campaign was refused."""
        self.learnt = 0
        """Counts what it learnt itself and others have to hear."""
        self._probes_until = math.inf
        """Until when a probe may begin: among several processes it may be another one's turn."""

    def allows(self) -> int | None:
        """How many may start now: None for any number, 0 while open, 1 for the probe."""
        match self.state:
            case BreakerState.CLOSED:
                return None
            case BreakerState.HALF_OPEN:
                return 1 if self._probe_lost <= self._monotonic() < self._probes_until else 0
            case BreakerState.OPEN:
                return 1 if self._opens_again <= self._monotonic() < self._probes_until else 0

    def probe(self) -> None:
        """Note that the probe is under way; one without an answer in two minutes is lost."""
        self.state = BreakerState.HALF_OPEN
        self._probe_lost = self._monotonic() + _LONGEST_PROBE
        self._turned()

    def order(self, campaigns: Sequence[int]) -> list[int]:
        """Whose message is to probe: in turn, those after the one that was refused come first."""
        later = [campaign for campaign in campaigns if campaign > self._refused]
        return sorted(later) + sorted(set(campaigns).difference(later))

    def answered(self, campaign: int) -> None:
        """A carrier's usable answer, yes or no, to a message of a campaign: the account works."""
        self._failures = 0
        self.proofs.pop(campaign, None)
        if self.state is BreakerState.HALF_OPEN:
            if campaign != self._refused and self._refused:
                self.proofs[self._refused] = self.proofs.get(self._refused, 0) + 1
            self._close()
            self.learnt += 1
            self._turned()

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
        if self.proofs.get(campaign, 0) < _PROOFS:
            self.trip(reason)
            return False
        if self.state is BreakerState.HALF_OPEN:
            self.state, self._opens_again = BreakerState.OPEN, self._monotonic()
            self.learnt += 1
        return True

    def trip(self, reason: str, wait: float = 0.0) -> None:
        """Open at once, for at least `wait` seconds."""
        before = self.state
        if before is BreakerState.HALF_OPEN:
            self._wait = min(self._wait * 2, _LONGEST_WAIT)
        self.state, self.reason, self._failures = BreakerState.OPEN, reason, 0
        self._opens_again = self._monotonic() + max(wait, self._wait)
        self.learnt += 1
        if before is not BreakerState.OPEN:
            self._turned()

    def standing(self) -> Standing:
        """How it stands, to be told to others."""
        now, probes = self._monotonic(), self.state is BreakerState.HALF_OPEN
        return Standing(
            self.state,
            max(0.0, self._opens_again - now),
            self._wait,
            self.reason,
            self._refused,
            max(0.0, self._probe_lost - now) if probes else 0.0,
        )

    def adopt(self, standing: Standing, probes_for: float) -> None:
        """Stand as all others do; a probe may begin here for so many seconds."""
        now = self._monotonic()
        self._probes_until = now + probes_for
        if standing.state is BreakerState.CLOSED:
            if self.state is not BreakerState.CLOSED:
                self._close()
            return
        if self.state is BreakerState.CLOSED:
            self._failures = 0
        self.state, self.reason, self._wait = standing.state, standing.reason, standing.wait
        self._refused, self._opens_again = standing.refused, now + standing.opens_in

    def stand_alone(self) -> None:
        """Nobody can be asked: whether to probe is for us to say."""
        self._probes_until = math.inf

    def _close(self) -> None:
        self._refused = self._failures = 0
        self.state, self.reason, self._wait = BreakerState.CLOSED, "", _FIRST_WAIT

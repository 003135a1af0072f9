"""How long a connector waits between its tries."""

import random
from collections.abc import Callable
from dataclasses import dataclass

_MOST_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between tries, and the chance (0 to 1) that spreads them."""

    first: float = 0.5
    longest: float = 30.0
    refused: float = 60.0
    """After a bind was refused: the carrier is not hammered."""
    steady: float = 10.0
    """A bind that lasted so long is dialled again at once when it is lost."""
    part: float = 1.0
    """Before a throttled part of a text is written again, as Kannel waits."""
    chance: Callable[[], float] = random.random

    def before_dial(self, failures: int, *, refused: bool) -> float:
        """How long to wait after so many failures in a row, at least one."""
        if refused:
            return self.refused * (1 + self.chance() / 10)
        doubled: float = self.first * 2 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(self.longest, doubled) * (0.5 + self.chance() / 2)


class Backoff:
    """When the next dial is due, by what became of the earlier ones.

    A refusal is about one bind more than there were: it puts off no bind that is lost meanwhile.
    """

    def __init__(self, pauses: Pauses) -> None:
        self._pauses = pauses
        self._failures = 0
        self._next = 0.0
        self._allowed = 0
        """So many binds the carrier let us have when it refused another."""
        self._more = 0.0
        """The loop's time until which that other is not asked for."""

    def due_in(self, binds: int, now: float) -> float:
        """In how many seconds to dial, with so many binds; 0 or less means now."""
        return max(self._next, self._more if binds >= self._allowed else 0.0) - now

    def failed(self, now: float) -> None:
        """Put the next dial off, longer each time."""
        self._failures += 1
        self._next = now + self._pauses.before_dial(self._failures, refused=False)

    def refused(self, binds: int, now: float) -> None:
        """Heed a refusal that came when there were so many binds."""
        self._allowed = binds
        self._more = now + self._pauses.before_dial(1, refused=True)

    def lost(self, lasted: float, now: float) -> None:
        """Take the loss of a bind: a good one is dialled again at once."""
        if lasted < self._pauses.steady:
            self.failed(now)
        else:
            self._failures, self._next = 0, 0.0

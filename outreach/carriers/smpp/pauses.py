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

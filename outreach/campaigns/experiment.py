"""Comparing texts: what chance alone may do to the figures of two groups of people."""

from dataclasses import dataclass
from enum import StrEnum
from math import erfc, sqrt

LEAST = 5
"""So many people must be expected in each of the four fields for the test to say anything."""
RARE = 0.05


class Verdict(StrEnum):
    """What may be said of a difference."""

    HARDLY_CHANCE = "hardly_chance"
    COULD_BE_CHANCE = "could_be_chance"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Trial:
    """So many people, and how many of them it worked for."""

    people: int
    worked: int

    @property
    def share(self) -> float:
        """Those it worked for, of all; 0 where there is nobody."""
        return self.worked / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """How two trials differ."""

    points: float
    """The second's share less the first's, in percentage points."""
    chance: float | None
    """How often equal texts would differ as much (two-proportion z-test); None: too few people."""

    @property
    def verdict(self) -> Verdict:
        """Say it in one of three words."""
        if self.chance is None:
            return Verdict.TOO_FEW
        return Verdict.HARDLY_CHANCE if self.chance < RARE else Verdict.COULD_BE_CHANCE


def difference(first: Trial, second: Trial) -> Difference:
    """Compare two trials of different people."""
    return Difference(100 * (second.share - first.share), _chance(first, second))


def _chance(first: Trial, second: Trial) -> float | None:
    people = first.people + second.people
    worked = first.worked + second.worked
    fewest = min(first.people, second.people) * min(worked, people - worked)
    if not people or fewest < LEAST * people:
        return None
    pooled = worked / people
    error = sqrt(pooled * (1 - pooled) * (1 / first.people + 1 / second.people))
    return erfc(abs(first.share - second.share) / error / sqrt(2))

"""What waits at accounts and what may leave: the figures of a flow.

Amounts are messages as floating numbers, times are seconds since the epoch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import NamedTuple

from outreach.domain.limit import Limit
from outreach.domain.window import Hours

NOTHING = 1e-6
"""Messages, or messages a second, that are none."""

SOON = 1e-5
"""Seconds that are no time."""


class Spell(NamedTuple):
    """An even stream: messages a second from one moment to another."""

    begin: float
    end: float
    rate: float

    @property
    def messages(self) -> float:
        return (self.end - self.begin) * self.rate


@dataclass(frozen=True, slots=True)
class Ration:
    """A quota in messages, and how many of them are used at the start."""

    limit: Limit
    messages: float
    used: float = 0.0


@dataclass(frozen=True, slots=True)
class Queue:
    """What a campaign has to send by one account."""

    account: str
    rate: float
    """Messages a second that the account takes, from all campaigns together."""
    waiting: float = 0.0
    arrivals: tuple[Spell, ...] = ()
    """What comes later, one stream after the other."""
    others: tuple[float, ...] = ()
    """What other campaigns have waiting there; each of them gets as much of the rate as this one.
    """
    rations: tuple[Ration, ...] = ()
    dong: float = 0.0
    """What one message costs."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds for a campaign's queues together."""

    hours: Hours
    begin: float
    end: float
    """What has not left by then never does."""
    rate: float = inf
    """Messages a second over all accounts."""
    ramp: float = 0.0
    """Seconds over which that pace rises from a twentieth."""
    purse: float = inf
    """đồng that may be spent."""
    taken: tuple[Spell, ...] = ()
    """What of that pace is used already, by the channels before."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a queue ran off."""

    queue: Queue
    spells: tuple[Spell, ...]
    left: float
    """Messages that did not leave."""


def merged(streams: Iterable[Spell]) -> tuple[Spell, ...]:
    """Streams that may overlap as one after the other."""
    steps: dict[float, float] = {}
    for begin, end, rate in streams:
        steps[begin] = steps.get(begin, 0.0) + rate
        steps[end] = steps.get(end, 0.0) - rate
    found, rate = [], 0.0
    for begin, end in pairwise(sorted(steps)):
        rate += steps[begin]
        if rate > NOTHING:
            found.append(Spell(begin, end, rate))
    return tuple(found)

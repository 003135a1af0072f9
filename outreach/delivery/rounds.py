"""When carriers are asked about messages: arithmetic only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from outreach.domain.limit import Limit, LimitScope
from outreach.store import asking
from outreach.store.asking import Walk

SHARE = 0.1
"""What questions may take of a limit that sending spends from, too."""

_AGES = (1, 6, 36, *range(144, 1_441, 144))
"""Ages of a message at which it is asked about, in units of the first; by default 10 minutes, 1
hour, 6 hours, 1 day, 2 days … 10 days; after that only the last round asks."""
_SLOWER = 6
"""After the end of sending, a round begins when so much less of the time since then has passed."""
_LONGEST = 36
"""Units of the first age that lie between two rounds at most."""
_PER_SECOND = 20.0
"""Questions that are expected to be answered where no limit says more."""


def ms(span: timedelta) -> int:
    """A span in whole milliseconds."""
    return int(span.total_seconds() * 1000)


def spacing(limits: Sequence[Limit]) -> float:
    """Seconds between two questions, so that they leave sending its part of what both spend."""
    return max(
        (1 / (each.per_second * SHARE) for each in limits if each.scope is LimitScope.ANY),
        default=0.0,
    )


def speed(limits: Sequence[Limit]) -> float:
    """How many questions a second the limits of an account give at best."""
    own = [each.per_second for each in limits if each.scope is LimitScope.STATUS]
    shared = spacing(limits)
    return min([*own, *([1 / shared] if shared else [])], default=_PER_SECOND)


@dataclass(frozen=True, slots=True)
class Rounds:
    """The times of one account; in ms, as everything here."""

    first: int
    """The age at which a message is asked about first."""
    deadline: int
    """For how long after a campaign's end its messages may be heard of."""

    @classmethod
    def of(cls, ask_after: timedelta, deadline: timedelta) -> "Rounds":
        """Ask at the age given, or sooner where so little time is left for it."""
        return cls(min(ms(ask_after), ms(deadline) // 4), ms(deadline))

    def spans(self, walk: Walk) -> list[tuple[int, int]]:
        """When messages were handed over, (after, to], that a round asks about.

        Each age of a message falls in one round: the first that begins after it.
        """
        if walk.since == 0:
            return [(0, walk.next_at - self.first)]
        ages = [age * self.first for age in _AGES]
        return [(walk.since - age, walk.next_at - age) for age in ages]

    def ends(self, finished_at: int | None) -> int | None:
        """When a campaign's deadline passes; None while it is not finished."""
        return None if finished_at is None else finished_at + self.deadline

    def begin(self, walk: Walk, now: int) -> Walk:
        """A round as it is walked from now on."""
        return walk if walk.begun else replace(walk, next_at=now)

    def after(self, walk: Walk, now: int, finished_at: int | None, needed: int) -> Walk:
        """The round after one that has come to its end; `needed` (ms) to ask about all there is."""
        place = asking.start(walk.campaign)
        ends = self.ends(finished_at)
        if finished_at is None or ends is None:
            return Walk(walk.campaign, place, walk.next_at, now + self.first)
        if walk.last:
            return replace(walk, after=asking.end(walk.campaign), next_at=ends)
        last_at = ends - min(max(2 * needed, self.first), self.deadline // 2)
        calm = (now - finished_at) // _SLOWER
        at = now + min(max(calm, self.first), _LONGEST * self.first)
        if at >= last_at:
            return Walk(walk.campaign, place, 0, max(last_at, now), last=True)
        return Walk(walk.campaign, place, walk.next_at, at)

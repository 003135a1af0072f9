"""Notices an account at which nothing moves though it could."""

from enum import Enum

ALARM_S = 60.0
"""Seconds of standing still after which an alarm is raised."""
TAKE_OVER_S = 120.0
"""Seconds after which another sender takes over."""


class Finding(Enum):
    """How an account stands."""

    FINE = "fine"
    STALLED = "stalled"
    DEAD = "dead"


class Watch:
    """Watches one account; a wait that is as it should be starts the count anew."""

    def __init__(self) -> None:
        self._excused_at = float("-inf")
        self.stalled_since: int | None = None
        """Since when (ms) an alarm is raised."""

    def standing(self, now: float, moved_at: float) -> float:
        """Seconds without a movement or an excuse."""
        return now - max(moved_at, self._excused_at)

    def excuse(self, now: float) -> None:
        """Note that it has nothing to do, or is right to wait."""
        self._excused_at = now

    def look(self, now: float, moved_at: float) -> Finding:
        """Say how it stands."""
        standing = self.standing(now, moved_at)
        if standing >= TAKE_OVER_S:
            return Finding.DEAD
        return Finding.STALLED if standing >= ALARM_S else Finding.FINE

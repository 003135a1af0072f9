"""Days and nights of Viet Nam, by which carriers count and close."""

from collections import Counter
from datetime import datetime, timedelta, timezone

_AHEAD_S = 7 * 3600  # all year round
_VIETNAM = timezone(timedelta(seconds=_AHEAD_S))


def local(at: float) -> datetime:
    """Tell epoch seconds as a time of Viet Nam."""
    return datetime.fromtimestamp(at, _VIETNAM)


def at_night(at: float, night: tuple[int, int] | None) -> bool:
    """Say whether a moment lies in a night such as (22, 6), in hours; None is no night."""
    hour = int((at + _AHEAD_S) // 3600 % 24)
    return night is not None and (hour >= night[0] or hour < night[1])


class Daily:
    """Counts that begin anew at midnight."""

    def __init__(self) -> None:
        self._day = 0
        self._counts: Counter[str] = Counter()

    def on(self, at: float) -> Counter[str]:
        """Give the counts of a moment's day."""
        day = int((at + _AHEAD_S) // 86_400)
        if day != self._day:
            self._day, self._counts = day, Counter()
        return self._counts

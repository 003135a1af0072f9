"""When a backlog will be gone, if it goes on as now."""

from datetime import datetime, timedelta

from outreach.domain.window import LOCAL, Window


def done_at(now: datetime, window: Window, seconds: float) -> datetime:
    """The moment at which `seconds` of sending are over, counting open hours only."""
    left = timedelta(seconds=seconds)
    begin = window.next_opening(now)
    while left > (today := _closing(begin, window) - begin):
        left -= today
        begin = window.next_opening(begin + today)
    return begin + left


def _closing(begin: datetime, window: Window) -> datetime:
    day = begin.astimezone(LOCAL).date()
    return datetime.combine(day, window.closes, LOCAL).astimezone(begin.tzinfo)

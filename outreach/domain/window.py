"""When messages may leave: a legal day in Ho Chi Minh City, told by a clock that is passed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from outreach.domain.holidays import Holidays

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

Clock = Callable[[], datetime]
"""Gives the present as an aware UTC datetime."""


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of a local day in which a campaign may send; `closes` itself is outside."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"a window must open before it closes, not {self}")

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read `07:00-22:00`; ValueError otherwise."""
        opens, _, closes = text.partition("-")
        try:
            hours = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
        except ValueError:
            raise ValueError(
                f"expected two times of one day, such as 08:00-20:00, not {text!r}"
            ) from None
        return cls(*hours)

    def is_open(self, now: datetime) -> bool:
        """Whether a message may leave at this moment."""
        return self.opens <= now.astimezone(LOCAL).time() < self.closes

    def next_opening(self, now: datetime) -> datetime:
        """The next moment at which a message may leave: now, if the window is open."""
        if self.is_open(now):
            return now
        local = now.astimezone(LOCAL)
        day = local.date() + timedelta(days=local.time() >= self.closes)
        return datetime.combine(day, self.opens, LOCAL).astimezone(now.tzinfo)


@dataclass(frozen=True, slots=True)
class Hours:
    """A window on the days that are not closed; `closed` is None for whoever sends on holidays."""

    window: Window
    closed: Holidays | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether a message may leave at this moment."""
        return self.window.is_open(now) and self.holiday(now) is None

    def holiday(self, now: datetime) -> str | None:
        """The name of the day, if it is one on which nothing leaves."""
        return None if self.closed is None else self.closed.names.get(local_day(now))

    def next_opening(self, now: datetime) -> datetime:
        """The next moment at which a message may leave: now, if it is open."""
        opening = self.window.next_opening(now)
        while self.holiday(opening) is not None:
            tomorrow = local_day(opening) + timedelta(days=1)
            opening = datetime.combine(tomorrow, self.window.opens, LOCAL).astimezone(now.tzinfo)
        return opening

    def closes_after(self, now: datetime) -> datetime:
        """The moment at which the hours end that are open now, or else those that open next."""
        day = local_day(self.next_opening(now))
        return datetime.combine(day, self.window.closes, LOCAL).astimezone(now.tzinfo)


LEGAL = Window(time(7), time(22))
"""Nghị định 91/2020, advertising SMS; taken for every campaign unless configured tighter."""


def clock_time(text: str) -> time:
    """Read a time of the local day, such as 00:05; ValueError for others, with a zone for one."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(f"expected a local time such as 00:05, without a zone, not {text!r}")
    return found


def until(now: datetime, hour: time) -> timedelta:
    """Count from now to the next moment at which the local clock shows an hour: never zero."""
    local = now.astimezone(LOCAL)
    day = local.date() + timedelta(days=local.time() >= hour)
    return datetime.combine(day, hour, LOCAL) - local


def local_day(moment: datetime) -> date:
    """The day in Ho Chi Minh City that a moment belongs to."""
    return moment.astimezone(LOCAL).date()


def day_number(moment: datetime) -> int:
    """The local day as the integer that tallies store: 20261122."""
    return number_of_day(local_day(moment))


def number_of_day(day: date) -> int:
    """A day as tables store it: 20261122."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of_number(number: int) -> date:
    """Take 20261122 apart."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def day_number_at(ms: int) -> int:
    """The same for a moment in milliseconds since 1970."""
    return _day_of_hour(ms // 3_600_000)


@lru_cache(maxsize=64)
def _day_of_hour(hours: int) -> int:
    """The local day of an hour of UTC: a zone of whole hours changes its day with one."""
    return day_number(datetime.fromtimestamp(hours * 3600, UTC))

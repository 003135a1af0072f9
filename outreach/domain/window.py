"""When messages may leave: a legal day in Ho Chi Minh City, told by a clock that is passed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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
        opens, dash, closes = text.partition("-")
        if not dash:
            raise ValueError(f"expected a window such as 07:00-22:00, not {text!r}")
        return cls(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))

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


LEGAL = Window(time(7), time(22))
"""Nghị định 91/2020, advertising SMS; taken for every campaign unless configured tighter."""


def local_day(moment: datetime) -> date:
    """The day in Ho Chi Minh City that a moment belongs to."""
    return moment.astimezone(LOCAL).date()


def day_number(moment: datetime) -> int:
    """The local day as the integer that tallies store: 20261122."""
    day = local_day(moment)
    return day.year * 10_000 + day.month * 100 + day.day

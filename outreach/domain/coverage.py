"""How many people are insured and registered, and how far that is from a target."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Self

from outreach.domain.month import Month

DAYS_A_MONTH = 365.25 / 12
_MONTHS_BACK = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """People of one place at the end of a month; None is what was not told."""

    insured: int | None = None
    registered: int | None = None
    """Who asked for an account of the app."""
    approved: int | None = None
    """Those of the registered whose account was confirmed."""
    not_registered: int | None = None

    @property
    def gap(self) -> int | None:
        """The insured who are not registered: as told, or what is left of the insured."""
        if self.not_registered is not None:
            return self.not_registered
        if self.insured is None or self.registered is None:
            return None
        return self.insured - self.registered

    @property
    def share(self) -> float | None:
        """The registered among the insured; None where that is not known."""
        return (
            self.registered / self.insured if self.insured and self.registered is not None else None
        )

    def or_else(self, other: "Coverage") -> Self:
        """These figures, and where one is not told that of another."""
        return type(self)(
            *(getattr(other if getattr(self, name) is None else self, name) for name in FIGURES)
        )


FIGURES = tuple(field.name for field in fields(Coverage))


def total(lines: Iterable[Coverage]) -> Coverage:
    """Add up places; a figure that one of them does not tell is not told of all."""
    rows = list(lines)
    return Coverage(*(_sum([getattr(row, name) for row in rows]) for name in FIGURES))


def _sum(counts: list[int | None]) -> int | None:
    told = [count for count in counts if count is not None]
    return sum(told) if told and len(told) == len(counts) else None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the registered are from a target on a day, and the pace that it needs."""

    registered: int
    target: int
    by: date
    """The target's last day."""
    on: date
    share: float
    """Above 1 when there are more than the target asks for."""
    gap: int
    """How many are missing; 0 when it is reached."""
    days_left: int
    """With `on` and with `by`; 0 when the last day has passed."""
    per_day: float | None
    """People to be registered each day; 0 when it is reached, None when it is too late."""
    per_month: float | None


def progress(registered: int, target: int, by: date, on: date) -> Progress:
    """Say how far so many registered are from a target; all counts are of people, 0 or more."""
    gap = max(0, target - registered)
    days_left = max(0, (by - on).days + 1)
    per_day = 0.0 if not gap else gap / days_left if days_left else None
    return Progress(
        registered=registered,
        target=target,
        by=by,
        on=on,
        share=registered / target if target else 1.0,
        gap=gap,
        days_left=days_left,
        per_day=per_day,
        per_month=None if per_day is None else per_day * DAYS_A_MONTH,
    )


def pace(registered: Mapping[Month, int]) -> float | None:
    """How many more there were each month, over up to three months before the last one told.

    None where no month but the last is told; below 0 where there were fewer.
    """
    last = max(registered, default=None)
    if last is None:
        return None
    near = {month: _between(month, last) for month in registered}
    back = max(months for months in near.values() if months <= _MONTHS_BACK)
    if not back:
        return None
    first = next(month for month, months in near.items() if months == back)
    return (registered[last] - registered[first]) / back


def _between(earlier: Month, later: Month) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month

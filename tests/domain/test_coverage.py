"""The insured and the registered, and the way to a target."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outreach.domain.coverage import FIGURES, Coverage, pace, progress, total
from outreach.domain.month import Month

PEOPLE = st.integers(0, 20_000_000)
TOLD = st.none() | PEOPLE
COVERAGE = st.builds(Coverage, TOLD, TOLD, TOLD, TOLD)
DAYS = st.dates(date(2021, 1, 1), date(2035, 1, 1))
MONTHS = st.builds(Month, st.integers(2021, 2030), st.integers(1, 12))


def test_progress_to_a_target() -> None:
    found = progress(3_300_000, 4_500_000, date(2026, 12, 31), date(2026, 11, 22))
    assert (found.gap, found.days_left) == (1_200_000, 40)
    assert found.share == pytest.approx(0.7333, abs=1e-4)
    assert found.per_day == 30_000
    assert found.per_month == pytest.approx(913_125)


def test_the_last_day_still_counts() -> None:
    by = date(2026, 12, 31)
    assert progress(0, 100, by, by).per_day == 100
    late = progress(0, 100, by, by + timedelta(days=1))
    assert (late.days_left, late.per_day, late.per_month, late.gap) == (0, None, None, 100)


def test_a_target_that_is_reached_needs_nothing_even_when_it_is_late() -> None:
    found = progress(120, 100, date(2026, 1, 1), date(2027, 1, 1))
    assert (found.gap, found.share, found.per_day, found.per_month) == (0, 1.2, 0, 0)
    assert progress(0, 0, date(2026, 1, 1), date(2025, 1, 1)).share == 1


@given(PEOPLE, st.integers(1, 20_000_000), DAYS, DAYS)
def test_whoever_keeps_the_pace_arrives(registered: int, target: int, by: date, on: date) -> None:
    found = progress(registered, target, by, on)
    assert found.gap == max(0, target - registered)
    assert (found.share >= 1) == (found.gap == 0)
    assert (found.days_left > 0) == (on <= by)
    if found.per_day is None:
        assert found.gap > 0
        assert on > by
    elif found.gap:
        assert registered + found.per_day * found.days_left == pytest.approx(target)
    else:
        assert found.per_day == 0


@given(COVERAGE, COVERAGE)
def test_what_is_not_told_is_taken_from_another(one: Coverage, other: Coverage) -> None:
    both = one.or_else(other)
    for name in FIGURES:
        mine = getattr(one, name)
        assert getattr(both, name) == (getattr(other, name) if mine is None else mine)


@given(st.lists(COVERAGE))
def test_a_total_is_of_all_places_or_not_told(lines: list[Coverage]) -> None:
    found = total(lines)
    for name in FIGURES:
        counts = [getattr(line, name) for line in lines]
        told = bool(counts) and None not in counts
        assert getattr(found, name) == (sum(counts) if told else None)


@pytest.mark.parametrize(
    ("told", "gap", "share"),
    [
        (Coverage(200, 150, 100, 50), 50, 0.75),
        (Coverage(200, 150), 50, 0.75),
        (Coverage(200, 150, None, 40), 40, 0.75),
        (Coverage(200), None, None),
        (Coverage(None, 150), None, None),
        (Coverage(0, 0), 0, None),
        (Coverage(), None, None),
    ],
)
def test_gap_and_share(told: Coverage, gap: int | None, share: float | None) -> None:
    assert (told.gap, told.share) == (gap, share)


def test_the_pace_is_of_the_last_three_months() -> None:
    counts = {Month(2026, 6): 0, Month(2026, 8): 100, Month(2026, 9): 200, Month(2026, 11): 430}
    assert pace(counts) == 110
    assert pace({Month(2026, 10): 100, Month(2026, 12): 60}) == -20
    assert pace({Month(2025, 12): 100, Month(2026, 1): 160}) == 60


@pytest.mark.parametrize(
    "counts", [{}, {Month(2026, 11): 5}, {Month(2026, 7): 1, Month(2026, 11): 5}]
)
def test_there_is_no_pace_without_a_month_near(counts: dict[Month, int]) -> None:
    assert pace(counts) is None


@given(MONTHS, st.integers(0, 100_000), PEOPLE, st.integers(2, 4))
def test_an_even_pace_is_found(last: Month, each: int, first: int, months: int) -> None:
    assume(last > Month(2021, 6))
    counts, month = {}, last
    for n in reversed(range(months)):
        counts[month] = first + n * each
        month = month.previous
    assert pace(counts) == pytest.approx(each)

"""A limit is kept in every window of its period, and used while there is work."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.limit import Limit, LimitScope, Pace, Unit

limits = st.builds(
    Limit,
    unit=st.just(Unit.PARTS),
    amount=st.integers(1, 2000),
    period=st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)]),
)
Step = tuple[float, float, str]  # share of the limit, idle periods before, what happens then
steps = st.lists(
    st.tuples(
        st.floats(0, 1) | st.floats(0, 0.1),
        st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.03, 0.4, 1.7]),
        st.sampled_from(["", "", "", "slow", "recover"]),
    ),
    min_size=1,
    max_size=150,
)


def spend(pace: Pace, cost: int, now: float) -> float:
    """Wait as told, spend, and say when it was."""
    while (wait := pace.ready_in(cost, now)) > 0:
        now = max(now + wait, now * (1 + 1e-15))
    pace.spend(cost, now)
    return now


def most_in_a_window(spent: Sequence[tuple[float, int]], period: float) -> int:
    """The largest sum that begins within one period, less a billionth for floating point."""
    width = Fraction(period) * (1 - Fraction(1, 10**9))
    return max(
        sum(cost for at, cost in spent if 0 <= Fraction(at) - Fraction(begin) < width)
        for begin, _ in spent
    )


@given(limits, steps, st.sampled_from([0.0, 12_345.678]))
def test_never_over_the_limit_in_any_window(limit: Limit, work: Sequence[Step], now: float) -> None:
    period = limit.period.total_seconds()
    pace = Pace(limit, now)
    spent = []
    for share, idle, then in work:
        cost = max(1, int(share * limit.amount))
        now = spend(pace, cost, now + idle * period)
        spent.append((now, cost))
        if then:
            getattr(pace, then)()
    assert most_in_a_window(spent, period) <= limit.amount


@given(limits, st.lists(st.integers(1, 5), min_size=1, max_size=20))
def test_nine_tenths_are_used_while_there_is_work(limit: Limit, costs: Sequence[int]) -> None:
    """Holds where a message is small against the limit: at most a twentieth of it."""
    costs = [max(1, min(cost, limit.amount // 20)) for cost in costs]
    period = limit.period.total_seconds()
    pace = Pace(limit, 0.0)
    now, used, i = 0.0, 0, 0
    while now < 3 * period:
        cost = costs[i % len(costs)]
        now = spend(pace, cost, now)
        used, i = used + cost, i + 1
    assert used >= 0.9 * limit.amount * now / period


def test_a_start_keeps_silent() -> None:
    pace = Pace(Limit(Unit.MESSAGES, 10, timedelta(seconds=1)), 100.0, quiet=1.0)
    assert pace.ready_in(1, 100.0) == pytest.approx(1.0)


def test_a_cost_above_the_limit_never_fits() -> None:
    pace = Pace(Limit(Unit.PARTS, 2, timedelta(seconds=1)), 0.0)
    with pytest.raises(ValueError, match="3 parts at once"):
        pace.ready_in(3, 0.0)


def test_a_throttle_halves_and_recovery_creeps() -> None:
    pace = Pace(Limit(Unit.REQUESTS, 100, timedelta(seconds=1)), 0.0)
    full = pace.rate
    pace.slow()
    assert pace.rate == pytest.approx(full / 2)
    for _ in range(10):
        pace.slow()
    assert pace.rate == pytest.approx(full / 10)
    for _ in range(100):
        pace.recover()
    assert pace.rate == pytest.approx(full)


def test_scopes_and_units_are_words_of_the_config() -> None:
    assert [*Unit] == ["parts", "messages", "requests"]
    assert [*LimitScope] == ["send", "status", "token"]

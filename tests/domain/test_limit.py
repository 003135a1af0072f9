"""A limit is kept in every window of its period, and used while there is work."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.limit import (
    LEAST_SHARE,
    Limit,
    LimitScope,
    Pace,
    Quota,
    Span,
    Throttle,
    Unit,
)
from outreach.domain.window import LOCAL

limits = st.builds(
    Limit,
    unit=st.just(Unit.PARTS),
    amount=st.integers(1, 2000),
    period=st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)]),
)
Step = tuple[float, float, float | None]
"""Share of the limit, idle periods before, and what a throttle leaves of the pace then."""
steps = st.lists(
    st.tuples(
        st.floats(0, 1) | st.floats(0, 0.1),
        st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.03, 0.4, 1.7]),
        st.sampled_from([None, None, None, 0.02, 0.5, 1.0]),
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
            pace.slowed = then
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
    with pytest.raises(ValueError, match="3 at once, with a limit of 2 parts a second"):
        pace.ready_in(3, 0.0)


def test_what_went_before_a_start_is_remembered() -> None:
    pace = Pace(Limit(Unit.MESSAGES, 10, timedelta(seconds=60)), 100.0, quiet=60.0)
    pace.remember([(50.0, 4), (70.0, 6)], 100.0)
    assert pace.ready_in(1, 100.0) == pytest.approx(10.0)  # when the first four stop counting
    assert pace.ready_in(5, 100.0) == pytest.approx(30.0)


def test_more_than_the_limit_before_a_start_waits_a_period_at_most() -> None:
    pace = Pace(Limit(Unit.MESSAGES, 10, timedelta(seconds=60)), 100.0)
    pace.remember([(100.0, 25)], 100.0)
    assert pace.ready_in(10, 100.0) == pytest.approx(60.0)


def test_a_throttle_halves_once_a_second_down_to_a_fiftieth() -> None:
    throttle = Throttle()
    for hundredth in range(100):
        throttle.slow(10.0 + hundredth / 100)  # one event, told a hundred times
    assert throttle.share == 0.5
    for second in range(11, 30):
        throttle.slow(second)
    assert throttle.share == LEAST_SHARE


@given(st.lists(st.floats(0, 3, exclude_min=True), min_size=1, max_size=200))
def test_the_pace_comes_back_by_time_and_not_by_answers(gaps: Sequence[float]) -> None:
    """A twentieth a second at most, and after a throttle not before a second has passed."""
    throttle, now = Throttle(), 0.0
    throttle.slow(now)
    for gap in gaps:
        now += gap
        throttle.recover(now)
        assert throttle.share <= 0.5 + 0.05 * int(now) + 1e-9
    assert throttle.share >= min(1.0, 0.5 + 0.05 * sum(gap >= 1 for gap in gaps) - 1e-9)


def test_a_second_throttle_counts_though_the_pace_has_just_come_back_a_little() -> None:
    throttle = Throttle()
    throttle.slow(0.0)
    throttle.recover(1.5)
    throttle.slow(1.6)
    assert throttle.share == pytest.approx(0.275)


DAY = Limit(Unit.MESSAGES, 5, timedelta(days=1), span=Span.DAY)


def local(text: str) -> datetime:
    """A local moment as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


@pytest.mark.parametrize(
    ("span", "resets", "now", "begins", "ends"),
    [
        (Span.DAY, time(0), "2026-11-22T00:00", "2026-11-22T00:00", "2026-11-23T00:00"),
        (Span.DAY, time(0), "2026-11-22T23:59:59", "2026-11-22T00:00", "2026-11-23T00:00"),
        (Span.DAY, time(5, 30), "2026-03-01T05:29", "2026-02-28T05:30", "2026-03-01T05:30"),
        (Span.MONTH, time(0), "2026-02-28T23:00", "2026-02-01T00:00", "2026-03-01T00:00"),
        (Span.MONTH, time(0), "2028-01-31T12:00", "2028-01-01T00:00", "2028-02-01T00:00"),
        (Span.MONTH, time(6), "2027-01-01T05:00", "2026-12-01T06:00", "2027-01-01T06:00"),
    ],
)
def test_days_and_months_are_those_of_the_city(
    span: Span, resets: time, now: str, begins: str, ends: str
) -> None:
    limit = Limit(Unit.MESSAGES, 5, timedelta(days=31), span=span, resets=resets)
    assert (limit.begins(local(now)), limit.ends(local(now))) == (local(begins), local(ends))


def test_a_quota_is_counted_afresh_when_its_day_begins() -> None:
    quota, now = Quota(DAY), local("2026-11-22T21:00")
    quota.spend(4, now)
    assert quota.ready_in(1, now) == 0
    assert quota.ready_in(2, now) == 3 * 3600
    assert quota.left(now + timedelta(hours=3)) == 5
    with pytest.raises(ValueError, match="6 at once, with a limit of 5 messages a day"):
        quota.ready_in(6, now)


def test_a_clock_that_steps_over_midnight_and_back_does_not_give_the_day_twice() -> None:
    quota, now = Quota(DAY), local("2026-11-22T23:30")
    quota.spend(5, now)
    quota.spend(5, now + timedelta(hours=1))
    assert (quota.left(now), quota.left(now + timedelta(hours=1))) == (0, 0)


def test_a_reset_at_another_hour_forgets_nothing() -> None:
    """What the day from 05:00 on used may have been used in either of two days from 00:00 on."""
    quota = Quota(DAY)
    quota.remember([(local("2026-11-21T05:00"), 3)])
    left = [quota.left(local(f"2026-11-{day}T04:00")) for day in (20, 21, 22, 23)]
    assert left == [5, 2, 2, 5]


@pytest.mark.parametrize(
    ("unit", "scope", "costs"),
    [
        # for a message of three parts, a status call, a token call
        (Unit.PARTS, LimitScope.SEND, (3, 0, 0)),
        (Unit.MESSAGES, LimitScope.SEND, (1, 0, 0)),
        (Unit.REQUESTS, LimitScope.SEND, (1, 0, 0)),
        (Unit.REQUESTS, LimitScope.STATUS, (0, 1, 0)),
        (Unit.REQUESTS, LimitScope.TOKEN, (0, 0, 1)),
        (Unit.REQUESTS, LimitScope.ANY, (1, 1, 1)),
        (Unit.PARTS, LimitScope.ANY, (3, 0, 0)),
        (Unit.MESSAGES, LimitScope.ANY, (1, 0, 0)),
    ],
)
def test_what_a_call_costs(unit: Unit, scope: LimitScope, costs: tuple[int, int, int]) -> None:
    limit = Limit(unit, 10, timedelta(seconds=1), scope)
    kinds = (LimitScope.SEND, LimitScope.STATUS, LimitScope.TOKEN)
    assert tuple(limit.cost(kind, 3) for kind in kinds) == costs


def test_a_limit_is_said_as_people_say_it() -> None:
    assert DAY.words == "5 messages a day"
    assert Limit(Unit.PARTS, 20, timedelta(seconds=1)).words == "20 parts a second"
    assert Limit(Unit.PARTS, 20, timedelta(seconds=0.5)).words == "20 parts in 0.5 s"
    reserved = Limit(Unit.REQUESTS, 15, timedelta(hours=1), reserve_percent=10)
    assert reserved.for_normal().words == "13 requests an hour"


def test_scopes_and_units_are_words_of_the_config() -> None:
    assert [*Unit] == ["parts", "messages", "requests"]
    assert [*LimitScope] == ["send", "status", "token", "any"]
    assert [*Span] == ["day", "month"]

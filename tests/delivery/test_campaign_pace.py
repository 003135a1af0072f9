"""A campaign's own ceiling and pace."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.delivery.budget import Budget
from outreach.delivery.campaign_pace import CampaignPace
from tests.delivery.virtual import VirtualLoop, run_virtually

dong = st.decimals(Decimal("0.01"), Decimal(2000), places=2)


@given(st.lists(st.tuples(dong, st.booleans()), max_size=60), dong, dong)
def test_a_budget_is_never_gone_beyond_and_used_to_the_last_message_that_fits(
    costs: list[tuple[Decimal, bool]], ceiling: Decimal, before: Decimal
) -> None:
    budget, spent = Budget(ceiling, min(before, ceiling)), min(before, ceiling)
    for cost, costs_nothing in costs:
        fits = spent + cost <= ceiling
        assert budget.take(cost) is fits
        if fits and costs_nothing:
            budget.give_back(cost)
        elif fits:
            spent += cost
        assert budget.spent == spent <= ceiling


def sent(pace: CampaignPace, loop: VirtualLoop, seconds: float) -> list[float]:
    """When messages left, with ten callers who always have one more."""
    left: list[float] = []

    async def work() -> None:
        stop = asyncio.Event()

        async def caller() -> None:
            while await pace.acquire(stop):
                left.append(loop.time())

        callers = [asyncio.create_task(caller()) for _ in range(10)]
        await asyncio.sleep(seconds)
        stop.set()
        await asyncio.gather(*callers)

    run_virtually(work(), loop)
    return left


def test_so_many_a_minute_over_all_accounts() -> None:
    loop = VirtualLoop(100.0)
    left = sent(CampaignPace(120, monotonic=loop.time), loop, 600)
    most = max(sum(at <= other < at + 60 for other in left) for at in left)
    assert most <= 120
    assert len(left) >= 0.9 * 1200


@pytest.mark.parametrize(
    ("ran", "minutes", "share"),
    [
        (0, 20, (0.05 + 1) / 2),
        (10, 10, (0.525 + 1) / 2),  # begun anew in the middle
        (20, 10, 1.0),
    ],
)
def test_a_ramp_rises_evenly_from_a_twentieth(ran: int, minutes: int, share: float) -> None:
    loop = VirtualLoop(100.0)
    pace = CampaignPace(600, 20, timedelta(minutes=ran), loop.time)
    assert pace.allowed == pytest.approx(9.5 * min(1, 0.05 + 0.95 * ran / 20))
    left = sent(pace, loop, minutes * 60)
    assert len(left) == pytest.approx(600 * 0.95 * minutes * share, rel=0.02)
    assert pace.allowed == pytest.approx(9.5, rel=0.001)


def test_a_newcomer_does_not_overtake() -> None:
    loop = VirtualLoop(100.0)
    pace = CampaignPace(60, monotonic=loop.time)

    async def work() -> None:
        assert pace.try_now()
        assert not pace.try_now()
        waiting = asyncio.create_task(pace.acquire(asyncio.Event()))
        await asyncio.sleep(0.1)
        loop_time = loop.time()
        assert pace.opens_in() == pytest.approx(60 / 57 - 0.1, abs=0.01)
        assert not pace.try_now()
        assert await waiting
        assert loop.time() > loop_time

    run_virtually(work(), loop)


def test_a_crowd_leaves_together_and_in_order_when_its_time_has_come() -> None:
    """Not one in each turn of a busy loop."""
    loop, stalled, left = VirtualLoop(100.0), [0.0], list[tuple[int, float]]()
    pace = CampaignPace(6_000, monotonic=lambda: loop.time() + stalled[0])

    async def caller(n: int) -> None:
        assert await pace.acquire(asyncio.Event())
        left.append((n, loop.time()))

    async def work() -> None:
        while pace.try_now():
            pass
        crowd = [asyncio.create_task(caller(n)) for n in range(90)]
        await asyncio.sleep(0)
        stalled[0] = 1.0  # what may leave in a second by now: 95
        await asyncio.gather(*crowd)

    run_virtually(work(), loop)
    assert [n for n, _ in left] == list(range(90))
    assert len({at for _, at in left[1:]}) == 1


def test_who_would_wait_for_more_than_a_minute_is_told_so() -> None:
    loop = VirtualLoop(100.0)
    pace = CampaignPace(1, 60, monotonic=loop.time)

    async def work() -> tuple[bool, bool]:
        stop = asyncio.Event()
        return await pace.acquire(stop), await pace.acquire(stop)

    assert run_virtually(work(), loop) == (True, False)

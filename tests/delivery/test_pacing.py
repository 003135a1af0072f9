"""Pacing at the moment of leaving: order kept, every limit heeded, throttles heeded."""

import asyncio
import time
from datetime import timedelta

from outreach.delivery.pacing import Pacer
from outreach.domain.limit import Limit, LimitScope, Unit

SECOND = timedelta(seconds=1)


async def test_the_tightest_limit_sets_the_pace() -> None:
    pacer = Pacer(
        [
            Limit(Unit.PARTS, 600, SECOND),
            Limit(Unit.REQUESTS, 100, SECOND),
            Limit(Unit.REQUESTS, 1, SECOND, LimitScope.STATUS),
        ]
    )
    assert round(pacer.allowed) == 95
    times: list[float] = []
    assert await pacer.acquire(3, asyncio.Event())
    for _ in range(60):
        assert await pacer.acquire(3, asyncio.Event())
        times.append(time.monotonic())
    assert max(_in_any_second(times)) <= 100


async def test_nothing_leaves_in_the_first_period() -> None:
    began = time.monotonic()
    pacer = Pacer([Limit(Unit.MESSAGES, 1000, timedelta(seconds=0.3))])
    assert await pacer.acquire(1, asyncio.Event())
    assert time.monotonic() - began >= 0.3


async def test_callers_leave_in_the_order_they_came() -> None:
    pacer = Pacer([Limit(Unit.PARTS, 2000, SECOND)])
    left: list[int] = []

    async def caller(n: int) -> None:
        assert await pacer.acquire(1 + n % 3, asyncio.Event())
        left.append(n)

    await asyncio.gather(*(caller(n) for n in range(50)))
    assert left == list(range(50))


async def test_a_throttle_halves_the_pace_and_answers_bring_it_back() -> None:
    pacer = Pacer([Limit(Unit.PARTS, 100, SECOND)])
    full = pacer.allowed
    pacer.slow()
    assert pacer.allowed == full / 2
    for _ in range(100):
        pacer.recover()
    assert pacer.allowed == full
    assert Pacer([]).allowed == 0


def _in_any_second(times: list[float]) -> list[int]:
    return [sum(1 for other in times if at <= other < at + 1) for at in times]


async def test_a_stop_ends_the_wait_at_once() -> None:
    pacer = Pacer([Limit(Unit.MESSAGES, 1, timedelta(minutes=1))])
    stop = asyncio.Event()
    waiting = asyncio.create_task(pacer.acquire(1, stop))
    await asyncio.sleep(0.05)
    stop.set()
    assert await asyncio.wait_for(waiting, 1) is False

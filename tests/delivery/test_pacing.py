"""Pacing at the moment of leaving: order kept, every limit heeded, throttles heeded."""

import asyncio
import time
from datetime import timedelta

import pytest

from outreach.delivery.pacing import Pacer
from outreach.domain.limit import Limit, LimitScope, Span, Unit
from outreach.settings import utc_now
from outreach.store.database import Database, Writer
from outreach.store.spent import SpentTable, seconds_ahead
from tests.delivery.limited import NOBODY, World
from tests.delivery.virtual import run_virtually

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


def test_a_throttle_halves_the_pace_and_time_with_answers_brings_it_back() -> None:
    world = World([Limit(Unit.PARTS, 100, SECOND, reserve_percent=10)])

    async def work() -> None:
        pacer = world.start()
        full = pacer.allowed
        for _ in range(100):
            pacer.slow()
        assert pacer.allowed == full / 2
        for _ in range(100):
            pacer.recover()
        assert pacer.allowed == full / 2
        for _ in range(10):
            await asyncio.sleep(1.01)
            pacer.recover()
            pacer.recover()
        assert pacer.allowed == pytest.approx(full)

    run_virtually(work(), world.loop)
    assert Pacer([]).allowed == 0


def test_urgent_messages_go_first_and_in_their_order() -> None:
    world = World([Limit(Unit.PARTS, 10, SECOND)])
    left: list[str] = []

    async def send(pacer: Pacer, name: str, *, urgent: bool) -> None:
        await world.send(pacer, 3, urgent=urgent)
        left.append(name)

    async def work() -> None:
        pacer = world.start()
        normal = [asyncio.create_task(send(pacer, f"n{n}", urgent=False)) for n in range(4)]
        await asyncio.sleep(0.5)
        urgent = [asyncio.create_task(send(pacer, f"u{n}", urgent=True)) for n in range(4)]
        await asyncio.sleep(0.1)
        for _ in range(40):  # nobody who comes later overtakes those who wait
            assert not world.send_now(pacer, 1)
            await asyncio.sleep(0.02)
        await asyncio.gather(*normal, *urgent)

    run_virtually(work(), world.loop)
    assert left == ["u0", "u1", "u2", "u3", "n0", "n1", "n2", "n3"]


def test_a_small_newcomer_does_not_overtake_a_large_one_who_waits_for_room() -> None:
    world = World([Limit(Unit.PARTS, 5, SECOND)])

    async def work() -> None:
        pacer = world.start()
        await world.send(pacer, 3)
        waiting = asyncio.create_task(world.send(pacer, 3))
        await asyncio.sleep(0.7)  # there is room for one part by now, not for three
        assert not world.send_now(pacer, 1)
        assert world.send_now(pacer, 1, urgent=True)
        await waiting

    run_virtually(work(), world.loop)
    assert [call.parts for call in world.calls] == [3, 1, 3]


def test_a_status_call_has_its_turn_among_messages_that_share_its_limit() -> None:
    world = World([Limit(Unit.REQUESTS, 10, SECOND, LimitScope.ANY)])

    async def work() -> float:
        pacer = world.start()
        sending = [asyncio.create_task(world.send(pacer, 1)) for _ in range(50)]
        await asyncio.sleep(1.5)
        began = world.loop.time()
        await world.ask(pacer, LimitScope.STATUS)
        waited = world.loop.time() - began
        await asyncio.gather(*sending)
        return waited

    assert run_virtually(work(), world.loop) < 0.3
    assert world.most(world.limits[0]) <= 10


def test_a_status_limit_that_is_used_up_holds_no_message_up() -> None:
    world = World(
        [
            Limit(Unit.REQUESTS, 100, SECOND, LimitScope.ANY),
            Limit(Unit.REQUESTS, 2, timedelta(minutes=1), LimitScope.STATUS),
        ]
    )

    async def work() -> float:
        pacer = world.start()
        await asyncio.sleep(2)
        asking = [asyncio.create_task(world.ask(pacer, LimitScope.STATUS)) for _ in range(4)]
        await asyncio.sleep(0.1)
        began = world.loop.time()
        for _ in range(100):
            await world.send(pacer, 1)
        took = world.loop.time() - began
        pacer.stop()
        await asyncio.gather(*asking)
        return took

    assert run_virtually(work(), world.loop) < 1.2


def test_who_would_wait_for_more_than_a_minute_is_told_so() -> None:
    world = World(
        [
            Limit(Unit.PARTS, 100, SECOND),
            Limit(Unit.MESSAGES, 2, timedelta(days=1), span=Span.DAY),
        ]
    )

    async def work() -> None:
        pacer = world.start()
        for _ in range(2):
            assert await pacer.acquire(1)
        assert not await pacer.acquire(1)
        wait, why = pacer.opens_in()
        assert (round(wait, -1), why) == (1200, "2 messages a day")  # the world begins at 23:40

    run_virtually(work(), world.loop)


def test_a_quiet_end_gives_back_what_was_written_down_and_not_used() -> None:
    day = Limit(Unit.MESSAGES, 1000, timedelta(days=1), span=Span.DAY)
    world = World([Limit(Unit.PARTS, 100, SECOND), day])

    async def work() -> None:
        pacer = world.start()
        for _ in range(13):
            await world.send(pacer, 1)
        await pacer.close()

    run_virtually(work(), world.loop)
    assert [units for _, units in world.table.used(NOBODY, day)] == [13]


async def test_limits_hold_in_real_time_on_a_real_database(database: Database) -> None:
    limits = [
        Limit(Unit.PARTS, 900, SECOND),
        Limit(Unit.REQUESTS, 400, SECOND),
        Limit(Unit.MESSAGES, 60_000, timedelta(minutes=1)),
        Limit(Unit.MESSAGES, 500_000, timedelta(days=1), span=Span.DAY),
    ]
    writer, left = Writer(database), list[float]()
    pacer = Pacer(limits)
    with database.write() as conn:
        ahead = seconds_ahead(conn, utc_now)
        pacer.resume(conn, SpentTable(writer, 1, ahead))
    stop = asyncio.Event()

    async def caller() -> None:
        while pacer.try_now(3) or await pacer.acquire(3, stop):
            left.append(time.monotonic())
            await asyncio.sleep(0)

    callers = [asyncio.create_task(caller()) for _ in range(20)]
    await asyncio.sleep(6)  # long enough that a moment's stall of the machine is a small share
    stop.set()
    await asyncio.gather(*callers)
    await pacer.close()
    assert max(_in_any_second(left)) <= 300
    assert len(left) >= 0.9 * 300 * (left[-1] - left[0])
    with database.read() as conn:
        ((_, written),) = SpentTable(writer, 1, ahead).used(conn, limits[-1])
    writer.close()
    assert written == len(left)


def _in_any_second(times: list[float]) -> list[int]:
    return [sum(1 for other in times if at <= other < at + 1) for at in times]


async def test_a_stop_ends_the_wait_at_once() -> None:
    pacer = Pacer([Limit(Unit.MESSAGES, 1, timedelta(minutes=1))])
    stop = asyncio.Event()
    waiting = asyncio.create_task(pacer.acquire(1, stop))
    await asyncio.sleep(0.05)
    stop.set()
    assert await asyncio.wait_for(waiting, 1) is False

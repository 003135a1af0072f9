"""Never over a limit in any window, whatever happens; and used while there is work."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.delivery.pacing import Pacer
from outreach.domain.limit import Limit, LimitScope, Span, Unit
from tests.delivery.limited import World
from tests.delivery.virtual import run_virtually

MOST_PARTS = 3
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY, MONTH = timedelta(days=1), timedelta(days=31)

rolling = st.builds(
    Limit,
    unit=st.sampled_from(Unit),
    amount=st.integers(2 * MOST_PARTS, 400) | st.integers(2 * MOST_PARTS, 20),
    period=st.sampled_from([SECOND, MINUTE, HOUR]),
    scope=st.sampled_from([LimitScope.SEND, LimitScope.SEND, LimitScope.ANY]),
    reserve_percent=st.sampled_from([0, 0, 10, 50]),
)
quotas = st.builds(
    lambda unit, amount, span, resets, reserve: Limit(
        unit, amount, DAY if span is Span.DAY else MONTH, LimitScope.SEND, span, resets, reserve
    ),
    st.sampled_from(Unit),
    st.integers(2 * MOST_PARTS, 60),
    st.sampled_from(Span),
    st.sampled_from([time(0), time(0, 5), time(6)]),
    st.sampled_from([0, 20]),
)
asides = st.builds(
    Limit,
    unit=st.just(Unit.REQUESTS),
    amount=st.integers(1, 10),
    period=st.sampled_from([SECOND, MINUTE]),
    scope=st.sampled_from([LimitScope.STATUS, LimitScope.TOKEN]),
)


def _once(limits: Sequence[Limit]) -> bool:
    return len({(each.unit, each.scope, each.period) for each in limits}) == len(limits)


several = (
    st.tuples(
        st.lists(rolling, min_size=1, max_size=3),
        st.lists(quotas, max_size=1),
        st.lists(asides, max_size=1),
    )
    .map(lambda found: [*found[0], *found[1], *found[2]])
    .filter(_once)
)


@dataclass(frozen=True)
class Burst:
    """So many messages at once, of so many parts."""

    count: int
    parts: int
    urgent: bool
    waits: bool


@dataclass(frozen=True)
class Idle:
    seconds: float


@dataclass(frozen=True)
class Aside:
    scope: LimitScope


@dataclass(frozen=True)
class Throttled:
    """Said so often."""

    times: int


@dataclass(frozen=True)
class Step:
    """Somebody sets the wall clock."""

    seconds: float


@dataclass(frozen=True)
class Stop:
    """The process ends, and another begins."""

    killed: bool
    down: float
    reboot: bool


Event = Burst | Idle | Aside | Throttled | Step | Stop
spans = st.sampled_from([0.0, 0.01, 0.4, 1.0, 7.0, 61.0, 900.0, 3601.0])
bursts = st.builds(
    Burst, st.integers(1, 25), st.integers(1, MOST_PARTS), st.booleans(), st.booleans()
)
events = st.lists(
    bursts
    | bursts
    | st.builds(Idle, spans)
    | st.builds(Aside, st.sampled_from([LimitScope.STATUS, LimitScope.TOKEN]))
    | st.builds(Throttled, st.integers(1, 3))
    | st.builds(Step, st.sampled_from([-86_400.0, -3600.0, -5.0, 5.0, 1500.0, 3600.0, 86_400.0]))
    | st.builds(Stop, st.booleans(), spans, st.booleans()),
    min_size=2,
    max_size=14,
)
delays = st.lists(
    st.tuples(st.sampled_from([0.0, 0.002, 0.3, 2.5]), st.sampled_from([0.0, 0.002, 1.0])),
    max_size=8,
)


@given(several, events, delays)
@settings(max_examples=400)
def test_never_over_a_limit_in_any_window(
    limits: Sequence[Limit], history: Sequence[Event], delays: Sequence[tuple[float, float]]
) -> None:
    world = World(limits)
    world.table.delays = itertools.cycle(delays or [(0.001, 0.0)])
    run_virtually(_live(world, history), world.loop)
    for limit in limits:
        assert world.most(limit) <= limit.amount, limit
        assert world.most_of_normal(limit) <= limit.for_normal().amount, limit


async def _live(world: World, history: Sequence[Event]) -> None:
    pacer = world.start()
    for event in history:
        match event:
            case Burst():
                await _burst(world, pacer, event)
            case Idle(seconds):
                await asyncio.sleep(seconds)
            case Aside(scope):
                await world.ask(pacer, scope)
            case Throttled(times):
                for _ in range(times):
                    pacer.slow()
            case Step(seconds):
                world.shift += seconds
            case Stop():
                pacer = await _next_life(world, pacer, event)


async def _burst(world: World, pacer: Pacer, burst: Burst) -> None:
    """Send for at most two days: a quota may have nothing left for longer."""
    if not burst.waits:
        for _ in range(burst.count):
            world.send_now(pacer, burst.parts, urgent=burst.urgent)
        return
    sending = [
        asyncio.create_task(world.send(pacer, burst.parts, urgent=burst.urgent))
        for _ in range(burst.count)
    ]
    # The limits of calls beside the messages are kept meanwhile.
    aside = asyncio.create_task(world.ask(pacer, LimitScope.STATUS))
    _, late = await asyncio.wait([*sending, aside], timeout=7200)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    pacer.recover()


async def _next_life(world: World, pacer: Pacer, stop: Stop) -> Pacer:
    if not stop.killed:
        await pacer.close()
    world.lives += 1  # what the dead one is still writing is lost
    await asyncio.sleep(stop.down)
    # After a start of the machine a clock that was moved ahead hides the past: see the store.
    if stop.reboot and world.step_ahead_since_boot() <= 0:
        world.reboot()
    return world.start()


@given(
    st.lists(rolling, min_size=1, max_size=3).filter(_once),
    st.lists(st.integers(1, MOST_PARTS), min_size=1, max_size=6),
)
@settings(max_examples=150)
def test_nine_tenths_are_used_while_there_is_work(
    limits: Sequence[Limit], parts: Sequence[int]
) -> None:
    """Every moment is used up by one of the limits: mixed units do not wait for each other.

    Holds where a message is small against the limit, and from the silence of the start on.
    """
    limits = [replace(limit, amount=limit.amount * 20, reserve_percent=0) for limit in limits]
    world = World(limits)

    async def work() -> float:
        pacer = world.start()
        await asyncio.sleep(2.0)
        began = world.loop.time()
        for n in range(200):
            await world.send(pacer, parts[n % len(parts)])
        return world.loop.time() - began

    took = run_virtually(work(), world.loop)
    used = sum(
        max(
            limit.cost(call.scope, call.parts) * limit.period.total_seconds() / limit.amount
            for limit in limits
        )
        for call in world.calls
    )
    assert used >= 0.9 * took


def test_a_quota_is_used_to_the_end_and_the_next_day_goes_on() -> None:
    day = Limit(Unit.MESSAGES, 40, DAY, span=Span.DAY)
    world = World([Limit(Unit.PARTS, 1000, SECOND), day])

    async def work() -> None:
        pacer = world.start()
        for _ in range(60):
            await world.send(pacer, 1)

    run_virtually(work(), world.loop)
    first = world.calls[0].wall
    assert [call.wall < day.ends(first) for call in world.calls] == [True] * 40 + [False] * 20


def test_after_a_kill_a_long_limit_goes_on_at_once() -> None:
    """What the kill costs is what was written down and not used: a few hundredths."""
    minute = Limit(Unit.MESSAGES, 600, MINUTE)
    world = World([minute])

    async def work(count: int) -> float:
        pacer = world.start()
        began = world.loop.time()
        for _ in range(count):
            await world.send(pacer, 1)
        return world.loop.time() - began

    async def lives() -> list[float]:
        return [await work(300) for _ in range(5)]

    took = run_virtually(lives(), world.loop)
    assert sum(took) <= 1500 / (0.9 * 10)
    assert world.most(minute) <= 600

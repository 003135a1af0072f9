"""Grants of shared limits: the script on a real Redis, at a time that the tests tell."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench.windows import most
from outreach.board import Board, GoneError
from outreach.board.limits import HEARD_S, Grant, Granter, Want, lasts_s, silence_s
from outreach.domain.limit import LONGEST_WAIT, Limit, LimitScope, Unit

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_runs = count()


@dataclass
class Timed(Board):
    """A way to a real Redis whose time is ours; what processes know of it, they know exactly."""

    url: str
    now: float = 1_800_000_000.0
    set_by: float = 0.0
    """What somebody set the clock of Redis by."""
    run_number: int = field(default_factory=lambda: next(_runs))

    def __post_init__(self) -> None:
        super().__init__(self.url)

    def monotonic(self) -> float:
        return self.now

    async def run(self, script: str, keys: Sequence[str], args: Sequence[str | float]) -> Any:
        told = script.replace("redis.call('TIME')", "{ARGV[#ARGV - 1], ARGV[#ARGV]}")
        whole = round((self.now + self.set_by) * 1_000_000)
        names = [f"{self.run_number}:{key}" for key in keys]
        return await super().run(told, names, [*args, whole // 1_000_000, whole % 1_000_000])


@asynccontextmanager
async def timed(url: str) -> AsyncIterator[Timed]:
    board = Timed(url)
    yield board
    await board.close()


limits = st.builds(
    Limit,
    unit=st.just(Unit.PARTS),
    amount=st.integers(3, 12) | st.integers(3, 400),
    period=st.sampled_from([SECOND, MINUTE]),
)


@dataclass(frozen=True)
class Ask:
    units: int
    after: float
    late: bool
    """Whether what is granted leaves at the last moment."""
    wider: float = 1.0


asks = st.lists(
    st.builds(
        Ask,
        st.integers(1, 3),
        st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.02, 0.3, 1.1, 65.0]),
        st.booleans(),
        st.sampled_from([1.0, 1.0, 2.0]),
    ),
    min_size=5,
    max_size=120,
)


@given(limit=limits, history=asks)
@example(limit=Limit(Unit.PARTS, 3, SECOND), history=[Ask(3, 0.0, late=True)] * 9)
@example(limit=Limit(Unit.PARTS, 50, SECOND), history=[Ask(1, 0.0, late=True)] * 120)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_never_above_in_any_window_whenever_the_granted_leaves(
    redis_url: str, limit: Limit, history: Sequence[Ask]
) -> None:
    left: list[tuple[float, int]] = []

    async def ask_on() -> None:
        async with timed(redis_url) as board:
            process = Granter(board, board.monotonic)
            for ask in history:
                board.now += ask.after
                found = await process.grant([Want("one", limit, ask.units)], wider=ask.wider)
                if isinstance(found, Grant):
                    left.append((found.until - 1e-5 if ask.late else found.starts, ask.units))
                else:
                    board.now += found

    asyncio.run(ask_on())
    assert most(left, limit.period.total_seconds() - 1e-4) <= limit.amount


@given(limits, st.lists(st.integers(1, 3), min_size=1, max_size=5))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nine_tenths_are_granted_while_there_is_work(
    redis_url: str, limit: Limit, units: Sequence[int]
) -> None:
    """Where a message is small against the limit, and after the silence of the beginning."""
    limit = Limit(limit.unit, limit.amount * 20, limit.period)

    async def took() -> tuple[float, int]:
        async with timed(redis_url) as board:
            process = Granter(board, board.monotonic)
            moments, spent = [], 0
            for n in range(150):
                grant = await process.grant([Want("one", limit, units[n % len(units)])])
                assert isinstance(grant, Grant)
                board.now = max(board.now, grant.starts)  # it asks again as soon as it has used it
                moments.append(grant.starts)
                spent += units[n % len(units)]
            return moments[-1] - moments[0], spent - units[149 % len(units)]

    seconds, spent = asyncio.run(took())
    assert spent >= 0.9 * limit.amount * seconds / limit.period.total_seconds()


@pytest.mark.parametrize("limit", [Limit(Unit.PARTS, 50, SECOND), Limit(Unit.PARTS, 900, MINUTE)])
async def test_what_is_not_known_begins_with_a_silence(redis_url: str, limit: Limit) -> None:
    async with timed(redis_url) as board:
        process, wants = Granter(board, board.monotonic), [Want("one", limit, 1)]
        first = await process.grant(wants, silence=3.0)
        assert isinstance(first, Grant)
        wait = silence_s(limit) + HEARD_S + 3.0
        assert first.starts == pytest.approx(board.now + wait, abs=1e-4)
        assert first.until == pytest.approx(first.starts + lasts_s(limit), abs=1e-4)
        board.now += 60.0
        second = await process.grant(wants, silence=3.0)
        assert isinstance(second, Grant)
        assert second.starts == pytest.approx(board.now, abs=1e-4)


async def test_who_asks_first_leaves_first_whatever_the_others_hold(redis_url: str) -> None:
    """Ten processes with two grants each: the line is served in its order, evenly."""
    limit = Limit(Unit.PARTS, 50, SECOND)
    async with timed(redis_url) as board:
        processes = [Granter(board, board.monotonic) for _ in range(10)]
        got = [
            await process.grant([Want("one", limit, 1)]) for _ in range(2) for process in processes
        ]
    starts = [each.starts for each in got if isinstance(each, Grant)]
    assert len(starts) == 20
    apart = [after - before for before, after in pairwise(starts)]
    assert apart == pytest.approx([1 / (50 * 0.95)] * 19, abs=2e-4)


async def test_what_would_wait_for_more_than_a_minute_is_refused_and_told_when(
    redis_url: str,
) -> None:
    limit = Limit(Unit.PARTS, 10, MINUTE)
    async with timed(redis_url) as board:
        process, wants = Granter(board, board.monotonic), [Want("one", limit, 5)]
        for _ in range(2):
            assert isinstance(await process.grant(wants), Grant)
        wait = await process.grant(wants)
        assert isinstance(wait, float)
        board.now += wait + 0.001
        found = await process.grant(wants)
        assert isinstance(found, Grant)
        assert found.starts - board.now <= LONGEST_WAIT


async def test_several_limits_are_granted_for_one_moment_or_not_at_all(redis_url: str) -> None:
    parts, calls = Limit(Unit.PARTS, 100, SECOND), Limit(Unit.REQUESTS, 5, SECOND)
    async with timed(redis_url) as board:
        process = Granter(board, board.monotonic)
        both = [Want("parts", parts, 1), Want("calls", calls, 1)]
        got = [await process.grant(both) for _ in range(20)]
        starts = [each.starts for each in got if isinstance(each, Grant)]
        assert most([(at, 1) for at in starts], 1.0) == 5
        far = await process.grant([Want("parts", parts, 1)])
        assert isinstance(far, Grant)
        assert far.starts >= starts[-1]  # in the order in which they asked


async def test_a_wider_spacing_is_of_who_asks_for_it(redis_url: str) -> None:
    limit = Limit(Unit.PARTS, 100, SECOND)
    async with timed(redis_url) as board:
        process = Granter(board, board.monotonic)
        got = [await process.grant([Want("one", limit, 1)], wider=w) for w in (4, 1, 1)]
        first, second, third = (each.starts for each in got if isinstance(each, Grant))
        assert second - first == pytest.approx(4 * (third - second), rel=0.01)


async def test_another_life_of_redis_knows_nothing_of_what_was_granted(redis_url: str) -> None:
    async with timed(redis_url) as board:
        process = Granter(board, board.monotonic)
        grant = await process.grant([Want("one", Limit(Unit.PARTS, 50, SECOND), 1)])
        assert isinstance(grant, Grant)
        assert (grant.born, process.heard) == (process.born, board.now)
        await board.run("redis.call('FLUSHALL')", [], [])
        board.now += 0.2
        assert await process.hear()
        assert grant.born != process.born


@pytest.mark.parametrize("seconds", [-5.0, -0.05, 0.05, 5.0])
async def test_a_clock_of_redis_that_was_set_is_noticed_before_anything_is_granted(
    redis_url: str, seconds: float
) -> None:
    async with timed(redis_url) as board:
        process, wants = (
            Granter(board, board.monotonic),
            [Want("x", Limit(Unit.PARTS, 50, SECOND), 1)],
        )
        assert isinstance(await process.grant(wants), Grant)
        board.now += 1.0
        assert await process.hear()
        board.now += 1.0
        board.set_by = seconds
        assert isinstance(await process.grant(wants), float)
        assert not await process.hear()
        board.now += 1.0
        assert await process.hear()
        assert isinstance(await process.grant(wants), Grant)


async def test_a_clock_of_redis_that_went_back_an_hour_holds_nobody_up_for_an_hour(
    redis_url: str,
) -> None:
    wants = [Want("one", Limit(Unit.REQUESTS, 50, SECOND, LimitScope.ANY), 1)]
    async with timed(redis_url) as board:
        assert isinstance(await Granter(board, board.monotonic).grant(wants), Grant)
        board.set_by = -3600.0
        found = await Granter(board, board.monotonic).grant(wants)
        assert isinstance(found, Grant)
        assert found.starts - board.now < 2.0


async def test_what_is_given_back_may_leave_with_others(redis_url: str) -> None:
    limit = Limit(Unit.PARTS, 50, SECOND)
    async with timed(redis_url) as board:
        process, most_of_it = Granter(board, board.monotonic), [Want("one", limit, 45)]
        first = await process.grant(most_of_it)
        assert isinstance(first, Grant)
        await process.give_back(first, most_of_it)
        second = await process.grant(most_of_it)
        assert isinstance(second, Grant)
        assert second.starts == pytest.approx(first.starts, abs=1e-4)
        third = await process.grant(most_of_it)
        assert isinstance(third, Grant)
        assert third.starts > second.starts + 1.0


async def test_what_another_life_granted_is_not_taken_back(redis_url: str) -> None:
    wants = [Want("one", Limit(Unit.PARTS, 50, SECOND), 45)]
    async with timed(redis_url) as board:
        process = Granter(board, board.monotonic)
        old = await process.grant(wants)
        await board.run("redis.call('FLUSHALL')", [], [])
        board.now += 0.001
        new = await process.grant(wants)
        assert isinstance(old, Grant)
        assert isinstance(new, Grant)
        await process.give_back(old, wants)
        last = await process.grant(wants)
        assert isinstance(last, Grant)
        assert last.starts > new.starts + 1.0


async def test_two_failures_with_nothing_asked_between_do_not_last() -> None:
    now = [0.0]
    board = Board("redis://127.0.0.1:9/0")
    process = Granter(board, lambda: now[0])
    for after, lasts in ((0.0, 0.0), (2.0, 2.0), (2.0, 4.0), (3600.0, 0.0), (1.0, 1.0)):
        now[0] += after
        with pytest.raises(GoneError):
            await process.grant([Want("one", Limit(Unit.PARTS, 50, SECOND), 1)])
        assert process.failing_s == lasts
    await board.close()

"""Who waits behind the first: counted with it, in their order, and nobody is lost or doubled."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.board import Board
from outreach.delivery.pacing import Pacer
from outreach.delivery.sharing import Sharer
from outreach.domain.limit import Limit, LimitScope, Span, Unit
from outreach.store.sharing import NEVER
from tests.delivery.joined import account_of
from tests.delivery.limited import NOBODY, World
from tests.delivery.virtual import VirtualLoop, run_virtually

SECOND = timedelta(seconds=1)
WIDE = Limit(Unit.PARTS, 100_000, SECOND)
DAY = Limit(Unit.MESSAGES, 60_000, timedelta(days=1), span=Span.DAY)
WRITING_S = 0.3


class Meddled(World):
    """Where things happen just when the first of a line looks at the clock, before it takes."""

    meddles: Sequence[Callable[[], object]] = ()

    def wall(self) -> datetime:
        meddles, self.meddles = self.meddles, ()
        for meddle in meddles:
            meddle()
        return super().wall()


def written_slowly(*limits: Limit) -> Meddled:
    """A world in which callers gather while what they need of a long limit is written down."""
    world = Meddled([*limits, DAY])
    world.table.delays = itertools.repeat((WRITING_S, 0.0))
    return world


async def _silence_passed() -> None:
    await asyncio.sleep(2.0)


def _spent(world: World) -> int:
    return sum(units for _, units in world.table.used(NOBODY, DAY))


def test_those_behind_the_first_leave_with_it_in_their_order() -> None:
    world, left = written_slowly(WIDE), list[tuple[int, float]]()

    async def caller(pacer: Pacer, n: int) -> None:
        assert await pacer.acquire(1 + n % 3)
        left.append((n, world.loop.time()))

    async def work() -> None:
        pacer = world.start()
        await _silence_passed()
        await asyncio.gather(*(caller(pacer, n) for n in range(100)))

    run_virtually(work(), world.loop)
    assert [n for n, _ in left] == list(range(100))
    assert len({at for _, at in left[1:]}) == 1  # in one turn of the loop, right after the first


def test_nobody_overtakes_those_who_are_counted_and_have_not_left_yet() -> None:
    world, left = written_slowly(WIDE), list[int]()

    async def caller(pacer: Pacer, n: int) -> None:
        assert await pacer.acquire(1)
        left.append(n)
        assert pacer.try_now(1) is (n == 9)  # the last one finds nobody there

    async def work() -> None:
        pacer = world.start()
        await _silence_passed()
        await asyncio.gather(*(caller(pacer, n) for n in range(10)))

    run_virtually(work(), world.loop)
    assert left == list(range(10))


def test_whoever_comes_while_others_leave_goes_after_them() -> None:
    world, left = written_slowly(WIDE), list[int]()

    async def caller(pacer: Pacer, n: int) -> None:
        assert await pacer.acquire(1)
        left.append(n)
        if n < 10:
            more.append(asyncio.create_task(caller(pacer, n + 10)))

    more: list[asyncio.Task[None]] = []

    async def work() -> None:
        pacer = world.start()
        await _silence_passed()
        await asyncio.gather(*(caller(pacer, n) for n in range(10)))
        await asyncio.gather(*more)

    run_virtually(work(), world.loop)
    assert left == list(range(20))


@pytest.mark.parametrize("gone", [{0}, {1}, {4, 5}, {9}, {0, 1, 9}, set(range(10))])
@pytest.mark.parametrize("when", ["waiting", "at that moment", "counted"])
def test_who_gives_up_holds_nobody_up(gone: set[int], when: str) -> None:
    world, left = written_slowly(WIDE), list[int]()
    callers: list[asyncio.Task[None]] = []

    async def caller(pacer: Pacer, n: int) -> None:
        assert await pacer.acquire(1)
        left.append(n)
        if n == 0 and when == "counted":
            for each in gone - {0}:
                callers[each].cancel()

    async def work() -> None:
        pacer = world.start()
        await _silence_passed()
        callers.extend(asyncio.create_task(caller(pacer, n)) for n in range(10))
        await asyncio.sleep(WRITING_S / 2)
        if when == "waiting":
            for each in gone:
                callers[each].cancel()
        if when == "at that moment":
            world.meddles = [callers[each].cancel for each in gone - {0}]
        async with asyncio.timeout(30):
            await asyncio.gather(*callers, return_exceptions=True)
            assert await pacer.acquire(1)
        await pacer.close()

    run_virtually(work(), world.loop)
    if when != "waiting":
        gone = gone - {0}
    lost = gone if when == "counted" else set()
    assert left == [n for n in range(10) if n not in gone]
    # What was counted for somebody who went away is spent: nobody knows that it did not leave.
    assert _spent(world) == len(left) + len(lost) + 1


def test_a_stop_lets_all_who_wait_go_and_counts_nothing() -> None:
    world, stop = written_slowly(WIDE), asyncio.Event()

    async def work() -> list[bool]:
        pacer = world.start()
        await _silence_passed()
        callers = [asyncio.create_task(pacer.acquire(1, stop)) for _ in range(50)]
        await asyncio.sleep(WRITING_S / 2)
        stop.set()
        passed = await asyncio.gather(*callers)
        await pacer.close()
        return passed

    assert run_virtually(work(), world.loop) == [False] * 50
    assert _spent(world) == 0


def test_a_call_that_could_never_be_made_is_told_so_and_stops_nobody() -> None:
    world = written_slowly(Limit(Unit.PARTS, 1000, SECOND))

    async def work() -> list[bool | BaseException]:
        pacer = world.start()
        await _silence_passed()
        calls = [pacer.acquire(1001 if n == 5 else 1) for n in range(10)]
        return await asyncio.gather(*calls, return_exceptions=True)

    found = run_virtually(work(), world.loop)
    assert isinstance(found.pop(5), ValueError)
    assert found == [True] * 9


def test_no_more_go_along_than_every_limit_allows() -> None:
    few = Limit(Unit.REQUESTS, 100, SECOND)
    world = written_slowly(WIDE, few)

    async def work() -> None:
        pacer = world.start()
        await _silence_passed()
        await asyncio.gather(*(world.send(pacer, 1) for _ in range(400)))

    run_virtually(work(), world.loop)
    assert world.most(few) <= 100
    assert len(world.calls) == 400


_ASKING = 8
"""How many arguments it takes to ask for units of one limit; to give them back takes fewer."""


class Granting(Board):
    """A Redis that grants at once whatever is asked for, and whose answer takes a moment."""

    def __init__(self, loop: VirtualLoop, answers_after: float) -> None:
        self.asked: list[int] = []
        """Units of the limit."""
        self._loop = loop
        self._answers_after = answers_after

    async def run(self, _script: str, _keys: Sequence[str], args: Sequence[str | float]) -> Any:
        now = self._loop.time()
        if len(args) == _ASKING:
            self.asked.append(int(args[-1]))
        await asyncio.sleep(self._answers_after)
        return ["life", f"{now * 1e6:.0f}", f"{now * 1e6:.0f}", 1]


def _sharing(board: Board, loop: VirtualLoop, limit: Limit) -> tuple[Pacer, Sharer]:
    sharer = Sharer(board, None, loop.time)  # type: ignore[arg-type]  # nothing is read of it
    sharer.sharing, sharer.looked = NEVER, loop.time() + 3600
    shared = sharer.limits(account_of(limit), 1, 0)
    return Pacer([limit], loop.time, shared=shared), sharer


async def _calls_at_once(pacer: Pacer, sharer: Sharer, count: int, every: float) -> list[bool]:
    """Make calls at a steady pace; which of them could be made without waiting."""
    listening = asyncio.create_task(_listen(sharer))
    found = []
    for _ in range(count):
        passed = pacer.try_now(1)
        found.append(passed)
        assert passed or await pacer.acquire(1)
        await asyncio.sleep(every)
    listening.cancel()
    return found


async def _listen(sharer: Sharer) -> None:
    while await sharer.granter.hear():
        await asyncio.sleep(0.2)


@pytest.mark.parametrize(("amount", "every"), [(2_000, 0.0005), (20_000, 0.005)])
def test_a_steady_stream_asks_for_more_before_it_has_to_wait(amount: int, every: float) -> None:
    """A grant is used up at half its time by the one, and not nearly used by the other."""
    loop = VirtualLoop(1000.0)
    board = Granting(loop, answers_after=0.004)
    pacer, sharer = _sharing(board, loop, Limit(Unit.PARTS, amount, SECOND))
    found = run_virtually(_calls_at_once(pacer, sharer, 2_000, every), loop)
    assert all(found[100:])  # until then it learns how many there are


def test_who_makes_few_calls_leaves_the_rest_of_a_limit_to_others() -> None:
    loop = VirtualLoop(1000.0)
    board = Granting(loop, answers_after=0.004)
    pacer, sharer = _sharing(board, loop, Limit(Unit.PARTS, 20_000, SECOND))
    run_virtually(_calls_at_once(pacer, sharer, 100, 0.04), loop)
    assert sum(board.asked) <= 300


def test_nothing_is_asked_for_ahead_where_each_call_needs_all_of_a_grant() -> None:
    loop = VirtualLoop(1000.0)
    board = Granting(loop, answers_after=0.004)
    pacer, sharer = _sharing(board, loop, Limit(Unit.PARTS, 50, SECOND))
    run_virtually(_calls_at_once(pacer, sharer, 100, 0.03), loop)
    assert len(board.asked) == 100


def test_calls_of_another_kind_keep_their_own_order() -> None:
    world, left = written_slowly(WIDE), list[str]()

    async def send(pacer: Pacer, name: str, *, urgent: bool) -> None:
        assert await pacer.acquire(1, urgent=urgent)
        left.append(name)

    async def work() -> None:
        pacer = world.start()
        await _silence_passed()
        async with asyncio.TaskGroup() as group:
            for n in range(5):
                group.create_task(send(pacer, f"n{n}", urgent=False))
            await asyncio.sleep(WRITING_S / 2)
            for n in range(5):
                group.create_task(send(pacer, f"u{n}", urgent=True))
            assert await pacer.turn(LimitScope.STATUS)

    run_virtually(work(), world.loop)
    for kind in "un":
        assert [name for name in left if name[0] == kind] == [f"{kind}{n}" for n in range(5)]

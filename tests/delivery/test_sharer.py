"""What one process makes of what Redis and the database say, where a clock or a sleep misleads."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import text

from outreach.board import Board, GoneError
from outreach.board.limits import Granter, Want
from outreach.delivery.sharing import LOOKED_S, Sharer
from outreach.domain.limit import Limit, Unit
from outreach.store import sharing
from outreach.store.database import Database
from tests.delivery.joined import account_of

LIMIT = Limit(Unit.PARTS, 60, timedelta(seconds=1))


class Told(Granter):
    """What Redis is asked for, and what it says to one who listens."""

    def __init__(self, board: Board, monotonic: Callable[[], float]) -> None:
        super().__init__(board, monotonic)
        self.silences: list[float] = []
        self.heard_of: list[Callable[[], bool]] = []

    async def hear(self) -> bool:
        await asyncio.sleep(0)
        return self.heard_of.pop(0)()

    async def grant(self, wants: Sequence[Want], silence: float = 0.0, wider: float = 1.0) -> float:
        self.silences.append(silence)
        return float(len(wants)) * wider


class World:
    """A process whose clock stands still."""

    def __init__(self, database: Database, redis_url: str) -> None:
        self.now = 100.0
        board = Board(redis_url)
        self.sharer = Sharer(board, database, lambda: self.now)
        self.told = self.sharer.granter = Told(board, lambda: self.now)


async def test_a_division_whose_end_a_clock_has_set_is_followed_by_silence(
    shared: Database, redis_url: str
) -> None:
    """Others may go on with their parts for as long as they believe what they read."""
    world = World(shared, redis_url)
    limits = world.sharer.limits(account_of(LIMIT), 1, 0)
    with shared.write() as conn:
        sharing.divide(conn)
    await world.sharer.look()
    with shared.write() as conn:  # as if the database's clock had been set an hour forward
        conn.execute(text("UPDATE sharing SET divided_until = divided_until - 3600000"))
    world.now += 1.0
    await world.sharer.look()
    for _ in range(3):
        await limits.grant({0: 1}, wider=False)
        world.now += 2.0
    assert world.told.silences == [LOOKED_S, LOOKED_S - 2.0, 0.0]
    world.sharer.close()


async def test_one_who_slept_does_not_take_that_for_a_silence_of_redis(
    shared: Database, redis_url: str
) -> None:
    world, stop = World(shared, redis_url), asyncio.Event()

    def answers() -> bool:
        return True

    def sleeps() -> bool:
        world.now += 30.0  # and the answer came too late for us
        raise GoneError("no answer")

    def last() -> bool:
        stop.set()
        return True

    world.told.heard_of = [answers, sleeps, answers, last]
    await world.sharer.run(stop)
    with shared.read() as conn:
        assert sharing.look(conn) == sharing.NEVER
    world.sharer.close()


async def test_a_redis_that_is_silent_has_the_limits_divided(
    shared: Database, redis_url: str
) -> None:
    world, stop = World(shared, redis_url), asyncio.Event()

    def gone() -> bool:
        world.now += 1.1
        if not world.told.heard_of[:-1]:
            stop.set()
        raise GoneError("no answer")

    world.told.heard_of = [gone] * 4
    await world.sharer.run(stop)
    with shared.read() as conn:
        assert sharing.look(conn).divided
    world.sharer.close()

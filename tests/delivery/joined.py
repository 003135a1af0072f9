"""Several processes on one account, with a PostgreSQL and a Redis that can be disturbed."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bench.proxy import Proxy
from bench.redis import Redis
from bench.windows import most
from outreach.board import Board
from outreach.delivery.pacing import Pacer
from outreach.delivery.sharing import Sharer
from outreach.domain.limit import Limit, LimitScope
from outreach.domain.network import Channel
from outreach.settings import Account
from outreach.store import sharing
from outreach.store.database import Database

SECOND = timedelta(seconds=1)


@dataclass
class Process:
    """One of those who send through the account, and what left through it."""

    pacer: Pacer
    sharer: Sharer | None = None
    left: list[tuple[float, int]] = field(default_factory=list)
    urgent: list[tuple[float, int]] = field(default_factory=list)

    async def send(self, parts: Sequence[int], stop: asyncio.Event, lanes: int = 3) -> None:
        """Let as much leave as may, in so many lanes, until the stop."""
        await asyncio.gather(*(self._lane(parts, stop, self.left) for _ in range(lanes)))

    async def send_urgent(self, stop: asyncio.Event) -> None:
        while await self.pacer.acquire(1, stop, urgent=True):
            self.urgent.append((time.monotonic(), 1))

    async def _lane(
        self, parts: Sequence[int], stop: asyncio.Event, left: list[tuple[float, int]]
    ) -> None:
        n = 0
        while self.pacer.try_now(parts[n]) or await self.pacer.acquire(parts[n], stop):
            left.append((time.monotonic(), parts[n]))
            n = (n + 1) % len(parts)
            await asyncio.sleep(0)


@dataclass
class Cluster:
    """A PostgreSQL and a Redis, and the ways of processes to them."""

    postgres: str
    redis: Redis

    @asynccontextmanager
    async def joined(
        self,
        account: Account,
        count: int = 3,
        gate: Proxy | None = None,
        seats_of: Sequence[int | None] = (0, 1, 2),
    ) -> AsyncIterator[list[Process]]:
        """Processes with their seats; a gate stands between the first one and Redis."""
        async with contextlib.AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(self._process(account, seat, gate))
                for seat in seats_of[:count]
            ]

    @asynccontextmanager
    async def _process(
        self, account: Account, seat: int | None, gate: Proxy | None
    ) -> AsyncIterator[Process]:
        port = gate.port if gate and not seat else self.redis.port
        board = Board(f"redis://127.0.0.1:{port}/0")
        database = Database(self.postgres)
        sharer, stop = Sharer(board, database), asyncio.Event()
        task = asyncio.create_task(sharer.run(stop))
        pacer = Pacer(account.limits, shared=sharer.limits(account, 1, seat))
        try:
            yield Process(pacer, sharer)
        finally:
            stop.set()
            await pacer.close()
            await task
            await board.close()
            sharer.close()
            database.close()


def account_of(*limits: Limit, workers: int = 3) -> Account:
    return Account(
        name="sim",
        adapter="sim",
        channel=Channel.SMS,
        networks=frozenset(),
        base_url="",
        sender="",
        limits=limits,
        in_flight=30,
        price_per_part=Decimal(0),
        plain_only=False,
        max_parts=3,
        timeout=timedelta(seconds=10),
        receipt_deadline=timedelta(hours=1),
        workers=workers,
    )


async def sent(
    processes: Sequence[Process],
    seconds: float,
    parts: Sequence[int] = (1,),
    meanwhile: Callable[[], object] | None = None,
    lanes: int = 3,
) -> list[tuple[float, int]]:
    """Send for a while through all of them; returns what left, in order."""
    stop = asyncio.Event()
    sending = [asyncio.create_task(each.send(parts, stop, lanes)) for each in processes]
    await asyncio.sleep(seconds / 2)
    if meanwhile is not None:
        await asyncio.to_thread(meanwhile)
    await asyncio.sleep(seconds / 2)
    stop.set()
    await asyncio.gather(*sending)
    return sorted(row for each in processes for row in each.left)


def used(left: Sequence[tuple[float, int]], limits: Sequence[Limit]) -> float:
    """Which share of the time from the first call to the last was used up by one of the limits."""
    seconds = sum(
        max(
            limit.cost(LimitScope.SEND, parts) * limit.period.total_seconds() / limit.amount
            for limit in limits
        )
        for _, parts in left[:-1]
    )
    return seconds / (left[-1][0] - left[0][0])


def kept(left: Sequence[tuple[float, int]], limit: Limit) -> bool:
    """Whether a limit was kept in every window."""
    rows = [(at, limit.cost(LimitScope.SEND, parts)) for at, parts in left]
    return most(rows, limit.period.total_seconds()) <= limit.amount


def divide(database: Database) -> None:
    with database.write() as conn:
        sharing.divide(conn)


@asynccontextmanager
async def keepers(kind: str, cluster: Cluster, account: Account) -> AsyncIterator[list[Process]]:
    """Those who keep the limits of an account, of each kind there is."""
    if kind == "memory":
        yield [Process(Pacer(account.limits))]
        return
    if kind == "divided":
        database = Database(cluster.postgres)
        divide(database)
        database.close()
    async with cluster.joined(account, 1 if kind == "one" else 3) as processes:
        yield processes

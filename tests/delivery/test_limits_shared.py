"""Limits of a cluster when something goes: Redis, the way to it, the database, a clock."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
from sqlalchemy import make_url, text

from bench.proxy import Proxy
from bench.redis import Redis
from outreach.domain.limit import LONGEST_WAIT, Limit, LimitScope, Span, Unit
from outreach.observe import DIVIDED
from outreach.store import sharing
from outreach.store.database import Database
from outreach.store.spent_shared import SharedSpent
from tests.databases import Server
from tests.delivery.joined import Cluster, account_of, divide, kept, sent

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
PARTS = Limit(Unit.PARTS, 60, SECOND)


@pytest.fixture
def cluster(postgres_server: Server) -> Iterator[Cluster]:
    with postgres_server.lent() as url, Redis() as redis:
        yield Cluster(url, redis)


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    database = Database(cluster.postgres)
    yield database
    database.close()


async def test_a_redis_that_comes_back_empty_lets_nobody_burst(cluster: Cluster) -> None:
    def restart() -> None:
        cluster.redis.kill()
        cluster.redis.start()

    async with cluster.joined(account_of(PARTS)) as processes:
        left = await sent(processes, 8, meanwhile=restart)
        again = time.monotonic() - 2.0
    assert kept(left, PARTS)
    assert all(each.left[-1][0] > again for each in processes)


async def test_what_is_not_ours_under_the_keys_of_limits_stops_nobody_for_long(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """Redis answers, but grants nothing: the limits are divided, and later have other keys."""

    def spoil() -> None:
        with redis.Redis(port=cluster.redis.port) as other:
            for key in other.keys("outreach:limits:*"):
                other.set(key, "foreign")

    async with cluster.joined(account_of(PARTS)) as processes:
        left = await sent(processes, 22, meanwhile=spoil)
    assert kept(left, PARTS)
    assert all(each.left[-1][0] > left[-1][0] - 1.0 for each in processes)
    assert left[-1][0] > left[0][0] + 16  # it was spoilt at ten or eleven
    assert "Redis grants nothing" in caplog.text


async def test_who_alone_cannot_reach_redis_has_all_keep_to_their_parts(
    cluster: Cluster, database: Database
) -> None:
    """And when he reaches it again, nobody bursts either."""
    found: list[sharing.Sharing] = []

    def cut(gate: Proxy) -> None:
        gate.stall()
        time.sleep(9.0)  # two until he says so, one until all have read it, four of silence
        with database.read() as conn:
            found.append(sharing.look(conn))
        gate.heal()
        time.sleep(1.5)  # by then he has heard of Redis
        with database.write() as conn:
            conn.execute(text("UPDATE sharing SET divided_until = divided_until - :ms"),
                         {"ms": int(-sharing.look(conn).since_s * 1000)})  # fmt: skip

    with Proxy(cluster.redis.port) as gate:
        async with cluster.joined(account_of(PARTS), gate=gate) as processes:
            left = await sent(processes, 15, meanwhile=lambda: cut(gate))
            for each in processes:
                assert each.sharer is not None
                assert (each.sharer.sharing.epoch, each.sharer.sharing.divided) == (1, False)
    assert found[0].divided
    assert kept(left, PARTS)
    middle = left[0][0] + 4.0 + 9.0
    for each in processes:
        assert any(middle < at < middle + 3 for at, _ in each.left)  # each by its part
        assert each.left[-1][0] > left[-1][0] - 1.0  # and together again


async def test_nobody_spends_by_what_the_database_said_long_ago(cluster: Cluster) -> None:
    port = make_url(cluster.postgres).port
    assert port
    with Proxy(port) as gate:
        behind = Cluster(cluster.postgres.replace(f":{port}/", f":{gate.port}/"), cluster.redis)
        async with behind.joined(account_of(PARTS), 1) as (process,):
            shut: list[float] = []

            def cut() -> None:
                gate.stall()
                shut.append(time.monotonic())
                time.sleep(5.0)  # three seconds are allowed
                gate.heal()

            left = await sent([process], 6, meanwhile=cut)
    assert not [at for at, _ in left if shut[0] + 3.1 < at < shut[0] + 5.0]
    assert left[-1][0] > shut[0] + 5.0


async def test_who_has_no_seat_waits_while_limits_are_divided(
    cluster: Cluster, database: Database
) -> None:
    account = account_of(Limit(Unit.REQUESTS, 50, SECOND, LimitScope.STATUS), PARTS)
    divide(database)
    async with cluster.joined(account, 1, seats_of=[None]) as (process,):
        turn = asyncio.create_task(process.pacer.turn(LimitScope.STATUS))
        await asyncio.sleep(6.0)  # the silence of who has a seat is over by then
        assert not turn.done()
        process.pacer.stop()
        assert not await turn


async def test_what_is_too_much_for_a_part_waits(cluster: Cluster, database: Database) -> None:
    divide(database)
    async with cluster.joined(account_of(Limit(Unit.PARTS, 6, SECOND)), 1) as (process,):
        stop = asyncio.Event()
        waiting = asyncio.create_task(process.pacer.acquire(3, stop))
        await asyncio.sleep(5.0)  # by then a smaller one could go
        assert not waiting.done()
        assert process.pacer.try_now(2, urgent=True)
        stop.set()
        assert not await waiting
    assert DIVIDED._value.get() == 1


async def test_urgent_messages_have_the_reserved_share_of_all_processes(cluster: Cluster) -> None:
    limit = Limit(Unit.PARTS, 60, SECOND, reserve_percent=30)
    async with cluster.joined(account_of(limit)) as processes:
        stop = asyncio.Event()
        urgent = asyncio.create_task(processes[0].send_urgent(stop))
        left = await sent(processes, 8)
        stop.set()
        await urgent
    assert kept(left, limit.for_normal())
    assert kept(sorted([*left, *processes[0].urgent]), limit)
    assert len(processes[0].urgent) > len(processes[0].left)


async def test_a_quota_is_used_to_the_end_by_all_together(cluster: Cluster) -> None:
    day = Limit(Unit.MESSAGES, 40, DAY, span=Span.DAY)
    async with cluster.joined(account_of(PARTS, day)) as processes:
        left = await sent(processes, 6)
        assert len(left) == 40
        for each in processes:
            assert not await each.pacer.acquire(1)
            wait, why = each.pacer.opens_in()
            assert (wait > LONGEST_WAIT, why) == (True, "40 messages a day")


async def test_a_quota_that_a_crowd_waits_for_is_used_to_the_end_and_no_further(
    cluster: Cluster,
) -> None:
    day = Limit(Unit.MESSAGES, 40, DAY, span=Span.DAY)
    async with cluster.joined(account_of(Limit(Unit.PARTS, 600, SECOND), day)) as processes:
        crowd = [each.pacer.acquire(1) for each in processes for _ in range(60)]
        assert sum(await asyncio.gather(*crowd)) == 40


async def test_an_urgent_message_goes_before_a_crowd(cluster: Cluster) -> None:
    async with cluster.joined(account_of(PARTS), 1) as (process,):
        assert await process.pacer.acquire(1)
        stop, left = asyncio.Event(), list[str]()

        async def send(name: str, *, urgent: bool = False) -> None:
            if await process.pacer.acquire(1, stop, urgent=urgent):
                left.append(name)

        crowd = [asyncio.create_task(send("normal")) for _ in range(300)]
        await asyncio.sleep(0.5)
        before = len(left)
        await asyncio.gather(*(send("urgent", urgent=True) for _ in range(3)))
        stop.set()
        await asyncio.gather(*crowd)
    assert left[before:].count("normal") < 60


async def test_a_throttle_slows_who_heard_it(cluster: Cluster) -> None:
    async with cluster.joined(account_of(PARTS)) as processes:
        allowed = processes[0].pacer.allowed
        processes[0].pacer.slow()
        assert processes[0].pacer.allowed == allowed / 2
        left = await sent(processes, 6)
    assert kept(left, PARTS)
    slowed = len(left) / (left[-1][0] - left[0][0])
    assert slowed < 0.87 * PARTS.per_second  # every third grant takes twice the room


LONG = Limit(Unit.PARTS, 100, HOUR)


@pytest.fixture
def ledgers(database: Database) -> Iterator[list[SharedSpent]]:
    with ThreadPoolExecutor(4) as threads:
        yield [SharedSpent(database, threads, 1) for _ in range(4)]


def later(database: Database, seconds: int) -> None:
    """As if so much time had passed, or the database's clock had been set back."""
    with database.write() as conn:
        conn.execute(text("UPDATE spent SET starts_at = starts_at - :ms"), {"ms": seconds * 1000})


@pytest.mark.parametrize("limit", [LONG, Limit(Unit.PARTS, 100, DAY, span=Span.DAY)])
def test_those_who_reserve_at_once_get_no_more_than_there_is(
    ledgers: list[SharedSpent], limit: Limit
) -> None:
    asked = [ledgers[n % 4].reserve(limit, 3) for n in range(60)]
    blocks = [each.result() for each in asked]
    assert sum(block.units for block in blocks) == 100
    assert all(block.units in {0, 1, 3} for block in blocks)
    full = [block.until for block in blocks if not block.units]
    assert min(full) > time.monotonic()


def test_what_was_reserved_counts_until_it_can_have_left_a_period_ago(
    ledgers: list[SharedSpent], database: Database
) -> None:
    block = ledgers[0].reserve(LONG, 100).result()
    assert time.monotonic() < block.until < time.monotonic() + 3 * 36 + 1
    later(database, 3600 + 2 * 36)
    assert ledgers[1].reserve(LONG, 1).result().units == 0
    later(database, 36)
    assert ledgers[1].reserve(LONG, 1).result().units == 1


def test_what_a_clock_left_in_the_future_counts_as_spent_just_now(
    ledgers: list[SharedSpent], database: Database
) -> None:
    ledgers[0].reserve(LONG, 100).result()
    later(database, -7200)
    full = ledgers[1].reserve(LONG, 1).result()
    assert full.units == 0
    assert full.until < time.monotonic() + 3600 + 4 * 36


def test_what_is_given_back_is_there_for_the_others(ledgers: list[SharedSpent]) -> None:
    block = ledgers[0].reserve(LONG, 100).result()
    block.units = 40
    ledgers[0].give_back(LONG, block).result()
    assert ledgers[1].reserve(LONG, 50).result().units == 40


def test_what_is_not_urgent_is_counted_apart(
    ledgers: list[SharedSpent], database: Database
) -> None:
    with ThreadPoolExecutor(1) as thread:
        normal = SharedSpent(database, thread, 1, normal=True)
        assert normal.reserve(LONG, 90).result().units == 90
    assert ledgers[0].reserve(LONG, 100).result().units == 100

"""Shared breakers at work: Redis goes and comes back, and senders are held."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bench.redis import Redis
from outreach.board import Board, GoneError
from outreach.delivery.breaker import BreakerState
from outreach.delivery.pacing import Pacer
from outreach.delivery.send import AccountSender
from outreach.delivery.shared_breaker import SharedBreaker
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope
from outreach.store.campaigns import Step
from tests.delivery.crew import ACCOUNT, KEY, Joined
from tests.delivery.stage import NETWORKS, OTHER, Carrier, Stage, account


@pytest.fixture
async def joined(redis_url: str) -> AsyncIterator[Joined]:
    crew = Joined(redis_url)
    await crew.agree()
    await crew.pass_(5)
    yield crew
    await crew.close()


@pytest.fixture
def server() -> Iterator[Redis]:
    with Redis() as server:
        yield server


async def test_redis_goes_and_comes_back_and_the_stricter_state_holds(server: Redis) -> None:
    joined = Joined(server.url)
    await joined.agree()
    server.kill()
    for each in joined.shared:
        with pytest.raises(GoneError):
            await each.exchange()
    joined.one.trip("bad credentials")
    assert (joined.one.allows(), joined.other.allows()) == (0, None)
    joined.now += 6
    assert joined.one.allows() == 0, "Redis may be slow, and another one's probe under way"
    for each in joined.shared:
        with pytest.raises(GoneError):
            await each.exchange()
    assert joined.one.allows() == 1
    server.start()
    assert await joined.allowed() == []
    assert (joined.other.state, joined.other.reason) == (BreakerState.OPEN, "bad credentials")
    await joined.pass_(3)
    assert await joined.allowed() == [1]
    await joined.close()


async def test_what_was_told_in_vain_is_told_again(joined: Joined, server: Redis) -> None:
    server.kill()
    one = joined.shared[0]
    board, one._board = one._board, Board(server.url)
    one.breaker.trip("bad credentials")
    with pytest.raises(GoneError):
        await one.exchange()
    await one._board.close()
    one._board = board
    assert await joined.allowed() == []
    assert joined.other.reason == "bad credentials"


async def test_news_does_not_wait_for_the_next_round(
    joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.shared_breaker._EVERY_S", 3600)
    joined.redis.delete(KEY)
    running = asyncio.create_task(joined.shared[0].run(asyncio.Event()))
    while not joined.redis.exists(KEY):
        await asyncio.sleep(0.01)
    joined.one.trip("x")
    while joined.redis.hget(KEY, "open") != "1":
        await asyncio.sleep(0.01)
    running.cancel()


async def test_run_shares_at_once_and_says_once_that_redis_is_gone(
    server: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    boards, stop = [Board(server.url) for _ in range(2)], asyncio.Event()
    one, other = (SharedBreaker(board, ACCOUNT, "viettel") for board in boards)
    running = [asyncio.create_task(each.run(stop)) for each in (one, other)]
    await asyncio.sleep(0.2)  # both have begun
    one.breaker.trip("bad credentials")
    while other.breaker.state is BreakerState.CLOSED:
        await asyncio.sleep(0.01)
    server.kill()
    await asyncio.sleep(1.5)  # for some tries
    server.start()
    while "works again" not in caplog.text:
        await asyncio.sleep(0.01)
    other.breaker.trip("no money", 60)
    while one.breaker.reason != "no money":
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*running)
    told = [each.getMessage() for each in caplog.records]
    assert sum("sharing the breaker of account viettel does not work" in line for line in told) == 2
    for board in boards:
        await board.close()


async def test_a_refusal_to_one_process_holds_the_senders_of_all(
    stage: Stage, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.breaker._FIRST_WAIT", 1.0)
    locked, boards = True, [Board(redis_url) for _ in range(2)]

    async def answer(_message: object) -> Outcome:
        await asyncio.sleep(0.02)  # a carrier takes its time, so that both have some in flight
        return Refused(Scope.ACCOUNT, "401", "bad credentials") if locked else Accepted()

    its = account("other", in_flight=6)
    carriers = [Carrier(answer) for _ in boards]
    shared = [SharedBreaker(board, OTHER, "other") for board in boards]
    senders = [
        AccountSender(stage.tools(), its, OTHER, carrier, Pacer(its.limits), None, each.breaker)
        for carrier, each in zip(carriers, shared, strict=True)
    ]
    only = Step(Channel.SMS, dict.fromkeys(NETWORKS, (OTHER,)))
    campaign, ended = stage.run_of(400, [only]), asyncio.Event()
    running = [asyncio.create_task(each.run(ended)) for each in shared]
    async with stage.working(senders), asyncio.timeout(60):
        while any(each.breaker.state is BreakerState.CLOSED for each in shared):
            await asyncio.sleep(0.01)
        asked = sum(len(each.asked) for each in carriers)
        await asyncio.sleep(4)  # for probes of both
        probes = sum(len(each.asked) for each in carriers) - asked
        locked = False
        while stage.left(campaign):
            stage.clock.pass_(seconds=1)  # what was held back is due again
            await asyncio.sleep(0.02)
    ended.set()
    await asyncio.gather(*running)
    # After a second one, after two more the next; what was in flight at first comes on top.
    assert probes <= 3 + 2 * its.in_flight
    assert stage.states(campaign) == {State.ACCEPTED: 400}
    for board in boards:
        await board.close()

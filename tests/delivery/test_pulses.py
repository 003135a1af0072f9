"""What several processes say of an account is read as one, stored, and kept where it turned."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import timedelta

import orjson
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bench.redis import Redis
from outreach.board import Board, GoneError
from outreach.delivery.breaker import BreakerState
from outreach.delivery.keeper import Keeper
from outreach.delivery.pacing import Pacer
from outreach.delivery.pulse import Chart, Heart
from outreach.delivery.pulses import Pulses, together
from outreach.delivery.send import AccountSender
from outreach.delivery.sharing import SharedLimits, Sharer
from outreach.domain.limit import Limit, Unit
from outreach.observe import UNWRITABLE
from outreach.settings import Account
from outreach.store import accounts, audit
from outreach.store.accounts import Pulse
from tests.delivery.stage import OTHER, VIETTEL, ZALO, Carrier, Stage, account

NOW = 1_795_143_600_000
CALM = Pulse(VIETTEL, NOW, 20, 50, 3, "closed", "", 1200, "parts", None, 60)
HELD = replace(CALM, rate=0, in_flight=1, breaker="open", reason="no money", per_minute=7)


@pytest.fixture
async def board(redis_url: str) -> AsyncIterator[Board]:
    board = Board(redis_url)
    yield board
    await board.close()


def _aged(url: str, ms: int) -> None:
    """Everything was said so much longer ago."""
    with redis.Redis.from_url(url, decode_responses=True) as told:
        for name, said in told.hgetall("outreach:pulses").items():
            at, _, words = said.partition(" ")
            told.hset("outreach:pulses", name, f"{int(at) - ms} {words}")


async def test_processes_of_one_account_are_read_as_one(board: Board) -> None:
    one, other = Pulses(board, "a"), Pulses(board, "b")
    zalo = replace(CALM, account=ZALO, unit="requests", stalled_since=5)
    await one.publish([CALM, zalo])
    await other.publish([replace(HELD, counted_s=4, stalled_since=9)])
    await other.publish([replace(HELD, counted_s=5, stalled_since=9)])  # its last word counts
    first, second = await one.collect(NOW)
    assert replace(first, at=NOW) == zalo
    assert replace(second, at=NOW) == Pulse(
        VIETTEL, NOW, 20, 50, 4, "open", "no money", 1207, "parts", 9, 60
    )


async def test_of_whoever_falls_silent_nothing_counts_after_five_seconds(
    board: Board, redis_url: str
) -> None:
    ours, theirs = Pulses(board, "a"), Pulses(board, "b")
    await theirs.publish([HELD, replace(HELD, account=OTHER)])
    _aged(redis_url, 4000)
    await ours.publish([CALM])
    assert [each.in_flight for each in await ours.collect(NOW)] == [4, 1]
    _aged(redis_url, 1100)
    assert [each.in_flight for each in await ours.collect(NOW)] == [3]
    assert len(await ours.collect(NOW)) == 1


async def test_the_hour_of_a_process_s_own_clock_plays_no_part(
    board: Board, redis_url: str
) -> None:
    ours = Pulses(board, "a")
    await ours.publish([replace(CALM, at=NOW - 3_600_000)])
    _aged(redis_url, 2000)
    (found,) = await ours.collect(NOW)
    assert NOW - 3000 < found.at <= NOW - 2000


OF_TOMORROW = "12 " + orjson.dumps(asdict(replace(CALM, account=7, breaker="drained"))).decode()


@pytest.mark.parametrize(
    "words", ["no pulse", "{}", "12 ", "12 {}", '12 {"of": "tomorrow"}', OF_TOMORROW]
)
async def test_what_cannot_be_read_keeps_nobody_from_the_rest(
    board: Board, redis_url: str, words: str
) -> None:
    ours = Pulses(board, "a")
    await ours.publish([CALM])
    with redis.Redis.from_url(redis_url) as told:
        now = str(int(told.time()[0]) * 1000)
        told.hset("outreach:pulses", "7 x", words.replace("12", now, 1))
        assert [each.account for each in await ours.collect(NOW)] == [VIETTEL]
        if not words.startswith("12"):
            assert told.hkeys("outreach:pulses") == [f"{VIETTEL} a".encode()]


async def test_nothing_to_say_is_nothing_said(board: Board) -> None:
    ours = Pulses(board, "a")
    await ours.publish([])
    assert await ours.collect(NOW) == []


async def test_without_redis_the_last_word_is_in_the_database(stage: Stage) -> None:
    tools = stage.tools()
    with Redis() as server:
        board = Board(server.url)
        ours = Pulses(board, "a")
        await ours.tell(tools, [CALM])
        assert await tools.read(accounts.pulses) == []
        server.kill()
        for pulse in (CALM, HELD):
            await ours.tell(tools, [pulse])
            assert await tools.read(accounts.pulses) == [pulse]
        with pytest.raises(GoneError):
            await ours.collect(NOW)
        await board.close()


class Kept:
    """A chart, and what it kept of breakers since it was last looked at."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._chart = Chart(stage.tools(), (ZALO, VIETTEL, OTHER))
        self._seen = self._all()

    async def of(self, *pulses: Pulse) -> list[tuple[str, object, object]]:
        await self._chart.keep(pulses)
        seen, self._seen = self._seen, self._all()
        return [*(self._seen - seen).elements()]

    def _all(self) -> Counter[tuple[str, object, object]]:
        with self._stage.database.read() as conn:
            return Counter(
                (each.subject, each.detail["state"], each.detail["reason"])
                for number in (ZALO, VIETTEL, OTHER)
                for each in audit.history(conn, f"account:{number}")
            )


async def test_only_what_turned_is_kept(stage: Stage) -> None:
    kept, zalo = Kept(stage), replace(HELD, account=ZALO, breaker="half-open", reason="x")
    assert await kept.of(CALM) == []
    assert await kept.of(HELD, zalo) == [
        (f"account:{ZALO}", "open", "x"),
        (f"account:{VIETTEL}", "open", "no money"),
    ]
    assert await kept.of(HELD) == []
    assert await kept.of(replace(HELD, breaker="half-open"), zalo) == []
    assert await kept.of(CALM) == [(f"account:{VIETTEL}", "closed", "")]
    assert await kept.of(CALM, replace(zalo, breaker="closed")) == [
        (f"account:{ZALO}", "closed", "")
    ]


async def test_what_is_kept_is_not_kept_again_after_a_restart(stage: Stage) -> None:
    closed = replace(HELD, account=ZALO, breaker="closed")
    before = Kept(stage)
    assert len(await before.of(HELD, replace(HELD, account=ZALO))) == 2
    assert len(await before.of(closed)) == 1
    after = Kept(stage)
    assert await after.of(HELD, closed) == []
    assert await after.of(CALM) == [(f"account:{VIETTEL}", "closed", "")]


async def test_what_could_not_be_kept_is_kept_later(stage: Stage) -> None:
    kept = Kept(stage)
    assert await kept.of(CALM) == []
    with stage.database.write() as conn:
        conn.execute(text("ALTER TABLE audit RENAME TO away"))
    with pytest.raises(SQLAlchemyError):
        await kept._chart.keep([HELD])
    assert UNWRITABLE._value.get() == 1
    with stage.database.write() as conn:
        conn.execute(text("ALTER TABLE away RENAME TO audit"))
    assert await kept.of(HELD) == [(f"account:{VIETTEL}", "open", "no money")]
    assert UNWRITABLE._value.get() == 0


async def test_what_an_account_may_do_is_told_whole(stage: Stage, board: Board) -> None:
    its = account("viettel", limits=(Limit(Unit.PARTS, 50, timedelta(seconds=1)),), workers=3)
    sharer = Sharer(board, stage.database)
    pulses = [
        _pulse(stage, its, Heart(shares=True), sharer.limits(its, VIETTEL, seat))
        for seat in range(its.workers)
    ]
    assert [pulse.allowed for pulse in pulses] == [47, 47, 47]  # nineteen twentieths
    assert together(pulses).allowed == 47
    assert _pulse(stage, its, Heart()).allowed == 47
    sharer.close()


def _pulse(stage: Stage, its: Account, heart: Heart, shared: SharedLimits | None = None) -> Pulse:
    pacer = Pacer(its.limits, shared=shared)
    sender = AccountSender(stage.tools(), its, VIETTEL, Carrier(), pacer)

    async def recover(_owner: str) -> None:
        raise AssertionError("nothing runs here")

    keeper = Keeper(lambda: sender, recover, asyncio.Event())
    pulse = heart.pulse_of(keeper, NOW)
    heart.leave(keeper)
    return pulse


COUNT = st.integers(0, 10_000)
PULSES = st.lists(
    st.builds(
        Pulse,
        account=st.just(VIETTEL),
        at=COUNT,
        rate=COUNT,
        allowed=COUNT,
        in_flight=COUNT,
        breaker=st.sampled_from([state.value for state in BreakerState]),
        reason=st.sampled_from(["", "x", "y"]),
        per_minute=COUNT,
        unit=st.just("parts"),
        stalled_since=st.none() | COUNT,
        counted_s=st.integers(0, 60),
    ),
    min_size=1,
    max_size=6,
)


@given(PULSES)
def test_together_they_are_what_they_are_each(pulses: Sequence[Pulse]) -> None:
    one = together(pulses)
    assert one.rate == sum(each.rate for each in pulses)
    assert one.per_minute == sum(each.per_minute for each in pulses)
    assert one.in_flight == sum(each.in_flight for each in pulses)
    assert one.allowed in {each.allowed for each in pulses}
    assert (one.breaker == "closed") == all(each.breaker == "closed" for each in pulses)
    assert (one.breaker == "open") == any(each.breaker == "open" for each in pulses)
    assert (one.breaker, one.reason) in {(each.breaker, each.reason) for each in pulses}
    stalled = [each.stalled_since for each in pulses if each.stalled_since is not None]
    assert one.stalled_since == min(stalled, default=None)
    assert all(one.counted_s >= each.counted_s and one.at >= each.at for each in pulses)
    assert together([one]) == one

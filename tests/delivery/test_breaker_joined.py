"""Two breakers joined by a real Redis: who probes, what each has learnt, what Redis forgets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.delivery.breaker import Breaker, BreakerState
from tests.delivery.crew import BAD, GOOD, KEY, WORSE, Joined


@pytest.fixture
async def joined(redis_url: str) -> AsyncIterator[Joined]:
    crew = Joined(redis_url)
    await crew.agree()
    await crew.pass_(5)
    yield crew
    await crew.close()


async def test_who_may_probe_and_dies_is_missed_soon(joined: Joined) -> None:
    joined.one.trip("x")
    await joined.pass_(7)
    (prober,) = (each for each in joined.shared if each.breaker.allows() == 1)
    joined.shared = tuple(each for each in joined.shared if each is not prober)
    await joined.pass_(4)
    assert joined.shared[0].breaker.allows() == 0
    await joined.pass_(2)
    assert joined.shared[0].breaker.allows() == 1


@pytest.mark.parametrize("probes", [False, True])
async def test_who_leaves_gives_the_probe_to_the_next(joined: Joined, *, probes: bool) -> None:
    joined.one.trip("x")
    await joined.pass_(7)
    (prober,) = (each for each in joined.shared if each.breaker.allows() == 1)
    if probes:
        prober.breaker.probe()
        await joined.agree()
    await prober.exchange(leaving=True)
    (left,) = (each for each in joined.shared if each is not prober)
    await left.exchange()
    assert left.breaker.allows() == 1


async def test_the_next_to_probe_goes_on_where_the_last_one_stood(joined: Joined) -> None:
    joined.one.refused(BAD, "bad credentials")
    last = joined.one if await joined.probing() is joined.one else joined.other
    last.refused(BAD, "bad credentials")
    await joined.agree()
    (gone,) = (each for each in joined.shared if each.breaker is last)
    await gone.exchange(leaving=True)
    joined.shared = tuple(each for each in joined.shared if each is not gone)
    await joined.pass_(9)
    (left,) = (each.breaker for each in joined.shared)
    assert left.allows() == 0, "ten seconds after the second time"
    await joined.pass_(2)
    assert left.order([GOOD, BAD, WORSE]) == [WORSE, GOOD, BAD]
    left.probe()
    left.refused(WORSE, "bad credentials")
    await joined.agree()
    await joined.pass_(18)
    assert left.allows() == 0, "twenty seconds after the third"
    await joined.pass_(3)
    left.probe()
    left.answered(GOOD)
    assert left.proofs == {WORSE: 1}


async def test_a_refusal_elsewhere_ends_a_probe(joined: Joined) -> None:
    joined.one.trip("x")
    prober = await joined.probing()
    other = joined.one if prober is joined.other else joined.other
    other.trip("no money", 600)
    await joined.agree()
    prober.answered(GOOD)
    assert await joined.allowed() == []
    assert (joined.one.reason, joined.other.reason) == ("no money", "no money")
    await joined.pass_(590)
    assert await joined.allowed() == []


async def test_a_shorter_wait_of_another_does_not_cut_a_longer_one_short(joined: Joined) -> None:
    joined.one.trip("no money", 60)
    joined.other.trip("bad credentials")
    await joined.agree()
    await joined.pass_(57)
    assert await joined.allowed() == []
    await joined.pass_(4)
    assert await joined.allowed() == [1]


async def test_an_answer_that_comes_too_late_to_be_the_probe_closes_nothing(
    joined: Joined,
) -> None:
    joined.one.trip("x")
    prober = await joined.probing()
    late, other = joined.shared if prober is joined.one else joined.shared[::-1]
    joined.shared = (other,)  # the first hears nothing for a while
    await joined.pass_(125)
    assert (late.breaker.allows(), other.breaker.allows()) == (0, 1)
    other.breaker.probe()
    await other.exchange()
    late.breaker.answered(GOOD)
    await late.exchange()
    await late.exchange()
    await other.exchange()
    assert (late.breaker.state, other.breaker.state) == (BreakerState.OPEN, BreakerState.HALF_OPEN)


async def test_who_comes_later_stands_as_the_others_do(joined: Joined) -> None:
    joined.one.trip("bad credentials")
    await joined.agree()
    late = joined.process(joined.boards[2])
    assert late.breaker.allows() is None
    await late.exchange()
    assert (late.breaker.state, late.breaker.reason) == (BreakerState.OPEN, "bad credentials")
    assert late.breaker.allows() == 0


async def test_what_was_learnt_while_an_answer_was_under_way_is_not_forgotten(
    joined: Joined,
) -> None:
    one = joined.shared[0]
    asked = asyncio.create_task(one.exchange())
    await asyncio.sleep(0)  # it has told how it stands, and waits
    one.breaker.trip("x")
    await asked
    assert one.breaker.state is BreakerState.OPEN
    assert await joined.allowed() == []


async def test_proofs_that_an_answer_cleared_meanwhile_stay_cleared(joined: Joined) -> None:
    one, other = joined.shared
    joined.one.proofs[BAD] = 3
    await joined.agree()
    assert joined.other.proofs == {BAD: 3}
    asked = asyncio.create_task(one.exchange())
    await asyncio.sleep(0)
    one.breaker.answered(BAD)
    await asked
    assert joined.one.proofs == {}
    await joined.agree()
    assert joined.other.proofs == {}
    assert other.breaker is joined.other


async def test_no_number_reaches_redis(joined: Joined) -> None:
    joined.one.refused(GOOD, "phone 84900000001 is wrong")
    await joined.agree()
    assert joined.other.reason == "phone *** is wrong"
    assert joined.redis.keys() == [KEY]
    assert "84900000001" not in str(joined.redis.hgetall(KEY))


async def test_a_redis_that_forgot_everything_hears_it_again(joined: Joined) -> None:
    joined.one.trip("no money", 60)
    await joined.agree()
    joined.redis.flushall()
    fresh = joined.process(joined.boards[2])
    await fresh.exchange()  # who knows nothing comes first
    assert await joined.allowed() == []
    await fresh.exchange()
    assert (fresh.breaker.state, fresh.breaker.reason) == (BreakerState.OPEN, "no money")
    await joined.pass_(57)
    assert await joined.allowed() == []
    await joined.pass_(4)
    assert await joined.allowed() == [1]


async def test_a_probe_that_was_under_way_goes_on_when_redis_has_forgotten_it(
    joined: Joined,
) -> None:
    joined.one.trip("x")
    prober = await joined.probing()
    other = joined.shared[prober is joined.one]
    joined.redis.flushall()
    await other.exchange()
    assert other.breaker.allows() == 0
    assert await joined.allowed() == []
    prober.answered(GOOD)
    assert await joined.allowed() == [None, None]


STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["failed", "refused", "answered", "probe", "pass", "money"]),
    ),
    max_size=40,
)


def _live(breaker: Breaker, what: str, campaign: int) -> None:
    match what:
        case "failed":
            for _ in range(10):
                breaker.failed("x")
        case "refused":
            breaker.refused(campaign, "x")
        case "answered":
            breaker.answered(campaign)
        case "money":
            breaker.trip("no money", 30)
        case "probe" if breaker.allows() == 1:
            breaker.probe()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
async def test_whatever_happens_one_probe_at_most_is_under_way(
    redis_url: str, steps: list[tuple[int, str]]
) -> None:
    joined = Joined(redis_url)
    joined.redis.flushall()
    for each in joined.shared:
        await each.exchange()
    for who, what in steps:
        if what == "pass":
            await joined.pass_(3)
        _live(joined.shared[who].breaker, what, campaign=1 + who)
        await joined.shared[who].exchange()  # it tells at once what it has learnt
        states = [each.breaker.state for each in joined.shared]
        assert states.count(BreakerState.HALF_OPEN) <= 1
    await joined.agree()
    held = {each.breaker.state is BreakerState.CLOSED for each in joined.shared}
    assert len(held) == 1, "both stand alike"
    await joined.close()

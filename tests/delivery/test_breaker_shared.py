"""What every breaker keeps, by itself, joined to another, or when Redis is lost."""

from collections.abc import AsyncIterator

import pytest

from bench.redis import Redis
from outreach.delivery.breaker import BreakerState
from tests.delivery.crew import BAD, GOOD, WORSE, Crew, Joined, Lost


@pytest.fixture(params=["by itself", "joined", "without Redis"])
async def crew(request: pytest.FixtureRequest) -> AsyncIterator[Crew]:
    if request.param == "by itself":
        yield Crew()
        return
    if request.param == "joined":
        joined = Joined(request.getfixturevalue("redis_url"))
        await joined.agree()
        yield joined
        await joined.close()
        return
    with Redis() as server:
        lost = Lost(server.url)
        for each in lost.shared:
            await each.exchange()
        server.kill()
        await lost.pass_(6)
        lost.other = lost.one
        yield lost
        await lost.close()


async def test_ten_failures_of_one_hold_all(crew: Crew) -> None:
    for _ in range(9):
        crew.one.failed("no connection")
    assert None in await crew.allowed()
    crew.one.failed("no connection")
    assert await crew.allowed() == []
    assert (crew.other.state, crew.other.reason) == (BreakerState.OPEN, "no connection")


async def test_one_probe_over_all_and_its_answer_closes_it_for_all(crew: Crew) -> None:
    crew.other.refused(GOOD, "bad credentials")
    await crew.agree()
    await crew.pass_(4)
    assert await crew.allowed() == []
    await crew.pass_(2)
    assert await crew.allowed() == [1]
    prober = await crew.probing()
    assert await crew.allowed() == []
    await crew.pass_(100)
    assert await crew.allowed() == []
    prober.answered(GOOD)
    assert set(await crew.allowed()) == {None}
    assert (crew.one.reason, crew.other.reason) == ("", "")


async def test_a_failed_probe_waits_twice_as_long_for_all(crew: Crew) -> None:
    crew.one.trip("x")
    waits = []
    for _ in range(8):
        began = crew.now
        prober = await crew.probing()
        waits.append(crew.now - began)
        prober.failed("x")
        await crew.agree()
    assert waits == pytest.approx([5, 10, 20, 40, 80, 160, 300, 300], abs=1.01)


async def test_a_probe_without_an_answer_is_lost_after_two_minutes(crew: Crew) -> None:
    crew.one.trip("x")
    await crew.probing()
    await crew.pass_(118)
    assert await crew.allowed() == []
    await crew.pass_(3)
    assert await crew.allowed() == [1]


async def test_a_wait_that_a_carrier_asked_for_holds_all(crew: Crew) -> None:
    crew.one.failed("x")
    crew.other.trip("no money", 60)
    await crew.pass_(58)
    assert await crew.allowed() == []
    await crew.pass_(3)
    assert await crew.allowed() == [1]


async def test_a_culprit_is_one_for_all_until_it_is_answered(crew: Crew) -> None:
    for _ in range(3):
        assert not crew.one.refused(BAD, "template not yours")
        await crew.agree()
        (await crew.probing()).answered(GOOD)
        await crew.agree()
    for breaker in (crew.one, crew.other):
        assert breaker.refused(BAD, "template not yours")
        assert breaker.allows() is None
    crew.one.answered(BAD)  # it was mended
    await crew.agree()
    assert not crew.other.refused(BAD, "bad credentials")


async def test_a_culprit_that_probes_leaves_the_probe_to_another_campaign(crew: Crew) -> None:
    for _ in range(3):
        crew.one.refused(BAD, "x")
        await crew.agree()
        (await crew.probing()).answered(GOOD)
        await crew.agree()
    crew.one.trip("no money", 60)
    await crew.agree()
    prober = await crew.probing()
    assert prober.refused(BAD, "x")
    assert await crew.allowed() == [1]
    assert prober.order([GOOD, BAD, WORSE]) == [WORSE, GOOD, BAD]


async def test_probes_take_turns_over_the_campaigns(crew: Crew) -> None:
    crew.one.refused(BAD, "bad credentials")
    await crew.agree()
    tried = []
    for _ in range(4):
        prober = await crew.probing()
        tried.append(prober.order([WORSE, GOOD, BAD])[0])
        prober.refused(tried[-1], "bad credentials")
        await crew.agree()
    assert tried == [WORSE, GOOD, BAD, WORSE]


async def test_answers_to_what_left_before_prove_nothing(crew: Crew) -> None:
    crew.one.refused(BAD, "x")
    await crew.agree()
    crew.one.answered(GOOD)
    crew.other.answered(GOOD)
    assert await crew.allowed() == []
    await crew.pass_(6)
    assert await crew.allowed() == [1]

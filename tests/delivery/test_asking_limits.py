"""Questions keep to the limits and out of the way of sending, and rest where a carrier fails."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from outreach.carriers.base import PullError, Question
from outreach.delivery import asking as asking_
from outreach.delivery.inquiry import AT_ONCE, Inquiry, Put, Turn
from outreach.delivery.pacing import Pacer
from outreach.delivery.rounds import spacing, speed
from outreach.domain.key import CAMPAIGN_SPAN, SendClass
from outreach.domain.limit import Limit, LimitScope, Span, Unit
from outreach.domain.message import State
from outreach.domain.receipt import Receipt, Status
from outreach.store import asking
from outreach.store.asking import Unheard
from tests.delivery.limited import World
from tests.delivery.questions import (
    Knows,
    Turns,
    asker,
    end,
    nothing,
    says,
    sent,
)
from tests.delivery.stage import NOON, OTHER, SEAL, Stage
from tests.delivery.virtual import run_virtually

SECOND = timedelta(seconds=1)


async def test_without_a_turn_it_ends_quietly_and_goes_on_later(stage: Stage) -> None:
    await sent(stage, 12)
    stage.clock.pass_(minutes=11)
    knows, turns = Knows(says(Status.DELIVERED)), Turns(5)
    desk = asker(stage, knows, turns)
    assert await desk.ask() == 5
    assert knows.numbers() == [1, 2, 3, 4, 5]
    turns.most = 100
    assert await desk.ask() == 7
    assert knows.numbers() == list(range(1, 13))


async def test_a_limit_that_is_too_small_is_told_of_at_the_deadline(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = await sent(stage, 10)
    end(stage, campaign)
    desk = asker(stage, knows := Knows(says(Status.ENROUTE)), Turns(4))
    for _ in range(13):
        stage.clock.pass_(minutes=5)
        await desk.ask()
    assert len(knows.asked) == 4
    (record,) = caplog.records
    assert "account other: the receipt deadline" in record.getMessage()
    assert "10 are unconfirmed" in record.getMessage()
    with stage.database.read() as conn:
        assert asking.walks(conn, OTHER) == {}


async def test_a_carrier_that_fails_rests_and_is_told_of_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(asking_, "_FIRST_REST", 0.01)
    monkeypatch.setattr(asking_, "_LOOK", 0.01)
    campaign = await sent(stage, 30)
    stage.clock.pass_(minutes=11)
    knows = Knows()

    def fails(_: Question) -> Sequence[Receipt]:
        raise PullError("no answer")

    knows.answer = fails
    desk = asker(stage, knows)
    running = asyncio.create_task(desk.run())
    async with asyncio.timeout(20):
        while len(knows.asked) < AT_ONCE + 4:
            await asyncio.sleep(0.01)
        assert knows.most_at_once == AT_ONCE
        knows.most_at_once = 0
        while len(knows.asked) < AT_ONCE + 5:
            await asyncio.sleep(0.01)
        assert knows.most_at_once == 1  # one is enough to see whether it answers again
        knows.answer = says(Status.DELIVERED)
        while stage.states(campaign).get(State.DELIVERED, 0) < 25:
            await asyncio.sleep(0.01)
    desk._stop.set()
    await running
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        "asking account other about its messages does not work; it is tried again and again",
        "asking account other about its messages works again",
    ]


async def test_a_question_that_always_fails_is_passed_over(stage: Stage) -> None:
    campaign = await sent(stage, 12)
    stage.clock.pass_(minutes=11)
    knows = Knows()

    def fails(question: Question) -> Sequence[Receipt]:
        if SEAL.decode(question.key) == SEAL.decode(bad):
            raise ValueError("a fault in our reading")
        return says(Status.DELIVERED)(question)

    knows.answer = fails
    bad = SEAL.encode(campaign.id * CAMPAIGN_SPAN + 3, SendClass.LIVE, 0)
    desk = asker(stage, knows)
    for _ in range(3):
        with pytest.raises(ValueError, match="our reading"):
            await desk.ask()
    await desk.ask()
    assert stage.states(campaign) == {State.DELIVERED: 11, State.ACCEPTED: 1}
    assert Counter(knows.numbers())[3] == 3


LIMITS = [
    Limit(Unit.REQUESTS, 7, SECOND, LimitScope.STATUS),
    Limit(Unit.REQUESTS, 50, SECOND, LimitScope.ANY),
    Limit(Unit.REQUESTS, 300, timedelta(minutes=1), LimitScope.ANY),
]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.words)
def test_never_over_a_limit_and_never_in_the_way_of_sending(limit: Limit) -> None:
    world, shared = World([limit]), limit.scope is LimitScope.ANY

    async def work() -> int:
        pacer, stop = world.start(), asyncio.Event()
        sending = asyncio.create_task(_send_on(world, pacer) if shared else asyncio.sleep(0))
        turn = Turn(pacer, spacing([limit]), stop)

        async def counted() -> bool:
            given = await turn()
            if given:
                world._left(LimitScope.STATUS, 1, urgent=True)
            return given

        knows = Knows(nothing)
        for page in range(3):
            await Inquiry(knows, counted).put([_put(page * 40 + n) for n in range(40)])
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        return len(knows.asked)

    asked = run_virtually(work(), world.loop)
    assert asked > 10
    assert world.most(limit) <= limit.amount
    took = world.calls[-1].at - world.calls[0].at
    if not shared:
        assert asked / took > 0.8 * limit.per_second
        return
    left = sum(call.scope is LimitScope.SEND for call in world.calls)
    assert asked / took < 0.12 * limit.per_second
    assert left / took > 0.8 * limit.per_second


async def _send_on(world: World, pacer: Pacer) -> None:
    while True:
        await world.send(pacer, 1)


def _put(number: int) -> Put:
    question = Question(f"k{number}", f"r{number}", "84900000001", NOON)
    return Put(Unheard(number, State.ACCEPTED, 0, 84_900_000_001, f"r{number}", 0), question)


def test_a_daily_quota_for_every_call_is_not_spent_on_questions() -> None:
    limit = Limit(Unit.REQUESTS, 500, timedelta(days=1), LimitScope.ANY, Span.DAY)

    async def work() -> int:
        knows = Knows(nothing)
        turn = Turn(world.start(), spacing([limit]), asyncio.Event())
        inquiry = Inquiry(knows, turn)
        await inquiry.put([_put(n) for n in range(40)])
        assert inquiry.no_turn
        return len(knows.asked)

    world = World([limit])
    assert run_virtually(work(), world.loop) == 1


def test_how_long_all_questions_take() -> None:
    assert speed([]) == 20
    assert speed(LIMITS[:1]) == pytest.approx(7 * 0.95)
    assert speed(LIMITS) == pytest.approx(300 / 60 * 0.95 * 0.1)

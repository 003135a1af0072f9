"""When carriers are asked: ages, deadlines, restarts, turns, and a hundred thousand."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text

from outreach.carriers.base import Question, ReceiptWay
from outreach.delivery.asking import Asker
from outreach.delivery.ending import Deadline
from outreach.delivery.inquiry import Inquiry, Put
from outreach.delivery.rounds import Rounds
from outreach.delivery.sweep import Sweep
from outreach.domain.errors import BadInputError
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Refused, Scope
from outreach.domain.receipt import Receipt, Status
from outreach.store import asking
from outreach.store.asking import Walk
from outreach.store.campaigns import Step
from tests.delivery.questions import (
    ALL_OTHER,
    Knows,
    Turns,
    asker,
    end,
    handed_over,
    says,
    sent,
    spread,
)
from tests.delivery.stage import NETWORKS, OTHER, SEAL, ZALO, Carrier, Stage

ZALO_THEN_OTHER = (Step(Channel.ZALO, dict.fromkeys(NETWORKS, (ZALO,))), *ALL_OTHER)
MINUTE, HOUR = 60_000, 3_600_000


@given(
    at=st.integers(1, 30 * HOUR),
    waits=st.lists(st.integers(1, 20 * HOUR), min_size=1, max_size=30),
)
def test_each_age_of_a_message_falls_in_one_round(at: int, waits: Sequence[int]) -> None:
    rounds = Rounds(10 * MINUTE, 72 * HOUR)
    since, begins = 0, HOUR
    asked = 0
    for wait in waits:
        spans = rounds.spans(Walk(1, 0, since, begins))
        asked += sum(after < at <= to for after, to in spans)
        since, begins = begins, begins + wait
    ages = [1, 6, 36, *range(144, 1_441, 144)]
    passed = sum(at + age * 10 * MINUTE <= since for age in ages)
    first = HOUR - at
    together = max(sum(age * 10 * MINUTE <= first for age in ages) - 1, 0)
    assert asked == passed - together  # what came before the first round is one question


async def _asked_at(stage: Stage, desk: Asker, knows: Knows, hours: float) -> dict[int, list[int]]:
    """Let hours pass in steps of five minutes; at which minutes each message was asked about."""
    began = stage.clock()
    found = defaultdict(list)
    while stage.clock() - began < timedelta(hours=hours):
        stage.clock.pass_(minutes=5)
        before = len(knows.asked)
        await desk.ask()
        for number in knows.numbers()[before:]:
            found[number].append((stage.clock() - began) // timedelta(minutes=1))
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_message_is_asked_about_at_growing_ages(stage: Stage) -> None:
    campaign = await sent(stage, 4)
    spread(stage, campaign, 60)
    knows = Knows(says(Status.ENROUTE))
    found = await _asked_at(stage, asker(stage, knows), knows, 28)
    for number, minutes in found.items():
        ages = [minute - (number - 1) * 60 for minute in minutes]
        for age, least in zip(ages, (10, 60, 360, 1_440), strict=True):
            assert least <= age <= least + 15, (number, ages)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_before_the_deadline_all_are_asked_about_once_more(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = await sent(stage, 3)
    end(stage, campaign)
    knows = Knows(says(Status.ENROUTE))
    desk = asker(stage, knows, deadline=timedelta(hours=12))
    found = await _asked_at(stage, desk, knows, 12.2)
    for minutes in found.values():
        for minute, least in zip(minutes, (10, 60, 360, 700), strict=True):
            assert least <= minute <= least + 15, minutes
    assert len(found) == 3
    assert not caplog.records


async def test_a_short_deadline_has_its_questions_too(stage: Stage) -> None:
    campaign = await sent(stage, 1)
    end(stage, campaign)
    knows = Knows(says(Status.ENROUTE))
    desk = asker(stage, knows, deadline=timedelta(minutes=8))
    for _ in range(10):
        stage.clock.pass_(minutes=1)
        await desk.ask()
    assert len(knows.asked) >= 2


@pytest.mark.parametrize("way", [ReceiptWay.ASKED, ReceiptWay.PUSHED])
async def test_what_is_asked_about_is_waited_for_until_the_deadline(
    stage: Stage, way: ReceiptWay
) -> None:
    campaign = await sent(stage, 3)
    end(stage, campaign)
    sweep = Sweep(stage.clock, {OTHER: Deadline(timedelta(hours=1), way)})

    def settle() -> tuple[dict[State, int], bool]:
        for _ in range(3):
            with stage.database.write() as conn:
                sweep.finish(conn)
        with stage.database.read() as conn:
            return stage.states(campaign), campaign.id not in asking.campaigns(conn)

    stage.clock.pass_(minutes=59)
    assert settle() == ({State.ACCEPTED: 3}, False)
    stage.clock.pass_(minutes=2)
    assert settle() == ({State.UNCONFIRMED: 3}, True)


async def test_what_comes_of_age_behind_a_slow_round_is_asked_about_in_the_next(
    stage: Stage,
) -> None:
    campaign = await sent(stage, 12)
    with stage.database.write() as conn:
        conn.execute(
            text("UPDATE attempt SET at = at + 300000 WHERE message = :first"),
            {"first": campaign.id * CAMPAIGN_SPAN + 1},
        )
    knows, turns = Knows(says(Status.ENROUTE)), Turns(5)
    desk = asker(stage, knows, turns)
    for minutes, most in ((11, 5), (5, 100), (14, 100)):
        stage.clock.pass_(minutes=minutes)
        turns.most = most
        await desk.ask()
    assert knows.numbers() == [*range(2, 13), 1]


async def test_those_who_fell_back_are_asked_about(stage: Stage) -> None:
    campaign = stage.campaign(stage.audience([{"name": "An"}] * 6), ZALO_THEN_OTHER)
    refuses = Carrier(lambda _: Refused(Scope.RECIPIENT, "-118", "no account"), Channel.ZALO)
    await stage.finish(stage.senders({ZALO: refuses, OTHER: Carrier()}), campaign)
    stage.clock.pass_(minutes=11)
    knows = Knows(says(Status.DELIVERED))
    assert await asker(stage, knows).ask() == 6
    assert stage.results(campaign) == {State.DELIVERED: 6}


async def test_a_restart_goes_on_in_the_middle(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 5)
    await sent(stage, 40)
    stage.clock.pass_(minutes=11)
    knows = Knows(says(Status.ENROUTE))

    def dies(question: Question) -> Sequence[Receipt]:
        if len(knows.asked) > 23:
            raise asyncio.CancelledError
        return says(Status.ENROUTE)(question)

    knows.answer = dies
    with pytest.raises(asyncio.CancelledError):
        await asker(stage, knows).ask()
    knows.answer = says(Status.ENROUTE)
    await asker(stage, knows).ask()
    times = Counter(knows.numbers())
    assert sorted(times) == list(range(1, 41))
    assert sum(times.values()) <= 45  # a page at most is asked about again
    assert all(times[number] == 1 for number in range(1, 21))


async def test_campaigns_take_turns(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST", 5)
    first = await sent(stage, 10)
    second = stage.campaign(stage.audience([{"name": "An"}] * 10, "others"), ALL_OTHER)
    await stage.finish(stage.senders({OTHER: Carrier()}), second)
    stage.clock.pass_(minutes=11)
    knows = Knows(says(Status.DELIVERED))
    await asker(stage, knows).ask()
    keys = [SEAL.decode(question.key) for question in knows.asked]
    campaigns = [key.message // CAMPAIGN_SPAN for key in keys if key is not None]
    assert campaigns == [each for each in (first.id, second.id) * 2 for _ in range(5)]


async def test_a_hundred_thousand_are_walked_page_by_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = stage.run_of(100_000, ALL_OTHER)
    handed_over(stage, campaign)
    stage.clock.pass_(minutes=11)
    knows = Knows(says(Status.DELIVERED))
    statements: list[str] = []
    pages: list[int] = []
    put = Inquiry.put

    async def counted(self: Inquiry, questions: Sequence[Put]) -> None:
        pages.append(len(questions))
        await put(self, questions)

    monkeypatch.setattr(Inquiry, "put", counted)
    event.listen(
        stage.database.engine, "before_cursor_execute", lambda *told: statements.append(told[2])
    )
    assert await asker(stage, knows).ask() == 1_000
    assert len(knows.asked) == 1_000
    assert max(pages) <= asking.MOST
    assert len(statements) < 40 * (len(pages) + 100_000 // 50_000 + 3)


@pytest.mark.parametrize("seconds", ["soon", 0, -1, "nan", "inf"])
def test_an_age_that_is_none_names_the_file(stage: Stage, seconds: object) -> None:
    with pytest.raises(BadInputError, match=r"other\.toml: ask_after_seconds"):
        asker(stage, Knows(), ask_after_seconds=seconds)


async def test_the_age_of_the_first_question_is_an_option(stage: Stage) -> None:
    await sent(stage, 2)
    stage.clock.pass_(seconds=61)
    knows = Knows(says(Status.DELIVERED))
    assert await asker(stage, knows, ask_after_seconds=60).ask() == 2

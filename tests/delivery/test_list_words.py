"""What a carrier says of a list: of one of it, of all, of each, or nothing."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from outreach.domain.message import State
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown
from tests.delivery.listing import (
    STEPS,
    TWO_ACCOUNTS,
    Listed,
    Lister,
    Rule,
    asleep,
    crowd,
    rows,
    send,
    through_the_rounds,
    until,
)
from tests.delivery.stage import VIETTEL, Stage


@pytest.mark.parametrize(
    "word",
    [
        Refused(Scope.RECIPIENT, "99", "number blocked"),
        Refused(Scope.NETWORK, "177", "not registered"),
        Later(timedelta(hours=1), "one of them is busy"),
    ],
    ids=lambda word: type(word).__name__,
)
async def test_a_word_about_one_is_tracked_down_by_halves(stage: Stage, word: Outcome) -> None:
    odd = {"84900000004", "84900000017"}

    def rule(_: str, members: Listed) -> Outcome:
        return word if odd & {each.msisdn for each in members} else Accepted("ref")

    campaign, carrier = stage.campaign(crowd(stage, 24), STEPS), Lister(says=rule, bounds=(1, 8))
    later = isinstance(word, Later)
    if later:
        await until(stage, carrier, lambda: asleep(stage, campaign))
    else:
        await send(stage, carrier, campaign)
    left = State.PENDING if later else State.REJECTED
    assert stage.states(campaign) == {State.ACCEPTED: 22, left: 2}
    times = Counter(carrier.numbers)
    assert all(times[number] > 1 for number in odd)
    heard = [members for _, members in carrier.lists if not odd & {e.msisdn for e in members}]
    assert len({each.msisdn for members in heard for each in members}) == 22
    assert sum(map(len, heard)) == 22
    assert len({key for key, _ in carrier.lists}) == len(carrier.lists)
    assert rows(stage, "SELECT * FROM batch") == []


@pytest.mark.parametrize(
    ("word", "after"),
    [
        (Refused(Scope.TEXT, "146", "no such template"), "paused"),
        (Refused(Scope.ACCOUNT, "101", "bad credentials"), "open"),
        (Later(timedelta(hours=1), "103 no money", account=True), "open"),
        (Later(timedelta(hours=1), "too fast", throttled=True), "slower"),
    ],
    ids=["text", "account", "money", "throttle"],
)
async def test_a_word_about_all_is_not_halved(stage: Stage, word: Outcome, after: str) -> None:
    campaign = stage.campaign(crowd(stage, 10), STEPS)
    carrier = Lister(says=lambda *_: word)
    sender = await until(stage, carrier, lambda: bool(rows(stage, "SELECT 1 FROM due")))
    assert carrier.sizes == [10]
    assert stage.states(campaign) == {State.PENDING: 10}
    paces = sender.pacer._normal.paces
    assert {
        "paused": rows(stage, "SELECT state FROM campaign") == [("paused",)],
        "open": sender.breaker.state == "open",
        "slower": paces[0][0].slowed < 1.0,
    } == {"paused": False, "open": False, "slower": False, after: True}


async def test_an_unknown_list_is_unknown_to_the_last_and_never_repeated(stage: Stage) -> None:
    campaign = stage.campaign(crowd(stage, 30), STEPS)
    carrier = Lister(says=lambda *_: Unknown("no answer"), bounds=(3, 30))
    await send(stage, carrier, campaign, in_flight=90)
    assert stage.states(campaign) == {State.UNKNOWN: 30}
    assert carrier.sizes == [30]
    [(key, _)] = carrier.lists
    assert rows(stage, "SELECT DISTINCT outcome, reference FROM attempt") == [(5, key)]


async def test_what_did_not_leave_goes_elsewhere_in_a_list_of_its_own(stage: Stage) -> None:
    campaign = stage.campaign(crowd(stage, 20), TWO_ACCOUNTS)
    down, well = Lister(says=lambda *_: NotSent("refused")), Lister()
    await send(stage, down, campaign, well)
    assert stage.states(campaign) == {State.ACCEPTED: 20}
    assert down.numbers
    assert set(down.numbers) <= set(well.numbers)
    assert len(well.numbers) == 20
    assert not {key for key, _ in down.lists} & {key for key, _ in well.lists}


async def test_a_word_for_each(stage: Stage) -> None:
    said: Sequence[Outcome] = (
        Accepted("one"),
        Refused(Scope.RECIPIENT, "99", "number blocked"),
        Unknown("broken row"),
    )

    def rule(_: str, members: Listed) -> Sequence[Outcome]:
        return [said[int(each.msisdn) % 3] for each in members]

    campaign, carrier = stage.campaign(crowd(stage, 30), STEPS), Lister(says=rule)
    await send(stage, carrier, campaign)
    assert set(stage.states(campaign).values()) == {10}
    assert len(carrier.numbers) == 30


@pytest.mark.parametrize(
    "rule",
    [lambda *_: [Accepted()], lambda *_: 1 / 0],
    ids=["too few outcomes", "an exception"],
)
async def test_a_bug_of_an_adapter_is_no_refusal(stage: Stage, rule: Rule) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 9), STEPS), Lister(says=rule)
    await send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 9}
    reason = rows(stage, "SELECT DISTINCT reason FROM message")
    assert reason[0][0].startswith("adapter fault: ")


async def test_halves_are_never_smaller_than_a_list_may_be(stage: Stage) -> None:
    """Who was meant is not found out among the last four: after some rounds it is said of each."""

    def rule(_: str, members: Listed) -> Outcome:
        bad = any(each.msisdn == "84900000000" for each in members)
        return Refused(Scope.RECIPIENT, "99", "number blocked") if bad else Accepted()

    campaign, carrier = stage.campaign(crowd(stage, 16), STEPS), Lister(says=rule, bounds=(4, 16))
    senders = stage.senders({VIETTEL: carrier}, in_flight=48)
    async with stage.working(senders), asyncio.timeout(30):
        await through_the_rounds(stage, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 12, State.REJECTED: 4}
    assert min(carrier.sizes) == 4


async def test_of_few_as_many_as_a_list_needs_are_tried_first(stage: Stage) -> None:
    def rule(_: str, members: Listed) -> Outcome:
        bad = any(each.msisdn == "84900000006" for each in members)
        return Refused(Scope.RECIPIENT, "99", "number blocked") if bad else Accepted()

    campaign, carrier = stage.campaign(crowd(stage, 7), STEPS), Lister(says=rule, bounds=(4, 16))
    await until(stage, carrier, lambda: asleep(stage, campaign))
    assert carrier.sizes == [7, 4]
    assert stage.states(campaign) == {State.ACCEPTED: 4, State.PENDING: 3}


async def test_a_word_about_one_of_a_smallest_list_closes_the_breaker(stage: Stage) -> None:
    """A no is a usable answer, though nobody of the list knows yet whom it means."""
    campaign = stage.campaign(crowd(stage, 4), STEPS)
    no = Refused(Scope.RECIPIENT, "99", "number blocked")
    (sender,) = stage.senders({VIETTEL: Lister(says=lambda *_: no, bounds=(4, 16))}, in_flight=48)
    sender.breaker.trip("no connection")
    sender.breaker._opens_again = 0.0
    async with stage.working([sender]), asyncio.timeout(30):
        while not asleep(stage, campaign):
            await asyncio.sleep(0.01)
    assert sender.breaker.state == "closed"


@pytest.mark.parametrize("least", [1, 3])
async def test_a_list_is_not_repeated_though_its_carrier_knows_keys(
    stage: Stage, least: int
) -> None:
    """It knows the keys of lists: under another list's key a member would arrive twice."""
    words: list[Outcome] = [Unknown("no answer"), Accepted()]
    carrier = Lister(says=lambda *_: words.pop(0), bounds=(least, 30), window=timedelta(days=1))
    campaign = stage.campaign(crowd(stage, 30), STEPS)
    await send(stage, carrier, campaign, in_flight=90)
    assert stage.states(campaign) == {State.UNKNOWN: 30}
    assert carrier.sizes == [30]

"""Many messages in one call: what goes together, what is written down before, what comes of it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from outreach.delivery import send
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import (
    Accepted,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from outreach.store import batches, suppressions
from outreach.store.batches import Handed
from outreach.store.campaigns import Campaign, Step
from outreach.store.suppressions import SuppressionList, SuppressionScope
from tests.delivery.listing import (
    STEPS,
    TWO_ACCOUNTS,
    Listed,
    Lister,
    Rule,
    asleep,
    crowd,
    rows,
    taken,
    until,
)
from tests.delivery.stage import (
    NETWORKS,
    OTHER,
    VIETTEL,
    ZALO,
    Carrier,
    Stage,
)

_STATE = "SELECT state FROM campaign"


async def _send(
    stage: Stage, carrier: Lister, campaign: Campaign, *others: Carrier, **changes: Any
) -> None:
    made = {VIETTEL: carrier} | dict(zip((OTHER, ZALO), others, strict=False))
    await stage.finish(stage.senders(made, **changes), campaign)


async def test_everybody_is_in_one_list_once(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 137), STEPS), Lister()
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == stage.results(campaign) == {State.ACCEPTED: 137}
    assert len(set(carrier.numbers)) == len(carrier.numbers) == 137
    assert all(3 <= size <= 10 for size in carrier.sizes)
    assert len({key for key, _ in carrier.lists}) == len(carrier.lists)
    references = Counter(row[0] for row in rows(stage, "SELECT reference FROM attempt"))
    assert references == {f"ref-{key}": len(members) for key, members in carrier.lists}
    assert rows(stage, "SELECT * FROM batch") == []


async def test_only_what_is_alike_goes_together(stage: Stage) -> None:
    people = [{"parts": str(1 + n % 3)} for n in range(60)]
    campaign, carrier = stage.campaign(crowd(stage, people), STEPS), Lister()
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 60}
    assert all(len({each.content for each in members}) == 1 for _, members in carrier.lists)
    assert max(carrier.sizes) > 3


async def test_a_list_is_durable_before_it_leaves(stage: Stage) -> None:
    seen: list[tuple[str, int]] = []

    async def rule(key: str, members: Listed) -> Outcome:
        stored = await asyncio.to_thread(rows, stage, "SELECT key, members FROM batch")
        seen.extend(
            (key, len(bytes(row[1])) // 8 - len(members)) for row in stored if row[0] == key
        )
        return Accepted()

    campaign, carrier = stage.campaign(crowd(stage, 40), STEPS), Lister(says=rule)
    await _send(stage, carrier, campaign)
    assert seen == [(key, 0) for key, _ in carrier.lists]


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
        await _send(stage, carrier, campaign)
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
    await _send(stage, carrier, campaign, in_flight=90)
    assert stage.states(campaign) == {State.UNKNOWN: 30}
    assert carrier.sizes == [30]
    [(key, _)] = carrier.lists
    assert rows(stage, "SELECT DISTINCT outcome, reference FROM attempt") == [(5, key)]


async def test_what_did_not_leave_goes_elsewhere_in_a_list_of_its_own(stage: Stage) -> None:
    campaign = stage.campaign(crowd(stage, 20), TWO_ACCOUNTS)
    down, well = Lister(says=lambda *_: NotSent("refused")), Lister()
    await _send(stage, down, campaign, well)
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
    await _send(stage, carrier, campaign)
    assert set(stage.states(campaign).values()) == {10}
    assert len(carrier.numbers) == 30


@pytest.mark.parametrize(
    "rule",
    [lambda *_: [Accepted()], lambda *_: 1 / 0],
    ids=["too few outcomes", "an exception"],
)
async def test_a_bug_of_an_adapter_is_no_refusal(stage: Stage, rule: Rule) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 9), STEPS), Lister(says=rule)
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 9}
    reason = rows(stage, "SELECT DISTINCT reason FROM message")
    assert reason[0][0].startswith("adapter fault: ")


async def test_too_few_wait_for_others(stage: Stage) -> None:
    """Three of one text come with three sub-batches: none of them is a list by itself."""
    people = [{"parts": "2" if n % 12 == 5 else "1"} for n in range(36)]
    campaign = stage.campaign(crowd(stage, people), STEPS)
    carrier = Lister(bounds=(3, 12))
    await until(stage, carrier, lambda: asleep(stage, campaign))
    assert stage.states(campaign) == {State.ACCEPTED: 33, State.PENDING: 3}
    assert rows(stage, "SELECT DISTINCT waits, attempts, parts FROM due") == [(1, 0, 0)]
    (live,) = stage.roster.sending(stage.clock())
    assert live.budget.spent == 33 * 600
    stage.clock.pass_(minutes=1)
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 36}
    assert carrier.sizes[-1] == 3


async def test_to_wait_for_others_is_no_refusal(stage: Stage) -> None:
    """Neither is a text given up for the waits, nor the waiting for the refusals."""
    campaign = stage.campaign(crowd(stage, 3), STEPS)
    alone = Lister(bounds=(4, 10))
    for _ in range(4):
        await until(stage, alone, lambda: asleep(stage, campaign))
        stage.clock.pass_(minutes=1)
    no = Refused(Scope.TEXT, "146", "no such template")
    await until(stage, Lister(says=lambda *_: no), lambda: rows(stage, _STATE) == [("paused",)])
    assert stage.states(campaign) == {State.PENDING: 3}
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE campaign SET state = 'running'")
        conn.exec_driver_sql("UPDATE due SET snoozes = 15")
    stage.clock.pass_(minutes=1)
    await until(stage, alone, lambda: asleep(stage, campaign) or not stage.left(campaign))
    assert stage.states(campaign) == {State.PENDING: 3}


@pytest.mark.parametrize("next_channel", [True, False])
async def test_too_few_are_refused_in_the_end(stage: Stage, *, next_channel: bool) -> None:
    then = (Step(Channel.ZALO, dict.fromkeys(NETWORKS, (ZALO,))),) if next_channel else ()
    campaign = stage.campaign(crowd(stage, 2), (*STEPS, *then))
    carrier, zalo = Lister(), Carrier(channel=Channel.ZALO)
    senders = stage.senders({VIETTEL: carrier, ZALO: zalo})
    async with stage.working(senders), asyncio.timeout(30):
        await _through_the_rounds(stage, campaign)
    assert carrier.lists == []
    assert len(zalo.asked) == 2 * next_channel
    assert stage.results(campaign) == {State.ACCEPTED if next_channel else State.REJECTED: 2}
    reasons = rows(stage, "SELECT reason FROM message WHERE reason IS NOT NULL")
    assert {row[0] for row in reasons} == {"fewer than 3 have this text"}


async def _through_the_rounds(stage: Stage, campaign: Campaign) -> None:
    """Let a minute pass whenever all that is left waits for others, until nothing is left."""
    while stage.left(campaign):
        if asleep(stage, campaign):
            stage.clock.pass_(minutes=1)
        await asyncio.sleep(0.01)


async def test_halves_are_never_smaller_than_a_list_may_be(stage: Stage) -> None:
    """Who was meant is not found out among the last four: after some rounds it is said of each."""

    def rule(_: str, members: Listed) -> Outcome:
        bad = any(each.msisdn == "84900000000" for each in members)
        return Refused(Scope.RECIPIENT, "99", "number blocked") if bad else Accepted()

    campaign, carrier = stage.campaign(crowd(stage, 16), STEPS), Lister(says=rule, bounds=(4, 16))
    senders = stage.senders({VIETTEL: carrier}, in_flight=48)
    async with stage.working(senders), asyncio.timeout(30):
        await _through_the_rounds(stage, campaign)
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
    await _send(stage, carrier, campaign, in_flight=90)
    assert stage.states(campaign) == {State.UNKNOWN: 30}
    assert carrier.sizes == [30]


async def test_who_was_suppressed_meanwhile_is_not_in_the_list(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.submit._STALE", -1.0)
    campaign, carrier = stage.campaign(crowd(stage, 10), STEPS), Lister()
    told = SuppressionList(0, "l", SuppressionScope.ALL, None, "asked", "test", 0, "an")
    write_down = batches.write_down

    def with_a_list(conn: Any, lists: Sequence[Handed], instead_of: Sequence[str]) -> None:
        write_down(conn, lists, instead_of)
        found = suppressions.create(conn, told)
        suppressions.add(conn, found.id, [84_900_000_003])

    monkeypatch.setattr(batches, "write_down", with_a_list)
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 9, State.SUPPRESSED: 1}
    assert "84900000003" not in carrier.numbers


async def test_late_answers_of_a_list_are_recorded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "_PATIENCE_FOR_LISTS", 0.05)
    answers = asyncio.Event()

    async def slow(key: str, members: Listed) -> Outcome:
        await answers.wait()
        return taken(key, members)

    campaign, carrier = stage.campaign(crowd(stage, 30), STEPS), Lister(says=slow)
    async with stage.working(stage.senders({VIETTEL: carrier})), asyncio.timeout(20):
        while len(rows(stage, "SELECT 1 FROM due WHERE lease_owner IS NOT NULL")) < 30:
            await asyncio.sleep(0.02)
        assert len(rows(stage, "SELECT 1 FROM batch")) == 3
        answers.set()
        while stage.left(campaign):
            await asyncio.sleep(0.02)
    assert stage.states(campaign) == {State.ACCEPTED: 30}
    assert rows(stage, "SELECT * FROM batch") == []
    assert len(set(carrier.numbers)) == len(carrier.numbers) == 30


async def test_a_kill_leaves_a_window_of_unknowns_with_their_lists_keys(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 90), STEPS), Lister(says=_never)
    (sender,) = stage.senders({VIETTEL: carrier}, None, in_flight=30)
    stage.refresh()
    running = asyncio.create_task(sender.run())
    while not carrier.lists:
        await asyncio.sleep(0.01)
    sender.abandon()
    await asyncio.gather(running, return_exceptions=True)
    with stage.database.write() as conn:
        assert stage.sweep().recover(conn, [sender.owner]) == 0
        conn.exec_driver_sql("UPDATE chunk SET lease_until = 0")
        assert stage.sweep().recover(conn, ()) == 10
    found = rows(stage, "SELECT reference, COUNT(*) FROM attempt GROUP BY reference")
    assert dict(found) == {key: len(members) for key, members in carrier.lists}
    assert rows(stage, "SELECT * FROM batch") == []
    again = Lister()
    await _send(stage, again, campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 10, State.ACCEPTED: 80}
    assert not set(again.numbers) & set(carrier.numbers)


async def _never(_: str, __: Listed) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def test_no_list_holds_a_number_twice(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 40), STEPS), Lister()
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE recipient SET msisdn = msisdn / 2 * 2")
    await until(stage, carrier, lambda: len(carrier.numbers) == 40, in_flight=120)
    for _, members in carrier.lists:
        assert len({each.msisdn for each in members}) == len(members)
    assert stage.states(campaign) == {State.ACCEPTED: 40}


async def test_what_may_have_left_by_itself_goes_in_no_list(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 9), STEPS), Lister(says=lambda *_: NotSent(""))
    wait = timedelta(minutes=1)
    stage.policy = replace(stage.policy, first_backoff=wait, longest_backoff=wait)
    await until(stage, carrier, lambda: asleep(stage, campaign))
    later = int(stage.clock().timestamp() * 1000) + 3_600_000
    with stage.database.write() as conn:
        conn.exec_driver_sql(f"UPDATE due SET unknown_until = {later}")
    stage.clock.pass_(minutes=2)
    again = Lister()
    await _send(stage, again, campaign)
    assert again.lists == []
    assert stage.states(campaign) == {State.UNKNOWN: 9}

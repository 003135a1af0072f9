"""What a campaign asks of its sending: a ceiling, a pace, a pilot, its time, its place in line."""

import asyncio
import logging
from dataclasses import replace
from datetime import date, timedelta

import pytest

from outreach.carriers.base import Submission
from outreach.delivery.roster import Live
from outreach.domain.campaign import CampaignState
from outreach.domain.holidays import Holidays
from outreach.domain.limit import Limit, Unit
from outreach.domain.message import State
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope, Unknown
from outreach.domain.rules import Cap, Priority, Rules
from outreach.domain.window import LEGAL, Hours
from outreach.store import campaigns, suppressions
from outreach.store.campaigns import Campaign
from outreach.store.suppressions import SuppressionList, SuppressionScope
from tests.delivery.stage import (
    DEFAULT_STEPS,
    NOON,
    OTHER,
    SMS_STEPS,
    VIETTEL,
    ZALO,
    Carrier,
    Stage,
)

PRICE = 600


def _campaign(
    stage: Stage, size: int, rules: Rules, name: str = "people", **more: object
) -> Campaign:
    audience = stage.audience([{"name": "An"}] * size, name)
    return stage.campaign(audience, SMS_STEPS, rules=rules, name=name, **more)


def _now(stage: Stage, campaign: Campaign) -> Campaign:
    with stage.database.read() as conn:
        return campaigns.get(conn, campaign.id)


async def _until_paused(stage: Stage, campaign: Campaign) -> Campaign:
    async with asyncio.timeout(20):
        while (found := _now(stage, campaign)).state is not CampaignState.PAUSED:
            await asyncio.sleep(0.02)
    return found


def _run_again(stage: Stage, campaign: Campaign) -> None:
    with stage.database.write() as conn:
        conn.exec_driver_sql(f"UPDATE campaign SET state = 'running' WHERE id = {campaign.id}")


async def test_nothing_leaves_beyond_the_ceiling_and_the_campaign_says_so(stage: Stage) -> None:
    campaign = _campaign(stage, 200, Rules(budget=50 * PRICE + 100))
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
        held = await _until_paused(stage, campaign)
    assert held.paused_by == "engine"
    assert held.paused_why == "budget: 30,000 đồng of 30,100 are spent"
    assert len(carrier.asked) == 50
    assert stage.states(campaign) == {State.ACCEPTED: 50, State.PENDING: 150}


async def test_a_ceiling_is_kept_over_a_restart_and_a_higher_one_lets_more_through(
    stage: Stage,
) -> None:
    campaign = _campaign(stage, 100, Rules(budget=30 * PRICE))
    carrier = Carrier()
    for ceiling in (30, 30, 70):
        with stage.database.write() as conn:
            told = f'{{"budget": {ceiling * PRICE}}}'
            conn.exec_driver_sql(f"UPDATE campaign SET rules = '{told}', state = 'running'")
        stage.forgetful()
        stage.clock.pass_(seconds=10)
        async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
            await _until_paused(stage, campaign)
        assert len(carrier.asked) == ceiling


async def test_a_reminder_spends_from_the_same_ceiling(stage: Stage) -> None:
    rules = Rules(budget=60 * PRICE, waves=1)
    root = _campaign(stage, 100, rules)
    refusing = Carrier(lambda m: Refused(Scope.RECIPIENT, "1", "no") if int(m.msisdn) % 2
                       else Accepted())  # fmt: skip
    await stage.finish(stage.senders({VIETTEL: refusing, OTHER: refusing}), root)
    states = (int(State.REJECTED),)
    wave = stage.campaign(
        root.audience, SMS_STEPS, rules=rules, name="wave", parent=root.id, wave=1,
        parent_states=states,
    )  # fmt: skip
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
        held = await _until_paused(stage, wave)
    assert held.paused_why == "budget: 36,000 đồng of 36,000 are spent"
    assert len(carrier.asked) == 10


async def test_what_was_refused_costs_nothing_and_what_may_have_left_costs(stage: Stage) -> None:
    answers: list[Outcome] = [Refused(Scope.RECIPIENT, "1", "no"), Unknown("silence"), Accepted()]

    def rule(message: Submission) -> Outcome:
        return answers[int(message.msisdn) % 3]

    campaign = _campaign(stage, 90, Rules(budget=40 * PRICE))
    carrier = Carrier(rule)
    senders = stage.senders({VIETTEL: carrier, OTHER: carrier}, in_flight=1)
    async with stage.working(senders):
        await _until_paused(stage, campaign)
    states = stage.states(campaign)
    assert states[State.UNKNOWN] + states[State.ACCEPTED] == 40
    assert states[State.REJECTED] in {20, 21}


async def test_only_the_pilot_goes_until_the_campaign_is_let_go(stage: Stage) -> None:
    campaign = _campaign(stage, 400, Rules(pilot=100), piloting=True)
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
        await asyncio.sleep(0.6)
        first = len(carrier.asked)
        assert 10 <= first <= 90
        with stage.database.write() as conn:
            conn.exec_driver_sql("UPDATE campaign SET piloting = 0")
        stage.refresh()
        async with asyncio.timeout(20):
            while stage.left(campaign):
                await asyncio.sleep(0.02)
    assert stage.states(campaign) == {State.ACCEPTED: 400}
    assert len({each.msisdn for each in carrier.asked}) == len(carrier.asked) == 400


async def test_a_campaign_keeps_to_its_own_pace_over_all_accounts(stage: Stage) -> None:
    campaign = _campaign(stage, 400, Rules(rate=1_200))
    other = _campaign(stage, 200, Rules(), "others")
    left: list[float] = []

    def rule(message: Submission) -> Outcome:
        left.append(asyncio.get_running_loop().time())
        return Accepted()

    own = Carrier(rule)
    async with stage.working(stage.senders({VIETTEL: own, OTHER: own})):
        async with asyncio.timeout(20):
            while stage.left(other):
                await asyncio.sleep(0.02)
        begun = stage.states(campaign).get(State.ACCEPTED, 0)
        since = asyncio.get_running_loop().time()
        await asyncio.sleep(2)
        sent = stage.states(campaign).get(State.ACCEPTED, 0) - begun
        spent = asyncio.get_running_loop().time() - since
    assert sent <= 20 * spent + 25, "twenty a second, and what a second's patience had under way"
    assert sent >= 10


async def test_a_campaign_with_a_slow_pace_does_not_hold_up_the_others(stage: Stage) -> None:
    slow = _campaign(stage, 8_000, Rules(rate=60), "slow")  # every lane has a chunk of it
    other = _campaign(stage, 3_000, Rules(), "other")
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier}, in_flight=60)):
        async with asyncio.timeout(30):
            while stage.left(other):
                await asyncio.sleep(0.02)
        with stage.database.read() as conn:
            held_up = conn.exec_driver_sql("SELECT COUNT(*) FROM due").scalar_one()
    assert stage.states(other) == {State.ACCEPTED: 3_000}
    assert stage.states(slow)[State.ACCEPTED] < 60
    assert int(held_up) <= 6, "one a lane, where another took the turn"


async def test_nobody_is_written_to_more_often_than_the_cap_says(stage: Stage) -> None:
    stage.cap = Cap(1, 7)
    first = _campaign(stage, 40, Rules(), "first")
    refused = {f"849000000{n:02}" for n in range(10)}

    def rule(message: Submission) -> Outcome:
        if message.msisdn in refused:
            return Refused(Scope.RECIPIENT, "1", "no")
        return Accepted()

    carriers = {VIETTEL: Carrier(rule), OTHER: Carrier(rule)}
    await stage.finish(stage.senders(carriers), first)
    second = stage.campaign(first.audience, SMS_STEPS, name="second")
    urgent = stage.campaign(
        first.audience, SMS_STEPS, name="urgent", rules=Rules(priority=Priority.URGENT)
    )
    refused.clear()
    await stage.finish(stage.senders(carriers), second)
    # Those who refused were not reached by the first, so the second may.
    assert stage.states(second) == {State.SUPPRESSED: 30, State.ACCEPTED: 10}
    with stage.database.read() as conn:
        said = conn.exec_driver_sql("SELECT DISTINCT reason FROM message WHERE state = 10").all()
    assert [row[0] for row in said] == ["cap"]
    await stage.finish(stage.senders(carriers), urgent)
    assert stage.states(urgent) == {State.ACCEPTED: 40}
    stage.clock.pass_(days=8)
    later = stage.campaign(first.audience, SMS_STEPS, name="later")
    await stage.finish(stage.senders(carriers), later)
    assert stage.states(later) == {State.ACCEPTED: 40}


async def test_a_refusal_with_a_next_channel_stays_one_contact(stage: Stage) -> None:
    stage.cap = Cap(1, 7)
    audience = stage.audience([{"name": "An"}] * 20)
    first = stage.campaign(audience, DEFAULT_STEPS, name="first")
    no = Carrier(lambda _: Refused(Scope.RECIPIENT, "-118", "no Zalo"))
    carriers = {ZALO: no, VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), first)
    assert stage.results(first) == {State.ACCEPTED: 20}
    second = stage.campaign(audience, SMS_STEPS, name="second")
    await stage.finish(stage.senders(carriers), second)
    assert stage.states(second) == {State.SUPPRESSED: 20}


async def test_urgent_ones_pass_the_others_on_an_account(stage: Stage) -> None:
    slow = _campaign(stage, 8_000, Rules(), "slow")  # so many that every lane has a chunk of it
    limits = (Limit(Unit.PARTS, 40, timedelta(seconds=1)),)
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier}, limits=limits)):
        while not carrier.asked:
            await asyncio.sleep(0.02)
        urgent = _campaign(stage, 40, Rules(priority=Priority.URGENT), "urgent")
        stage.refresh()
        async with asyncio.timeout(20):
            while stage.left(urgent):
                await asyncio.sleep(0.02)
        assert stage.states(urgent) == {State.ACCEPTED: 40}
        assert stage.states(slow)[State.PENDING] > 7_500


async def test_who_is_suppressed_while_he_waits_for_the_pace_gets_nothing(stage: Stage) -> None:
    # Three lanes start what they could send within a second if it were of one part; it is of three.
    audience = stage.audience([{"parts": "3"}] * 7_000)  # every lane has a chunk of it
    campaign = stage.campaign(audience, (SMS_STEPS[0],))
    carrier = Carrier()
    limits = (Limit(Unit.PARTS, 30, timedelta(seconds=1)),)
    senders = stage.senders({OTHER: carrier, VIETTEL: carrier}, limits=limits)
    async with stage.working(senders), asyncio.timeout(30):
        while not carrier.asked:
            await asyncio.sleep(0.02)
        told = SuppressionList(0, "all", SuppressionScope.ALL, None, "asked", "test", 0, "an")
        with stage.database.write() as conn:
            numbers = [84_900_000_000 + n for n in range(7_000)]
            suppressions.add(conn, suppressions.create(conn, told).id, numbers)
        while stage.left(campaign):
            await asyncio.sleep(0.02)
    states = stage.states(campaign)
    started = 2 * 27
    assert states[State.ACCEPTED] == len(carrier.asked) < started - 10
    assert states[State.SUPPRESSED] == 7_000 - len(carrier.asked)


async def test_a_chunk_that_is_done_is_looked_at_when_its_hours_have_passed(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 30)
    campaign = stage.campaign(audience, rules=Rules(fallback_hours=6))
    carriers = {ZALO: Carrier(), VIETTEL: Carrier(), OTHER: Carrier()}
    async with stage.working(stage.senders(carriers)), asyncio.timeout(20):
        while stage.states(campaign).get(State.ACCEPTED, 0) < 30:
            await asyncio.sleep(0.02)
    with stage.database.read() as conn:
        looks = {row[0] for row in conn.exec_driver_sql("SELECT look_at FROM chunk")}
    assert looks == {int((NOON + timedelta(hours=6)).timestamp() * 1000)}


def _live(stage: Stage, campaign: Campaign, closed: Holidays | None = None) -> Live:
    return Live(campaign, Hours(LEGAL, closed), None)  # type: ignore[arg-type]  # no words here


def test_a_campaign_begins_at_its_time_and_rests_on_holidays(stage: Stage) -> None:
    campaign = _campaign(stage, 1, Rules(starts_at=int(NOON.timestamp() * 1000)))
    tet = Holidays({date(2026, 11, 21): "a day off"})
    live = _live(stage, campaign, tet)
    assert not live.may_send(NOON - timedelta(seconds=1))
    assert live.may_send(NOON)
    assert not live.may_send(NOON + timedelta(days=1))
    assert live.may_send(NOON + timedelta(days=2))
    until = replace(campaign, until=int((NOON + timedelta(hours=1)).timestamp() * 1000))
    assert not _live(stage, until).may_send(NOON + timedelta(hours=1))


async def test_every_sub_batch_is_one_line_in_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    campaign = _campaign(stage, 50, Rules())
    with caplog.at_level(logging.INFO, "outreach.batch"):
        await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    lines = [dict(pair.split("=") for pair in record.message.split()) for record in caplog.records]
    assert sum(int(line["size"]) for line in lines) == 50
    assert sum(int(line["accept"]) for line in lines) == 50
    assert {line["account"] for line in lines} == {"viettel", "other"}
    assert {line["campaign"] for line in lines} == {str(campaign.id)}


def test_the_last_look_is_at_the_campaign_as_it_is_now(stage: Stage) -> None:
    campaign = _campaign(stage, 2, Rules())
    stage.refresh()
    (old,) = stage.roster.sending(stage.clock())
    assert stage.roster.may_still_send(old, stage.clock())
    with stage.database.write() as conn:
        conn.exec_driver_sql(f"UPDATE campaign SET closes = '11:00' WHERE id = {campaign.id}")
    stage.refresh()
    assert not stage.roster.may_still_send(old, stage.clock())

"""Sending, from a planned campaign to recorded results, on both databases."""

import asyncio
from datetime import timedelta

from outreach.carriers.base import Submission
from outreach.delivery.send import AccountSender
from outreach.domain.campaign import CampaignState
from outreach.domain.limit import Limit, Unit
from outreach.domain.message import State
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from outreach.store import campaigns
from tests.delivery.stage import OTHER, SEAL, SMS_STEPS, VIETTEL, ZALO, Carrier, Stage


async def test_everybody_is_sent_to_once(stage: Stage) -> None:
    campaign = stage.run_of(2_345, SMS_STEPS)
    carriers = {VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 2_345}
    assert stage.results(campaign) == {State.ACCEPTED: 2_345}
    keys = [each.key for carrier in carriers.values() for each in carrier.asked]
    assert len(set(keys)) == len(keys) == 2_345


async def test_a_refusal_on_zalo_falls_back_to_sms(stage: Stage) -> None:
    def rule(message: Submission) -> Refused | Accepted:
        if int(message.msisdn) % 3:
            return Accepted("z")
        return Refused(Scope.RECIPIENT, "-118", "no Zalo account")

    campaign = stage.run_of(300)
    carriers = {ZALO: Carrier(rule, Channel.ZALO), VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 300, State.REJECTED: 100}
    assert stage.results(campaign) == {State.ACCEPTED: 300}


async def test_an_unknown_is_never_sent_again_nor_falls_back(stage: Stage) -> None:
    campaign = stage.run_of(50)
    carriers = {ZALO: Carrier(lambda _: Unknown("no answer"), Channel.ZALO), OTHER: Carrier()}
    senders = stage.senders(carriers)
    for sender in senders:
        _never_opens(sender)
    await stage.finish(senders, campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 50}
    assert len(carriers[ZALO].asked) == 50
    assert not carriers[OTHER].asked


async def test_what_did_not_leave_is_tried_again_elsewhere_and_counted(stage: Stage) -> None:
    campaign = stage.run_of(20, SMS_STEPS)
    down = Carrier(lambda _: NotSent("refused"))
    carriers = {VIETTEL: down, OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 20}
    assert len(down.asked) == 10


async def test_spent_attempts_fail(stage: Stage) -> None:
    campaign = stage.run_of(4, (SMS_STEPS[0],))
    carriers = {VIETTEL: Carrier(lambda _: NotSent("x")), OTHER: Carrier(lambda _: NotSent("x"))}
    senders = stage.senders(carriers)
    for sender in senders:
        _never_opens(sender)
    await stage.finish(senders, campaign)
    assert stage.states(campaign) == {State.FAILED: 4}
    assert len(carriers[VIETTEL].asked) + len(carriers[OTHER].asked) == 16


async def test_a_refused_text_pauses_the_campaign_and_loses_nobody(stage: Stage) -> None:
    campaign = stage.run_of(100, SMS_STEPS)
    refuses = Carrier(lambda _: Refused(Scope.TEXT, "146", "no such template"))
    senders = stage.senders({VIETTEL: refuses, OTHER: refuses})
    async with stage.working(senders):
        while _state(stage, campaign.id) is not CampaignState.PAUSED:
            await _tick()
    assert stage.states(campaign) == {State.PENDING: 100}
    with stage.database.read() as conn:
        found = campaigns.get(conn, campaign.id)
    assert found.paused_by == "engine"
    assert "146 no such template" in str(found.paused_why)


async def test_one_poisoned_row_is_rejected_after_a_few_pauses(stage: Stage) -> None:
    poison = "84900000003"

    def rule(message: Submission) -> Refused | Accepted:
        bad = message.msisdn == poison
        return Refused(Scope.TEXT, "146", "no") if bad else Accepted()

    campaign = stage.run_of(20, SMS_STEPS)
    for _ in range(4):
        stage.clock.pass_(seconds=10)  # what was held back at the last pause is due again
        _resume(stage, campaign.id)
        senders = stage.senders({VIETTEL: Carrier(rule), OTHER: Carrier(rule)})
        async with stage.working(senders):
            while _state(stage, campaign.id) is CampaignState.RUNNING and stage.left(campaign):
                await _tick()
    assert stage.states(campaign) == {State.ACCEPTED: 19, State.REJECTED: 1}


async def test_bad_credentials_open_the_breaker_and_lose_nobody(stage: Stage) -> None:
    campaign = stage.run_of(100, SMS_STEPS)
    locked = Carrier(lambda _: Refused(Scope.ACCOUNT, "101", "bad credentials"))
    senders = stage.senders({VIETTEL: locked, OTHER: Carrier()})
    async with stage.working(senders):
        while stage.states(campaign).get(State.ACCEPTED, 0) < 50:
            await _tick()
    assert stage.states(campaign) == {State.PENDING: 50, State.ACCEPTED: 50}
    assert senders[0].breaker.state == "open"
    assert len(locked.asked) <= 30


async def test_a_ported_number_is_learned_and_routed_once(stage: Stage) -> None:
    campaign = stage.run_of(10, SMS_STEPS)
    ported = Refused(Scope.NETWORK, "ALIAS_INVALID", "ported", Network.MOBIFONE)
    carriers = {VIETTEL: Carrier(lambda _: ported), OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 10}
    with stage.database.read() as conn:
        found = conn.exec_driver_sql("SELECT COUNT(*) FROM recipient WHERE learned = 3").scalar()
    assert found == 5
    generations = {_generation(each.key) for each in carriers[OTHER].asked}
    assert generations == {0, 1}


async def test_later_counts_for_nothing(stage: Stage) -> None:
    seen: set[str] = set()

    def rule(message: Submission) -> Later | Accepted:
        if message.msisdn in seen:
            return Accepted()
        seen.add(message.msisdn)
        return Later(timedelta(0), "throttled", throttled=True)

    campaign = stage.run_of(30, (SMS_STEPS[0],))
    await stage.finish(stage.senders({VIETTEL: Carrier(rule), OTHER: Carrier(rule)}), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 30}
    with stage.database.read() as conn:
        assert conn.exec_driver_sql("SELECT MAX(n) FROM attempt").scalar() == 1


async def test_a_duplicate_without_an_unknown_before_it_proves_nothing(stage: Stage) -> None:
    campaign = stage.run_of(6, SMS_STEPS)
    twice = Carrier(lambda _: Duplicate())
    await stage.finish(stage.senders({VIETTEL: twice, OTHER: twice}), campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 6}


async def test_suppressed_and_unrenderable_rows_never_leave(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}, {"broken": "1"}, {"parts": "9"}, {"name": "Ba"}])
    campaign = stage.campaign(audience, SMS_STEPS)
    with stage.database.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO suppression_list (id, name, scope, reason, source, at, created_by)"
            " VALUES (1, 'opted-out', 'all', 'opted out', 'test', 0, '')"
        )
        conn.exec_driver_sql("INSERT INTO suppression (msisdn, list) VALUES (84900000000, 1)")
    carriers = {VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), campaign)
    assert stage.states(campaign) == {
        State.SUPPRESSED: 1,
        State.REJECTED: 2,
        State.ACCEPTED: 1,
    }
    assert [each.msisdn for each in carriers[VIETTEL].asked] == ["84900000003"]


async def test_a_row_that_does_not_fit_one_channel_goes_by_the_next(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}, {"name": "Ba", "sms_only": "1"}])
    campaign = stage.campaign(audience)
    zalo, sms = Carrier(channel=Channel.ZALO), Carrier()
    await stage.finish(stage.senders({ZALO: zalo, VIETTEL: sms, OTHER: Carrier()}), campaign)
    assert [each.msisdn for each in zalo.asked] == ["84900000000"]
    assert [each.msisdn for each in sms.asked] == ["84900000001"]
    assert stage.states(campaign) == {State.ACCEPTED: 2, State.REJECTED: 1}


async def test_no_more_is_under_way_than_the_window(stage: Stage) -> None:
    under_way = most = 0

    async def slow(_: Submission) -> Outcome:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(1.5)
        under_way -= 1
        return Accepted()

    campaign = stage.run_of(4_500, SMS_STEPS)  # so many that every lane has a chunk of its own
    senders = stage.senders({OTHER: Carrier(slow)}, in_flight=7)
    async with stage.working(senders):
        while stage.states(campaign).get(State.ACCEPTED, 0) < 14:
            with stage.database.read() as conn:
                started = conn.exec_driver_sql(
                    "SELECT COALESCE(SUM(started_to - recorded_to), 0) FROM chunk"
                ).scalar_one()
                leased = conn.exec_driver_sql("SELECT COUNT(lease_owner) FROM due").scalar_one()
            assert int(started) + int(leased) <= 7
            await _tick()
    assert 3 <= most <= 7


async def test_who_waits_for_the_pace_is_looked_at_again_before_leaving(stage: Stage) -> None:
    campaign = stage.run_of(40, SMS_STEPS)
    carrier = Carrier()
    slow = (Limit(Unit.PARTS, 4, timedelta(seconds=1)),)
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier}, limits=slow)):
        while not carrier.asked:
            await _tick()
        stage.clock.pass_(hours=11)  # 23:00
        asked = len(carrier.asked)
        await _tick(1.5)
        assert len(carrier.asked) <= asked + 1
    states = stage.states(campaign)
    assert states[State.ACCEPTED] == len(carrier.asked)
    assert sum(states.values()) == 40


async def test_an_account_without_money_is_not_asked_for_everybody(stage: Stage) -> None:
    campaign = stage.run_of(400, SMS_STEPS)
    broke = Carrier(lambda _: Later(timedelta(hours=1), "103 no money", account=True))
    senders = stage.senders({VIETTEL: broke, OTHER: Carrier()})
    async with stage.working(senders):
        while stage.states(campaign).get(State.ACCEPTED, 0) < 200:
            await _tick()
    assert len(broke.asked) <= 30
    assert senders[0].breaker.state == "open"
    assert stage.states(campaign) == {State.PENDING: 200, State.ACCEPTED: 200}


async def test_nothing_leaves_outside_the_window(stage: Stage) -> None:
    stage.clock.pass_(hours=11)  # 23:00
    campaign = stage.run_of(10, SMS_STEPS)
    carriers = {VIETTEL: Carrier(), OTHER: Carrier()}
    async with stage.working(stage.senders(carriers)):
        await _tick(0.5)
        assert not carriers[VIETTEL].asked
        stage.clock.pass_(hours=8)  # 07:00
        while stage.left(campaign):
            await _tick()
    assert stage.states(campaign) == {State.ACCEPTED: 10}


def _never_opens(sender: AccountSender) -> None:
    """Take the breaker out, where the test is about something else."""
    setattr(sender.breaker, "failed", lambda _: None)  # noqa: B010 - a method is replaced


async def _tick(seconds: float = 0.02) -> None:
    await asyncio.sleep(seconds)


def _state(stage: Stage, campaign: int) -> CampaignState:
    with stage.database.read() as conn:
        return campaigns.get(conn, campaign).state


def _resume(stage: Stage, campaign: int) -> None:
    with stage.database.write() as conn:
        conn.exec_driver_sql(f"UPDATE campaign SET state = 'running' WHERE id = {campaign}")


def _generation(key: str) -> int:
    found = SEAL.decode(key)
    assert found is not None
    return found.generation

"""What interrupted, cancelled and expired work comes to."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from outreach.carriers.base import ReceiptWay, Submission
from outreach.delivery import ending
from outreach.delivery.ending import Deadline
from outreach.delivery.sweep import Sweep
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Refused, Scope, Unknown
from outreach.domain.rules import Cap
from outreach.reports import differences
from outreach.store import campaigns, closing, tally
from outreach.store.campaigns import Campaign
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, ZALO, Carrier, Stage
from tests.delivery.test_unknown import Remembers


async def _hang(_: Submission) -> Accepted:
    await asyncio.sleep(3600)
    return Accepted()


async def _killed_midway(stage: Stage, campaign: Campaign, owner: str) -> list[Carrier]:
    """Send with carriers that never answer, then lose the process: no word is recorded."""
    carriers = [Carrier(_hang), Carrier(_hang)]
    senders = stage.senders(dict(zip((VIETTEL, OTHER), carriers, strict=True)), owner)
    stage.refresh()
    tasks = [asyncio.create_task(sender.run()) for sender in senders]
    while not all(carrier.asked for carrier in carriers):
        await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    return carriers


async def test_after_a_kill_only_what_had_started_is_unknown(stage: Stage) -> None:
    campaign = stage.run_of(400, SMS_STEPS)
    carriers = await _killed_midway(stage, campaign, "dead")
    with stage.database.write() as conn:
        closing.forget_leases(conn)
        stage.sweep().recover(conn, {"alive"})
    asked = sum(len(carrier.asked) for carrier in carriers)
    states = stage.states(campaign)
    assert asked <= states[State.UNKNOWN] <= 60
    assert states[State.PENDING] == 400 - states[State.UNKNOWN]
    again = {VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(again, "alive"), campaign)
    requested = [m.msisdn for c in (*carriers, *again.values()) for m in c.asked]
    assert len(requested) == len(set(requested))
    assert stage.results(campaign) == {
        State.UNKNOWN: states[State.UNKNOWN],
        State.ACCEPTED: states[State.PENDING],
    }


async def test_a_living_owner_keeps_its_leases_even_when_the_clock_jumps(stage: Stage) -> None:
    campaign = stage.run_of(100, SMS_STEPS)
    await _killed_midway(stage, campaign, "me")
    stage.clock.pass_(hours=5)
    with stage.database.write() as conn:
        assert stage.sweep().recover(conn, {"me"}) == 0
        assert stage.sweep().recover(conn, {"another"}) > 0


async def test_an_interrupted_exception_is_unknown_too(stage: Stage) -> None:
    campaign = stage.run_of(30)
    no = Refused(Scope.RECIPIENT, "-118", "no account")
    carriers = {ZALO: Carrier(lambda _: no, Channel.ZALO)}
    async with stage.working(stage.senders(carriers)):
        while stage.states(campaign).get(State.REJECTED, 0) < 30:
            await asyncio.sleep(0.01)
    await _killed_midway(stage, campaign, "dead")
    with stage.database.write() as conn:
        closing.forget_leases(conn)
        stage.sweep().recover(conn, {"alive"})
    results = stage.results(campaign)
    assert results[State.UNKNOWN] > 0
    assert results[State.UNKNOWN] + results.get(State.PENDING, 0) == 30


async def test_cancelling_gives_back_what_has_not_left(stage: Stage) -> None:
    campaign = stage.run_of(3_000)
    refuse = Carrier(lambda _: Refused(Scope.RECIPIENT, "-118", "no"), Channel.ZALO)
    async with stage.working(stage.senders({ZALO: refuse})):
        while stage.states(campaign).get(State.REJECTED, 0) < 500:
            await asyncio.sleep(0.01)
        with stage.database.write() as conn:
            found = campaigns.get(conn, campaign.id)
            campaigns.act(conn, found, CampaignAction.CANCEL, "an", 0)
    sweep = stage.sweep()
    closed = 1
    while closed:
        with stage.database.write() as conn:
            closed = sweep.close(conn)
    states = stage.states(campaign)
    assert State.PENDING not in states
    assert stage.results(campaign) == {State.CANCELLED: 3_000}
    assert not stage.left(campaign)


async def test_what_is_too_late_expires(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 50)
    until = int(stage.clock().timestamp() * 1000) + 60_000
    campaign = stage.campaign(audience, SMS_STEPS, until=until)
    stage.clock.pass_(minutes=2)
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
        await asyncio.sleep(0.3)
    assert not carrier.asked
    sweep = stage.sweep()
    with stage.database.write() as conn:
        assert sweep.close(conn) == 50
        sweep.finish(conn)
    assert stage.results(campaign) == {State.EXPIRED: 50}
    with stage.database.read() as conn:
        assert campaigns.get(conn, campaign.id).state == "settled"


async def test_folding_changes_no_figure(stage: Stage) -> None:
    campaign = stage.run_of(500)
    carriers = {ZALO: Carrier(channel=Channel.ZALO), VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), campaign)
    with stage.database.write() as conn:
        before = tally.figures(conn, campaign.id)
        folded = tally.fold(conn, 3)
        assert 0 < folded <= 3
        assert set(tally.figures(conn, campaign.id)) == set(before)
        while tally.fold(conn):
            pass
        assert set(tally.figures(conn, campaign.id)) == set(before)


def _doubtful(stage: Stage, campaign: Campaign, *, leased: bool = False) -> int:
    """Make an exception of the first message that may have left already."""
    message = campaign.id * CAMPAIGN_SPAN + 1
    owner = "'dead'" if leased else "NULL"
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE chunk SET recorded_to = first, started_to = first")
        conn.exec_driver_sql(
            "INSERT INTO due (message, campaign, account, at, why, attempts, snoozes, rerouted,"
            " lease_owner, lease_until, unknown_until, parts)"
            f" VALUES ({message}, {campaign.id}, {OTHER}, 0, 'no answer', 1, 0, 0,"
            f" {owner}, 0, 99, 3)"
        )
    return message


@pytest.mark.parametrize("event", [CampaignAction.CANCEL, None])
async def test_what_may_have_left_is_unknown_however_its_campaign_ends(
    stage: Stage, event: CampaignAction | None
) -> None:
    audience = stage.audience([{"name": "An"}] * 4)
    until = int(stage.clock().timestamp() * 1000) + 60_000
    campaign = stage.campaign(audience, SMS_STEPS, until=until)
    _doubtful(stage, campaign)
    stage.clock.pass_(minutes=2)
    with stage.database.write() as conn:
        if event:
            campaigns.act(conn, campaigns.get(conn, campaign.id), event, "an", 0)
        stage.sweep().close(conn)
    other = State.CANCELLED if event else State.EXPIRED
    assert stage.states(campaign) == {State.UNKNOWN: 1, other: 3}
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []
        cost = sum(f.parts for f in tally.figures(conn, campaign.id))
    assert cost == 3  # it may have been billed


def test_one_that_was_asked_about_when_the_engine_died_is_unknown(stage: Stage) -> None:
    campaign = stage.run_of(4, SMS_STEPS)
    _doubtful(stage, campaign, leased=True)
    with stage.database.write() as conn:
        assert stage.sweep().recover(conn, {"me"}) == 1
        assert [f.parts for f in tally.figures(conn, campaign.id) if f.parts] == [3]
    assert stage.states(campaign) == {State.UNKNOWN: 1, State.PENDING: 3}


async def test_a_cancelled_campaign_hears_its_receipts_until_the_deadline(stage: Stage) -> None:
    campaign, sweep = stage.run_of(60, SMS_STEPS), stage.sweep()
    async with stage.working(stage.senders({OTHER: Carrier()})):
        while stage.left(campaign) > 30:  # the other account's are left
            await asyncio.sleep(0.02)
    with stage.database.write() as conn:
        found = campaigns.get(conn, campaign.id)
        campaigns.act(conn, found, CampaignAction.CANCEL, "an", 0)
    for _ in range(3):
        _round(stage, sweep)
    with stage.database.read() as conn:
        assert campaigns.get(conn, campaign.id).settled_at is None
    stage.clock.pass_(hours=2)
    for _ in range(3):
        _round(stage, sweep)
    with stage.database.read() as conn:
        ended = campaigns.get(conn, campaign.id)
    assert ended.state is CampaignState.CANCELLED
    assert ended.settled_at == int(stage.clock().timestamp() * 1000)
    assert stage.states(campaign) == {State.UNCONFIRMED: 30, State.CANCELLED: 30}


def _round(stage: Stage, sweep: Sweep) -> None:
    for job in sweep.jobs({"me"}):
        with stage.database.write() as conn:
            job(conn)


async def test_a_draft_that_is_cancelled_settles_too(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 4)
    campaign = stage.campaign(audience, SMS_STEPS, state=CampaignState.CANCELLED)
    for _ in range(3):
        _round(stage, stage.sweep())
    with stage.database.read() as conn:
        assert campaigns.get(conn, campaign.id).settled_at is not None


async def test_giving_up_goes_on_where_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_WINDOW", 10)
    campaign, sweep = stage.run_of(64, SMS_STEPS), stage.sweep()
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    _round(stage, sweep)
    stage.clock.pass_(hours=2)
    for _ in range(8):  # seven windows, and a look that nothing is left
        _round(stage, sweep)
    with stage.database.read() as conn:
        assert campaigns.get(conn, campaign.id).state is CampaignState.SETTLED
    assert stage.states(campaign) == {State.UNCONFIRMED: 32, State.ACCEPTED: 32}


def test_the_work_of_an_account_that_is_gone_goes_to_the_next(stage: Stage) -> None:
    campaign = stage.run_of(40, SMS_STEPS)
    way = Deadline(timedelta(hours=1), ReceiptWay.PUSHED)
    with stage.database.write() as conn:
        Sweep(stage.clock, {VIETTEL: way}).rescue(conn)
    # One network has nobody but the one that is gone: its messages wait.
    assert _accounts(stage, campaign) == {VIETTEL: 20, OTHER: 20}
    with stage.database.write() as conn:
        Sweep(stage.clock, {OTHER: way}).rescue(conn)
        assert differences(conn, campaign.id) == []
    assert _accounts(stage, campaign) == {OTHER: 40}


def _accounts(stage: Stage, campaign: Campaign) -> dict[int, int]:
    start = campaign.id * CAMPAIGN_SPAN
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql(
            f"SELECT account, COUNT(*) FROM message WHERE id > {start} GROUP BY account"
        )
        return {row[0]: row[1] for row in rows}


def test_a_paused_campaign_past_its_last_moment_is_finished_and_settled(stage: Stage) -> None:
    campaign = stage.run_of(4, SMS_STEPS)
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE campaign SET state = 'paused', until = 1")
    sweep = stage.sweep()
    for _ in range(3):
        for job in sweep.jobs(()):
            with stage.database.write() as conn:
                job(conn)
        stage.clock.pass_(hours=2)
    with stage.database.read() as conn:
        assert campaigns.get(conn, campaign.id).state is CampaignState.SETTLED
    assert stage.states(campaign) == {State.EXPIRED: 4}


def test_a_paused_campaign_that_has_time_waits_for_people(stage: Stage) -> None:
    campaign = stage.run_of(4, SMS_STEPS)
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE campaign SET state = 'paused'")
        conn.exec_driver_sql("DELETE FROM chunk")
        stage.sweep().finish(conn)
        assert campaigns.get(conn, campaign.id).state is CampaignState.PAUSED


async def test_what_may_have_left_on_an_account_that_is_gone_ends_unknown(stage: Stage) -> None:
    campaign = stage.run_of(2, SMS_STEPS)
    wait = timedelta(minutes=5)
    stage.policy = replace(stage.policy, first_backoff=wait, longest_backoff=wait)
    senders = stage.senders({VIETTEL: Remembers(says=[Unknown("silence")]), OTHER: Carrier()})
    async with stage.working(senders):
        while stage.left(campaign) > 1 or State.ACCEPTED not in stage.states(campaign):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
    sweep = Sweep(stage.clock, {OTHER: Deadline(timedelta(hours=1), ReceiptWay.PUSHED)})
    with stage.database.write() as conn:
        assert sweep.end_doubt(conn) == 0, "it may still be asked for"
        stage.clock.pass_(hours=2)
        assert sweep.end_doubt(conn) == 1
    assert stage.states(campaign) == {State.ACCEPTED: 1, State.UNKNOWN: 1}
    assert stage.left(campaign) == 0
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []


def test_old_contacts_are_dropped_once_a_day(stage: Stage) -> None:
    now, day = int(stage.clock().timestamp() * 1000), 86_400_000
    with stage.database.write() as conn:
        for age in (1, 29, 31, 90):
            conn.exec_driver_sql(f"INSERT INTO contact VALUES (1, {age}, {now - age * day})")
    sweep = Sweep(stage.clock, {}, Cap(1, 30))

    def left() -> list[int]:
        for _ in range(200):
            for job in sweep.jobs(()):
                with stage.database.write() as conn:
                    job(conn)
        with stage.database.read() as conn:
            rows = conn.exec_driver_sql("SELECT message FROM contact ORDER BY message")
            return [row[0] for row in rows]

    assert left() == [1, 29]
    stage.clock.pass_(days=2)
    assert left() == [1]

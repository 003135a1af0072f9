"""What interrupted, cancelled and expired work comes to."""

import asyncio

from outreach.carriers.base import Submission
from outreach.domain.campaign import CampaignAction
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Refused, Scope
from outreach.store import campaigns, closing, tally
from outreach.store.campaigns import Campaign
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, ZALO, Carrier, Stage


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
        stage.sweep("alive").recover(conn)
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
        assert stage.sweep("me").recover(conn) == 0
        assert stage.sweep("another").recover(conn) > 0


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
        stage.sweep("alive").recover(conn)
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

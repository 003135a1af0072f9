"""What begins and is held by the clock: schedules and pilots."""

import asyncio

from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.rules import Rules
from outreach.store import audit, campaigns
from outreach.store.campaigns import Campaign
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage


def _now(stage: Stage) -> int:
    return int(stage.clock().timestamp() * 1000)


def _found(stage: Stage, campaign: Campaign) -> Campaign:
    with stage.database.read() as conn:
        return campaigns.get(conn, campaign.id)


def test_a_released_campaign_begins_at_its_time(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 10)
    rules = Rules(starts_at=_now(stage) + 60_000)
    planned = stage.campaign(audience, SMS_STEPS, rules=rules, state=CampaignState.SCHEDULED)
    sweep = stage.sweep()

    def begun() -> bool:
        with stage.database.write() as conn:
            sweep.begin(conn)
        return _found(stage, planned).state is CampaignState.RUNNING

    assert not begun()
    stage.clock.pass_(seconds=61)
    assert not begun()  # nobody has released it
    with stage.database.write() as conn:
        campaigns.move(conn, _found(stage, planned), planned.state, released_at=_now(stage))
    stage.clock.pass_(seconds=-2)
    assert not begun()
    stage.clock.pass_(seconds=2)
    assert begun()
    with stage.database.read() as conn:
        told = audit.history(conn, f"campaign:{planned.id}")[-1]
    assert (told.actor, told.action) == ("engine", "campaign.start")
    assert _found(stage, planned).started_at == _now(stage)


def _pilot(stage: Stage, people: int = 400, **rules: int) -> Campaign:
    audience = stage.audience([{"name": "An"}] * people)
    return stage.campaign(audience, SMS_STEPS, rules=Rules(**rules), piloting=True)  # type: ignore[arg-type]


async def _send_pilot(stage: Stage, campaign: Campaign, carrier: Carrier) -> Campaign:
    """Send and sweep until the campaign is held, or has nothing left."""
    sweep = stage.sweep()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
        while _found(stage, campaign).state is CampaignState.RUNNING:
            await asyncio.sleep(0.02)
            with stage.database.write() as conn:
                sweep.hold(conn)
                sweep.finish(conn)
    return _found(stage, campaign)


async def test_after_the_pilot_the_campaign_is_held_until_people_say_go(stage: Stage) -> None:
    campaign, carrier = _pilot(stage, pilot=100), Carrier()
    held = await _send_pilot(stage, campaign, carrier)
    sent = len(carrier.asked)
    assert 10 <= sent <= 80  # a tenth of 400, by a hash
    assert held.state is CampaignState.PAUSED
    assert held.paused_why == f"pilot: {sent} people ({sent} accepted); look, then resume"
    with stage.database.write() as conn:
        campaigns.act(conn, held, CampaignAction.RESUME, "an", 0, None, piloting=0)
    await _send_pilot(stage, campaign, carrier)
    assert len({message.msisdn for message in carrier.asked}) == 400
    assert stage.results(campaign) == {State.ACCEPTED: 400}


def test_a_pilot_waits_for_its_exceptions_but_not_for_long(stage: Stage) -> None:
    campaign, sweep = _pilot(stage, pilot=100), stage.sweep()

    def held(due_in: float) -> bool:
        at = _now(stage) + int(due_in * 60_000)
        with stage.database.write() as conn:
            conn.exec_driver_sql("UPDATE chunk SET recorded_to = last WHERE pilot = 1")
            conn.exec_driver_sql("DELETE FROM due")
            conn.exec_driver_sql(
                "INSERT INTO due (message, campaign, account, at, why, attempts, snoozes,"
                " rerouted, lease_until)"
                f" VALUES ({campaign.id * CAMPAIGN_SPAN + 1}, {campaign.id}, 3, {at},"
                " 'busy', 0, 0, 0, 0)"
            )
            sweep.hold(conn)
        return _found(stage, campaign).state is CampaignState.PAUSED

    with stage.database.write() as conn:
        sweep.hold(conn)
    assert _found(stage, campaign).state is CampaignState.RUNNING
    assert not held(due_in=9)
    assert held(due_in=11)


def test_a_campaign_that_is_all_pilot_is_not_held(stage: Stage) -> None:
    campaign, sweep = _pilot(stage, pilot=999), stage.sweep()
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE chunk SET recorded_to = last")
        sweep.hold(conn)
    assert _found(stage, campaign).state is CampaignState.RUNNING

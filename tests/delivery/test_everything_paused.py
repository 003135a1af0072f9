"""A pause of everything: nothing is sent, begins, falls back or reminds, and all goes on after."""

import asyncio
from collections.abc import Sequence

from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.outcome import Refused, Scope
from outreach.domain.rules import Rules
from outreach.store import campaigns, installation
from outreach.store.campaigns import Campaign
from outreach.store.installation import Pause
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, ZALO, Carrier, Stage

_BLOCKED = Refused(Scope.RECIPIENT, "105", "blocked")


def _pause(stage: Stage) -> None:
    with stage.database.write() as conn:
        assert installation.pause(conn, Pause(1, "quan", "a copy"))


def _resume(stage: Stage) -> None:
    with stage.database.write() as conn:
        assert installation.resume(conn)


def _sweep(stage: Stage) -> None:
    for job in stage.sweep().jobs(()):
        with stage.database.write() as conn:
            job(conn)


def _all(stage: Stage) -> Sequence[Campaign]:
    with stage.database.read() as conn:
        return campaigns.in_state(conn, *CampaignState)


async def test_sending_stops_between_two_portions_and_goes_on(stage: Stage) -> None:
    campaign = stage.run_of(600, SMS_STEPS)
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
        while len(carrier.asked) < 60:
            await asyncio.sleep(0)
        _pause(stage)
        stage.refresh()
        await asyncio.sleep(0.2)  # what had begun is answered
        asked = len(carrier.asked)
        stage.refresh()
        await asyncio.sleep(0.3)
        assert len(carrier.asked) == asked < 600
    _resume(stage)
    stage.clock.pass_(minutes=1)  # what was held back at the last moment is taken up later
    await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 600}
    assert len(carrier.asked) == 600


def test_what_was_released_does_not_begin(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 10)
    now = int(stage.clock().timestamp() * 1000)
    planned = stage.campaign(
        audience, SMS_STEPS, rules=Rules(starts_at=now), state=CampaignState.SCHEDULED
    )
    with stage.database.write() as conn:
        campaigns.move(conn, planned, planned.state, released_at=now)
    _pause(stage)
    _sweep(stage)
    assert [each.state for each in _all(stage)] == [CampaignState.SCHEDULED]
    _resume(stage)
    _sweep(stage)
    assert [each.state for each in _all(stage)] == [CampaignState.RUNNING]


async def test_no_reminder_is_made_nor_planned(stage: Stage) -> None:
    made = stage.campaign(
        stage.audience([{"name": "An"}] * 9), SMS_STEPS, rules=Rules(waves=1, wave_days=1)
    )
    with stage.database.write() as conn:
        campaigns.move(conn, made, made.state, approver="binh", approved_hash="h", started_at=0)
    carrier = Carrier(lambda _: _BLOCKED)
    await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}), made)
    _sweep(stage)
    stage.clock.pass_(hours=25)
    _pause(stage)
    _sweep(stage)
    assert len(_all(stage)) == 1
    _resume(stage)
    _sweep(stage)
    assert _all(stage)[1].planned_to == 0
    _pause(stage)
    _sweep(stage)
    assert _all(stage)[1].planned_to == 0
    _resume(stage)
    _sweep(stage)
    assert _all(stage)[1].planned_to > 0


async def test_nobody_falls_back(stage: Stage) -> None:
    people = stage.audience([{"name": "An"}] * 6)
    campaign = stage.campaign(people, rules=Rules(fallback_hours=6))
    await stage.finish(stage.senders({ZALO: Carrier()}), campaign)
    stage.clock.pass_(hours=7)
    _pause(stage)
    with stage.database.write() as conn:
        assert stage.sweep().look(conn) == 0
    _resume(stage)
    with stage.database.write() as conn:
        assert stage.sweep().look(conn) == 6

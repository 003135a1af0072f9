"""The cap over campaigns counts who was written to, and nobody else."""

import asyncio
from datetime import timedelta

import pytest

from outreach.domain.campaign import CampaignAction
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope
from outreach.domain.rules import Cap, Rules
from outreach.store import campaigns
from outreach.store.campaigns import Campaign
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, ZALO, Carrier, Stage

PEOPLE = 6
_NIGHT = Later(timedelta(hours=1), "night")
_NO = Refused(Scope.RECIPIENT, "-118", "no account")


def _contacts(stage: Stage) -> int:
    with stage.database.read() as conn:
        return int(conn.exec_driver_sql("SELECT COUNT(*) FROM contact").scalar_one())


def _cancel(stage: Stage, campaign: Campaign) -> None:
    with stage.database.write() as conn:
        found = campaigns.get(conn, campaign.id)
        campaigns.act(conn, found, CampaignAction.CANCEL, "an", 0)
        stage.sweep().close(conn)


async def _held(stage: Stage, campaign: Campaign) -> None:
    """Let a campaign begin until all that is left waits."""
    waiting = f"SELECT COUNT(*) FROM due WHERE campaign = {campaign.id} AND lease_owner IS NULL"
    async with asyncio.timeout(20):
        while True:
            await asyncio.sleep(0.02)
            with stage.database.read() as conn:
                if conn.exec_driver_sql(waiting).scalar() == PEOPLE:
                    return


async def test_who_was_only_held_back_is_forgotten_when_it_is_cancelled(stage: Stage) -> None:
    stage.cap = Cap(1, 30)
    campaign = stage.run_of(PEOPLE, SMS_STEPS)
    later = Carrier(lambda _: _NIGHT)
    async with stage.working(stage.senders({VIETTEL: later, OTHER: later})):
        await _held(stage, campaign)
    assert _contacts(stage) == PEOPLE
    _cancel(stage, campaign)
    assert stage.states(campaign) == {State.CANCELLED: PEOPLE}
    assert _contacts(stage) == 0


@pytest.mark.parametrize(("zalo", "contacts"), [(Accepted(), PEOPLE), (_NO, 0)])
async def test_a_fallback_that_is_cancelled_keeps_the_contact_that_was_made(
    stage: Stage, zalo: Outcome, contacts: int
) -> None:
    stage.cap = Cap(1, 30)
    audience = stage.audience([{"name": "An"}] * PEOPLE)
    campaign = stage.campaign(audience, rules=Rules(fallback_hours=1))
    async with stage.working(stage.senders({ZALO: Carrier(lambda _: zalo, Channel.ZALO)})):
        while (
            State.PENDING in (states := stage.states(campaign)) and sum(states.values()) == PEOPLE
        ):
            await asyncio.sleep(0.02)
    stage.clock.pass_(minutes=61)
    with stage.database.write() as conn:
        stage.sweep().look(conn)
    _cancel(stage, campaign)
    assert stage.states(campaign)[State.CANCELLED] == PEOPLE
    assert _contacts(stage) == contacts


async def test_a_fallback_dates_its_contact_anew(stage: Stage) -> None:
    """It leaves a week after the first channel: who wrote to people then is counted from there."""
    stage.cap = Cap(1, 7)
    audience = stage.audience([{"name": "An"}] * PEOPLE)
    first = stage.campaign(audience, rules=Rules(fallback_hours=1))
    await stage.finish(stage.senders({ZALO: Carrier(channel=Channel.ZALO)}), first)
    stage.clock.pass_(minutes=8 * 24 * 60)
    with stage.database.write() as conn:
        assert stage.sweep().look(conn) == PEOPLE
    sms = Carrier()
    await stage.finish(stage.senders({VIETTEL: sms, OTHER: sms}), first)
    assert len(sms.asked) == PEOPLE
    second = stage.campaign(audience, SMS_STEPS, name="another")
    await stage.finish(stage.senders({VIETTEL: sms, OTHER: sms}), second)
    assert len(sms.asked) == PEOPLE
    assert stage.states(second) == {State.SUPPRESSED: PEOPLE}

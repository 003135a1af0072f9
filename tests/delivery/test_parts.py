"""What one that may have left costs: its true parts, by whatever it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from outreach.carriers.base import Submission
from outreach.delivery.judge import Policy
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import Event, State
from outreach.domain.outcome import Accepted, Outcome, Unknown
from outreach.reports import differences
from outreach.store import campaigns, closing, doubtful, messages
from outreach.store.campaigns import Campaign
from outreach.store.messages import Change
from tests.delivery.heard import Namer
from tests.delivery.stage import OTHER, SMS_STEPS, Stage

HOUR = timedelta(hours=1)
PARTS = 3


def _campaign(stage: Stage) -> Campaign:
    audience = stage.audience([{"name": "An", "parts": str(PARTS)}])
    return stage.campaign(audience, SMS_STEPS)


@asynccontextmanager
async def _doubtful(stage: Stage, campaign: Campaign) -> AsyncIterator[None]:
    """One message that may have left, and is to be asked for again in an hour."""
    stage.policy = Policy(first_backoff=HOUR, longest_backoff=HOUR)
    carrier = Namer(lambda _: Unknown("silence"), carries_key=True, window=24 * HOUR)
    async with stage.working(stage.senders({OTHER: carrier})):
        while stage.left(campaign) != 1 or not _waits(stage):
            await asyncio.sleep(0.02)
        yield


def _waits(stage: Stage) -> bool:
    with stage.database.read() as conn:
        told = conn.exec_driver_sql("SELECT 1 FROM due WHERE unknown_until IS NOT NULL")
        return told.first() is not None


def _cost(stage: Stage, campaign: Campaign) -> tuple[State, int]:
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []
        row = conn.exec_driver_sql("SELECT state, parts FROM message").one()
        assert conn.exec_driver_sql("SELECT COUNT(*) FROM due").scalar() == 0
        return State(row[0]), row[1]


async def test_a_receipt_ends_it(stage: Stage) -> None:
    campaign = _campaign(stage)
    async with _doubtful(stage, campaign):
        change = Change(campaign.id * CAMPAIGN_SPAN + 1, Event.DELIVERED, parts=1)
        with stage.database.write() as conn:
            messages.apply(conn, [change], 20261120)
    assert _cost(stage, campaign) == (State.DELIVERED, PARTS)


async def test_it_is_too_late_to_ask(stage: Stage) -> None:
    campaign = _campaign(stage)
    async with _doubtful(stage, campaign):
        now = int((stage.clock() + 30 * HOUR).timestamp() * 1000)
        with stage.database.write() as conn:
            assert doubtful.end(conn, now, 20261120) == 1
    assert _cost(stage, campaign) == (State.UNKNOWN, PARTS)


async def test_the_campaign_is_cancelled(stage: Stage) -> None:
    campaign = _campaign(stage)
    async with _doubtful(stage, campaign):
        with stage.database.write() as conn:
            campaigns.act(conn, campaign, CampaignAction.CANCEL, "an", 0)
            assert campaigns.get(conn, campaign.id).state is CampaignState.CANCELLED
            assert closing.close_some(conn, campaign.id, Event.CANCEL, 20261120) == 1
    assert _cost(stage, campaign) == (State.UNKNOWN, PARTS)


async def test_it_is_suppressed_meanwhile(stage: Stage) -> None:
    campaign = _campaign(stage)
    async with _doubtful(stage, campaign):
        with stage.database.write() as conn:
            conn.exec_driver_sql(
                "INSERT INTO suppression_list (name, scope, reason, source, at, created_by,"
                " importing) VALUES ('l', 'all', 'asked', 'hotline', 0, 'an', 0)"
            )
            conn.exec_driver_sql(
                "INSERT INTO suppression SELECT 84900000000, id FROM suppression_list"
            )
        stage.clock.now += HOUR
        while stage.left(campaign):
            await asyncio.sleep(0.02)
    assert _cost(stage, campaign) == (State.UNKNOWN, PARTS)


@pytest.mark.parametrize("said", [Accepted(), Unknown("silence")])
async def test_a_slow_answer_finds_its_parts(stage: Stage, said: Outcome) -> None:
    """It is parked: what it would cost stands beside it until its answer comes."""
    heard = asyncio.Event()

    async def slow(_: Submission) -> Outcome:
        await heard.wait()
        return said

    campaign = _campaign(stage)
    async with stage.working(stage.senders({OTHER: Namer(slow, carries_key=True)})):
        while not _parked(stage):
            await asyncio.sleep(0.02)
        parked = _parked(stage)
        heard.set()
        while stage.left(campaign):
            await asyncio.sleep(0.02)
    assert parked == [PARTS]
    assert _cost(stage, campaign)[1] == PARTS


def _parked(stage: Stage) -> list[int]:
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT parts FROM due WHERE lease_owner IS NOT NULL").all()
        return [row[0] for row in rows]

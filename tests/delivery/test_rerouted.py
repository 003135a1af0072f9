"""A campaign whose routes are amended on the way: everybody once, the rest by the new account."""

import asyncio
from collections import Counter
from dataclasses import replace

from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.reports.proof import differences
from outreach.store import campaigns
from outreach.store.campaigns import Campaign, Step
from outreach.store.rerouting import move_some
from tests.delivery.stage import NETWORKS, OTHER, VIETTEL, Carrier, Stage

PEOPLE = 2_500


async def test_an_amended_plan_sends_to_everybody_once(stage: Stage) -> None:
    before = (Step(Channel.SMS, dict.fromkeys(NETWORKS, (VIETTEL,))),)
    after = (Step(Channel.SMS, dict.fromkeys(NETWORKS, (VIETTEL, OTHER)), {OTHER: 1}),)
    campaign = stage.run_of(PEOPLE, before)
    carriers = {VIETTEL: Carrier(), OTHER: Carrier()}
    senders = stage.senders(carriers)
    async with stage.working(senders):
        while len(carriers[VIETTEL].asked) < 300:
            await asyncio.sleep(0.005)
        move(stage, campaign, CampaignState.RUNNING, CampaignState.PAUSED)
    sent = len(carriers[VIETTEL].asked)
    while reroute(stage, campaign, after):
        pass
    move(stage, campaign, CampaignState.PAUSED, CampaignState.RUNNING)
    await stage.finish(stage.senders(carriers), campaign)
    asked = Counter(each.key for carrier in carriers.values() for each in carrier.asked)
    assert len(asked) == asked.total() == PEOPLE
    assert 300 <= len(carriers[VIETTEL].asked) == sent < PEOPLE
    assert stage.states(campaign) == {State.ACCEPTED: PEOPLE}
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []


def move(stage: Stage, campaign: Campaign, before: CampaignState, to: CampaignState) -> None:
    with stage.database.write() as conn:
        campaigns.move(conn, replace(campaign, state=before), to)
    stage.refresh()


def reroute(stage: Stage, campaign: Campaign, steps: tuple[Step, ...]) -> int:
    with stage.database.write() as conn:
        return move_some(conn, campaign, steps)

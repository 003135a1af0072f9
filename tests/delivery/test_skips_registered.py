"""Who has the app already is left out of a campaign that asks to install it, and of no other."""

import asyncio
from collections import Counter
from dataclasses import replace

from outreach.carriers.base import Submission
from outreach.domain.message import State
from outreach.domain.outcome import Accepted
from outreach.domain.rules import Rules
from outreach.store import registrations, suppressions, tally, work
from outreach.store.campaigns import Campaign
from outreach.store.registrations import RegistrationList
from outreach.store.responses import Kind
from outreach.store.suppressions import SuppressionList, SuppressionScope
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

NUMBERS = [84_900_000_000 + n for n in range(4)]
SKIPS = Rules(skips_registered=True)


def _register(stage: Stage, numbers: list[int], kind: Kind = Kind.REGISTERED) -> None:
    told = RegistrationList(0, kind.name, kind, "BHXH", 0, "an")
    with stage.database.write() as conn:
        registrations.add(conn, registrations.create(conn, told), 20261119, numbers)


async def _sent(stage: Stage, campaign: Campaign) -> dict[State, int]:
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    return stage.states(campaign)


def _reasons(stage: Stage, campaign: Campaign) -> dict[str, int]:
    with stage.database.read() as conn:
        found = tally.figures(conn, campaign.id)
    counted: Counter[str] = Counter()
    for each in found:
        if each.group.state is State.SUPPRESSED:
            counted[each.group.reason] += each.messages
    return counted


async def test_only_who_has_not_got_it_is_asked_to_install(stage: Stage) -> None:
    _register(stage, NUMBERS[:1])
    _register(stage, NUMBERS[1:2], Kind.INSTALLED)
    audience = stage.audience([{"name": "An"}] * 4)
    campaign = stage.campaign(audience, SMS_STEPS, rules=SKIPS)
    assert await _sent(stage, campaign) == {State.SUPPRESSED: 2, State.ACCEPTED: 2}
    assert _reasons(stage, campaign) == {work.REGISTERED: 2}


async def test_a_campaign_without_the_rule_writes_to_everybody(stage: Stage) -> None:
    _register(stage, NUMBERS)
    assert await _sent(stage, stage.run_of(4, SMS_STEPS)) == {State.ACCEPTED: 4}


async def test_who_asked_for_silence_has_not_got_the_app_by_that(stage: Stage) -> None:
    told = SuppressionList(
        0, "asked", SuppressionScope.AD, None, "asked", "test", 0, "an", opt_outs=True
    )
    with stage.database.write() as conn:
        held = suppressions.create(conn, told)
        counted = registrations.opt_outs(conn, held.id)
        assert counted is not None
        registrations.add(conn, counted, 20261119, NUMBERS[:3])
        suppressions.add(conn, held.id, NUMBERS[:3])
    _register(stage, NUMBERS[:1])
    audience = stage.audience([{"name": "An"}] * 4)
    campaign = stage.campaign(audience, SMS_STEPS, rules=SKIPS)
    assert await _sent(stage, campaign) == {State.SUPPRESSED: 1, State.ACCEPTED: 3}
    assert _reasons(stage, campaign) == {work.REGISTERED: 1}
    advertising = stage.campaign(audience, SMS_STEPS, rules=SKIPS, name="ad", message_class="ad")
    assert await _sent(stage, advertising) == {State.SUPPRESSED: 3, State.ACCEPTED: 1}
    assert _reasons(stage, advertising) == {work.SUPPRESSION: 3}


async def test_who_asked_for_silence_is_told_of_first(stage: Stage) -> None:
    _register(stage, NUMBERS)
    told = SuppressionList(0, "list", SuppressionScope.ALL, None, "asked", "test", 0, "an")
    with stage.database.write() as conn:
        suppressions.add(conn, suppressions.create(conn, told).id, NUMBERS[:1])
    audience = stage.audience([{"name": "An"}] * 4)
    campaign = stage.campaign(audience, SMS_STEPS, rules=SKIPS)
    assert await _sent(stage, campaign) == {State.SUPPRESSED: 4}
    assert _reasons(stage, campaign) == {work.SUPPRESSION: 1, work.REGISTERED: 3}


async def test_a_list_that_comes_meanwhile_holds_from_the_next_sub_batch_on(stage: Stage) -> None:
    everybody = [84_900_000_000 + n for n in range(60)]
    audience = stage.audience([{"name": "An"}] * 60)
    campaign = stage.campaign(audience, SMS_STEPS, rules=SKIPS)
    asked: list[str] = []

    async def rule(message: Submission) -> Accepted:
        asked.append(message.msisdn)
        if len(asked) == 1:
            await asyncio.to_thread(_register, stage, everybody)
        return Accepted()

    carrier = Carrier(rule)
    await stage.finish(stage.senders({OTHER: carrier, VIETTEL: carrier}, in_flight=3), campaign)
    left = 60 - len(asked)
    assert stage.states(campaign) == {State.ACCEPTED: len(asked), State.SUPPRESSED: left}
    assert left >= 20, "what was under way when the list was stored, and no more"


def test_who_registers_while_a_message_waits_is_found(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 4)
    asks = stage.campaign(audience, SMS_STEPS, rules=SKIPS)
    plain = stage.campaign(audience, SMS_STEPS, name="plain")
    _register(stage, NUMBERS[:1])
    with stage.database.read() as conn:
        for campaign, held in ((asks, 1), (plain, 0)):
            ids = conn.exec_driver_sql(
                f"SELECT id FROM message WHERE id / 1000000000 = {campaign.id}"
            )
            found = work.withheld(conn, campaign.id, list(ids.scalars()), 0)
            assert list(found.values()) == [work.REGISTERED] * held


def test_the_rule_is_kept_with_the_campaign_and_its_approval() -> None:
    assert SKIPS.to_dict() == {"skips_registered": True}
    assert Rules.from_dict(SKIPS.to_dict()) == SKIPS
    assert replace(SKIPS, skips_registered=False).to_dict() == {}

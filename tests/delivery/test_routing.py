"""Who carries a message next: in order, round and round; first choices by weight."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import text

from outreach.delivery.routing import alternative, fallback
from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN, MessageId
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Refused, Scope
from outreach.domain.rules import Rules
from outreach.store import planning
from outreach.store.campaigns import Campaign, Step
from outreach.store.choice import first_choice
from tests.delivery.stage import DEFAULT_STEPS, NETWORKS, OTHER, VIETTEL, Carrier, Stage
from tests.delivery.stage import ZALO as ZALO_ACCOUNT

SMS = Step(Channel.SMS, {Network.VIETTEL: (1, 2, 3), Network.MOBIFONE: (2,), Network.ITEL: ()})
ZALO = Step(Channel.ZALO, {Network.VIETTEL: (7,), Network.MOBIFONE: (7,)})
PEOPLE = 10_000
PERSON = 8 * CAMPAIGN_SPAN + 1
NO = Refused(Scope.RECIPIENT, "-118", "no account")


def campaign(*steps: Step) -> Campaign:
    return Campaign(
        4, "c", CampaignState.RUNNING, 1, None, (), "p", "care", {}, steps, "07:00", "22:00", None,
        "an", "binh", "h", None, None, 0, 0, 0, None, None, None,
    )  # fmt: skip


def message(number: int = 1, step: int = 0) -> int:
    return int(MessageId(4, step, number))


@pytest.mark.parametrize(
    ("network", "account", "after"),
    [
        (Network.VIETTEL, 1, 2),
        (Network.VIETTEL, 2, 3),
        (Network.VIETTEL, 3, 1),
        (Network.VIETTEL, 9, 1),
        (Network.MOBIFONE, 2, None),
        (Network.MOBIFONE, 1, 2),
        (Network.ITEL, 1, None),
        (Network.GMOBILE, 1, None),
    ],
)
def test_failover_goes_round_the_accounts_that_serve_the_network(
    network: Network, account: int, after: int | None
) -> None:
    assert alternative(campaign(SMS), message(), PERSON, network, account) == after


@pytest.mark.parametrize(
    ("network", "step", "account"),
    [
        (Network.VIETTEL, 0, 1),
        (Network.MOBIFONE, 0, 2),
        (Network.ITEL, 0, None),
        (Network.VIETTEL, 1, None),
    ],
)
def test_a_fallback_is_the_next_channels_first_choice(
    network: Network, step: int, account: int | None
) -> None:
    assert fallback(campaign(ZALO, SMS), message(step=step), PERSON, network) == account


def test_a_message_beyond_an_amended_plan_has_no_alternative() -> None:
    assert alternative(campaign(SMS), message(step=1), PERSON, Network.VIETTEL, 1) is None


def test_first_choices_are_shared_by_weight_and_stay_the_same() -> None:
    weighted = campaign(ZALO, replace(SMS, weights={1: 1, 3: 3}))
    people = range(PERSON, PERSON + PEOPLE)
    chosen = [fallback(weighted, message(), person, Network.VIETTEL) for person in people]
    again = [fallback(weighted, message(7), person, Network.VIETTEL) for person in people]
    assert chosen == again
    counts = Counter(chosen)
    assert set(counts) == {1, 3}
    assert abs(counts[1] - PEOPLE / 4) <= PEOPLE / 100


def test_a_message_from_another_network_begins_with_a_first_choice() -> None:
    weighted = campaign(replace(SMS, weights={2: 1, 3: 1}))
    chosen = {
        alternative(weighted, message(), person, Network.VIETTEL, 9)
        for person in range(PERSON, PERSON + 100)
    }
    assert chosen == {2, 3}
    assert alternative(weighted, message(), PERSON, Network.VIETTEL, 3) == 1


async def test_fallbacks_go_where_the_forecast_said(stage: Stage) -> None:
    sms = Step(
        Channel.SMS, dict.fromkeys(NETWORKS, (VIETTEL, OTHER)), weights={VIETTEL: 1, OTHER: 1}
    )
    people = stage.audience([{"name": "An"}] * 60)
    # A share: messages and recipients are not numbered alike.
    sent = stage.campaign(people, (DEFAULT_STEPS[0], sms), rules=Rules(share=(300, 900)))
    foretold = Counter(
        first_choice(sms, network, place)
        for network, place, _ in planning.rows(stage.database, sent)
    )
    assert set(foretold) == {VIETTEL, OTHER}
    zalo = Carrier(lambda _: NO, Channel.ZALO)
    carriers = {ZALO_ACCOUNT: zalo, VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(carriers), sent)
    with stage.database.read() as conn:
        rows = conn.execute(
            text("SELECT account, recipient FROM message WHERE id > :second"),
            {"second": sent.id * CAMPAIGN_SPAN + STEP_SPAN},
        ).all()
    assert Counter(row.account for row in rows) == foretold
    assert {row.account for row in rows} == {
        fallback(sent, message(), row.recipient, Network.VIETTEL) for row in rows
    }

"""Who carries a message next: in order, round and round; first choices by weight."""

from collections import Counter
from dataclasses import replace

import pytest

from outreach.delivery.routing import alternative, fallback
from outreach.domain.campaign import CampaignState
from outreach.domain.key import MessageId
from outreach.domain.network import Channel, Network
from outreach.store.campaigns import Campaign, Step

SMS = Step(Channel.SMS, {Network.VIETTEL: (1, 2, 3), Network.MOBIFONE: (2,), Network.ITEL: ()})
ZALO = Step(Channel.ZALO, {Network.VIETTEL: (7,), Network.MOBIFONE: (7,)})
PEOPLE = 10_000


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
    assert alternative(campaign(SMS), message(), network, account) == after


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
    assert fallback(campaign(ZALO, SMS), message(step=step), network) == account


def test_a_message_beyond_an_amended_plan_has_no_alternative() -> None:
    assert alternative(campaign(SMS), message(step=1), Network.VIETTEL, 1) is None


def test_first_choices_are_shared_by_weight_and_stay_the_same() -> None:
    weighted = campaign(ZALO, replace(SMS, weights={1: 1, 3: 3}))
    chosen = [fallback(weighted, message(n), Network.VIETTEL) for n in range(1, PEOPLE + 1)]
    again = [fallback(weighted, message(n), Network.VIETTEL) for n in range(1, PEOPLE + 1)]
    assert chosen == again
    counts = Counter(chosen)
    assert set(counts) == {1, 3}
    assert abs(counts[1] - PEOPLE / 4) <= PEOPLE / 100


def test_a_message_from_another_network_begins_with_a_first_choice() -> None:
    weighted = campaign(replace(SMS, weights={2: 1, 3: 1}))
    chosen = {alternative(weighted, message(n), Network.VIETTEL, 9) for n in range(1, 100)}
    assert chosen == {2, 3}
    assert alternative(weighted, message(), Network.VIETTEL, 3) == 1

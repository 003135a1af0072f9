"""Which accounts a plan names, by the settings or by the operator's word."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from outreach.campaigns import routes
from outreach.campaigns.routes import Choice
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.settings import Account, Settings
from tests.campaigns.desks import installed
from tests.campaigns.trial import account

ALL = frozenset(network for network in Network if network)
BIG = frozenset({Network.VIETTEL, Network.MOBIFONE})


def of(*accounts: Account) -> Settings:
    return replace(installed(), accounts=accounts)


def carrier(name: str, networks: frozenset[Network] = ALL, **more: Any) -> Account:
    return replace(account(name), networks=networks, **more)


A, B, C = carrier("a"), carrier("b"), carrier("c", BIG)
NUMBERS = {"a": 1, "b": 2, "c": 3, "z": 4}


def planned(told: str, *accounts: Account, channels: Sequence[Channel] = (Channel.SMS,)) -> Any:
    chosen = [Choice.parse(each) for each in told.split(",")] if told else []
    return routes.plan(of(*accounts), NUMBERS, channels, chosen)


def test_the_operators_order_and_weights() -> None:
    (step,) = planned("c,a", A, B, C)
    assert (step.accounts[Network.VIETTEL], step.accounts[Network.ITEL]) == ((3, 1), (1,))
    assert step.weights == {}
    (step,) = planned("a:70, c:30", A, B, C)
    assert step.weights == {1: 70, 3: 30}
    (step,) = planned("c:0,a:1", A, B, C)
    assert (step.accounts[Network.VIETTEL], step.weights) == ((3, 1), {1: 1})


def test_the_settings_preference_and_weights() -> None:
    (step,) = planned("", replace(A, preference=1), B, C)
    assert step.weights == {}
    (step,) = planned("", replace(A, weight=70), replace(B, weight=30))
    assert step.weights == {1: 70, 2: 30}
    (step,) = planned("", replace(A, weight=70), replace(B, weight=0))
    assert step.weights == {1: 70}


def test_who_stands_behind_somewhere_shares_nowhere() -> None:
    """`c` is better on the big networks, so `a` must not take a part of them by its weight."""
    (step,) = planned("", replace(C, preference=1), A, B)
    assert step.weights == {}
    assert step.accounts[Network.VIETTEL] == (3, 1, 2)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("a,fax", "no account is called 'fax'"),
        ("a,b,a", "named twice"),
        ("a:70,b", "of a, b some share and some do not"),
        ("a:0,b:0", "of a, b some share and some do not"),
        ("a:x", "expected a weight from 0 to 1000"),
        ("a:-1", "expected a weight from 0 to 1000"),
        ("a:1001", "expected a weight from 0 to 1000"),
        ("z", "no account in --accounts has channel SMS"),
    ],
)
def test_what_cannot_be_a_route(told: str, message: str) -> None:
    zalo = replace(account("z", Channel.ZALO), networks=ALL)
    with pytest.raises(BadInputError, match=message):
        planned(told, A, B, zalo)


def test_one_list_of_accounts_serves_all_channels() -> None:
    zalo = replace(account("z", Channel.ZALO), networks=ALL)
    steps = planned("b,z", zalo, A, B, channels=[Channel.ZALO, Channel.SMS])
    assert [{*step.accounts.values()} for step in steps] == [{(4,)}, {(2,)}]
    assert routes.told(steps, {4: "z", 2: "b"}) == "z; b"
    with pytest.raises(BadInputError, match="expected each channel once"):
        planned("", A, channels=[])

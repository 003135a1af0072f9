"""Routes: which accounts carry a channel, in which order, and who shares the first choice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.settings import Account, Settings
from outreach.store.campaigns import Step

MOST_WEIGHT = 1_000


@dataclass(frozen=True, slots=True)
class Choice:
    """An account that an operator names for a campaign, and its weight if it shares."""

    account: str
    weight: int | None = None

    @classmethod
    def parse(cls, told: str) -> Self:
        """Read `viettel` or `viettel:70`; BadInputError says what was expected."""
        name, colon, weight = told.strip().partition(":")
        if not colon:
            return cls(name)
        if not weight.isdecimal() or int(weight) > MOST_WEIGHT:
            raise BadInputError(
                f"account '{told.strip()}': expected a weight from 0 to {MOST_WEIGHT}"
                " after the colon, such as viettel:70,esms:30"
            )
        return cls(name, int(weight))


def plan(
    settings: Settings,
    numbers: Mapping[str, int],
    channels: Sequence[Channel],
    choices: Sequence[Choice],
) -> tuple[Step, ...]:
    """The steps of a campaign; without choices every account serves, in order of preference."""
    if not channels or len(set(channels)) < len(channels):
        told = ", ".join(channel.name.lower() for channel in channels) or "none"
        raise BadInputError(f"channels: {told}; expected each channel once, such as zalo,sms")
    chosen = {choice.account: choice for choice in choices}
    for name in chosen:
        settings.account(name)  # refuses, and names those that there are
    if len(chosen) < len(choices):
        raise BadInputError("an account is named twice; name each once, best first")
    return tuple(_step(settings, numbers, channel, chosen) for channel in channels)


def _step(
    settings: Settings,
    numbers: Mapping[str, int],
    channel: Channel,
    chosen: Mapping[str, Choice],
) -> Step:
    serving = [a for a in settings.accounts if a.channel is channel]
    if chosen:
        order = list(chosen)
        named = (a for a in serving if a.name in chosen)
        serving = sorted(named, key=lambda account: order.index(account.name))
    if not serving:
        where = "--accounts" if chosen else "config/accounts/"
        raise BadInputError(f"no account in {where} has channel {channel.name}")
    accounts: dict[Network, Sequence[int]] = {
        network: tuple(numbers[a.name] for a in serving if network in a.networks)
        for network in Network
        if network is not Network.UNKNOWN
    }
    weights = _chosen_weights(serving, chosen) if chosen else _usual_weights(serving)
    return Step(channel, accounts, {numbers[name]: weights[name] for name in weights})


def _chosen_weights(serving: Sequence[Account], chosen: Mapping[str, Choice]) -> dict[str, int]:
    """Who shares the first choice by the operator's word; one of weight 0 only fails over."""
    weights = {a.name: weight for a in serving if (weight := chosen[a.name].weight) is not None}
    if weights and (len(weights) < len(serving) or not any(weights.values())):
        names = ", ".join(a.name for a in serving)
        raise BadInputError(
            f"--accounts: of {names} some share and some do not; give each a weight"
            " (0: only when the others fail) or none of them"
        )
    return {name: weight for name, weight in weights.items() if weight}


def _usual_weights(serving: Sequence[Account]) -> dict[str, int]:
    """Who shares by the settings: the best of a network, where there are several.

    One that stands behind another on some network shares nowhere: weights are of a channel.
    """
    best: dict[Network, set[str]] = {}
    for network in Network:
        able = [a for a in serving if network in a.networks]
        least = min((a.preference for a in able), default=0)
        best[network] = {a.name for a in able if a.preference == least}
    return {
        a.name: a.weight
        for a in serving
        if a.weight
        and all(a.name in best[network] for network in a.networks)
        and any(len(best[network]) > 1 for network in a.networks)
    }


def told(steps: Iterable[Step], names: Mapping[int, str]) -> str:
    """Routes in short: `zalo; viettel:70, esms:30`, the channels in order."""
    return "; ".join(_told(step, names) for step in steps)


def _told(step: Step, names: Mapping[int, str]) -> str:
    used = dict.fromkeys(n for each in step.accounts.values() for n in each)
    return ", ".join(_weighed(names.get(n, str(n)), step.weights.get(n)) for n in used)


def _weighed(name: str, weight: int | None) -> str:
    return name if weight is None else f"{name}:{weight}"

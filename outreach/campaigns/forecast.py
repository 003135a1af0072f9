"""The plan of a campaign before anybody approves it: which day, by which account, until when.

Pure arithmetic of limits, quotas, hours and rules. What it takes for granted: carriers answer in
time, nothing is throttled, a request carries one message, other campaigns keep the same hours and
each gets as much of an account as this one, and nobody waits for a look at the pilot.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import inf

from outreach.campaigns.flow import run_off
from outreach.campaigns.queues import Bounds, Flow, Queue, Ration, Spell, merged
from outreach.domain.holidays import Holidays
from outreach.domain.limit import Limit, LimitScope, Unit
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Priority
from outreach.domain.window import Hours, Window, local_day
from outreach.settings import Account
from outreach.store.campaigns import Campaign

HORIZON = timedelta(days=366)
"""What is not sent by then is said not to fit."""

_FASTEST = 25_000.0
"""Messages a second of an account without any limit but quotas: what one engine reaches."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a campaign has to send by one channel to one network on one account."""

    channel: Channel
    network: Network
    account: str
    messages: int
    parts: int


@dataclass(frozen=True, slots=True)
class Ask:
    """What a plan is made of."""

    campaign: Campaign
    loads: Sequence[Load]
    """Each channel's, as if everybody got all of them."""
    accounts: Mapping[str, Account]
    holidays: Holidays
    now: datetime
    others: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Messages that wait on an account, of each other campaign that runs or is to start."""
    used: Mapping[tuple[str, Limit], int] = field(default_factory=dict)
    """Units of an account's quota that are spent in its present day or month."""

    @property
    def hours(self) -> Hours:
        """When the campaign may send."""
        campaign = self.campaign
        window = Window(time.fromisoformat(campaign.opens), time.fromisoformat(campaign.closes))
        return Hours(window, None if campaign.rules.holidays else self.holidays)

    @property
    def begins(self) -> datetime:
        """When the first message may leave."""
        told = self.campaign.rules.starts_at
        begin = self.now if told is None else max(self.now, _moment(told))
        return self.hours.next_opening(begin)

    @property
    def until(self) -> datetime:
        """When the last message may leave."""
        horizon = self.begins + HORIZON
        return (
            horizon if self.campaign.until is None else min(horizon, _moment(self.campaign.until))
        )


@dataclass(frozen=True, slots=True)
class Day:
    """What one account sends on one local day, if the first channel reaches everybody."""

    day: date
    account: str
    messages: int
    parts: int
    cost: Decimal
    """đồng."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a campaign will be sent, and what will not be."""

    starts_at: datetime
    days: tuple[Day, ...]
    ends_at: datetime | None
    """When the first channel is done with everybody; None if something does not fit."""
    worst_ends_at: datetime | None
    """The same when everybody gets every fallback."""
    left: Mapping[str, int]
    """Messages that will not leave in time or within the budget, by account; only where any."""
    worst_left: Mapping[str, int]
    """The same for fallbacks of everybody, without regard to the budget."""


def forecast(ask: Ask) -> Forecast:
    """Say how a campaign would go from now on."""
    steps = [step.channel for step in ask.campaign.steps]
    budget = ask.campaign.rules.budget
    first = _queues(ask, steps[0])
    flows = run_off(first, _bounds(ask, inf if budget is None else budget))
    likely = [flow for flow in flows if flow.queue.waiting]
    bound = budget is None or len(steps) == 1  # without a next channel there is nothing worse
    worst = _cascade(ask, flows if bound else run_off(first, _bounds(ask, inf)))
    return Forecast(
        ask.begins,
        tuple(_days(ask, likely)),
        _end(likely),
        _end(worst),
        _left(likely),
        _left(worst),
    )


def _bounds(ask: Ask, purse: float, taken: tuple[Spell, ...] = ()) -> Bounds:
    rules = ask.campaign.rules
    return Bounds(
        ask.hours,
        ask.begins.timestamp(),
        ask.until.timestamp(),
        inf if rules.rate is None else rules.rate / 60,
        rules.ramp_minutes * 60.0,
        purse,
        taken,
    )


def _cascade(ask: Ask, flows: list[Flow]) -> list[Flow]:
    """The flows of all channels when each message goes on to the next as soon as it may."""
    delay = 3600.0 * (ask.campaign.rules.fallback_hours or 0)
    found = list(flows)
    for before, after in zip(ask.campaign.steps, ask.campaign.steps[1:], strict=False):
        onward = _onward(ask, before.channel, after.channel)
        queues = [
            _queue(ask, after.channel, account, arrivals=_arrivals(flows, shares, delay))
            for account, shares in onward.items()
        ]
        flows = run_off(queues, _bounds(ask, inf, _taken(ask, found)))
        found += flows
    return found


def _taken(ask: Ask, flows: Iterable[Flow]) -> tuple[Spell, ...]:
    """What earlier channels use of the campaign's own rate, if it has one."""
    if ask.campaign.rules.rate is None:
        return ()
    return merged(spell for flow in flows for spell in flow.spells)


def _arrivals(
    flows: Iterable[Flow], shares: Mapping[str, float], delay: float
) -> tuple[Spell, ...]:
    return merged(
        Spell(begin + delay, end + delay, rate * shares[flow.queue.account])
        for flow in flows
        for begin, end, rate in flow.spells
        if flow.queue.account in shares
    )


def _onward(ask: Ask, before: Channel, after: Channel) -> dict[str, dict[str, float]]:
    """For each account of a channel: its share of the messages of each account before it."""
    sent: dict[str, int] = defaultdict(int)
    on: dict[Network, int] = defaultdict(int)
    for load in ask.loads:
        if load.channel is before:
            sent[load.account] += load.messages
            on[load.network] += load.messages
    found: dict[str, dict[str, float]] = {}
    for load in ask.loads:
        if load.channel is not after:
            continue
        shares = found.setdefault(load.account, defaultdict(float))
        for source in ask.loads:
            if source.channel is before and source.network is load.network and source.messages:
                part = source.messages / on[load.network]
                shares[source.account] += load.messages * part / sent[source.account]
    return found


def _queues(ask: Ask, channel: Channel) -> list[Queue]:
    names = dict.fromkeys(load.account for load in ask.loads if load.channel is channel)
    return [_queue(ask, channel, name, waiting=_totals(ask, channel, name)[0]) for name in names]


def _queue(
    ask: Ask, channel: Channel, name: str, waiting: float = 0.0, arrivals: tuple[Spell, ...] = ()
) -> Queue:
    account = ask.accounts[name]
    messages, parts = _totals(ask, channel, name)
    mean = parts / messages if messages else 1.0
    limits = [limit for limit in account.limits if limit.cost(LimitScope.SEND, 1)]
    paces = [_usable(ask, each).per_second / _units(each, mean) for each in limits if not each.span]
    return Queue(
        name,
        min(paces, default=_FASTEST),
        waiting,
        arrivals,
        tuple(float(n) for n in ask.others.get(name, ())),
        tuple(_ration(ask, name, each, mean) for each in limits if each.span),
        float(account.price_per_part) * mean,
    )


def _ration(ask: Ask, name: str, limit: Limit, mean: float) -> Ration:
    units = _units(limit, mean)
    used = ask.used.get((name, limit), 0)
    return Ration(limit, _usable(ask, limit).amount / units, used / units)


def _usable(ask: Ask, limit: Limit) -> Limit:
    return limit if ask.campaign.rules.priority is Priority.URGENT else limit.for_normal()


def _units(limit: Limit, mean_parts: float) -> float:
    return mean_parts if limit.unit is Unit.PARTS else 1.0


def _totals(ask: Ask, channel: Channel, name: str) -> tuple[int, int]:
    """Messages and parts by a channel on an account."""
    mine = [each for each in ask.loads if each.channel is channel and each.account == name]
    return sum(each.messages for each in mine), sum(each.parts for each in mine)


def _days(ask: Ask, flows: Sequence[Flow]) -> list[Day]:
    """The flows by local day, in whole messages that add up."""
    channel = ask.campaign.steps[0].channel
    found = []
    for flow in flows:
        name = flow.queue.account
        messages, parts = _totals(ask, channel, name)
        price = ask.accounts[name].price_per_part
        so_far, told = 0.0, (0, 0)
        for day, amount in _by_day(flow.spells).items():
            so_far += amount
            now = round(so_far), round(so_far * parts / messages)
            sent = now[1] - told[1]
            if now != told:
                found.append(Day(day, name, now[0] - told[0], sent, sent * price))
            told = now
    return sorted(found, key=lambda row: (row.day, row.account))


def _by_day(spells: Iterable[Spell]) -> dict[date, float]:
    found: dict[date, float] = defaultdict(float)
    for spell in spells:  # hours end within a day, and so does a spell
        found[local_day(datetime.fromtimestamp(spell.begin, UTC))] += spell.messages
    return found


def _end(flows: Sequence[Flow]) -> datetime | None:
    ends = [spell.end for flow in flows for spell in flow.spells]
    if _left(flows) or not ends:
        return None
    return datetime.fromtimestamp(max(ends), UTC)


def _left(flows: Sequence[Flow]) -> dict[str, int]:
    found = {flow.queue.account: round(flow.left) for flow in flows}
    return {account: messages for account, messages in found.items() if messages}


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

"""What is still ahead of a campaign that has begun: how many people, what cost, until when."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from outreach.campaigns.forecast import Load, forecast
from outreach.campaigns.means import Means, Progress
from outreach.campaigns.preflight import Preflight, asked, preflight
from outreach.domain.errors import NotAllowedError
from outreach.domain.message import State
from outreach.domain.network import Channel, Network
from outreach.domain.share import BUCKETS
from outreach.settings import Account
from outreach.store import audit, campaigns, tally
from outreach.store.campaigns import Campaign, Step
from outreach.store.choice import shares
from outreach.store.tally import Figure

_MAY_FALL_BACK = frozenset({State.ACCEPTED, State.UNDELIVERED, State.UNCONFIRMED})
_NEVER_LEFT = frozenset({State.PENDING, State.FAILED, State.EXPIRED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an approver weighs of an amendment."""

    left: int
    """People to whom something may still be sent, reminders apart."""
    worst_cost: Decimal
    """đồng: the most that it may still cost, every fallback and reminder counted."""
    ends_at: datetime | None
    """When the first channel will be done, if resumed now; None if something will not fit."""
    dearest: Decimal
    """đồng: the most that one of them may cost once."""
    ceiling: Decimal
    """đồng: what the approval then allows, all people and reminders from the first on counted."""
    warnings: tuple[str, ...] = ()


def outlook(
    means: Means, before: Campaign, after: Campaign, progress: Progress | None = None
) -> Outlook:
    """Look ahead from the present figures; for other routes every row is rendered anew."""
    with means.database.read() as conn:
        figures = tally.figures(conn, before.id)
        dearest, spent = _dearest(conn, before), _spent(means, conn, before)
    results = [figure for figure in figures if figure.group.result]
    open_states = {State.PENDING} | (_MAY_FALL_BACK if after.rules.fallback_hours else set())
    left = sum(f.messages for f in results if f.group.state in open_states)
    unreached = sum(f.messages for f in results if f.group.state is not State.DELIVERED)
    if after.steps == before.steps:
        warnings: tuple[str, ...] = ()
        mean = _sent_parts(means, figures)
    else:
        checked = _passed(means, after, progress)
        warnings, dearest = checked.warnings, checked.dearest
        mean = _counted_parts(checked)
    waves = max(0, after.rules.waves - after.wave)
    worst = _within(after.rules.budget, (left + waves * unreached) * dearest, spent)
    loads = _loads(means, after, results, mean)
    plan = forecast(asked(means.database, means.settings, after, loads))
    return Outlook(left, worst, plan.ends_at, dearest, dearest * _rounds(after), warnings)


def _rounds(campaign: Campaign) -> int:
    """Messages of a campaign and its reminders, if each goes to everybody."""
    return campaign.recipients * (1 + campaign.rules.waves)


def _passed(means: Means, after: Campaign, progress: Progress | None) -> Preflight:
    checked = preflight(means.database, means.settings, after, progress)
    if checked.errors:
        raise NotAllowedError(
            f"campaign '{after.name}' would not pass its preflight on these accounts: "
            + "; ".join(checked.errors)
        )
    return checked


def _loads(
    means: Means, campaign: Campaign, results: Sequence[Figure], mean: Mapping[str, float]
) -> list[Load]:
    """What waits, divided over the accounts of each channel as its routes say."""
    waiting: Counter[Network] = Counter()
    for figure in results:
        if figure.group.state is State.PENDING:
            waiting[figure.group.network] += figure.messages
    configured = {means.numbers[account.name]: account for account in means.settings.accounts}
    return [
        Load(step.channel, network, account.name, part, round(part * mean.get(account.name, most)))
        for step in campaign.steps
        for network, people in waiting.items()
        for account, part in _divided(step, network, people, configured)
        for most in [account.max_parts if account.channel is Channel.SMS else 1]
    ]


def _divided(
    step: Step, network: Network, people: int, configured: Mapping[int, Account]
) -> Iterator[tuple[Account, int]]:
    begin = 0
    for number, end in shares(step, network):
        part = people * end // BUCKETS - people * begin // BUCKETS
        begin = end
        if part and number in configured:
            yield configured[number], part


def _sent_parts(means: Means, figures: Sequence[Figure]) -> dict[str, float]:
    """The mean parts of what each account has sent."""
    messages: Counter[int] = Counter()
    parts: Counter[int] = Counter()
    for figure in figures:
        if figure.group.state not in _NEVER_LEFT and figure.parts:
            messages[figure.group.account] += figure.messages
            parts[figure.group.account] += figure.parts
    return {
        name: parts[number] / messages[number]
        for name, number in means.numbers.items()
        if messages[number]
    }


def _counted_parts(checked: Preflight) -> dict[str, float]:
    """The mean parts of what each account would send."""
    messages: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for line in checked.lines:
        messages[line.account] += line.messages
        parts[line.account] += line.parts
    return {name: parts[name] / many for name, many in messages.items() if many}


def _within(budget: int | None, cost: Decimal, spent: Decimal) -> Decimal:
    """What a cost comes to under a spending ceiling, which a campaign and its waves share."""
    return cost if budget is None else min(cost, max(Decimal(0), budget - spent))


def _spent(means: Means, conn: Connection, campaign: Campaign) -> Decimal:
    """What was sent so far may have cost, in đồng; for a wave also what it follows."""
    prices = {means.numbers[a.name]: a.price_per_part for a in means.settings.accounts}
    figures = tally.figures(conn, campaign.id)
    spent = sum((f.parts * prices.get(f.group.account, Decimal(0)) for f in figures), Decimal(0))
    if campaign.wave and campaign.parent is not None:
        spent += _spent(means, conn, campaigns.get(conn, campaign.parent))
    return spent


def _dearest(conn: Connection, campaign: Campaign) -> Decimal:
    """The most that one person may cost once, by the latest approval, in đồng; 0 if none told it.

    A reminder that nobody has approved anew was approved with its parent.
    """
    told = [
        str(entry.detail["dearest_dong"])
        for entry in audit.history(conn, f"campaign:{campaign.id}")
        if "dearest_dong" in entry.detail
    ]
    if told:
        return Decimal(told[-1])
    if campaign.parent is None:
        return Decimal(0)
    return _dearest(conn, campaigns.get(conn, campaign.parent))

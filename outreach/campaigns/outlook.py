"""What is still ahead of a campaign that has begun: how many people, what cost, until when."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from outreach.campaigns.forecast import Load, forecast
from outreach.campaigns.means import Means
from outreach.campaigns.preflight import Preflight, asked, preflight
from outreach.domain.errors import NotAllowedError
from outreach.domain.message import State
from outreach.domain.network import Channel, Network
from outreach.domain.share import BUCKETS
from outreach.settings import Account
from outreach.store import audit, tally
from outreach.store.campaigns import Campaign, Step
from outreach.store.choice import shares
from outreach.store.tally import Figure

Progress = Callable[[int, int], None]

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
    warnings: tuple[str, ...] = ()


def outlook(
    means: Means,
    conn: Connection,
    before: Campaign,
    after: Campaign,
    progress: Progress | None = None,
) -> Outlook:
    """Look ahead from the present figures; for other routes every row is rendered anew."""
    figures = tally.figures(conn, before.id)
    results = [figure for figure in figures if figure.group.result]
    open_states = {State.PENDING} | (_MAY_FALL_BACK if after.rules.fallback_hours else set())
    left = sum(f.messages for f in results if f.group.state in open_states)
    unreached = sum(f.messages for f in results if f.group.state is not State.DELIVERED)
    if after.steps == before.steps:
        warnings: tuple[str, ...] = ()
        ceiling, rounds = approved_ceiling(conn, before), before.recipients
        rounds *= 1 + before.rules.waves
        mean = _sent_parts(means, figures)
    else:
        checked = _passed(means, conn, after, progress)
        warnings, ceiling = checked.warnings, checked.ceiling
        rounds = checked.recipients * (1 + after.rules.waves)
        mean = _counted_parts(checked)
    dearest = ceiling / max(1, rounds)
    wave = _within(after.rules.budget, unreached * dearest)
    waves = max(0, after.rules.waves - after.wave) * wave
    worst = _within(after.rules.budget, left * dearest, _spent(means, figures)) + waves
    plan = forecast(asked(conn, means.settings, after, _loads(means, after, results, mean)))
    return Outlook(left, worst, plan.ends_at, warnings)


def _passed(
    means: Means, conn: Connection, after: Campaign, progress: Progress | None
) -> Preflight:
    checked = preflight(conn, means.settings, after, progress)
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


def _within(budget: int | None, cost: Decimal, spent: Decimal = Decimal(0)) -> Decimal:
    """What a cost comes to under a spending ceiling, which each wave has anew."""
    return cost if budget is None else min(cost, max(Decimal(0), budget - spent))


def _spent(means: Means, figures: Sequence[Figure]) -> Decimal:
    """What was sent so far may have cost, in đồng."""
    prices = {means.numbers[a.name]: a.price_per_part for a in means.settings.accounts}
    return sum((f.parts * prices.get(f.group.account, Decimal(0)) for f in figures), Decimal(0))


def approved_ceiling(conn: Connection, campaign: Campaign) -> Decimal:
    """The most that the campaign's approval allows, in đồng; 0 where none was told."""
    told = [
        str(entry.detail["ceiling_dong"])
        for entry in audit.history(conn, f"campaign:{campaign.id}")
        if "ceiling_dong" in entry.detail
    ]
    return Decimal(told[-1]) if told else Decimal(0)

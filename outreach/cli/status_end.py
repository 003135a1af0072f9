"""When a campaign will be done: what is seen of its accounts, put to the arithmetic of plans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from outreach.campaigns.queues import Ration
from outreach.cli.eta import Backlog, expected_end
from outreach.cli.status_accounts import AccountLine
from outreach.domain.limit import Unit
from outreach.domain.share import BUCKETS
from outreach.domain.window import Hours
from outreach.reports import CampaignFigures, Column
from outreach.store.campaigns import Campaign
from outreach.store.choice import shares

_NEARLY = 0.8
_SOME = 1e-9
"""So that a channel which nobody is to fall back to has shares too."""


def expected(
    campaign: Campaign,
    now: datetime,
    hours: Hours,
    accounts: Sequence[AccountLine],
    figures: CampaignFigures,
    seconds: float,
) -> datetime | None:
    """The moment at which the last message will have left; None if that is not in sight.

    `seconds` is for how long it has been sending.
    """
    parts, paced = _parts(campaign, figures), _own_rate_binds(campaign, accounts, seconds)
    until = campaign.until
    return expected_end(
        now,
        hours,
        [
            Backlog(
                line.account,
                line.step,
                line.backlog,
                (line.may if paced else 0) or line.pace(seconds),
                line.others,
                _rations(line),
                parts.get(line.number, 0.0) + _SOME,
            )
            for line in accounts
            if line.backlog or line.step
        ],
        _fallen(campaign, figures),
        None if until is None else datetime.fromtimestamp(until / 1000, UTC),
        campaign.rules.rate,
    )


def _own_rate_binds(campaign: Campaign, accounts: Sequence[AccountLine], seconds: float) -> bool:
    """Whether the campaign's own pace is what holds its accounts back.

    What they did lately tells nothing then of what one of them does when another is done.
    """
    rate = campaign.rules.rate
    lately = sum(line.lately(seconds) for line in accounts if line.running)
    return rate is not None and lately * 60 >= _NEARLY * rate


def _rations(line: AccountLine) -> tuple[Ration, ...]:
    return tuple(
        Ration(quota.limit, quota.usable / units, quota.used / units)
        for quota in line.quotas
        for units in [line.parts if quota.limit.unit is Unit.PARTS else 1.0]
    )


def _fallen(campaign: Campaign, figures: CampaignFigures) -> float:
    """The share of what the first channel has done that went on to the next."""
    first = {number for numbers in campaign.steps[0].accounts.values() for number in numbers}
    done = [s for s in figures.shares if s.account in first and s.column is not Column.PENDING]
    messages = sum(share.messages for share in done)
    return sum(s.messages - s.recipients for s in done) / messages if messages else 0.0


def _parts(campaign: Campaign, figures: CampaignFigures) -> Mapping[int, float]:
    """What each account would get of those still waiting, if all fell back to its channel."""
    found: dict[int, float] = defaultdict(float)
    for share in figures.shares:
        if share.column is not Column.PENDING:
            continue
        for step in campaign.steps[1:]:
            begin = 0
            for number, end in shares(step, share.network):
                found[number] += share.recipients * (end - begin) / BUCKETS
                begin = end
    return found

"""What an approval is bound to: everything that decides what is sent, how fast and for how much."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from outreach.campaigns.cost import CostLine
from outreach.domain.campaign import approval_hash
from outreach.domain.errors import NotAllowedError
from outreach.domain.holidays import Holidays
from outreach.settings import Account
from outreach.store.campaigns import Campaign, Step

_CODE = 8
"""Characters of a hash that people type."""


def bound_hash(
    campaign: Campaign,
    recipients: int,
    holidays: Holidays,
    used: Iterable[Account],
    lines: Sequence[CostLine],
    ceiling: Decimal,
    link: str = "",
) -> str:
    """Cover audience, words, routes, hours, rules, contracts, the links, and the plan's totals.

    The plan's days are not covered: they move with the moment at which it is made.
    """
    return approval_hash(
        {
            "audience": campaign.audience,
            "parent": [campaign.parent, list(campaign.parent_states)],
            "recipients": recipients,
            "template": dict(campaign.template),
            "routes": [_route(step) for step in campaign.steps],
            "window": [campaign.opens, campaign.closes, campaign.until],
            "rules": campaign.rules.to_dict(),
            "closed": [] if campaign.rules.holidays else sorted(map(str, holidays.names)),
            "contracts": {account.name: _contract(account, campaign.purpose) for account in used},
            "totals": sorted(_totals(line) for line in lines),
            "ceiling": str(ceiling),
            **({"link": link} if link else {}),
        }
    )


def code(hashed: str) -> str:
    """What an approver types of a hash, to say what was looked at."""
    return hashed[:_CODE]


def still(hashed: str, told: str | None, what: str) -> None:
    """Refuse to approve another thing than was looked at; without a code nothing is compared."""
    if told is not None and told.strip().lower() != code(hashed):
        raise NotAllowedError(
            f"{what} was changed since you looked: its code is {code(hashed)}, not {told};"
            " look at it again"
        )


def _route(step: Step) -> list[object]:
    accounts = {network.name: list(numbers) for network, numbers in step.accounts.items()}
    return [step.channel.name, accounts, {str(n): weight for n, weight in step.weights.items()}]


def _contract(account: Account, purpose: str) -> list[object]:
    """What an account takes and charges, how fast, and what its carrier's template says."""
    approval = account.approvals.texts.get(purpose)
    own = [] if approval is None else [[approval.template, *approval.parameters]]
    return [
        str(account.price_per_part),
        account.plain_only,
        account.max_parts,
        account.max_bytes,
        *([steps.gsm7, steps.ucs2] for steps in (account.steps, account.ad_steps)),
        [str(limit) for limit in account.limits],
        *own,
    ]


def _totals(line: CostLine) -> list[object]:
    return [line.channel.name, line.network.name, line.account, line.messages, line.parts]

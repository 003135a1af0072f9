"""What must be right before a campaign may be approved, and what the approval then covers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import orjson
from sqlalchemy import Connection

from outreach.campaigns.compose import Params, Renderer, RenderError, terms
from outreach.campaigns.cost import CostLine
from outreach.campaigns.lint import Level, lint
from outreach.campaigns.templates import TemplateSet
from outreach.domain.campaign import approval_hash
from outreach.domain.network import Channel, Network
from outreach.settings import Account, Settings
from outreach.store import accounts, planning
from outreach.store.campaigns import Campaign, Step

_PROGRESS_EVERY = 10_000
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Preflight:
    """The outcome of the checks; an approval is bound to `approval_hash`."""

    campaign: Campaign
    recipients: int
    lines: tuple[CostLine, ...]
    likely_cost: Decimal
    """đồng, when the first channel takes everybody."""
    worst_cost: Decimal
    """đồng, when everybody also gets every fallback."""
    ceiling: Decimal
    """đồng, when each of them is as long and as dear as any; what an approval allows."""
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    approval_hash: str

    def costs(self) -> dict[str, str]:
        """What the audit keeps of it, in đồng."""
        return {
            "likely_cost_dong": format(self.likely_cost, "f"),
            "worst_cost_dong": format(self.worst_cost, "f"),
            "ceiling_dong": format(self.ceiling, "f"),
        }


def preflight(
    conn: Connection,
    settings: Settings,
    campaign: Campaign,
    progress: Callable[[int, int], None] | None = None,
) -> Preflight:
    """Render every row once, and say what it costs and what is wrong."""
    by_network = planning.by_network(conn, campaign)
    check = _Check(settings, campaign, accounts.names(conn))
    recipients = sum(by_network.values())
    for n, (network, params) in enumerate(planning.rows(conn, campaign), 1):
        check.row(network, params)
        if progress and (n % _PROGRESS_EVERY == 0 or n == recipients):
            progress(n, recipients)
    check.routes(by_network)
    check.words()
    check.times(settings.clock().timestamp() * 1000)
    lines = tuple(check.lines.values())
    first = campaign.steps[0].channel
    likely = sum((line.cost for line in lines if line.channel is first), Decimal(0))
    worst = sum((line.cost for line in lines), Decimal(0))
    ceiling = recipients * check.dearest()
    errors, warnings = check.verdict(recipients)
    return Preflight(
        campaign,
        recipients,
        lines,
        likely,
        worst,
        ceiling,
        errors,
        warnings,
        _hash(settings, campaign, recipients, ceiling),
    )


class _Check:
    """Adds up lines and faults over all rows."""

    def __init__(
        self, settings: Settings, campaign: Campaign, known: Mapping[int, tuple[str, Channel]]
    ) -> None:
        configured = {account.name: account for account in settings.accounts}
        self._accounts = {
            number: configured[name] for number, (name, _) in known.items() if name in configured
        }
        self._campaign = campaign
        self._words = Renderer(TemplateSet.from_dict(campaign.template))
        self._faults: dict[str, int] = {}
        self._errors: list[str] = []
        self.lines: dict[tuple[Channel, Network], CostLine] = {}

    def row(self, network: Network, params: str) -> None:
        """Render one recipient's message on every channel of the plan."""
        fields: Params = orjson.loads(params)
        for channel, account in self._path(network):
            try:
                message = self._words.sized(fields, account)
            except RenderError as fault:
                words = str(fault)
                self._faults[words] = self._faults.get(words, 0) + 1
                continue
            line = self._line(channel, network, account)
            line.add(message.size, message.content.parts)

    def routes(self, by_network: Mapping[Network, int]) -> None:
        """Refuse a plan whose accounts are gone; note recipients without a way."""
        for step in self._campaign.steps:
            for numbers in step.accounts.values():
                for number in numbers:
                    if number not in self._accounts:
                        self._errors.append(f"account {number} of the plan is no longer configured")
        for network, count in by_network.items():
            if not self._campaign.steps[0].accounts.get(network):
                words = f"no account serves network {network.title}"
                self._faults[words] = count

    def dearest(self) -> Decimal:
        """The most that one recipient can cost, over all steps, in đồng."""
        return sum((self._dearest(step) for step in self._campaign.steps), Decimal(0))

    def _dearest(self, step: Step) -> Decimal:
        """By whichever account of a step counts and charges most for the longest of its texts."""
        lines = [line for line in self.lines.values() if line.channel is step.channel]
        costs = [
            line.most_parts_under(terms(account, self._words.templates.message_class).steps)
            * account.price_per_part
            for line in lines
            for account in self._carrying(step)
        ]
        return max(costs, default=Decimal(0))

    def _carrying(self, step: Step) -> list[Account]:
        """The accounts of a step that are configured."""
        numbers = {number for each in step.accounts.values() for number in each}
        return [account for number, account in self._accounts.items() if number in numbers]

    def times(self, now_ms: float) -> None:
        """Refuse a campaign that would expire before it begins."""
        until = self._campaign.until
        if until is not None and until <= now_ms:
            self._errors.append("its last moment (--until) is past")

    def words(self) -> None:
        """Refuse texts that lint calls wrong."""
        carrying = [each for step in self._campaign.steps for each in self._carrying(step)]
        for finding in lint(self._words.templates, carrying):
            told = f"{finding.where}: {finding.message_en}"
            if finding.level is Level.ERROR:
                self._errors.append(told)

    def verdict(self, recipients: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Errors, which refuse; warnings, which an approver weighs."""
        if not recipients:
            self._errors.append("there is nobody to send to")
        if sum(self._faults.values()) >= recipients > 0:
            self._errors.append("no recipient could be sent to")
        worst = sorted(self._faults.items(), key=lambda item: -item[1])
        warnings = [f"{count} recipients: {words}" for words, count in worst[:_EXAMPLES]]
        return tuple(dict.fromkeys(self._errors)), tuple(warnings)

    def _path(self, network: Network) -> Iterator[tuple[Channel, Account]]:
        for step in self._campaign.steps:
            numbers = step.accounts.get(network, ())
            if numbers and numbers[0] in self._accounts:
                yield step.channel, self._accounts[numbers[0]]

    def _line(self, channel: Channel, network: Network, account: Account) -> CostLine:
        found = self.lines.get((channel, network))
        if found is None:
            found = CostLine(channel, network, account.name, account.price_per_part)
            self.lines[channel, network] = found
        return found


def _hash(
    settings: Settings,
    campaign: Campaign,
    recipients: int,
    ceiling: Decimal,
) -> str:
    """Cover audience, words, routes, window, limits and the most that it may cost."""
    return approval_hash(
        {
            "audience": campaign.audience,
            "parent": [campaign.parent, list(campaign.parent_states)],
            "recipients": recipients,
            "template": dict(campaign.template),
            "routes": [
                [step.channel.name, {n.name: list(a) for n, a in step.accounts.items()}]
                for step in campaign.steps
            ],
            "window": [campaign.opens, campaign.closes, campaign.until],
            "limits": {
                account.name: [str(limit) for limit in account.limits]
                for account in settings.accounts
            },
            "ceiling": str(ceiling),
        }
    )

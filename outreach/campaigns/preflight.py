"""What must be right before a campaign may be approved, and what the approval then covers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from outreach.campaigns.approval import bound_hash
from outreach.campaigns.cautions import cautions
from outreach.campaigns.cost import CostLine
from outreach.campaigns.findings import Finding
from outreach.campaigns.forecast import Ask, Forecast, Load, forecast
from outreach.campaigns.weighing import Weighing
from outreach.settings import Settings
from outreach.store import accounts, backlog, planning
from outreach.store.campaigns import Campaign

_PROGRESS_EVERY = 10_000


@dataclass(frozen=True, slots=True)
class Preflight:
    """The outcome of the checks; an approval is bound to `approval_hash`."""

    campaign: Campaign
    recipients: int
    lines: tuple[CostLine, ...]
    likely_cost: Decimal
    """đồng, when the first channel takes everybody."""
    worst_cost: Decimal
    """đồng, when everybody also gets every fallback, and every reminder after that."""
    ceiling: Decimal
    """đồng, when each of them is as long and as dear as any; what an approval allows."""
    plan: Forecast
    cautions: tuple[Finding, ...]
    """What to know of the plan."""
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
    check = Weighing(settings, campaign, accounts.names(conn))
    recipients = sum(by_network.values())
    for n, (network, bucket, params) in enumerate(planning.rows(conn, campaign), 1):
        check.row(network, bucket, params)
        if progress and (n % _PROGRESS_EVERY == 0 or n == recipients):
            progress(n, recipients)
    check.routes(by_network)
    check.words()
    check.times(settings.clock().timestamp() * 1000)
    lines = tuple(check.lines.values())
    times = 1 + campaign.rules.waves
    ceiling = times * recipients * check.dearest()
    errors, warnings = check.verdict(recipients)
    loads = tuple(
        Load(line.channel, line.network, line.account, line.messages, line.parts) for line in lines
    )
    ask = asked(conn, settings, campaign, loads)
    plan = forecast(ask)
    worst = times * sum((line.cost for line in lines), Decimal(0))
    return Preflight(
        campaign,
        recipients,
        lines,
        sum((line.cost for line in lines if line.channel is campaign.steps[0].channel), Decimal(0)),
        worst,
        ceiling,
        plan,
        tuple(cautions(ask, plan, worst)),
        errors,
        warnings,
        bound_hash(
            campaign, recipients, settings.holidays, check.accounts.values(), lines, ceiling
        ),
    )


def asked(conn: Connection, settings: Settings, campaign: Campaign, loads: Sequence[Load]) -> Ask:
    """What the plan of a campaign is made of, given what it has to send."""
    wanted = {load.account for load in loads}
    configured = {account.name: account for account in settings.accounts}
    numbers = {name: n for n, (name, _) in accounts.names(conn).items() if name in wanted}
    waiting = backlog.of_others(conn, campaign.id)
    now = settings.clock()
    return Ask(
        campaign,
        loads,
        {name: configured[name] for name in numbers},
        settings.holidays,
        now,
        {name: waiting[n] for name, n in numbers.items() if n in waiting},
        {
            (name, limit): backlog.used(conn, n, limit, int(limit.begins(now).timestamp() * 1000))
            for name, n in numbers.items()
            for limit in configured[name].limits
            if limit.span
        },
    )

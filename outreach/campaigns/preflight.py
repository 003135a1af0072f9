"""What must be right before a campaign may be approved, and what the approval then covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from outreach.campaigns.approval import bound_hash, code
from outreach.campaigns.cautions import cautions
from outreach.campaigns.cost import CostLine
from outreach.campaigns.findings import Finding
from outreach.campaigns.forecast import Ask, Forecast, Load, forecast
from outreach.campaigns.means import Progress
from outreach.campaigns.routes import told
from outreach.campaigns.sampled import Sample
from outreach.campaigns.weighing import Weighing
from outreach.settings import Settings
from outreach.store import accounts, backlog, planning
from outreach.store.campaigns import Campaign
from outreach.store.database import Database

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
    dearest: Decimal
    """đồng: the most that one recipient may cost once."""
    ceiling: Decimal
    """đồng, when each of them is as long and as dear as any; what an approval allows."""
    plan: Forecast
    cautions: tuple[Finding, ...]
    """What to know of the plan."""
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    approval_hash: str
    routes: str
    """Accounts by channel with their weights, as people read them."""
    samples: tuple[Sample, ...]

    @property
    def code(self) -> str:
        """What an approver types to say what was looked at."""
        return code(self.approval_hash)

    def costs(self) -> dict[str, str]:
        """What the audit keeps of it, in đồng."""
        return {
            "likely_cost_dong": format(self.likely_cost, "f"),
            "worst_cost_dong": format(self.worst_cost, "f"),
            "dearest_dong": format(self.dearest, "f"),
            "ceiling_dong": format(self.ceiling, "f"),
        }


def preflight(
    database: Database, settings: Settings, campaign: Campaign, progress: Progress | None = None
) -> Preflight:
    """Render every row once, and say what it costs and what is wrong."""
    check, recipients = _weighed(database, settings, campaign, progress)
    lines = tuple(check.lines.values())
    times = 1 + campaign.rules.waves
    ceiling = times * check.servable * check.dearest()
    loads = tuple(
        Load(line.channel, line.network, line.account, line.messages, line.parts) for line in lines
    )
    ask = asked(database, settings, campaign, loads)
    plan = forecast(ask)
    if plan.left and not plan.days:
        check.nothing_leaves()
    errors, warnings = check.verdict(recipients)
    worst = times * sum((line.cost for line in lines), Decimal(0))
    return Preflight(
        campaign,
        recipients,
        lines,
        sum((line.cost for line in lines if line.channel is campaign.steps[0].channel), Decimal(0)),
        worst,
        check.dearest(),
        ceiling,
        plan,
        tuple(cautions(ask, plan, worst)),
        errors,
        warnings,
        bound_hash(
            campaign,
            recipients,
            settings.holidays,
            check.accounts.values(),
            lines,
            ceiling,
            check.link,
        ),
        told(campaign.steps, {n: account.name for n, account in check.accounts.items()}),
        check.samples(),
    )


def _weighed(
    database: Database, settings: Settings, campaign: Campaign, progress: Progress | None
) -> tuple[Weighing, int]:
    """Every row weighed, and how many there are; no transaction lasts longer than a page."""
    with database.read() as conn:
        by_network = planning.by_network(conn, campaign)
        check = Weighing(settings, campaign, accounts.names(conn))
    recipients = sum(by_network.values())
    for n, (network, bucket, params) in enumerate(planning.rows(database, campaign), 1):
        check.row(network, bucket, params)
        if progress and (n % _PROGRESS_EVERY == 0 or n == recipients):
            progress(n, recipients)
    check.routes(by_network)
    check.words()
    check.times(settings.clock().timestamp() * 1000)
    return check, recipients


def asked(database: Database, settings: Settings, campaign: Campaign, loads: Sequence[Load]) -> Ask:
    """What the plan of a campaign is made of, given what it has to send."""
    with database.read() as conn:
        return _asked(conn, settings, campaign, loads)


def _asked(conn: Connection, settings: Settings, campaign: Campaign, loads: Sequence[Load]) -> Ask:
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

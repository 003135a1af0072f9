"""Where a campaign stands: everything that `outreach campaign status` tells, read at one moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from decimal import Decimal

from sqlalchemy import Connection

from outreach.cli.campaign_words import campaign_json
from outreach.cli.contracts import Contracts
from outreach.cli.eta import done_at
from outreach.cli.office import Office
from outreach.domain.campaign import CampaignState
from outreach.domain.network import Network
from outreach.domain.window import Window
from outreach.reports import CampaignFigures, Column, campaign_figures
from outreach.store import accounts, audit, campaigns, work
from outreach.store.accounts import Pulse
from outreach.store.campaigns import Campaign
from outreach.store.work import Left

_STALE_MS = 5_000


@dataclass(frozen=True, slots=True)
class NetworkLine:
    """How far the recipients of one network are."""

    network: Network
    results: Mapping[Column, int]

    @property
    def recipients(self) -> int:
        return sum(self.results.values())

    @property
    def done(self) -> int:
        return self.recipients - self.results.get(Column.PENDING, 0)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What the engine last said of an account of the plan; nothing if it never spoke."""

    account: str
    channel: str
    running: bool
    rate_per_s: int
    allowed_per_s: int
    in_flight: int
    breaker: str
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign at one moment."""

    campaign: Campaign
    at: datetime
    rehearsal: bool
    figures: CampaignFigures
    networks: Sequence[NetworkLine]
    accounts: Sequence[AccountLine]
    left: Left
    ceiling: Decimal | None
    """đồng, by the last preflight of a submission or approval."""

    @property
    def window(self) -> Window:
        """The hours in which the campaign may send."""
        return Window(
            time.fromisoformat(self.campaign.opens), time.fromisoformat(self.campaign.closes)
        )

    @property
    def engine_running(self) -> bool:
        return any(line.running for line in self.accounts)

    @property
    def rate(self) -> int:
        """Messages a second, over the accounts of the plan."""
        return sum(line.rate_per_s for line in self.accounts if line.running)

    @property
    def backlog(self) -> int:
        """Messages that have still to leave."""
        return self.left.messages + self.left.due

    @property
    def eta(self) -> datetime | None:
        """When the last message will have left at the present rate; None when it is unknown."""
        if self.campaign.state is not CampaignState.RUNNING or not self.rate or not self.backlog:
            return None
        return done_at(self.at, self.window, self.backlog / self.rate)


def gather(office: Office, name: str, terms: Contracts) -> Status:
    """Read a campaign's status."""
    now = office.settings.clock()
    with office.database.read() as conn:
        found = campaigns.find(conn, name)
        figures = campaign_figures(conn, found.id, terms.prices, terms.pushed)
        return Status(
            found,
            now,
            office.settings.rehearsal,
            figures,
            _networks(figures),
            _accounts(conn, found, int(now.timestamp() * 1000)),
            work.left(conn, found.id),
            _ceiling(conn, found.id),
        )


def _networks(figures: CampaignFigures) -> list[NetworkLine]:
    found: dict[Network, Counter[Column]] = {}
    for share in figures.shares:
        found.setdefault(share.network, Counter())[share.column] += share.recipients
    return [NetworkLine(network, results) for network, results in sorted(found.items())]


def _accounts(conn: Connection, found: Campaign, now: int) -> list[AccountLine]:
    pulses = {pulse.account: pulse for pulse in accounts.pulses(conn)}
    names = accounts.names(conn)
    planned = {n for step in found.steps for numbers in step.accounts.values() for n in numbers}
    return [
        _account(names[n][0], names[n][1].name.lower(), pulses.get(n), now) for n in sorted(planned)
    ]


def _account(name: str, channel: str, pulse: Pulse | None, now: int) -> AccountLine:
    if pulse is None:
        return AccountLine(name, channel, False, 0, 0, 0, "", "")
    running = abs(now - pulse.at) <= _STALE_MS
    return AccountLine(
        name,
        channel,
        running,
        pulse.rate,
        pulse.allowed,
        pulse.in_flight,
        pulse.breaker,
        pulse.reason,
    )


def _ceiling(conn: Connection, campaign: int) -> Decimal | None:
    costs = [
        Decimal(str(entry.detail["ceiling_dong"]))
        for entry in audit.history(conn, f"campaign:{campaign}")
        if "ceiling_dong" in entry.detail
    ]
    return costs[-1] if costs else None


def status_json(found: Status) -> dict[str, object]:
    """A status under names that stay."""
    told = found.figures.to_json()
    return {
        "campaign": campaign_json(found.campaign),
        "at": found.at.isoformat(timespec="seconds"),
        "rehearsal": found.rehearsal,
        "engine_running": found.engine_running,
        "results": told["results"],
        "messages": told["messages"],
        "reasons": told["reasons"],
        "networks": [_network_json(line) for line in found.networks],
        "accounts": [asdict(line) for line in found.accounts],
        "backlog": found.backlog,
        "rate_per_s": found.rate,
        "eta": found.eta and found.eta.isoformat(timespec="seconds"),
        "window": _window_json(found),
        "cost_dong": format(found.figures.cost, "f"),
        "ceiling_dong": None if found.ceiling is None else format(found.ceiling, "f"),
    }


def _network_json(line: NetworkLine) -> dict[str, object]:
    return {
        "network": line.network.title,
        "recipients": line.recipients,
        "done": line.done,
        **{column.value: line.results.get(column, 0) for column in Column},
    }


def _window_json(found: Status) -> dict[str, object]:
    opening = found.window.next_opening(found.at)
    return {
        "hours": str(found.window),
        "open": found.window.is_open(found.at),
        "next_opening": opening.isoformat(timespec="seconds"),
    }

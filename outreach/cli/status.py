"""Where a campaign stands: everything that `outreach campaign status` tells, read at one moment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from math import inf

from sqlalchemy import Connection

from outreach.campaigns.launching import held_after_pilot, pilot_told
from outreach.cli.contracts import Contracts
from outreach.cli.office import Office
from outreach.cli.status_accounts import AccountLine
from outreach.cli.status_end import expected
from outreach.cli.status_reading import account_lines
from outreach.domain.campaign import CampaignState
from outreach.domain.network import Network
from outreach.domain.window import Hours, Window
from outreach.reports import CampaignFigures, Column, campaign_figures
from outreach.settings import Settings
from outreach.store import ahead, amendments, audit, campaigns, installation, seats
from outreach.store.ahead import Postponed
from outreach.store.amendments import Amendment
from outreach.store.audit import Entry
from outreach.store.campaigns import Campaign
from outreach.store.installation import Pause
from outreach.store.waiting import Unread, unread

UNREAD_MS = 60_000
"""A call of a carrier is read within a second; one that waits so long has nobody to read it."""

_BEGINS = frozenset({"campaign.start", "campaign.resume"})


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
class Costs:
    """What was told when the campaign was submitted or approved, in đồng."""

    likely: Decimal | None = None
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign at one moment."""

    campaign: Campaign
    at: datetime
    rehearsal: bool
    hours: Hours
    figures: CampaignFigures
    networks: Sequence[NetworkLine]
    accounts: Sequence[AccountLine]
    costs: Costs
    amendment: Amendment | None
    """What waits for a decision."""
    pilot: Mapping[str, int] | None
    """People of the pilot by result, while the campaign is held for a look at them."""
    postponed: Postponed | None
    next_look: datetime | None
    """When those whom the first channel did not reach are looked at next."""
    went_on: datetime | None
    """When it last started or was resumed."""
    engine_mute: bool
    """True where the engine runs but nothing is heard from it."""
    unread: Unread | None
    """Calls of carriers that wait longer than whoever settles them leaves them."""
    workers: int | None
    """Processes of the cluster that are at work; None where `outreach run` is the engine."""
    everything_paused: Pause | None

    @property
    def engine_running(self) -> bool:
        return any(line.running for line in self.accounts)

    @property
    def moving(self) -> bool:
        """Whether an account of the plan sends what it has waiting."""
        return any(line.backlog and line.pace(self.sending_for) for line in self.accounts)

    @property
    def rate(self) -> int:
        """Messages a second, over the accounts of the plan."""
        return sum(line.rate_per_s for line in self.accounts)

    @property
    def backlog(self) -> int:
        """Messages that have still to leave."""
        return sum(line.backlog for line in self.accounts)

    @property
    def sending_for(self) -> float:
        """Seconds since it last began to send; infinite where nobody wrote that down."""
        if self.went_on is None:
            return inf
        return max(0.0, (self.at - self.went_on).total_seconds())

    @property
    def eta(self) -> datetime | None:
        """When the last message will have left; None when that is not in sight."""
        if self.campaign.state is not CampaignState.RUNNING or not self.backlog:
            return None
        return expected(
            self.campaign, self.at, self.hours, self.accounts, self.figures, self.sending_for
        )


def gather(office: Office, name: str, terms: Contracts) -> Status:
    """Read a campaign's status."""
    settings = office.settings
    now = settings.clock()
    with office.database.read() as conn:
        found = campaigns.find(conn, name)
        figures = campaign_figures(conn, found.id, terms.prices, terms.pushed)
        history = audit.history(conn, f"campaign:{found.id}")
        look = ahead.next_look(conn, found.id)
        lines = account_lines(conn, settings, found, figures, now)
        silent = not any(line.running for line in lines)
        return Status(
            found,
            now,
            settings.rehearsal,
            hours_of(found, settings),
            figures,
            _networks(figures),
            lines,
            _costs(history),
            amendments.open_of(conn, found.id),
            _pilot(conn, found),
            ahead.postponed(conn, found.id, int(now.timestamp() * 1000)),
            None if look is None else moment(look),
            _went_on(history),
            silent and office.database.engine_runs(),
            unread(conn, int(now.timestamp() * 1000) - UNREAD_MS),
            seats.processes(conn) if is_cluster(settings) else None,
            installation.paused(conn),
        )


def is_cluster(settings: Settings) -> bool:
    """Whether workers are the engine: they need both, and refuse without."""
    return bool(settings.redis_url) and settings.database_url.startswith("postgresql")


def hours_of(campaign: Campaign, settings: Settings) -> Hours:
    """The hours in which a campaign may send."""
    window = Window(time.fromisoformat(campaign.opens), time.fromisoformat(campaign.closes))
    return Hours(window, None if campaign.rules.holidays else settings.holidays)


def moment(ms: int) -> datetime:
    """A stored time."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def _networks(figures: CampaignFigures) -> list[NetworkLine]:
    found: dict[Network, Counter[Column]] = {}
    for share in figures.shares:
        found.setdefault(share.network, Counter())[share.column] += share.recipients
    return [NetworkLine(network, results) for network, results in sorted(found.items())]


def _costs(history: Sequence[Entry]) -> Costs:
    # An approved amendment tells a ceiling alone.
    latest = {name: told for entry in history for name, told in entry.detail.items()}
    return Costs(*(_dong(latest.get(name)) for name in ("likely_cost_dong", "ceiling_dong")))


def _dong(told: object) -> Decimal | None:
    return None if told is None else Decimal(str(told))


def _pilot(conn: Connection, campaign: Campaign) -> Mapping[str, int] | None:
    return pilot_told(conn, campaign) if held_after_pilot(campaign) else None


def _went_on(history: Sequence[Entry]) -> datetime | None:
    at = [entry.at for entry in history if entry.action in _BEGINS]
    return moment(at[-1]) if at else None

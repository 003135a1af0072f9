"""What the month's report says, from the tally alone: by carrier, by campaign, by reason."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection

from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.network import Channel, Network
from outreach.domain.window import day_number
from outreach.reports.figures import grouped, reasons
from outreach.reports.reasons import in_vietnamese
from outreach.reports.sums import Sums, Terms, add_up
from outreach.store import campaigns, tally
from outreach.store.campaigns import Campaign
from outreach.store.tally import Figure

TOP_REASONS = 20

Month = tuple[int, int]
"""Year and month in Ho Chi Minh City."""


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """What was sent to one network by one channel; channel None where no account was found."""

    network: Network
    channel: Channel | None
    sums: Sums


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """What one campaign sent."""

    id: int
    name: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """How often a state had this reason."""

    state: State
    words: str
    messages: int


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """The figures of one month as they stood when it was made."""

    month: Month
    made_at: datetime
    agency: Mapping[str, str]
    """Settings' `[agency]`: name, parent, place."""
    rehearsal: bool
    carriers: tuple[CarrierLine, ...]
    campaigns: tuple[CampaignLine, ...]
    reasons: tuple[ReasonLine, ...]
    total: Sums
    late: Sums
    """Of these messages, those whose final word came after the month; they are in `total`."""
    earlier: Sums
    """Messages of earlier months whose final word came within this one; not in `total`."""


def monthly(
    conn: Connection,
    month: Month,
    accounts: Mapping[int, tuple[str, Channel]],
    prices: Mapping[int, Decimal],
    pushed: AbstractSet[int],
    *,
    made_at: datetime,
    agency: Mapping[str, str],
    rehearsal: bool,
) -> MonthlyReport:
    """Count a month; `accounts`, `prices` and `pushed` go by account number."""
    known = {campaign.id: campaign for campaign in campaigns.in_state(conn, *CampaignState)}
    terms = Terms(prices, pushed)
    figures = tally.figures(conn)
    ours = _of_month(figures, _number(month), known)
    return MonthlyReport(
        month=month,
        made_at=made_at,
        agency=agency,
        rehearsal=rehearsal,
        carriers=_carriers(ours, accounts, terms),
        campaigns=_campaigns(ours, known, terms),
        reasons=_reasons(ours),
        total=add_up(ours, terms),
        late=add_up((f for f in ours if _receipt_month(f) > _number(month)), terms),
        earlier=add_up((f for f in figures if _corrects(f, _number(month))), terms),
    )


def _number(month: Month) -> int:
    return month[0] * 100 + month[1]


def _receipt_month(figure: Figure) -> int:
    return figure.group.receipt_day // 100


def _corrects(figure: Figure, month: int) -> bool:
    return 0 < figure.group.day // 100 < month == _receipt_month(figure)


def _of_month(figures: Iterable[Figure], month: int, known: Mapping[int, Campaign]) -> list[Figure]:
    """The month's messages; what is still pending goes with campaigns that have any."""
    figures = list(figures)
    decided = [f for f in figures if _month_of(f, known) == month]
    active = {figure.group.campaign for figure in decided}
    waiting = [f for f in figures if f.group.state is State.PENDING and f.group.campaign in active]
    return decided + waiting


def _month_of(figure: Figure, known: Mapping[int, Campaign]) -> int | None:
    """The month that a message belongs to; None while it is pending.

    A message without a route is decided when it is planned and has no day of its own: it
    belongs to the month in which its campaign started.
    """
    group = figure.group
    if group.state is State.PENDING:
        return None
    if group.day:
        return group.day // 100
    campaign = known[group.campaign]
    began = campaign.started_at or campaign.created_at
    return day_number(datetime.fromtimestamp(began / 1000, UTC)) // 100


def _carriers(
    figures: Iterable[Figure], accounts: Mapping[int, tuple[str, Channel]], terms: Terms
) -> tuple[CarrierLine, ...]:
    def place(figure: Figure) -> tuple[Network, Channel | None]:
        account = accounts.get(figure.group.account)
        return figure.group.network, account[1] if account else None

    lines = [
        CarrierLine(network, channel, add_up(members, terms))
        for (network, channel), members in grouped(figures, place).items()
    ]
    return tuple(sorted(lines, key=_official_order))


def _official_order(line: CarrierLine) -> tuple[bool, Network, int]:
    """Networks by their number, the unknown one last."""
    return line.network is Network.UNKNOWN, line.network, line.channel or 0


def _campaigns(
    figures: Iterable[Figure], known: Mapping[int, Campaign], terms: Terms
) -> tuple[CampaignLine, ...]:
    return tuple(
        CampaignLine(campaign, known[campaign].name, add_up(members, terms))
        for campaign, members in sorted(grouped(figures, lambda f: f.group.campaign).items())
    )


def _reasons(figures: Iterable[Figure]) -> tuple[ReasonLine, ...]:
    lines = [
        ReasonLine(state, in_vietnamese(count.words), count.messages)
        for state, counts in reasons(figures, TOP_REASONS).items()
        for count in counts
    ]
    lines.sort(key=lambda line: (-line.messages, line.state, line.words))
    return tuple(lines[:TOP_REASONS])

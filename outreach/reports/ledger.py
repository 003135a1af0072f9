"""The ledger of a month, or since the start: every figure that the official report may show."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import add

from outreach.domain.message import State
from outreach.domain.month import Month
from outreach.domain.network import Channel, Network
from outreach.reports.books import Answers, Books, Counts, Entry, entries, grouped
from outreach.reports.claims import Claims, CostLine, Stated
from outreach.reports.figures import reasons
from outreach.reports.naming import Naming
from outreach.reports.reasons import in_vietnamese
from outreach.reports.sums import Sums, Terms, add_up
from outreach.store.campaigns import Campaign
from outreach.store.tally import Figure

TOP_REASONS = 20


@dataclass(frozen=True, slots=True)
class CarrierLine:
    """What was sent to one network by one channel; channel None where no account was found."""

    network: Network
    channel: Channel | None
    entry: Entry

    @property
    def sums(self) -> Sums:
        return self.entry.sums

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        channel = self.channel and self.channel.name.lower()
        return {"network": self.network.title, "channel": channel, **self.entry.to_json()}


@dataclass(frozen=True, slots=True)
class Previous:
    """The month before, for the change on it."""

    entry: Entry
    carriers: tuple[CarrierLine, ...]


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """What one campaign sent."""

    id: int
    name: str
    entry: Entry

    @property
    def sums(self) -> Sums:
        return self.entry.sums


@dataclass(frozen=True, slots=True)
class DistrictLine:
    """What was sent to the people of one district, under its official title."""

    title: str
    entry: Entry
    stated: Stated
    """What carriers tell of it, as far as they tell districts."""


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """How often a state had this reason."""

    state: State
    words: str
    messages: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The figures of a month, or of all months, as they stood when it was made."""

    month: Month | None
    """None: since the start."""
    made_at: datetime
    agency: Mapping[str, str]
    """Settings' `[agency]`: name, parent, place."""
    rehearsal: bool
    carriers: tuple[CarrierLine, ...]
    campaigns: tuple[CampaignLine, ...]
    districts: tuple[DistrictLine, ...]
    reasons: tuple[ReasonLine, ...]
    entry: Entry
    """All of it together."""
    unprompted: Answers
    """What people did whom no message of ours had reached; not in `entry`."""
    previous: Previous | None
    """The month before, if it had anything."""
    late: Sums
    """Of these messages, those whose final word came after the month; they are in `entry`."""
    earlier: Sums
    """Messages of earlier months whose final word came within this one; not in `entry`."""
    claims: Claims
    """What carriers and BHXH say."""
    costs: tuple[CostLine, ...]

    @property
    def total(self) -> Sums:
        """All messages together."""
        return self.entry.sums

    @property
    def networks(self) -> dict[str, Entry]:
        """What was sent to each network, by its title, whatever the channel."""
        return _by_network(self.carriers)

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay: `ledger.schema.json` describes them."""
        return {
            "month": self.month and str(self.month),
            "made_at": self.made_at.astimezone(UTC).isoformat(timespec="seconds"),
            "agency": dict(self.agency),
            "rehearsal": self.rehearsal,
            "total": self.entry.to_json(),
            "previous": self.previous
            and {
                **self.previous.entry.to_json(),
                "carriers": [line.to_json() for line in self.previous.carriers],
            },
            "late": self.late.to_json(),
            "earlier": self.earlier.to_json(),
            "unprompted": self.unprompted._asdict(),
            "carriers": [line.to_json() for line in self.carriers],
            "campaigns": [
                {"id": line.id, "name": line.name, **line.entry.to_json()}
                for line in self.campaigns
            ],
            "districts": [
                {
                    "district": line.title,
                    **line.entry.to_json(),
                    "stated": line.stated.by_district_json(),
                }
                for line in self.districts
            ],
            "reasons": [
                {"state": line.state.label, "reason": line.words, "messages": line.messages}
                for line in self.reasons
            ],
            "costs": [line.to_json() for line in self.costs],
            **self.claims.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Contracts:
    """Who our accounts are, by number, and what their contracts say."""

    accounts: Mapping[int, tuple[str, Channel]]
    terms: Terms


@dataclass(frozen=True, slots=True)
class Making:
    """When a ledger was made, by whom, and whether of invented messages."""

    at: datetime
    agency: Mapping[str, str]
    rehearsal: bool


def ledger(
    counts: Counts,
    month: Month | None,
    contracts: Contracts,
    naming: Naming,
    read_claims: Callable[[Mapping[str, Answers]], Claims],
    making: Making,
) -> Ledger:
    """Add a month up, or everything since the start.

    `read_claims` says what others state; it is told our own counts by network.
    """
    books, terms = counts.of(month), contracts.terms
    before = counts.of(month.previous) if month else None
    carriers = _carriers(books, contracts)
    own = {title: entry.answers for title, entry in _by_network(carriers).items()}
    claims = read_claims(own)
    return Ledger(
        month=month,
        made_at=making.at,
        agency=making.agency,
        rehearsal=making.rehearsal,
        carriers=carriers,
        campaigns=_campaigns(books, counts.campaigns, terms),
        districts=_districts(books, naming, terms, claims.districts),
        reasons=_reasons(books.figures),
        entry=books.entry(terms),
        unprompted=books.unprompted(),
        previous=None if before is None else _previous(before, contracts),
        late=add_up(books.late, terms),
        earlier=add_up(books.earlier, terms),
        claims=claims,
        costs=claims.costs(books.figures, contracts.accounts, terms),
    )


def _previous(books: Books, contracts: Contracts) -> Previous | None:
    entry = books.entry(contracts.terms)
    return None if entry == Entry() else Previous(entry, _carriers(books, contracts))


def _carriers(books: Books, contracts: Contracts) -> tuple[CarrierLine, ...]:
    def channel(account: int) -> Channel | None:
        found = contracts.accounts.get(account)
        return found[1] if found else None

    made = entries(
        books.figures,
        lambda figure: (figure.group.network, channel(figure.group.account)),
        books.responses,
        lambda response: (Network(response.network), channel(response.account)),
        contracts.terms,
    )
    lines = [CarrierLine(network, by, entry) for (network, by), entry in made.items()]
    return tuple(sorted(lines, key=_official_order))


def _by_network(lines: Iterable[CarrierLine]) -> dict[str, Entry]:
    return {
        title: reduce(add, (line.entry for line in of_network))
        for title, of_network in grouped(lines, lambda line: line.network.title).items()
    }


def _official_order(line: CarrierLine) -> tuple[bool, Network, int]:
    """Networks by their number, the unknown one last."""
    return line.network is Network.UNKNOWN, line.network, line.channel or 0


def _campaigns(
    books: Books, known: Mapping[int, Campaign], terms: Terms
) -> tuple[CampaignLine, ...]:
    made = entries(
        books.figures,
        lambda figure: figure.group.campaign,
        books.responses,
        lambda response: response.campaign,
        terms,
    )
    return tuple(
        CampaignLine(number, known[number].name, entry) for number, entry in sorted(made.items())
    )


def _districts(
    books: Books, naming: Naming, terms: Terms, stated: Mapping[str, Stated]
) -> tuple[DistrictLine, ...]:
    made = entries(
        books.districts,
        lambda figure: naming.numbered(figure.group.district),
        books.responses,
        lambda response: naming.numbered(response.district),
        terms,
    )
    lines = [
        DistrictLine(title, made.get(title, Entry()), stated.get(title, Stated()))
        for title in {**made, **stated}
    ]
    return tuple(sorted(lines, key=lambda line: naming.order(line.title)))


def _reasons(figures: Iterable[Figure]) -> tuple[ReasonLine, ...]:
    sums: Counter[tuple[State, str]] = Counter()  # two may be one in Vietnamese
    for state, counts in reasons(figures, TOP_REASONS).items():
        for count in counts:
            sums[state, in_vietnamese(count.words)] += count.messages
    lines = [ReasonLine(*key, messages) for key, messages in sums.items()]
    lines.sort(key=lambda line: (-line.messages, line.state, line.words))
    return tuple(lines[:TOP_REASONS])

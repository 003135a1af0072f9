"""Where a campaign stands, to the last message; from the tally alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from outreach.domain.message import State
from outreach.domain.msisdn import mask_text
from outreach.domain.network import Network
from outreach.reports.columns import Column
from outreach.reports.reasons import in_english, in_vietnamese
from outreach.reports.sums import Sums, Terms, add_up
from outreach.store import tally
from outreach.store.tally import Figure

K = TypeVar("K")

TOP = 5


class ReasonCount(NamedTuple):
    """How many messages have a reason in common."""

    words: str
    """As it is stored: a carrier's code with its meaning, or a word of ours."""
    messages: int

    def to_json(self) -> dict[str, object]:
        """The same in both languages."""
        return {**self._asdict(), "en": in_english(self.words), "vi": in_vietnamese(self.words)}


@dataclass(frozen=True, slots=True)
class Share:
    """The messages of one account on one network that stand in one state."""

    account: int
    network: Network
    state: State
    column: Column
    messages: int
    recipients: int
    parts: int
    """All that are recorded, billed or not."""


@dataclass(frozen=True, slots=True)
class CampaignFigures:
    """A campaign's counts; recipients are the sum of `results`, and of the shares' too."""

    campaign: int
    results: Mapping[Column, int]
    """Recipients by the one result each has."""
    sums: Sums
    """Messages, those replaced by a fallback included."""
    shares: tuple[Share, ...]
    reasons: Mapping[State, tuple[ReasonCount, ...]]

    @property
    def recipients(self) -> int:
        return sum(self.results.values())

    @property
    def pending(self) -> int:
        return self.sums.of(Column.PENDING)

    @property
    def sent(self) -> int:
        return self.sums.sent

    @property
    def taken(self) -> int:
        return self.sums.taken

    @property
    def cost(self) -> Decimal:
        return self.sums.cost

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "campaign": self.campaign,
            "recipients": self.recipients,
            "results": {column.value: self.results.get(column, 0) for column in Column},
            "messages": self.sums.to_json(),
            "shares": [_share_json(share) for share in self.shares],
            "reasons": {
                state.label: [reason.to_json() for reason in reasons]
                for state, reasons in self.reasons.items()
            },
        }


def campaign_figures(
    conn: Connection,
    campaign: int,
    prices: Mapping[int, Decimal],
    pushed: AbstractSet[int],
    top: int = TOP,
) -> CampaignFigures:
    """Read where a campaign stands; `prices` and `pushed` go by account number."""
    terms = Terms(prices, pushed)
    figures = tally.figures(conn, campaign)
    results: Counter[Column] = Counter()
    for figure in figures:
        if figure.group.result:
            results[terms.column(figure.group)] += figure.messages
    return CampaignFigures(
        campaign, results, add_up(figures, terms), _shares(figures, terms), reasons(figures, top)
    )


def reasons(figures: Iterable[Figure], top: int) -> dict[State, tuple[ReasonCount, ...]]:
    """For each state that has reasons, the most frequent ones."""
    counts: defaultdict[State, Counter[str]] = defaultdict(Counter)
    for figure in figures:
        if figure.group.reason:
            counts[figure.group.state][mask_text(figure.group.reason)] += figure.messages
    return {state: _most(counts[state], top) for state in sorted(counts)}


def _most(counts: Counter[str], top: int) -> tuple[ReasonCount, ...]:
    # Equal counts go by name, so that the same data always give the same report.
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ReasonCount(*item) for item in ordered[:top])


def _shares(figures: Iterable[Figure], terms: Terms) -> tuple[Share, ...]:
    shared = grouped(figures, lambda f: (f.group.account, f.group.network, f.group.state))
    return tuple(
        Share(
            account,
            network,
            state,
            terms.column(members[0].group),
            sum(figure.messages for figure in members),
            sum(figure.messages * figure.group.result for figure in members),
            sum(figure.parts for figure in members),
        )
        for (account, network, state), members in sorted(shared.items())
    )


def grouped(figures: Iterable[Figure], key: Callable[[Figure], K]) -> dict[K, list[Figure]]:
    """Figures by what they have in common."""
    groups: defaultdict[K, list[Figure]] = defaultdict(list)
    for figure in figures:
        groups[key(figure)].append(figure)
    return groups


def _share_json(share: Share) -> dict[str, object]:
    return {
        "account": share.account,
        "network": share.network.title,
        "state": share.state.label,
        "column": share.column.value,
        "messages": share.messages,
        "recipients": share.recipients,
        "parts": share.parts,
    }

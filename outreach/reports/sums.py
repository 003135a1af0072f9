"""Adding up groups of the tally: counts, billed parts, cost and rates."""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from outreach.domain.message import State
from outreach.reports.columns import BILLED, REACHED, SENT, TAKEN, Column, column_of
from outreach.store.tally import Figure, Group


@dataclass(frozen=True, slots=True)
class Terms:
    """What contracts say of an account: its price per part (đồng), and whether receipts come."""

    prices: Mapping[int, Decimal]
    pushed: AbstractSet[int]

    def column(self, group: Group) -> Column:
        """Name the column that a group stands in."""
        return column_of(group.state, group.account, self.pushed)

    def confirms(self, group: Group) -> bool:
        """Whether these messages were taken by a carrier that sends receipts, as far as seen."""
        taken = self.column(group) in TAKEN
        return taken and (group.account in self.pushed or group.state is State.DELIVERED)


@dataclass(frozen=True, slots=True)
class Sums:
    """What some groups come to: every message in exactly one column."""

    columns: Mapping[Column, int]
    recipients: int
    """Those whose result lies here; a message that a fallback replaced has none."""
    confirmable: int
    """Taken messages that a receipt can come for: what a share of delivered is a share of."""
    parts: int
    """Billed, or perhaps billed: of messages in BILLED."""
    cost: Decimal
    """đồng, before tax, of the parts whose account has a price."""
    unpriced: int
    """Parts of accounts without a price: not in the cost."""

    def of(self, *columns: Column) -> int:
        """Messages in these columns together."""
        return sum(self.columns.get(column, 0) for column in columns)

    @property
    def messages(self) -> int:
        return sum(self.columns.values())

    @property
    def sent(self) -> int:
        return self.of(*SENT)

    @property
    def taken(self) -> int:
        return self.of(*TAKEN)

    @property
    def reached(self) -> int:
        """Messages that were delivered, or taken with no failure reported."""
        return self.of(*REACHED)

    @property
    def taken_rate(self) -> float | None:
        """Taken of sent; None where nothing was sent."""
        return self.taken / self.sent if self.sent else None

    @property
    def delivered_rate(self) -> float | None:
        """Delivered of confirmable; None where no receipt can come.

        Of all taken it would call undelivered what a carrier without receipts never confirms.
        """
        return self.of(Column.DELIVERED) / self.confirmable if self.confirmable else None

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            {column: self.of(column) + other.of(column) for column in Column},
            self.recipients + other.recipients,
            self.confirmable + other.confirmable,
            self.parts + other.parts,
            self.cost + other.cost,
            self.unpriced + other.unpriced,
        )

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay; cost as text, so that no digit is lost."""
        return {
            "messages": self.messages,
            "recipients": self.recipients,
            "sent": self.sent,
            "taken": self.taken,
            "confirmable": self.confirmable,
            **{column.value: self.of(column) for column in Column},
            "parts": self.parts,
            "cost_dong": dong(self.cost),
            "unpriced_parts": self.unpriced,
        }


NOTHING = Sums({}, 0, 0, 0, Decimal(0), 0)


def add_up(figures: Iterable[Figure], terms: Terms) -> Sums:
    """Add groups up."""
    columns: Counter[Column] = Counter()
    parts: Counter[int] = Counter()
    recipients = confirmable = 0
    for figure in figures:
        group, messages = figure.group, figure.messages
        column = terms.column(group)
        columns[column] += messages
        recipients += messages * group.result
        if terms.confirms(group):
            confirmable += messages
        if column in BILLED:
            parts[group.account] += figure.parts
    prices = terms.prices
    cost = sum(
        (prices[account] * n for account, n in parts.items() if account in prices), Decimal()
    )
    unpriced = sum(n for account, n in parts.items() if account not in prices)
    return Sums(columns, recipients, confirmable, parts.total(), cost, unpriced)


def dong(cost: Decimal) -> str:
    """Money in digits; behind the point only what is not zero."""
    return format(cost.normalize(), "f") if cost % 1 else str(int(cost))

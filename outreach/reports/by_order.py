"""Sends by order, beside our own: how far each carrier is, and what its statements say of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.domain.order import PartState
from outreach.settings.reporting import Reporting
from outreach.store import orders, statements
from outreach.store.orders import Order, Part
from outreach.store.statements import FIGURES, Figure, Line, Statement


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What one carrier did of one order; figures are None where it has not told them."""

    name: str
    carrier: str
    network: str
    """Whose subscribers; empty where the carrier is no longer in config/reporting.toml."""
    state: PartState
    sent: int | None = None
    delivered: int | None = None
    accesses: int | None = None
    installs: int | None = None
    revision: int | None = None
    """Of the statement that the figures are from; None where there is none."""

    @property
    def handed_in(self) -> bool:
        """Whether any figure is told."""
        return any(getattr(self, figure) is not None for figure in FIGURES)

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "order": self.name,
            "carrier": self.carrier,
            "network": self.network or None,
            "way": "by_order",
            "part": self.state,
            **{figure: getattr(self, figure) for figure in FIGURES},
            "revision": self.revision,
        }


def told(lines: Iterable[OrderLine], figure: Figure) -> int | None:
    """A figure of lines together; None where none of them tells it."""
    counts = [getattr(line, figure) for line in lines if getattr(line, figure) is not None]
    return sum(counts) if counts else None


def by_order(
    conn: Connection,
    month: Month,
    reporting: Reporting,
    handed_in: Mapping[str, Statement] | None = None,
) -> list[OrderLine]:
    """Every carrier's part in the orders of a month, with what its statement of the month says.

    `handed_in` are the statements to go by, by carrier; without them the latest. An order over two
    months has lines in both, each with that month's figures.
    """
    networks = {carrier.name: carrier.network for carrier in reporting.carriers}
    counting = statements.latest(conn, month.number) if handed_in is None else handed_in
    return [
        _line(order, part, networks.get(part.carrier, ""), counting.get(part.carrier))
        for order in orders.of_month(conn, month.number)
        for part in orders.parts(conn, order)
    ]


def _line(order: Order, part: Part, network: str, statement: Statement | None) -> OrderLine:
    said = Line() if statement is None else statement.of_order(order.id)
    figures = {figure: said.figure(figure) for figure in FIGURES}
    line = OrderLine(order.name, part.carrier, network, part.state, **figures)
    if statement is None or not line.handed_in:
        return line
    return replace(line, revision=statement.revision)

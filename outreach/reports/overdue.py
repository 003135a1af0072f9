"""Who is late with a month's figures, and with which of them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.domain.order import PartState
from outreach.reports.by_order import by_order
from outreach.settings.reporting import Carrier, Reporting
from outreach.store import statements


@dataclass(frozen=True, slots=True)
class Late:
    """A carrier whose figures of a month are overdue."""

    carrier: Carrier
    days: int
    orders: tuple[str, ...] = ()
    """The orders of which its statement says nothing; none where it handed in no statement."""


def late(conn: Connection, month: Month, reporting: Reporting, today: date) -> list[Late]:
    """The carriers that owe figures of a month, in the order of the settings.

    Nobody is late on the day that figures are due.
    """
    days = reporting.statements.days_overdue(month, today)
    if not days:
        return []
    told = statements.latest(conn, month.number)
    silent = [
        line
        for line in by_order(conn, month, reporting, told)
        if line.state is not PartState.PENDING and not line.handed_in
    ]
    found = []
    for carrier in reporting.carriers:
        of_orders = tuple(line.name for line in silent if line.carrier == carrier.name)
        if carrier.name not in told:
            found.append(Late(carrier, days))
        elif of_orders:
            found.append(Late(carrier, days, of_orders))
    return found

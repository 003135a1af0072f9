"""Who has handed in, and who is late by how many days."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.domain.window import local_day
from outreach.settings.reporting import Carrier, Reporting
from outreach.store import statements
from outreach.store.statements import Statement


@dataclass(frozen=True, slots=True)
class Standing:
    """How a carrier stands with a month's figures."""

    carrier: Carrier
    statement: Statement | None
    """The latest revision; None: nothing was handed in."""
    first_at: int | None
    """When the first one was (ms)."""
    due: date
    """The last local day in time."""
    days_overdue: int
    """Up to the first statement, or to the present; 0: in time."""


def standings(
    conn: Connection, month: Month, now: datetime, reporting: Reporting
) -> list[Standing]:
    """How every carrier stands, in the order of config/reporting.toml."""
    latest = statements.latest(conn, month.number)
    first = statements.first_at(conn, month.number)
    terms = reporting.statements
    return [
        Standing(
            carrier,
            latest.get(carrier.name),
            first.get(carrier.name),
            terms.due(month),
            terms.days_overdue(month, _handed_in(first.get(carrier.name), now)),
        )
        for carrier in reporting.carriers
    ]


def _handed_in(first_at: int | None, now: datetime) -> date:
    """The local day of the first statement, or the present one."""
    return local_day(now if first_at is None else datetime.fromtimestamp(first_at / 1000, UTC))

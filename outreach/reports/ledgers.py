"""Ledgers of an installation: what is counted, put together with what others say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from outreach.domain.district import DistrictTable
from outreach.domain.month import Month
from outreach.domain.window import LOCAL
from outreach.reports import claims
from outreach.reports.books import Counts
from outreach.reports.claims import Behind
from outreach.reports.covered import Reading
from outreach.reports.ledger import Contracts, Ledger, Making, ledger
from outreach.reports.naming import Naming
from outreach.reports.sums import Terms
from outreach.settings.reporting import Reporting
from outreach.store import accounts


@dataclass(frozen=True, slots=True)
class Setting:
    """What an installation says, and the present."""

    reporting: Reporting
    districts: DistrictTable
    agency: Mapping[str, str]
    terms: Terms
    rehearsal: bool
    now: datetime


def of_month(
    conn: Connection,
    month: Month | None,
    setting: Setting,
    counts: Counts | None = None,
    behind: Behind | None = None,
) -> Ledger:
    """Add a month up, or everything since the start.

    `counts` are the tallies' unless told; `behind` names the revisions that others' figures are
    taken from, in place of the latest.
    """
    naming = Naming.of(conn, setting.districts, month, setting.now.astimezone(LOCAL).date())
    reading = Reading(setting.reporting, setting.now, naming)
    return ledger(
        counts or Counts.tallied(conn),
        month,
        Contracts(accounts.names(conn), setting.terms),
        naming,
        lambda own: claims.read(conn, month, reading, own, behind),
        Making(setting.now, setting.agency, setting.rehearsal),
    )

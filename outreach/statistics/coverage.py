"""The insured and registered of a month, imported from the file that BHXH hands over."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from outreach.domain.district import DistrictTable
from outreach.domain.month import Month
from outreach.domain.msisdn import mask_text
from outreach.files.zipped import shown
from outreach.statistics.coverage_file import Told, read_coverage
from outreach.statistics.coverage_words import Fault
from outreach.statistics.findings import Finding, RefusedError
from outreach.store import coverage, statements
from outreach.store.coverage import MonthCoverage
from outreach.store.database import Database
from outreach.store.users import User


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file."""

    found: MonthCoverage
    changed: bool
    """False where its figures are those that count already; nothing is stored then."""
    notes: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where coverage is imported: who does it, when (ms), and by which districts."""

    database: Database
    user: User
    now: int
    districts: DistrictTable

    def import_file(self, path: Path, month: Month, why: str = "") -> Imported:
        """Store a file's figures as the month's next revision, unless nothing in them is new.

        RefusedError: the file is not right, the month has not begun or is closed, or a later
        revision has no reason.
        """
        if month > Month.of(datetime.fromtimestamp(self.now / 1000, UTC)):
            raise RefusedError([Finding(Fault.FUTURE, values={"month": month})])
        told = read_coverage(path, month, self.districts)
        with self.database.write() as conn:
            coverage.take_turn(conn)
            found, changed = self._stored(conn, self._new(path, month, why, told))
        return Imported(found, changed, told.notes)

    def _new(self, path: Path, month: Month, why: str, told: Told) -> MonthCoverage:
        reason = mask_text("".join(char for char in why if char.isprintable())).strip()
        source = mask_text(shown(path.name))
        name = self.user.name
        return MonthCoverage(month.number, 0, source, self.now, name, reason, told.lines, told.city)

    def _stored(self, conn: Connection, new: MonthCoverage) -> tuple[MonthCoverage, bool]:
        month = Month.of_number(new.month)
        if closed := statements.closed(conn, new.month):
            values: dict[str, object] = {"month": month, "who": closed.made_by}
            raise RefusedError([Finding(Fault.CLOSED, values=values)])
        before = coverage.latest(conn, new.month)
        if before and before.fingerprint == new.fingerprint:
            return before, False
        if before and not new.why:
            values = {"month": month, "revision": before.revision}
            raise RefusedError([Finding(Fault.WHY, values=values)])
        revision = coverage.add(conn, new)
        stored = coverage.latest(conn, new.month, revision)
        assert stored is not None
        return stored, True

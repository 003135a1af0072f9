"""How many are insured and registered, as BHXH says, and how far that is from the target."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from outreach.domain.coverage import Coverage, Progress, progress
from outreach.domain.month import Month
from outreach.domain.window import LOCAL
from outreach.reports.naming import Naming
from outreach.settings.reporting import Reporting
from outreach.store import coverage


@dataclass(frozen=True, slots=True)
class Reading:
    """By what others' figures are read: who hands in, the present, what districts are called."""

    reporting: Reporting
    now: datetime
    naming: Naming


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """The insured and registered of one place."""

    title: str
    coverage: Coverage

    @property
    def cells(self) -> tuple[int | float | None, ...]:
        """Insured, registered, approved, not registered, and the share that is registered."""
        told = self.coverage
        return told.insured, told.registered, told.approved, told.not_registered, told.share

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        names = ("insured", "registered", "approved", "not_registered", "share")
        return {"district": self.title, **dict(zip(names, self.cells, strict=True))}


@dataclass(frozen=True, slots=True)
class CoverageClaim:
    """How many are insured and registered, as BHXH says, and how far that is from the target."""

    month: Month
    """Of which it is: the latest that is known."""
    revision: int
    lines: tuple[CoverageLine, ...]
    total: CoverageLine
    progress: Progress | None

    @property
    def adds_up(self) -> bool:
        """Whether the places come to the whole city; BHXH may tell only some of them."""
        told = zip(*(line.cells[:-1] for line in self.lines), strict=True)
        return [sum(filter(None, each)) for each in told] == [n or 0 for n in self.total.cells[:-1]]

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "month": str(self.month),
            "revision": self.revision,
            "districts": [line.to_json() for line in self.lines],
            "total": self.total.to_json(),
            "progress": self.progress and _progress_json(self.progress),
        }


def _progress_json(found: Progress) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(found).items()
    }


def covered(
    conn: Connection, month: Month | None, reading: Reading, revision: int | None
) -> CoverageClaim | None:
    """What BHXH says of a month, or else of the latest month before it that is known.

    `revision` is one of that month in place of its latest; 0: there was none.
    """
    known = [each for each in coverage.months(conn) if month is None or each <= month.number]
    found = coverage.latest(conn, known[-1], revision) if known and revision != 0 else None
    if found is None:
        return None
    naming = reading.naming
    lines = [CoverageLine(naming.title(text), told) for text, told in found.lines.items()]
    return CoverageClaim(
        month=Month.of_number(found.month),
        revision=found.revision,
        lines=tuple(sorted(lines, key=lambda line: naming.order(line.title))),
        total=CoverageLine("", found.total),
        progress=_progress(found.total, reading),
    )


def _progress(total: Coverage, reading: Reading) -> Progress | None:
    target, registered = reading.reporting.target, total.registered
    if target is None or registered is None:
        return None
    today = reading.now.astimezone(LOCAL).date()
    return progress(registered, target.registered, target.by, today)

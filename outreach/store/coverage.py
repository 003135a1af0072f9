"""The insured and registered of each month: every revision that was imported."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, text

from outreach.domain.coverage import FIGURES, Coverage, total
from outreach.domain.month import Month
from outreach.store import audit

_CITY = ""
"""The district of a line that tells of the whole city."""


@dataclass(frozen=True, slots=True)
class MonthCoverage:
    """What was told of a month; the highest revision counts."""

    month: int
    """202611."""
    revision: int
    """From 1."""
    source: str
    """The file's name."""
    at: int
    made_by: str
    why: str
    """Of a later revision; empty for the first."""
    lines: Mapping[str, Coverage]
    """By the title of the district."""
    city: Coverage
    """What was told of the whole city, apart from the districts."""

    @property
    def total(self) -> Coverage:
        """The whole city: as told, or else the districts together."""
        return self.city.or_else(total(self.lines.values()))

    @property
    def fingerprint(self) -> str:
        """Of the figures, whatever the order they came in; SHA-256."""
        told = {_CITY: asdict(self.city)}
        told.update((district, asdict(line)) for district, line in self.lines.items())
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


_FIELDS = ("month", "revision", "source", "at", "made_by", "why")
_LINE = ", ".join(FIGURES)


def take_turn(conn: Connection) -> None:
    """Let nobody else import until the end of the transaction."""
    if conn.dialect.name == "postgresql":  # SQLite has one writer anyway
        conn.execute(text("LOCK TABLE coverage IN SHARE ROW EXCLUSIVE MODE"))


def add(conn: Connection, told: MonthCoverage) -> int:
    """Store figures as the next revision of their month, with its audit; returns the revision."""
    take_turn(conn)
    revision = _newest(conn, told.month) + 1
    values = {name: getattr(told, name) for name in _FIELDS}
    number = conn.execute(
        text(
            f"INSERT INTO coverage ({', '.join(_FIELDS)}, fingerprint)"
            f" VALUES ({', '.join(f':{name}' for name in _FIELDS)}, :fingerprint) RETURNING id"
        ),
        {**values, "revision": revision, "fingerprint": told.fingerprint},
    ).scalar_one()
    lines = {**told.lines, _CITY: told.city}
    conn.execute(
        text(
            f"INSERT INTO coverage_line (coverage, district, {_LINE})"
            f" VALUES (:coverage, :district, {', '.join(f':{name}' for name in FIGURES)})"
        ),
        [
            {"coverage": number, "district": district, **asdict(line)}
            for district, line in lines.items()
        ],
    )
    detail = {"revision": revision, "source": told.source, "why": told.why}
    subject = f"month:{Month.of_number(told.month)}"
    audit.write(conn, audit.Entry(told.at, told.made_by, "coverage.import", subject, detail))
    return revision


def latest(conn: Connection, month: int, revision: int | None = None) -> MonthCoverage | None:
    """What counts for a month (202611), or a revision of it; None where there is none."""
    wanted = _newest(conn, month) if revision is None else revision
    row = conn.execute(
        text(
            f"SELECT id, {', '.join(_FIELDS)} FROM coverage"
            " WHERE month = :month AND revision = :revision"
        ),
        {"month": month, "revision": wanted},
    ).first()
    if row is None:
        return None
    lines = {
        line[0]: Coverage(*line[1:])
        for line in conn.execute(
            text(f"SELECT district, {_LINE} FROM coverage_line WHERE coverage = :id"),
            {"id": row[0]},
        )
    }
    city = lines.pop(_CITY)
    return MonthCoverage(**dict(zip(_FIELDS, row[1:], strict=True)), lines=lines, city=city)


def months(conn: Connection) -> list[int]:
    """The months that figures are told of, in their order."""
    return list(conn.execute(text("SELECT DISTINCT month FROM coverage ORDER BY month")).scalars())


def _newest(conn: Connection, month: int) -> int:
    return int(
        conn.execute(
            text("SELECT COALESCE(MAX(revision), 0) FROM coverage WHERE month = :month"),
            {"month": month},
        ).scalar_one()
    )

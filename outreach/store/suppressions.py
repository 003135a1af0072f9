"""Numbers that are not to be messaged: lists of them, each with its scope, reason and end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, text

from outreach.domain.errors import NotAllowedError, NotFoundError, check_name
from outreach.store import registrations
from outreach.store.responses import HAS_APP
from outreach.store.series import series
from outreach.store.sql import among_sql


class SuppressionScope(StrEnum):
    """Which messages a list holds back."""

    ALL = "all"
    AD = "ad"
    CAMPAIGN = "campaign"


SUPPRESSED = """SELECT 1 FROM suppression s JOIN suppression_list l ON l.id = s.list
 WHERE s.msisdn = r.msisdn AND l.undone_at IS NULL
 AND (l.expires_at IS NULL OR l.expires_at > :now)
 AND (l.scope = 'all'
  OR l.scope = 'ad' AND EXISTS (
   SELECT 1 FROM campaign WHERE id = :campaign AND message_class = 'ad')
  OR l.scope = 'campaign' AND l.campaign IN (
   WITH RECURSIVE line (id, parent) AS (
    SELECT id, parent FROM campaign WHERE id = :campaign
    UNION SELECT c.id, c.parent FROM campaign c JOIN line ON c.id = line.parent
   ) SELECT id FROM line))"""
"""SQL that finds a row where recipient `r` is not to get `:campaign` at the time `:now` (ms).

A list for one campaign holds back what is sent again of it, and again of that, too.
"""

SKIPPED = f"""(SELECT rules FROM campaign WHERE id = :campaign) LIKE '%"skips_registered"%'
 AND EXISTS (SELECT 1 FROM registration g WHERE g.msisdn = r.msisdn
  AND {among_sql("g.kind", [int(kind) for kind in HAS_APP])})"""
"""SQL that is true where recipient `r` has the app and `:campaign` leaves such people out.

Its rules are looked up once a statement; where they do not ask for it, nobody is looked up.
"""


class Standing(StrEnum):
    """Whether a list holds anything back at present."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class SuppressionList:
    """Numbers that were suppressed together; undone or expired together too."""

    id: int
    name: str
    scope: SuppressionScope
    campaign: int | None
    reason: str
    source: str
    at: int
    created_by: str
    expires_at: int | None = None
    undone_at: int | None = None
    undone_by: str | None = None
    undone_why: str | None = None
    importing: int = 0
    """1 while an import into it has not come to its end."""
    opt_outs: bool = False
    """Its people asked us for silence, and are counted so in the month's report."""

    def standing(self, now: int) -> Standing:
        """Say how the list stands at a time (ms)."""
        if self.undone_at is not None:
            return Standing.UNDONE
        over = self.expires_at is not None and self.expires_at <= now
        return Standing.EXPIRED if over else Standing.IN_FORCE


_FIELDS = tuple(SuppressionList.__dataclass_fields__)
_COLUMNS = f"""{", ".join(f"l.{name}" for name in _FIELDS[:-1])},
 EXISTS (SELECT 1 FROM registration_list o WHERE o.name = CAST(l.id AS TEXT))"""
_PAGE = 50_000


def create(conn: Connection, told: SuppressionList) -> SuppressionList:
    """Begin a list (its id is ignored)."""
    check_name("suppression list", told.name)
    names = _FIELDS[1:9]
    statement = text(
        f"INSERT INTO suppression_list ({', '.join(names)})"
        f" VALUES ({', '.join(f':{name}' for name in names)}) RETURNING id"
    )
    number = conn.execute(statement, {name: getattr(told, name) for name in names}).scalar_one()
    if told.opt_outs:
        registrations.create_opt_outs(conn, number, told.source, told.at, told.created_by)
    return find(conn, told.name)


def named(conn: Connection, name: str) -> SuppressionList | None:
    """Find a list by its exact name."""
    row = conn.execute(
        text(f"SELECT {_COLUMNS} FROM suppression_list l WHERE name = :name"), {"name": name}
    ).first()
    return None if row is None else _list(row)


def importing(conn: Connection, number: int, *, under_way: bool) -> None:
    """Note that an import into a list has begun, or come to its end."""
    conn.execute(
        text("UPDATE suppression_list SET importing = :told WHERE id = :id"),
        {"told": int(under_way), "id": number},
    )


def find(conn: Connection, name_or_id: str) -> SuppressionList:
    """Find a list by name or number; NotFoundError says what there is."""
    row = conn.execute(
        text(
            f"SELECT {_COLUMNS} FROM suppression_list l"
            " WHERE name = :name OR CAST(id AS TEXT) = :name"
        ),
        {"name": name_or_id},
    ).first()
    if row is None:
        latest = text("SELECT name FROM suppression_list ORDER BY id DESC LIMIT 5")
        known = ", ".join(conn.execute(latest).scalars()) or "none yet"
        raise NotFoundError(
            f"no suppression list is called '{name_or_id}'; the latest are: {known}"
        )
    return _list(row)


def listed(conn: Connection) -> list[tuple[SuppressionList, int]]:
    """Every list with how many numbers it has, oldest first."""
    rows = conn.execute(
        text(
            f"SELECT {_COLUMNS}, COALESCE(c.numbers, 0) FROM suppression_list l LEFT JOIN"
            " (SELECT list, COUNT(*) AS numbers FROM suppression GROUP BY list) c ON c.list = l.id"
            " ORDER BY l.id"
        )
    )
    return [(_list(row[:-1]), int(row[-1])) for row in rows]


def holding(conn: Connection, msisdn: int) -> list[SuppressionList]:
    """The lists that a number stands on, in force or not, oldest first."""
    rows = conn.execute(
        text(
            f"SELECT {_COLUMNS} FROM suppression s JOIN suppression_list l ON l.id = s.list"
            " WHERE s.msisdn = :msisdn ORDER BY l.id"
        ),
        {"msisdn": msisdn},
    )
    return [_list(row) for row in rows]


def add(conn: Connection, number: int, msisdns: Sequence[int]) -> int:
    """Put numbers on list `number`; returns how many were not on it yet."""
    given, value = series(conn, msisdns)
    # SQLite needs the WHERE to tell the ON of a conflict from that of a join.
    statement = text(
        f"INSERT INTO suppression (msisdn, list) SELECT value, CAST(:list AS BIGINT) FROM {given}"
        " WHERE true ON CONFLICT DO NOTHING"
    )
    return conn.execute(statement, {"list": number, "series": value}).rowcount


def remove(conn: Connection, number: int, msisdn: int) -> bool:
    """Take a number off list `number`; False if it was not on it."""
    done = conn.execute(
        text("DELETE FROM suppression WHERE msisdn = :msisdn AND list = :list"),
        {"msisdn": msisdn, "list": number},
    )
    return done.rowcount == 1


def undo(conn: Connection, found: SuppressionList, actor: str, now: int, why: str) -> None:
    """End a whole list for good; NotAllowedError if that was done before."""
    done = conn.execute(
        text(
            "UPDATE suppression_list SET undone_at = :now, undone_by = :actor, undone_why = :why"
            " WHERE id = :id AND undone_at IS NULL"
        ),
        {"now": now, "actor": actor, "why": why, "id": found.id},
    )
    if done.rowcount != 1:
        raise NotAllowedError(f"suppression list '{found.name}' has been undone already")


def everywhere(conn: Connection, now: int) -> Iterator[list[int]]:
    """Page by page, the numbers that no campaign may write to at a time (ms), ascending."""
    page = text(
        "SELECT DISTINCT s.msisdn FROM suppression s JOIN suppression_list l ON l.id = s.list"
        " WHERE s.msisdn > :after AND l.scope = 'all' AND l.undone_at IS NULL"
        " AND (l.expires_at IS NULL OR l.expires_at > :now) ORDER BY 1 LIMIT :page"
    )
    after = 0
    while found := conn.execute(page, {"after": after, "now": now, "page": _PAGE}).scalars().all():
        yield list(found)
        after = found[-1]


def _list(row: Sequence[Any]) -> SuppressionList:
    fields = dict(zip(_FIELDS, row, strict=True))
    fields["scope"] = SuppressionScope(fields["scope"])
    fields["opt_outs"] = bool(fields["opt_outs"])
    return SuppressionList(**fields)

"""Audiences: frozen sets of recipients, copied in without repetition."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.errors import BadInputError, NotFoundError, check_name
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.store import tables
from outreach.store.database import Row, bulk_insert


@dataclass(frozen=True, slots=True)
class Audience:
    """A set of recipients and how its file was read: rows = imported + rejected."""

    id: int
    name: str
    source: str
    fingerprint: str
    state: str
    rows: int
    imported: int
    rejected: int
    created_at: int
    created_by: str


_COLUMNS = "id, name, source, fingerprint, state, rows, imported, rejected, created_at, created_by"
IMPORTING, READY = "importing", "ready"
RECIPIENT_COLUMNS = ("id", "msisdn", "network", "declared", "district", "params")


def create(conn: Connection, audience: Audience) -> int:
    """Begin an audience (its id is ignored); BadInputError if the name is taken."""
    check_name("audience", audience.name)
    taken = conn.execute(
        text("SELECT 1 FROM audience WHERE name = :name"), {"name": audience.name}
    ).first()
    if taken:
        raise BadInputError(f"an audience called '{audience.name}' exists; choose another name")
    return int(
        conn.execute(
            text(
                "INSERT INTO audience (name, source, fingerprint, state, rows, imported, rejected,"
                " created_at, created_by) VALUES (:name, :source, :fingerprint, :state, 0, 0, 0,"
                " :created_at, :created_by) RETURNING id"
            ),
            {
                "name": audience.name,
                "source": audience.source,
                "fingerprint": audience.fingerprint,
                "state": IMPORTING,
                "created_at": audience.created_at,
                "created_by": audience.created_by,
            },
        ).scalar_one()
    )


def find(conn: Connection, name_or_id: str) -> Audience:
    """Find an audience by name or number; NotFoundError says what there is."""
    row = conn.execute(
        text(f"SELECT {_COLUMNS} FROM audience WHERE name = :name OR CAST(id AS TEXT) = :name"),
        {"name": name_or_id},
    ).first()
    if row is None:
        names = conn.execute(text("SELECT name FROM audience ORDER BY id DESC LIMIT 5")).scalars()
        known = ", ".join(names) or "none yet"
        raise NotFoundError(f"no audience is called '{name_or_id}'; the latest are: {known}")
    return Audience(*row)


def listed(conn: Connection) -> list[Audience]:
    """Every audience, oldest first."""
    return [Audience(*row) for row in conn.execute(text(f"SELECT {_COLUMNS} FROM audience"))]


def add_recipients(conn: Connection, audience: int, first: int, rows: Sequence[Row]) -> None:
    """Copy recipients in, numbered from `first`: msisdn, network, declared, district, params."""
    base = audience * CAMPAIGN_SPAN + first
    numbered: list[Row] = [(base + n, *row) for n, row in enumerate(rows)]
    bulk_insert(conn, tables.recipient, RECIPIENT_COLUMNS, numbered)


def add_rejects(conn: Connection, audience: int, rejects: Sequence[tuple[int, str, str]]) -> None:
    """Keep the rows that were not taken: line, reason, the number masked."""
    rows: list[Row] = [(audience, *reject) for reject in rejects]
    bulk_insert(conn, tables.reject, ("audience", "line", "reason", "raw"), rows)


def progress(conn: Connection, audience: int, rows: int, imported: int, state: str) -> None:
    """Say how far an import has come; what is not imported is rejected."""
    conn.execute(
        text(
            "UPDATE audience SET rows = :rows, imported = :imported, rejected = :rejected,"
            " state = :state WHERE id = :id"
        ),
        {
            "rows": rows,
            "imported": imported,
            "rejected": rows - imported,
            "state": state,
            "id": audience,
        },
    )


def discard(conn: Connection, audience: int) -> None:
    """Remove an import that did not end."""
    span = {"first": audience * CAMPAIGN_SPAN, "end": (audience + 1) * CAMPAIGN_SPAN}
    conn.execute(text("DELETE FROM recipient WHERE id >= :first AND id < :end"), span)
    conn.execute(text("DELETE FROM audience_reject WHERE audience = :id"), {"id": audience})
    conn.execute(text("DELETE FROM audience WHERE id = :id"), {"id": audience})


def rejects_by_reason(conn: Connection, audience: int) -> dict[str, int]:
    """How many rows were rejected for each reason."""
    rows = conn.execute(
        text(
            "SELECT reason, COUNT(*) FROM audience_reject WHERE audience = :id"
            " GROUP BY reason ORDER BY 2 DESC"
        ),
        {"id": audience},
    )
    return {row[0]: int(row[1]) for row in rows}


def rejects(conn: Connection, audience: int, most: int) -> list[tuple[int, str, str]]:
    """The first rejected rows: line, reason, the number masked."""
    rows = conn.execute(
        text(
            "SELECT line, reason, raw FROM audience_reject WHERE audience = :id"
            " ORDER BY line LIMIT :most"
        ),
        {"id": audience, "most": most},
    )
    return [(row[0], row[1], row[2]) for row in rows]


def count_by_network(conn: Connection, audience: int) -> dict[int, int]:
    """How many recipients each network has, by the best knowledge there is."""
    rows = conn.execute(
        text(
            "SELECT COALESCE(learned, declared, network), COUNT(*) FROM recipient"
            " WHERE id >= :first AND id < :end GROUP BY 1"
        ),
        {"first": audience * CAMPAIGN_SPAN, "end": (audience + 1) * CAMPAIGN_SPAN},
    )
    return {int(row[0]): int(row[1]) for row in rows}

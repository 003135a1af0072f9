"""Audiences: frozen sets of recipients, copied in without repetition."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError, check_name
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.store import tables
from outreach.store.bulk import Row, bulk_insert
from outreach.store.sql import Fetched, one_changed


@dataclass(frozen=True, slots=True)
class Audience:
    """A set of recipients and how its file was read: rows = imported + joined + rejected."""

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
    joined: int = 0
    """Rows of further persons behind a number that an earlier row has."""
    position: int = 0
    """How many records of the file are stored."""
    origin: str = ""
    """JSON: how the file was read, or what the audience was derived from."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What one transaction of an import adds."""

    imported: int = 0
    joined: int = 0
    rejected: int = 0


_COLUMNS = (
    "id, name, source, fingerprint, state, rows, imported, rejected, created_at, created_by,"
    " joined, position, origin"
)
_PAGE = 50_000
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
                "INSERT INTO audience (name, source, fingerprint, state, origin, created_at,"
                " created_by, rows, imported, rejected) VALUES (:name, :source, :fingerprint,"
                " :state, :origin, :created_at, :created_by, 0, 0, 0) RETURNING id"
            ),
            {
                "name": audience.name,
                "source": audience.source,
                "fingerprint": audience.fingerprint,
                "state": IMPORTING,
                "origin": audience.origin,
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


def named(conn: Connection, name: str) -> Audience | None:
    """The audience of exactly that name, if there is one."""
    return _first(conn, "name = :value", name)


def of_file(conn: Connection, fingerprint: str) -> Audience | None:
    """The latest finished audience that was made of the file of that content."""
    return _first(conn, f"fingerprint = :value AND state = '{READY}'", fingerprint)


def _first(conn: Connection, where: str, value: str) -> Audience | None:
    row = conn.execute(
        text(f"SELECT {_COLUMNS} FROM audience WHERE {where} ORDER BY id DESC LIMIT 1"),
        {"value": value},
    ).first()
    return None if row is None else Audience(*row)


def listed(conn: Connection) -> list[Audience]:
    """Every audience, oldest first."""
    found = conn.execute(text(f"SELECT {_COLUMNS} FROM audience ORDER BY id"))
    return [Audience(*row) for row in found]


def add_recipients(conn: Connection, audience: int, first: int, rows: Sequence[Row]) -> None:
    """Copy recipients in, numbered from `first`: msisdn, network, declared, district, params."""
    numbered: list[Row] = [
        (n, *row) for n, row in enumerate(rows, audience * CAMPAIGN_SPAN + first)
    ]
    bulk_insert(conn, tables.recipient, RECIPIENT_COLUMNS, numbered)


def first_recipients(conn: Connection, audience: int, most: int) -> list[Fetched]:
    """The first recipients as stored: msisdn, network, declared, district, params."""
    return list(
        conn.execute(
            text(
                "SELECT msisdn, network, declared, district, params FROM recipient"
                " WHERE id >= :first AND id < :end ORDER BY id LIMIT :most"
            ),
            {**_span(audience), "most": most},
        )
    )


def numbers(conn: Connection, audience: int) -> Iterator[list[int]]:
    """The numbers of an audience, a page at a time."""
    span = _span(audience)
    select = text(
        "SELECT id, msisdn FROM recipient WHERE id >= :first AND id < :end ORDER BY id LIMIT :page"
    )
    while page := conn.execute(select, {**span, "page": _PAGE}).all():
        yield [row[1] for row in page]
        span["first"] = page[-1][0] + 1


def progress(conn: Connection, audience: int, rows: int, imported: int, state: str) -> None:
    """Say what an audience holds that is made in one go; what is not imported is rejected."""
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


def advance(
    conn: Connection, before: Audience, gain: Gain, position: int, state: str = IMPORTING
) -> Audience:
    """Count what this transaction adds to an import; NotAllowedError if another went on with it.

    It comes first in its transaction, so that the loser of a race has written nothing.
    """
    after = replace(
        before,
        rows=before.rows + gain.imported + gain.joined + gain.rejected,
        imported=before.imported + gain.imported,
        joined=before.joined + gain.joined,
        rejected=before.rejected + gain.rejected,
        position=position,
        state=state,
    )
    took = one_changed(
        conn,
        "UPDATE audience SET rows = :rows, imported = :imported, joined = :joined,"
        " rejected = :rejected, position = :position, state = :state"
        f" WHERE id = :id AND state = '{IMPORTING}' AND position = :stood AND rows = :had",
        **{name: getattr(after, name) for name in _COUNTED},
        stood=before.position,
        had=before.rows,
    )
    if not took:
        raise NotAllowedError(
            f"another import of '{before.name}' went on with it, or it was discarded meanwhile;"
            " this one stopped and changed nothing of that: see `outreach audience list`"
        )
    return after


_COUNTED = ("id", "rows", "imported", "joined", "rejected", "position", "state")


def needed_by(conn: Connection, audience: int) -> str | None:
    """What needs an audience: a campaign that addresses it, or an audience derived from it."""
    row = conn.execute(
        text(
            "SELECT 'campaign', name FROM campaign WHERE audience = :id UNION ALL"
            " SELECT 'audience', a.name FROM recipient r JOIN audience a"
            f" ON a.id = r.id / {CAMPAIGN_SPAN} WHERE r.origin = :id LIMIT 1"
        ),
        {"id": audience},
    ).first()
    return None if row is None else f"{row[0]} '{row[1]}'"


def discard(conn: Connection, audience: int) -> None:
    """Remove an audience and all that belongs to it."""
    conn.execute(text("DELETE FROM recipient WHERE id >= :first AND id < :end"), _span(audience))
    for table in ("audience_reject", "shared_row"):
        conn.execute(text(f"DELETE FROM {table} WHERE audience = :id"), {"id": audience})
    conn.execute(text("DELETE FROM audience WHERE id = :id"), {"id": audience})


def abandon(conn: Connection, audience: Audience) -> None:
    """Remove an import that did not end, unless somebody else went on with it."""
    is_ours = one_changed(
        conn,
        "UPDATE audience SET state = state WHERE id = :id AND state = :state AND rows = :rows"
        " AND position = :position",
        id=audience.id,
        state=IMPORTING,
        rows=audience.rows,
        position=audience.position,
    )
    if is_ours:
        discard(conn, audience.id)


def count_by_network(conn: Connection, audience: int) -> dict[int, int]:
    """How many recipients each network has, by the best knowledge there is."""
    rows = conn.execute(
        text(
            "SELECT COALESCE(learned, declared, network), COUNT(*) FROM recipient"
            " WHERE id >= :first AND id < :end GROUP BY 1"
        ),
        _span(audience),
    )
    return {int(row[0]): int(row[1]) for row in rows}


def _span(audience: int) -> dict[str, int]:
    return {"first": audience * CAMPAIGN_SPAN, "end": (audience + 1) * CAMPAIGN_SPAN}

"""Segments: definitions of who gets it, under a name; what they hold is asked each time."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.errors import BadInputError, NotFoundError, check_name


@dataclass(frozen=True, slots=True)
class Segment:
    """A saved definition, as JSON."""

    id: int
    name: str
    definition: str
    created_at: int
    created_by: str


_COLUMNS = "id, name, definition, created_at, created_by"


def create(conn: Connection, segment: Segment) -> Segment:
    """Save a segment (its id is ignored); BadInputError if the name is taken."""
    check_name("segment", segment.name)
    taken = conn.execute(
        text("SELECT 1 FROM segment WHERE name = :name"), {"name": segment.name}
    ).first()
    if taken:
        raise BadInputError(
            f"a segment called '{segment.name}' exists; delete it first, or choose another name"
        )
    conn.execute(
        text(
            "INSERT INTO segment (name, definition, created_at, created_by)"
            " VALUES (:name, :definition, :created_at, :created_by)"
        ),
        {
            "name": segment.name,
            "definition": segment.definition,
            "created_at": segment.created_at,
            "created_by": segment.created_by,
        },
    )
    return find(conn, segment.name)


def find(conn: Connection, name_or_id: str) -> Segment:
    """Find a segment by name or number; NotFoundError says what there is."""
    row = conn.execute(
        text(f"SELECT {_COLUMNS} FROM segment WHERE name = :name OR CAST(id AS TEXT) = :name"),
        {"name": name_or_id},
    ).first()
    if row is None:
        names = conn.execute(text("SELECT name FROM segment ORDER BY id DESC LIMIT 5")).scalars()
        known = ", ".join(names) or "none yet"
        raise NotFoundError(f"no segment is called '{name_or_id}'; the latest are: {known}")
    return Segment(*row)


def listed(conn: Connection) -> list[Segment]:
    """Every segment, oldest first."""
    return [
        Segment(*row) for row in conn.execute(text(f"SELECT {_COLUMNS} FROM segment ORDER BY id"))
    ]


def delete(conn: Connection, segment: Segment) -> None:
    """Forget a segment; audiences that were derived from it keep its definition."""
    conn.execute(text("DELETE FROM segment WHERE id = :id"), {"id": segment.id})

"""Rows of an audience file that are no recipients: their line, why, and the number masked."""

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, text

from outreach.store import tables
from outreach.store.bulk import Row, bulk_insert

Rejected = tuple[int, str, str]
"""Line, reason, the number masked."""

_PAGE = 10_000


def add(conn: Connection, audience: int, rejects: Sequence[Rejected]) -> None:
    """Keep rows that were not taken."""
    rows: list[Row] = [(audience, *reject) for reject in rejects]
    bulk_insert(conn, tables.reject, ("audience", "line", "reason", "raw"), rows)


def by_reason(conn: Connection, audience: int) -> dict[str, int]:
    """How many rows were rejected for each reason."""
    rows = conn.execute(
        text(
            "SELECT reason, COUNT(*) FROM audience_reject WHERE audience = :id"
            " GROUP BY reason ORDER BY 2 DESC, 1"
        ),
        {"id": audience},
    )
    return {row[0]: int(row[1]) for row in rows}


def first(conn: Connection, audience: int, most: int) -> list[Rejected]:
    """The first rejected rows of the file."""
    return list(islice(every(conn, audience), most))


def every(conn: Connection, audience: int) -> Iterator[Rejected]:
    """All rejected rows in the order of the file, as the database gives them."""
    rows = conn.execute(
        text(
            "SELECT line, reason, raw FROM audience_reject WHERE audience = :id ORDER BY line, id"
        ),
        {"id": audience},
        execution_options={"yield_per": _PAGE},
    )
    with rows:
        for row in rows:
            yield row[0], row[1], row[2]

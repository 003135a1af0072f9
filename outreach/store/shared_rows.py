"""Rows whose number an earlier row has: kept until the whole file is read, then told apart."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.store import tables
from outreach.store.bulk import Row, bulk_change, bulk_insert

PAGE = 20_000


class Shared(NamedTuple):
    """A row, and the recipient that an earlier row made of its number."""

    recipient: int
    msisdn: int
    first: str
    """The recipient's params, JSON."""
    id: int
    line: int
    params: str
    """The row's own, JSON."""


def add(conn: Connection, audience: int, rows: Sequence[tuple[int, int, str]]) -> None:
    """Keep rows for later: number, line, params."""
    kept: list[Row] = [(audience, *row) for row in rows]
    bulk_insert(conn, tables.shared_row, ("audience", "msisdn", "line", "params"), kept)


def left(conn: Connection, audience: int) -> bool:
    """Whether there are rows to be told apart."""
    found = conn.execute(
        text("SELECT 1 FROM shared_row WHERE audience = :id LIMIT 1"), {"id": audience}
    )
    return found.first() is not None


def page(conn: Connection, audience: int, first: int, last: int) -> list[Shared]:
    """Rows that share a number with the recipients from `first` to `last`: recipient by recipient.

    At most PAGE of them, in the order of the file within a recipient.
    """
    # CROSS JOIN: SQLite is to walk along the recipients, however few rows there are.
    rows = conn.execute(
        text(
            "SELECT r.id, r.msisdn, r.params, s.id, s.line, s.params"
            " FROM recipient r CROSS JOIN shared_row s"
            " WHERE r.id BETWEEN :first AND :last AND s.audience = :audience"
            " AND s.msisdn = r.msisdn ORDER BY r.id, s.id LIMIT :most"
        ),
        {
            "first": audience * CAMPAIGN_SPAN + first,
            "last": audience * CAMPAIGN_SPAN + last,
            "audience": audience,
            "most": PAGE,
        },
    )
    return list(map(Shared._make, rows.all()))


def settle(conn: Connection, told: Sequence[int], params: Sequence[tuple[str, int]]) -> None:
    """Forget rows that are told apart, and give recipients their new params: JSON, recipient."""
    rows: list[Row] = list(params)
    bulk_change(conn, tables.recipient, ("params",), ("id",), rows)
    if conn.dialect.name == "sqlite":
        delete = "DELETE FROM shared_row WHERE id IN (SELECT value FROM json_each(?))"
        conn.exec_driver_sql(delete, (orjson.dumps(list(told)).decode(),))
    else:
        conn.execute(text("DELETE FROM shared_row WHERE id = ANY(:told)"), {"told": list(told)})

"""Many integers handed to one statement, as rows that it can join."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection

_SQLITE = "(SELECT key AS n, value FROM json_each(:series)) AS given"
_POSTGRES = (
    "(SELECT place - 1 AS n, value FROM unnest(CAST(:series AS BIGINT[]))"
    " WITH ORDINALITY AS numbered (value, place)) AS given"
)


def series(conn: Connection, values: Sequence[int]) -> tuple[str, object]:
    """Give the FROM item `given (n, value)`, n from 0, and what to bind to its `:series`."""
    if conn.dialect.name == "sqlite":
        return _SQLITE, json.dumps(values)
    return _POSTGRES, values

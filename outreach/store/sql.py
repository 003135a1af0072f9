"""Small things that both databases need said in their own way."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

Fetched = Row[*tuple[Any, ...]]


def select_among(
    conn: Connection, sql: str, ids: Sequence[int] | Sequence[str], **params: object
) -> list[Fetched]:
    """Run a SELECT whose `{among}` stands for "is one of `ids`", however many there are."""
    if conn.dialect.name == "sqlite":
        clause, value = "IN (SELECT value FROM json_each(:among))", json.dumps(list(ids))
    else:
        clause, value = "= ANY(:among)", list(ids)  # type: ignore[assignment]
    statement = text(sql.replace("{among}", clause))
    return list(conn.execute(statement, {"among": value, **params}))


def one_changed(conn: Connection, sql: str, **params: object) -> bool:
    """Run a compare-and-set; say whether it took."""
    return conn.execute(text(sql), params).rowcount == 1


def among_sql(column: str, values: Sequence[int]) -> str:
    """SQL that says whether a column is one of some integers of ours; false for none."""
    return f"{column} IN ({', '.join(map(str, values))})" if values else "1 = 0"

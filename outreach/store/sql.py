"""Small things that both databases need said in their own way."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from outreach.store.arrays import array

Fetched = Row[*tuple[Any, ...]]


@lru_cache(maxsize=512)
def statement(sql: str) -> TextClause:
    """Make a statement of SQL, once: what it binds is looked for in every word of it."""
    return text(sql)


def select_among(
    conn: Connection, sql: str, ids: Sequence[int] | Sequence[str], **params: object
) -> list[Fetched]:
    """Run a SELECT whose `{among}` stands for "is one of `ids`", however many there are."""
    if not ids:
        return []
    if conn.dialect.name == "sqlite":
        clause, value = "IN (SELECT value FROM json_each(:among))", json.dumps(list(ids))
    else:
        kind = "text" if isinstance(ids[0], str) else "bigint"
        clause, value = f"= ANY(CAST(:among AS {kind}[]))", array(ids)
    found = statement(sql.replace("{among}", clause))
    return list(conn.execute(found, {"among": value, **params}))


def one_changed(conn: Connection, sql: str, **params: object) -> bool:
    """Run a compare-and-set; say whether it took."""
    return conn.execute(statement(sql), params).rowcount == 1


def for_update(conn: Connection, table: str = "") -> str:
    """SQL after a SELECT whose rows nobody else is to change meanwhile: those who do are awaited.

    Of one table, if it names several. SQLite has one writer.
    """
    of = f" OF {table}" if table else ""
    return f" FOR UPDATE{of}" if conn.dialect.name == "postgresql" else ""


def unclaimed(conn: Connection, table: str = "") -> str:
    """SQL after a SELECT of what is about to be claimed, of one table if it names several.

    What somebody else claims at this moment is passed over, so nobody waits for anybody.
    """
    return f"{lock} SKIP LOCKED" if (lock := for_update(conn, table)) else ""


def among(conn: Connection, select: str) -> str:
    """SQL for "is one of those" that a SELECT gives; it is run once, whatever it locks."""
    return f"= ANY(ARRAY({select}))" if conn.dialect.name == "postgresql" else f"IN ({select})"


def among_sql(column: str, values: Sequence[int]) -> str:
    """SQL that says whether a column is one of some integers of ours; false for none."""
    return f"{column} IN ({', '.join(map(str, values))})" if values else "1 = 0"

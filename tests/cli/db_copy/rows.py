"""Rows of both databases, and such as may be spoiled on the way."""

import contextlib
import random
import sqlite3
from pathlib import Path

import psycopg
from sqlalchemy import LargeBinary, Table, Text

from outreach.store.tables import metadata

SECRET = "sim-geheim"
VARIABLE = "OUTREACH_DATABASE_URL_TO"


def rows_there(url: str) -> dict[str, list[str]]:
    with psycopg.connect(url) as conn:
        return {
            table.name: sorted(map(repr, conn.execute(_select(table)).fetchall()))
            for table in metadata.sorted_tables
        }


def rows_here(path: Path) -> dict[str, list[str]]:
    with contextlib.closing(sqlite3.connect(path)) as conn:
        return {
            table.name: sorted(map(repr, conn.execute(_select(table)).fetchall()))
            for table in metadata.sorted_tables
        }


def _select(table: Table) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    return f'SELECT {columns} FROM "{table.name}"'


def is_empty(url: str) -> bool:
    return not any(rows_there(url).values())


def strange(table: Table, n: int, chance: random.Random) -> dict[str, object]:
    """A row of everything that a table can hold and a way of writing rows down may spoil."""
    row: dict[str, object] = {}
    for column in table.columns:
        kind = column.type.compile()
        if column.nullable and n % 2:
            row[column.name] = None
        elif isinstance(column.type, LargeBinary):
            row[column.name] = chance.randbytes(n * 40)
        elif isinstance(column.type, Text):
            signs = "".join(chr(chance.choice(_SIGNS)) for _ in range(60))
            row[column.name] = f"{n} \\N \\. \\x41 \t\r\n '\" {signs}" if n else ""
        elif column.primary_key or column.name in {"month", "revision"}:
            row[column.name] = 1_000 + n
        else:
            top = 2 ** ({"SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}[kind])
            row[column.name] = chance.choice([-top, top - 1, 0])
    return row


_SIGNS = [*range(1, 0xD800, 97), *range(1, 0x180), *range(0xE000, 0x10FFFF, 4_001)]

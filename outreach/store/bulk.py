"""Many rows at once, by the fastest way that each database has.

SQLite is handed row after row. PostgreSQL is handed one statement with an array for each column:
it crosses the socket once, however many rows there are; only thousands go by COPY.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from outreach.store.arrays import array, numbers

Row = tuple[object, ...]

_BY_COPY = 2_000
"""From so many rows on COPY costs less, most of all where they hold long texts."""


def bulk_insert(
    conn: Connection,
    table: Table,
    columns: Sequence[str],
    rows: list[Row],
    conflict: str = "",
) -> None:
    """Insert many rows; `conflict`: what to do (ON CONFLICT …) with one whose key is there already.

    Where that is to change it, no two rows have the same key.
    """
    if not rows:
        return
    columns = tuple(columns)
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(f"{_insert_one(table, columns)} {conflict}", rows)
    elif conflict or len(rows) < _BY_COPY:
        sql = f"{_insert(table, columns)} {conflict}"
        _execute(conn, sql, _arrays(table, columns, rows))
    else:
        with _cursor(conn).copy(f'COPY "{table.name}" ({_names(columns)}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


def bulk_change(
    conn: Connection, table: Table, columns: Sequence[str], keys: Sequence[str], rows: list[Row]
) -> int:
    """Set columns of many rows, each found by its keys; say how many there were.

    A row has the new values, then those of the keys; no two rows have the same keys. What a row is
    expected to be is best a key, too: as a constant it would be weighed by old statistics.
    """
    if not rows:
        return 0
    columns, keys = tuple(columns), tuple(keys)
    if conn.dialect.name == "sqlite":
        return conn.exec_driver_sql(_change_one(table, columns, keys), rows).rowcount
    return _execute(conn, _change(table, columns, keys), _arrays(table, (*columns, *keys), rows))


def bulk_delete(conn: Connection, table: Table, key: str, values: Sequence[int | str]) -> None:
    """Delete the rows of which a column has one of these values."""
    if not values:
        return
    if conn.dialect.name == "sqlite":
        sql = f'DELETE FROM "{table.name}" WHERE "{key}" = ?'
        conn.exec_driver_sql(sql, [(value,) for value in values])
        return
    sql = f'DELETE FROM "{table.name}" WHERE "{key}" = ANY(%s::{_type(table, key)}[])'
    _execute(conn, sql, [array(values)])


def bulk_update(conn: Connection, sql: str, rows: list[Row]) -> None:
    """Run one statement (marks written `?`) for many rows; for what the others cannot say."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(sql, rows)
    else:
        _cursor(conn).executemany(sql.replace("?", "%s"), rows)


def _execute(conn: Connection, sql: str, arrays: Sequence[str]) -> int:
    """Run a statement that is used again and again; say how many rows it changed."""
    cursor = _cursor(conn)
    cursor.execute(sql, arrays, prepare=True)
    return int(cursor.rowcount)


def _cursor(conn: Connection) -> Any:  # noqa: ANN401 - psycopg's own cursor
    return conn.connection.cursor()


@lru_cache
def _insert_one(table: Table, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" for _ in columns)
    return f'INSERT INTO "{table.name}" ({_names(columns)}) VALUES ({marks})'


@lru_cache
def _insert(table: Table, columns: tuple[str, ...]) -> str:
    return (
        f'INSERT INTO "{table.name}" ({_names(columns)})'
        f" SELECT * FROM unnest({_marks(table, columns)})"
    )


@lru_cache
def _change_one(table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> str:
    changes = ", ".join(f'"{column}" = ?' for column in columns)
    found = " AND ".join(f'"{key}" = ?' for key in keys)
    return f'UPDATE "{table.name}" SET {changes} WHERE {found}'


@lru_cache
def _change(table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> str:
    names = [f"v{n}" for n in range(len(columns) + len(keys))]
    changes = ", ".join(
        f'"{column}" = {name}' for column, name in zip(columns, names, strict=False)
    )
    found = " AND ".join(
        f't."{key}" = {name}' for key, name in zip(keys, names[len(columns) :], strict=True)
    )
    return (
        f'UPDATE "{table.name}" AS t SET {changes}'
        f" FROM unnest({_marks(table, (*columns, *keys))}) AS v ({', '.join(names)}) WHERE {found}"
    )


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _marks(table: Table, columns: Sequence[str]) -> str:
    return ", ".join(f"%s::{_type(table, column)}[]" for column in columns)


@lru_cache
def _type(table: Table, column: str) -> str:
    dialect = PGDialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it without types
    return table.columns[column].type.compile(dialect)


def _arrays(table: Table, columns: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Each column of rows as an array."""
    return [
        _array(table, column, values)
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]


def _array(table: Table, column: str, values: tuple[Any, ...]) -> str:
    plain = isinstance(table.columns[column].type, Integer) and None not in values
    return numbers(values) if plain else array(values)

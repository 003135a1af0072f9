"""A whole SQLite file copied into an empty PostgreSQL database.

There it is one transaction: a copy that is broken off leaves the database as empty as it was.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, Table, Text, inspect, text
from sqlalchemy.exc import OperationalError

from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.store.database import Database
from outreach.store.installation import Pause
from outreach.store.tables import audit, metadata

Step = Callable[[int, int], None]
"""Hears how many rows have been copied, and of how many."""

_SOON = 2.0
"""Seconds that others get to let go of the file."""
_PATIENCE = "20s"
"""For others to let go of the tables; a broken-off copy's own session may be ending there."""
_NOT_AVAILABLE = "55P03"
_STEP = 5_000
_TOLD = 5
"""The most faults of a table that are named."""


@contextlib.contextmanager
def alone_with(path: str) -> Iterator[sqlite3.Connection]:
    """Hold a SQLite file that nobody else has open; NotAllowedError if somebody has."""
    file = sqlite3.connect(path, timeout=_SOON, isolation_level=None)
    try:
        # In this mode a transaction waits for whoever has the file open, idle or not.
        file.execute("PRAGMA locking_mode=EXCLUSIVE")
        _begin(file, path)
        yield file
    finally:
        file.close()


def _begin(file: sqlite3.Connection, path: str) -> None:
    try:
        file.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise NotAllowedError(
            f"{path} is in use: stop `outreach run`, `outreach serve` and every other command"
            " that has it open, then begin again"
        ) from None


def pause(file: sqlite3.Connection, told: Pause) -> None:
    """Have nothing sent from a held file any more: durable when this returns, the hold goes on."""
    file.execute("INSERT INTO installation (id) VALUES (1) ON CONFLICT (id) DO NOTHING")
    file.execute(
        "UPDATE installation SET paused_since = ?, paused_by = ?, paused_why = ?"
        " WHERE id = 1 AND paused_since IS NULL",
        (told.since, told.by, told.why),
    )
    file.execute("COMMIT")


def require_empty(conn: Connection) -> None:
    """Refuse a database that holds a row of anybody's; BadInputError names the table."""
    for name in sorted(inspect(conn).get_table_names()):
        if name == "alembic_version":
            continue
        quoted = conn.dialect.identifier_preparer.quote(name)
        if conn.execute(text(f"SELECT EXISTS (SELECT 1 FROM {quoted})")).scalar_one():
            raise BadInputError(
                f"the target is not empty: its table {name} has rows; give an empty database"
            )


def copy_all(
    file: sqlite3.Connection, target: Database, prove: Callable[[Connection], None], step: Step
) -> dict[str, int]:
    """Copy every table into an empty database at the present schema; returns its rows by table.

    It is committed only if `prove`, which is shown the copy, does not raise. BadInputError names
    what PostgreSQL cannot store, before anything is written.
    """
    tables = metadata.sorted_tables
    for table in tables:
        _check(file, table)
    counts = {table: _count(file, table) for table in tables}
    total, before = sum(counts.values()), 0
    with target.write() as conn:
        _take(conn, tables)
        for table, rows in counts.items():
            for done in _filled(conn, file, table):
                step(before + done, total)
            before += rows
            _finish(conn, table, rows)
        prove(conn)
    return {str(table.name): rows for table, rows in counts.items()}


def _check(file: sqlite3.Connection, table: Table) -> None:
    """SQLite keeps what it is given: name what is not what its column says."""
    fits = [_fits(column) for column in table.columns]
    place = _place(table)
    found = file.execute(
        f'SELECT {place}, {", ".join(fits)} FROM "{table.name}"'
        f" WHERE NOT ({' AND '.join(fits)}) LIMIT {_TOLD}"
    ).fetchall()
    if found:
        told = "; ".join(
            f"{place} {row[0]}, {column.name}: expected {_expected(column)}"
            for row in found
            for column, good in zip(table.columns, row[1:], strict=True)
            if not good
        )
        raise BadInputError(
            f"table {table.name}, {told}. PostgreSQL cannot store it as it is; nothing was"
            " copied. Put it right in the SQLite file, then begin again"
        )


def _place(table: Table) -> str:
    """The column by which a row is found again, which is never a phone number."""
    has_rowid = table.dialect_options["sqlite"]["with_rowid"]
    return "rowid" if has_rowid else "message"


def _fits(column: Column[Any]) -> str:
    """SQL that says whether SQLite's value is what PostgreSQL takes there: 1 or 0."""
    name = f'"{column.name}"'
    if isinstance(column.type, LargeBinary):
        fits = f"typeof({name}) = 'blob'"
    elif isinstance(column.type, Text):
        fits = f"typeof({name}) = 'text' AND instr({name}, char(0)) = 0"
    else:
        bits = _BITS[_kind(column)]
        fits = f"typeof({name}) = 'integer' AND {name} BETWEEN {-(2**bits)} AND {2**bits - 1}"
    return f"({name} IS NULL OR {fits})" if column.nullable else f"({name} IS NOT NULL AND {fits})"


def _expected(column: Column[Any]) -> str:
    if isinstance(column.type, LargeBinary):
        return "bytes"
    if isinstance(column.type, Text):
        return "text without a NUL character"
    return f"an integer of {_BITS[_kind(column)] + 1} bits"


_BITS = {"SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}
"""Of an integer without its sign, by what its column is called in SQL."""


def _kind(column: Column[Any]) -> str:
    return column.type.compile()


def _count(file: sqlite3.Connection, table: Table) -> int:
    return int(file.execute(f'SELECT COUNT(*) FROM "{table.name}"').fetchone()[0])


def _take(conn: Connection, tables: list[Table]) -> None:
    """Keep everybody else out of the tables, and clear away what a broken-off copy left there."""
    names = [f'"{table.name}"' for table in tables]
    conn.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
    try:
        conn.execute(text(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE"))
    except OperationalError as fault:
        if getattr(fault.orig, "sqlstate", None) != _NOT_AVAILABLE:
            raise
        raise NotAllowedError(
            "somebody is working in the target database; if it is a copy that was broken off, it"
            " is gone in a minute: begin again then"
        ) from None
    require_empty(conn)
    names.remove(f'"{audit.name}"')  # it lets nobody truncate it
    conn.execute(text(f"TRUNCATE {', '.join(names)}"))


def _filled(conn: Connection, file: sqlite3.Connection, table: Table) -> Iterator[int]:
    """Copy a table, and tell now and then how many rows there are."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    # Rows of a table that is new to the transaction need not be looked at again once it is over.
    frozen = "" if table is audit else "(FREEZE)"
    rows = file.execute(f'SELECT {columns} FROM "{table.name}"')
    done = 0
    with _cursor(conn).copy(f'COPY "{table.name}" ({columns}) FROM STDIN {frozen}') as copy:
        try:
            for done, row in enumerate(rows, 1):
                copy.write_row(row)
                if done % _STEP == 0:
                    yield done
        except sqlite3.OperationalError:  # its words quote the text
            raise _unreadable(file, table, done) from None
    yield done


def _cursor(conn: Connection) -> Any:  # noqa: ANN401 - psycopg's own cursor
    return conn.connection.cursor()


def _unreadable(file: sqlite3.Connection, table: Table, before: int) -> BadInputError:
    place = _place(table)
    (found,) = file.execute(f'SELECT {place} FROM "{table.name}" LIMIT 1 OFFSET {before}')
    return BadInputError(
        f"table {table.name}, {place} {found[0]}: a text is not UTF-8. Nothing was copied. Put it"
        " right in the SQLite file, then begin again"
    )


def _finish(conn: Connection, table: Table, rows: int) -> None:
    """Let a table count on from its last id and be known to the planner; see that all arrived."""
    name = f'"{table.name}"'
    for column in table.columns:
        if column.identity is not None:
            sequence = f"pg_get_serial_sequence('{name}', '{column.name}')"
            top = f"(SELECT COALESCE(MAX({column.name}), 0) + 1 FROM {name})"
            conn.execute(text(f"SELECT setval({sequence}, {top}, false)"))
    conn.execute(text(f"ANALYZE {name}"))
    arrived = conn.execute(text(f"SELECT COUNT(*) FROM {name}")).scalar_one()
    if arrived != rows:
        raise RuntimeError(f"table {table.name}: {arrived} of {rows} rows arrived")

"""Districts by the names that audience files give them, with numbers that stay."""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text

from outreach.store import tables
from outreach.store.bulk import Row, bulk_insert

NOT_TOLD = 0
"""The number of whoever has no district, or one that is not numbered."""
MOST = 2_000
"""So many names have a number: a file that calls addresses districts must not swell the tally."""
LONGEST = 100
"""Characters of a name; what is longer is none."""


def numbers(conn: Connection, names: Iterable[str]) -> dict[str, int]:
    """Give every name its lasting number, from 1 to `MOST`; what finds no room is `NOT_TOLD`.

    New names are numbered in the order of the alphabet. On PostgreSQL they stay even where the
    transaction is undone, which may not see them: join what `named` gives, not the table.
    """
    asked = set(names)
    known = _known(conn)
    if any(_is_new(name, known) for name in asked):
        known = _register(conn, asked)
    return {name: known.get(name, NOT_TOLD) for name in asked}


def named(conn: Connection, told: Mapping[str, int]) -> tuple[str, object]:
    """Give the FROM item `d (name, id)` of some names, and what to bind to its `:districts`."""
    rows = "json_each(:districts) AS given"
    if conn.dialect.name == "postgresql":
        rows = "json_array_elements(CAST(:districts AS JSON)) AS given (value)"
    item = f"(SELECT value ->> 0 AS name, CAST(value ->> 1 AS SMALLINT) AS id FROM {rows}) AS d"
    return item, json.dumps([pair for pair in told.items() if pair[1]], ensure_ascii=False)


def names(conn: Connection) -> dict[int, str]:
    """Number -> name of every district that was ever told."""
    return {number: name for name, number in _known(conn).items()}


def _known(conn: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in conn.execute(text("SELECT name, id FROM district"))}


def _is_new(name: str, known: dict[str, int]) -> bool:
    return 0 < len(name) <= LONGEST and name not in known and len(known) < MOST


def _register(conn: Connection, asked: set[str]) -> dict[str, int]:
    """Number the new ones among names; returns all that have a number."""
    if conn.dialect.name == "sqlite":  # it has one writer
        return _add(conn, asked)
    # One after the other, and each sees what the one before added, however old the view is that
    # `conn` has of the rows.
    with conn.engine.begin() as own:
        own.execute(text("LOCK TABLE district IN SHARE ROW EXCLUSIVE MODE"))
        return _add(own, asked)


def _add(conn: Connection, asked: set[str]) -> dict[str, int]:
    known = _known(conn)
    rows: list[Row] = []
    for name in sorted(asked):
        if _is_new(name, known):
            known[name] = len(known) + 1
            rows.append((known[name], name))
    bulk_insert(conn, tables.district, ("id", "name"), rows)
    return known

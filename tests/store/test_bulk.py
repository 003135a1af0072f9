"""Many rows at once: whatever they hold, it is stored, changed and deleted as given."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from outreach.store import tables
from outreach.store.bulk import Row, bulk_change, bulk_delete, bulk_insert
from outreach.store.database import Database
from outreach.store.sql import select_among

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
_BIG = st.integers(-(2**63), 2**63 - 1)
_RECEIPTS = st.lists(st.tuples(st.none() | _BIG, _BIG, st.none() | _TEXT, _TEXT), max_size=20)
_COLUMNS = ("message", "account", "at", "status", "code", "effect")
_MANY = 2_003


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.write() as conn:
        yield conn


def _emptied(conn: Connection, table: str) -> None:
    conn.execute(text(f"DELETE FROM {table}"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_RECEIPTS)
def test_rows_come_out_as_they_went_in(
    conn: Connection, told: list[tuple[int | None, int, str | None, str]]
) -> None:
    _emptied(conn, "receipt")
    rows: list[Row] = [(message, 1, at, 2, code, effect) for message, at, code, effect in told]
    bulk_insert(conn, tables.receipt, _COLUMNS, rows)
    found = conn.execute(text(f"SELECT {', '.join(_COLUMNS)} FROM receipt ORDER BY id"))
    assert [tuple(row) for row in found] == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40), max_size=20))
def test_bytes_come_out_as_they_went_in(conn: Connection, bodies: list[bytes]) -> None:
    _emptied(conn, "inbox")
    rows: list[Row] = [(1, 0, body, 0, 0) for body in bodies]
    bulk_insert(conn, tables.inbox, ("account", "at", "body", "tries", "next_at"), rows)
    found = conn.execute(text("SELECT body FROM inbox ORDER BY id")).scalars()
    assert [bytes(body) for body in found] == bodies


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_TEXT, st.none() | _BIG), unique_by=lambda pair: pair[0]))
def test_changes_reach_the_rows_that_their_keys_find(
    conn: Connection, told: list[tuple[str, int | None]]
) -> None:
    _emptied(conn, "receipt")
    rows: list[Row] = [(None, 1, 7, 2, None, name) for name, _ in told]
    bulk_insert(conn, tables.receipt, _COLUMNS, rows)
    changes: list[Row] = [(value, name, 7) for name, value in told]
    others: list[Row] = [(99, name, 8) for name, _ in told]
    changed = bulk_change(conn, tables.receipt, ("message",), ("effect", "at"), changes + others)
    assert changed == len(told)
    found = conn.execute(text("SELECT effect, message FROM receipt"))
    assert dict(map(tuple, found)) == dict(told)
    names = [name for name, _ in told]
    kept = select_among(conn, "SELECT effect FROM receipt WHERE effect {among}", names)
    assert {row[0] for row in kept} == set(names)
    bulk_delete(conn, tables.receipt, "effect", names[1:])
    left = conn.execute(text("SELECT effect FROM receipt")).scalars()
    assert list(left) == names[:1]


def test_thousands_are_stored_like_a_few(conn: Connection) -> None:
    rows: list[Row] = [(n, 1, n, 2, None, f"\\{n}\t\n") for n in range(_MANY)]
    bulk_insert(conn, tables.receipt, _COLUMNS, rows)
    found = conn.execute(text(f"SELECT {', '.join(_COLUMNS)} FROM receipt ORDER BY id"))
    assert [tuple(row) for row in found] == rows


def test_what_is_there_already_is_added_to(conn: Connection) -> None:
    columns = ("msisdn", "message", "at")
    adding = "ON CONFLICT (msisdn, message) DO UPDATE SET at = contact.at + excluded.at"
    bulk_insert(conn, tables.contact, columns, [(1, 1, 10), (2, 1, 20)])
    bulk_insert(conn, tables.contact, columns, [(2, 1, 5), (3, 1, 30)], adding)
    found = conn.execute(text("SELECT msisdn, at FROM contact ORDER BY msisdn"))
    assert [tuple(row) for row in found] == [(1, 10), (2, 25), (3, 30)]

"""The SQLite file copied into PostgreSQL: all of it, or nothing at all."""

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from outreach.store.tables import metadata
from tests.cli.db_copy.rows import VARIABLE, is_empty, rows_here, rows_there, strange
from tests.cli.shell import Shell, process

_PROVEN = {"message", "tally", "tally_delta", "district_tally", "district_tally_delta", "campaign"}
"""What has to add up: rows made up at random would not."""

PEOPLE = 400_000
"""Enough that a copy can be met in its middle."""

_COPIES = "SELECT count(*) FROM pg_stat_progress_copy"


def test_every_row_of_every_table_arrives(file: Path, empty: str, told: Callable[..., Any]) -> None:
    chance = random.Random(7)
    with contextlib.closing(sqlite3.connect(file)) as conn, conn:
        for table in metadata.sorted_tables:
            for n in range(0 if table.name in _PROVEN else 6):
                row = strange(table, n, chance)
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" for _ in row)
                sql = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'
                conn.execute(sql, list(row.values()))
    before = rows_here(file)
    done = told()
    assert done.code == 0, done.err
    assert rows_there(empty) == before
    assert {**rows_here(file), "installation": before["installation"]} == before
    assert done.json["tables"] == {name: len(rows) for name, rows in before.items()}
    assert done.json["rows"] == sum(map(len, before.values()))
    assert (done.json["campaigns"], done.json["messages"]) == (2, len(before["message"]))


def test_ids_are_counted_on_and_the_audit_is_guarded(
    file: Path, empty: str, told: Callable[..., Any]
) -> None:
    before = rows_here(file)
    assert told().code == 0
    entry = "INSERT INTO audit (at, actor, action, subject, detail) VALUES (1, 'a', 'b', 'c', '{}')"
    with psycopg.connect(empty) as conn:
        assert conn.execute(f"{entry} RETURNING id").fetchone() == (len(before["audit"]) + 1,)
        new = conn.execute(
            "INSERT INTO segment (name, definition, created_at, created_by)"
            " VALUES ('s', '{}', 1, 'an') RETURNING id"
        )
        assert new.fetchone() == (1,)
        with pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
            conn.execute("DELETE FROM audit")


def test_people_read_the_same_afterwards(
    shell: Shell, file: Path, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> list[Any]:
        ledger = shell.ok("report", "ledger", "2026-11")
        del ledger["made_at"]
        return [ledger, *(shell.ok(each, "list") for each in ("campaign", "statement", "order"))]

    before = read()
    done = shell("db", "copy", "--to", empty)
    assert done.code == 0, done.err
    assert "every figure holds" in done.out
    assert str(file) in done.out.replace("\n", "")
    monkeypatch.setenv("OUTREACH_DATABASE_URL", empty)
    assert read() == before


def test_told_in_vietnamese(shell: Shell, file: Path, empty: str) -> None:
    done = shell("--lang", "vi", "db", "copy", "--to", empty)
    assert done.code == 0, done.err
    assert "mọi số liệu đều khớp" in done.out.replace("\n", " ")


def test_killed_in_the_middle_it_is_begun_again(
    shell: Shell, file: Path, empty: str, told: Callable[..., Any]
) -> None:
    people = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {PEOPLE})"
    with contextlib.closing(sqlite3.connect(file)) as conn, conn:
        conn.execute(
            "INSERT INTO recipient (id, msisdn, network, params)"
            f" {people} SELECT 77000000000 + n, 84900000000 + n, 1, '{{}}' FROM s"
        )
    before = rows_here(file)
    copying = process("db", "copy", data=shell.folder / "data", **{VARIABLE: empty})
    with psycopg.connect(empty, autocommit=True) as watching:
        _until(
            watching, "SELECT count(*) FROM pg_stat_progress_copy WHERE tuples_processed > 200000"
        )
        copying.kill()
        copying.communicate()
        _until(watching, f"SELECT ({_COPIES}) = 0")
        assert is_empty(empty)
    done = told()
    assert done.code == 0, done.err
    with psycopg.connect(empty) as there:
        pages = there.execute("SELECT pg_relation_size('recipient') / 8192").fetchone()
    assert pages
    assert pages[0] < PEOPLE / 100, "what the killed one wrote is cleared away"
    assert rows_there(empty) == before


def _until(conn: psycopg.Connection, question: str) -> None:
    until = time.monotonic() + 60
    while not conn.execute(question).fetchone()[0]:  # type: ignore[index] # it always has a row
        assert time.monotonic() < until
        time.sleep(0.005)  # the server tells nobody how far a copy is

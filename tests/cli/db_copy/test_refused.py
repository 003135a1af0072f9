"""What stops a copy of the database, in words that say what to do."""

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from outreach.domain.errors import BadInputError
from outreach.store import installation, tables
from outreach.store.database import Database
from outreach.store.moving import alone_with, copy_all
from tests.cli.db_copy.rows import SECRET, is_empty, rows_there, strange
from tests.cli.shell import Shell
from tests.databases import upgraded


def test_one_that_is_not_empty_is_refused_and_left_alone(
    file: Path, empty: str, told: Callable[..., Any]
) -> None:
    assert told().code == 0
    before = rows_there(empty)
    done = told()
    assert (done.code, done.error["kind"]) == (2, "bad_input")
    assert "not empty: its table account has rows" in done.error["message"]
    assert rows_there(empty) == before


def test_tables_of_others_are_no_empty_database(
    file: Path, empty: str, told: Callable[..., Any]
) -> None:
    with psycopg.connect(empty) as conn:
        conn.execute('CREATE TABLE "Their own" AS SELECT 1 AS n')
    assert "Their own has rows" in told().error["message"]
    with psycopg.connect(empty) as conn:
        found = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert found.fetchall() == [("Their own",)], "nothing was put beside them"


def test_what_somebody_wrote_a_moment_before_is_not_cleared_away(file: Path, empty: str) -> None:
    upgraded(empty)
    with psycopg.connect(empty) as conn:
        conn.execute("INSERT INTO account VALUES (1, 'theirs', 1)")
    target = Database(empty)
    with alone_with(str(file)) as held, pytest.raises(BadInputError, match="not empty"):
        copy_all(held, target, lambda _: None, lambda *_: None)
    target.close()
    assert len(rows_there(empty)["account"]) == 1


@pytest.mark.parametrize("which", ["the SQLite file", "the target"])
def test_beside_an_engine_it_is_refused(
    which: str, file: Path, empty: str, told: Callable[..., Any]
) -> None:
    place = Database(f"sqlite:///{file}" if which == "the SQLite file" else empty)
    with place.sole_engine() as alone:
        assert alone
        done = told()
    place.close()
    assert (done.code, done.error["kind"]) == (1, "not_allowed")
    assert f"an engine is at work on {which}" in done.error["message"]
    assert told().code == 0


def test_whoever_has_the_file_open_must_let_go(
    file: Path, empty: str, told: Callable[..., Any]
) -> None:
    """The callback door is no engine, and what it took in meanwhile would be lost."""
    door = Database(f"sqlite:///{file}")
    with door.read() as conn:
        conn.exec_driver_sql("SELECT 1 FROM inbox")
    done = told()
    assert (done.code, done.error["kind"]) == (1, "not_allowed")
    assert "`outreach serve`" in done.error["message"]
    assert is_empty(empty)
    door.close()
    assert told().code == 0


def test_nobody_writes_into_the_file_meanwhile(file: Path) -> None:
    with (
        alone_with(str(file)),
        contextlib.closing(sqlite3.connect(file, timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("SELECT COUNT(*) FROM inbox").fetchone()


_BAD = {
    "NUL": ("UPDATE recipient SET params = 'a' || char(0)", "recipient", "params: expected text"),
    "no text": ("UPDATE recipient SET params = x'4142'", "recipient", "params: expected text"),
    "UTF-8": (
        "UPDATE recipient SET district = CAST(x'41ff' AS TEXT)",
        "recipient",
        "a text is not UTF-8",
    ),
    "16 bits": ("UPDATE account SET channel = 32768", "account", "channel: expected an integer"),
    "below": ("UPDATE account SET channel = -32769", "account", "channel: expected an integer"),
    "32 bits": ("UPDATE message SET day = 2147483648", "message", "day: expected an integer"),
    "word": ("UPDATE message SET day = 'today'", "message", "day: expected an integer"),
    "half": ("UPDATE message SET parts = 1.5", "message", "parts: expected an integer of 16 bits"),
    "no bytes": ("UPDATE edition SET data = 'text'", "edition", "data: expected bytes"),
    "none": ("UPDATE recipient SET msisdn = 'x'", "recipient", "msisdn: expected an integer of 64"),
}


@pytest.mark.parametrize("bad", _BAD)
def test_what_postgresql_cannot_store_is_named(
    bad: str, file: Path, empty: str, told: Callable[..., Any]
) -> None:
    sql, table, said = _BAD[bad]
    with contextlib.closing(sqlite3.connect(file)) as conn, conn:
        if table == "edition":
            row = strange(tables.edition, 2, random.Random(1))
            marks = ", ".join("?" for _ in row)
            conn.execute(f"INSERT INTO edition VALUES ({marks})", list(row.values()))
        (place,) = conn.execute(f"SELECT MAX(rowid) FROM {table}").fetchone()
        conn.execute(f"{sql} WHERE rowid = ?", (place,))
    done = told()
    assert (done.code, done.error["kind"]) == (2, "bad_input")
    assert f"table {table}, rowid {place}" in done.error["message"]
    assert said in done.error["message"]
    assert "begin again" in done.error["message"]
    assert is_empty(empty)


def test_figures_that_do_not_hold_are_not_copied(
    file: Path, empty: str, told: Callable[..., Any]
) -> None:
    with contextlib.closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("UPDATE tally_delta SET messages = messages + 1 WHERE campaign = 2")
    done = told()
    assert (done.code, done.error["kind"]) == (1, "not_allowed")
    assert "campaign 2" in done.error["message"]
    assert is_empty(empty)


def test_somebody_at_work_in_the_target_is_not_waited_for_for_ever(
    file: Path, empty: str, told: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.store.moving._PATIENCE", "100ms")
    upgraded(empty)
    with psycopg.connect(empty) as holder:
        holder.execute("SELECT 1 FROM inbox")
        done = told()
    assert (done.code, done.error["kind"]) == (1, "not_allowed")
    assert "somebody is working in the target" in done.error["message"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("sqlite:///elsewhere.db", "not sqlite"),
        (f"mysql://root:{SECRET}@host/db", "not mysql"),
        (f"{SECRET} and more", "not something else"),
    ],
)
def test_a_target_of_another_kind(
    shell: Shell, file: Path, to: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shell.folder)
    done = shell("--debug", "db", "copy", "--to", to)
    assert done.code == 2
    assert said in done.err
    assert SECRET not in done.out + done.err
    assert not (shell.folder / "elsewhere.db").exists()


def test_a_server_that_is_not_there(shell: Shell, file: Path) -> None:
    done = shell("--debug", "db", "copy", "--to", f"postgresql://an:{SECRET}@127.0.0.1:9/none")
    assert done.code == 3
    assert "127.0.0.1" in done.err
    assert SECRET not in done.out + done.err


def test_without_a_file_there_is_nothing_to_copy(shell: Shell, told: Callable[..., Any]) -> None:
    done = told()
    assert (done.code, "nothing to copy" in done.error["message"]) == (2, True)
    assert not (shell.folder / "data" / "outreach.db").exists()


def test_from_postgresql_there_is_nothing_to_move(
    shell: Shell, told: Callable[..., Any], empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_DATABASE_URL", empty)
    done = told()
    assert (done.code, "expected the SQLite file" in done.error["message"]) == (2, True)


def test_a_file_of_another_age_is_brought_up_first(
    file: Path, empty: str, told: Callable[..., Any]
) -> None:
    with contextlib.closing(sqlite3.connect(file)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '0001'")
    done = told()
    assert (done.code, "outreach db upgrade" in done.error["message"]) == (2, True)


_AT_THE_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'cut'; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON message DEFERRABLE INITIALLY DEFERRED
 FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def test_the_file_is_paused_before_the_copy_is_there(
    file: Path, empty: str, told: Callable[..., Any]
) -> None:
    """So whatever becomes of the commit, both never send."""
    upgraded(empty)
    with psycopg.connect(empty) as conn:
        conn.execute(_AT_THE_COMMIT)
    assert told().code != 0
    assert is_empty(empty)
    pause = _pause_of(f"sqlite:///{file}")
    assert pause is not None
    assert (pause.by, pause.why.partition(" ")[0]) == ("engine", "copied")
    with psycopg.connect(empty) as conn:
        conn.execute("DROP TRIGGER late ON message")
    assert told().code == 0
    assert _pause_of(empty) == pause, "somebody has to look which of them goes on"


def _pause_of(url: str) -> installation.Pause | None:
    database = Database(url)
    with database.read() as conn:
        found = installation.paused(conn)
    database.close()
    return found

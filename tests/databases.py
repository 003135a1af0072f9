"""Databases at the present schema, of which a test has one to itself: made once, copied or emptied.

To make a PostgreSQL database takes a hundred times as long as to empty one.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from outreach.store import schema
from outreach.store.database import Database

TEMPLATE = "template_outreach"
_LEAVING_S = 1.0
"""Seconds in which closed sessions have to be gone; the server hears of it a bit later."""

_SCHEMA = """
    SELECT md5(string_agg(line, ';' ORDER BY line)) FROM (
        SELECT format('%s %s %s %s', c.relname, c.relkind, a.attname, a.atttypid)
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT format('%s %s', tgname, tgenabled) FROM pg_trigger
        UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint
        UNION ALL SELECT version_num FROM alembic_version
    ) AS everything (line)
"""
_WRITTEN = """
    SELECT string_agg(format('%I', relname), ', ') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
"""
_COUNTED = """
    SELECT setval(seqrelid, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid()
"""


def upgraded(url: str) -> None:
    """Bring an empty database to the present schema."""
    database = Database(url)
    schema.upgrade(database)
    database.close()


class Server:
    """A PostgreSQL whose databases are lent to test after test, empty each time."""

    def __init__(self, url: str) -> None:
        self._base = url.rpartition("/")[0]
        self._admin = psycopg.connect(url, autocommit=True)
        self._admin.execute(f"CREATE DATABASE {TEMPLATE}")
        upgraded(self.address(TEMPLATE))
        with psycopg.connect(self.address(TEMPLATE)) as conn:
            self._schema = _one(conn, _SCHEMA)
        self._free: list[str] = []

    def address(self, name: str) -> str:
        """The URL of a database of this server."""
        return f"{self._base}/{name}"

    def create(self, template: str = TEMPLATE) -> str:
        """The name of a new database."""
        name = f"t{uuid4().hex}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database to which nobody is connected."""
        self._admin.execute(f"DROP DATABASE {name}")

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database that is as new while the block runs."""
        name = self._free.pop() if self._free else self.create()
        yield self.address(name)
        if self._emptied(name):
            self._free.append(name)
        else:
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Hang up; the server goes with all its databases."""
        self._admin.close()

    def _emptied(self, name: str) -> bool:
        """Make a database as new; False if somebody holds it or has changed its schema."""
        with psycopg.connect(self.address(name), autocommit=True) as conn:
            if not _left(conn) or _one(conn, _SCHEMA) != self._schema:
                return False
            conn.execute("SET session_replication_role = replica")  # the audit may go, too
            if written := _one(conn, _WRITTEN):
                conn.execute(f"TRUNCATE {written}")
            conn.execute(_COUNTED)
            conn.execute("DELETE FROM pg_statistic WHERE starelid >= 16384")  # what ANALYZE found
        return True


def _left(conn: psycopg.Connection) -> bool:
    """Whether nobody else is connected any more."""
    until = time.monotonic() + _LEAVING_S
    while _one(conn, _OTHERS):
        if time.monotonic() > until:
            return False
        time.sleep(0.002)  # the server tells nobody that a session has ended
    return True


def _one(conn: psycopg.Connection, query: str) -> object:
    row = conn.execute(query).fetchone()
    return row and row[0]


def sqlite_template(folder: Path) -> Path:
    """A SQLite file at the present schema, to be copied."""
    path = folder / "template.db"
    upgraded(f"sqlite:///{path}")
    return path

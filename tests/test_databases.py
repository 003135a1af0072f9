"""A PostgreSQL database that an earlier test had is as new for the next one, or it is another."""

from collections.abc import Callable

import psycopg
import pytest

from tests.databases import TEMPLATE, Server

_PERSON = "INSERT INTO audience_reject (audience, line, reason, raw) VALUES (1, 1, 'r', '') "
_ENTRY = "INSERT INTO audit (at, actor, action, subject, detail) VALUES (1, 'an', 'a', 's', '{}')"


def _looks(url: str) -> tuple[object, ...]:
    """What a test could find of an earlier one: rows, numbers given, statistics, the schema."""
    with psycopg.connect(url, autocommit=True) as conn:
        tables = conn.execute(
            "SELECT relname, pg_relation_size(oid), reltuples, relnatts FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
        ).fetchall()
        numbers = conn.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
        known = conn.execute("SELECT count(*) FROM pg_stats WHERE schemaname = 'public'")
        triggers = conn.execute("SELECT tgname, tgenabled FROM pg_trigger ORDER BY 1").fetchall()
        return tables, numbers.fetchall(), known.fetchone(), triggers


def _write(conn: psycopg.Connection) -> None:
    conn.execute(_PERSON)
    conn.execute(_ENTRY)


def _count_in_vain(conn: psycopg.Connection) -> None:
    conn.execute("SELECT nextval(pg_get_serial_sequence('audience_reject', 'id'))")


def _analyse(conn: psycopg.Connection) -> None:
    conn.execute(_PERSON)
    conn.execute("ANALYZE audience_reject")


def _drop(conn: psycopg.Connection) -> None:
    conn.execute("DROP TABLE audience_reject")


def _widen(conn: psycopg.Connection) -> None:
    conn.execute("ALTER TABLE audience_reject ADD COLUMN more TEXT")


def _disarm(conn: psycopg.Connection) -> None:
    conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_append_only")


@pytest.mark.parametrize("harm", [_write, _count_in_vain, _analyse, _drop, _widen, _disarm])
def test_nothing_of_an_earlier_test_is_left(
    postgres_server: Server, harm: Callable[[psycopg.Connection], None]
) -> None:
    new = _looks(postgres_server.address(TEMPLATE))
    with postgres_server.lent() as url:
        with psycopg.connect(url, autocommit=True) as conn:
            harm(conn)
        assert _looks(url) != new
    with postgres_server.lent() as url:
        assert _looks(url) == new


def test_a_database_that_somebody_holds_is_not_lent_again(postgres_server: Server) -> None:
    with postgres_server.lent() as url:
        held = psycopg.connect(url)
    with postgres_server.lent() as again:
        assert again != url
    with pytest.raises(psycopg.OperationalError):
        held.execute("SELECT 1")
    held.close()


def test_one_that_was_left_in_order_is_lent_again(postgres_server: Server) -> None:
    with postgres_server.lent() as url:
        pass
    with postgres_server.lent() as again:
        assert again == url

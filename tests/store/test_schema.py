"""The schema: brought up from nothing, the same as the tables say, and the audit kept whole."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.domain.errors import BadInputError
from outreach.store import audit, schema
from outreach.store.audit import Entry
from outreach.store.database import Database
from outreach.store.tables import metadata


def test_the_migrations_lead_to_the_tables(database: Database) -> None:
    with database.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_an_empty_database_is_refused_with_what_to_do(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(BadInputError, match="outreach db upgrade"):
        schema.require_newest(database)
    assert schema.upgrade(database) == (None, "0001")
    schema.require_newest(database)
    assert schema.upgrade(database) == ("0001", "0001")
    database.close()


@pytest.mark.parametrize("sql", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_audit_is_only_ever_added_to(database: Database, sql: str) -> None:
    entry = Entry(1, "an", "campaign.pause", "campaign:1", {"why": "giờ nghỉ"})
    with database.write() as conn:
        audit.write(conn, entry)
    with pytest.raises(DBAPIError, match="only ever added to"), database.write() as conn:
        conn.execute(text(sql))
    with database.read() as conn:
        assert audit.history(conn, "campaign:1") == [entry]

"""The schema: brought up from nothing, the same as the tables say, and the audit kept whole."""

import json
from pathlib import Path

import pytest
from alembic import command
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
    assert schema.upgrade(database) == (None, "0006")
    schema.require_newest(database)
    assert schema.upgrade(database) == ("0006", "0006")
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


def test_numbers_suppressed_before_there_were_lists_stay_suppressed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    _migrate(database, "0001")
    with database.write() as conn:
        for msisdn, reason in (
            (84901000001, "asked"),
            (84901000002, "asked"),
            (84901000003, "dead"),
        ):
            conn.execute(
                text("INSERT INTO suppression VALUES (:n, 'all', :reason, 'list.csv', 5)"),
                {"n": msisdn, "reason": reason},
            )
    schema.upgrade(database)
    with database.read() as conn:
        kept = conn.execute(
            text(
                "SELECT s.msisdn, l.reason, l.scope, l.at FROM suppression s"
                " JOIN suppression_list l ON l.id = s.list ORDER BY 1"
            )
        ).all()
    database.close()
    assert [tuple(row) for row in kept] == [
        (84901000001, "asked", "all", 5),
        (84901000002, "asked", "all", 5),
        (84901000003, "dead", "all", 5),
    ]


def test_advertisements_of_before_are_known_as_such(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    _migrate(database, "0001")
    with database.write() as conn:
        for n, words in enumerate(('class = "ad"', 'class = "care"', "no TOML", None)):
            template = "{}" if words is None else json.dumps({"files": {"about.toml": words}})
            conn.execute(text(_CAMPAIGN), {"name": f"c{n}", "template": template})
    schema.upgrade(database)
    with database.read() as conn:
        found = conn.execute(text("SELECT message_class FROM campaign ORDER BY id")).scalars()
        assert list(found) == ["ad", "care", "care", "care"]
    database.close()


def test_what_was_learned_of_persons_stays_with_who_told_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/old.db")
    _migrate(database, "0004")
    columns = "msisdn, channel, account, address, reach, at"
    before = [
        (84901000001, 2, 3, "sim-7", "open", 50),
        (84901000002, 2, 3, None, "refuses", 60),
    ]
    with database.write() as conn:
        for row in before:
            marks = dict(zip("abcdef", row, strict=True))
            conn.execute(
                text(f"INSERT INTO reach ({columns}) VALUES (:a, :b, :c, :d, :e, :f)"), marks
            )
    schema.upgrade(database)
    with database.read() as conn:
        sql = f"SELECT {columns}, address_at FROM reach ORDER BY msisdn"
        kept = conn.execute(text(sql)).all()
    database.close()
    assert [tuple(row) for row in kept] == [(*before[0], 50), (*before[1], 0)]


_CAMPAIGN = (
    "INSERT INTO campaign (name, state, audience, purpose, template, routes, opens, closes, author,"
    " parent_states, recipients, planned_to, created_at) VALUES"
    " (:name, 'draft', 1, 'p', :template, '[]', '08:00', '20:00', 'lan', '', 0, 0, 0)"
)


def _migrate(database: Database, to: str) -> None:
    command.upgrade(schema._config(database), to)


def test_the_words_of_a_campaign_change_in_its_draft_only(database: Database) -> None:
    with database.write() as conn:
        conn.execute(text(_CAMPAIGN), {"name": "a", "template": "first"})
        conn.execute(text("UPDATE campaign SET template = 'second'"))
        conn.execute(text("UPDATE campaign SET state = 'running'"))
        conn.execute(text("UPDATE campaign SET template = 'second', state = 'paused'"))
    with pytest.raises(DBAPIError, match="in its draft only"), database.write() as conn:
        conn.execute(text("UPDATE campaign SET template = 'third'"))

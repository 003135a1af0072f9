"""The schema: brought up from nothing, the same as the tables say, and the audit kept whole."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.domain.errors import BadInputError
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import audit, schema, tally
from outreach.store.audit import Entry
from outreach.store.database import Database
from outreach.store.tables import metadata
from outreach.store.tally import Group
from tests.databases import Server


def test_the_migrations_lead_to_the_tables(database: Database) -> None:
    with database.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_an_empty_database_is_refused_with_what_to_do(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(BadInputError, match="outreach db upgrade"):
        schema.require_newest(database)
    assert schema.upgrade(database) == (None, "0008")
    schema.require_newest(database)
    assert schema.upgrade(database) == ("0008", "0008")
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


@pytest.fixture(params=["sqlite", "postgresql"])
def before_districts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the revision before messages had districts."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/old.db")
    else:
        server: Server = request.getfixturevalue("postgres_server")
        name = server.create("template0")
        database = Database(server.address(name))
    _migrate(database, "0005")
    yield database
    database.close()
    if request.param == "postgresql":
        server.drop(name)


def test_messages_of_before_count_under_no_district(before_districts: Database) -> None:
    """Folded or not, with reasons and days of receipts or without: the sums stay."""
    groups = [
        Group(1, 1, Network.VIETTEL, State.DELIVERED, "", 20261120, 20261121),
        Group(1, 1, Network.VIETTEL, State.DELIVERED, "", 20261120, 20261122),
        Group(1, 1, Network.VIETTEL, State.REJECTED, "one", 20261120),
        Group(1, 1, Network.VIETTEL, State.REJECTED, "two", 20261120, result=0),
        Group(2, 0, Network.ITEL, State.FAILED, "no_route"),
    ]
    columns = "campaign, account, network, state, reason, day, receipt_day, result, messages, parts"
    with before_districts.write() as conn:
        for n, group in enumerate(groups, 1):
            values = ", ".join(f"'{each}'" for each in (*map(_plain, group[:8]), n, 3 * n))
            for table in ("tally", "tally_delta"):
                conn.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"))
        conn.execute(  # this and the folded one cancel out
            text(f"INSERT INTO tally_delta ({columns}) VALUES (2, 0, 3, 9, '', 0, 0, 1, -1, -1)")
        )
        conn.execute(text(f"INSERT INTO tally ({columns}) VALUES (2, 0, 3, 9, '', 0, 0, 1, 1, 1)"))
    schema.upgrade(before_districts)
    with before_districts.read() as conn:
        found = {(f.group, f.messages, f.parts) for f in tally.district_figures(conn)}
        rows = conn.execute(text("SELECT COUNT(*) FROM district_tally")).scalar_one()
    delivered = Group(1, 1, Network.VIETTEL, State.DELIVERED, "", 20261120)
    assert found == {
        (delivered, 6, 18),
        (delivered._replace(state=State.REJECTED), 6, 18),
        (delivered._replace(state=State.REJECTED, result=0), 8, 24),
        (Group(2, 0, Network.ITEL, State.FAILED), 10, 30),
    }
    assert rows == 4


def _plain(value: object) -> object:
    return int(value) if isinstance(value, int) else value


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

"""A filled database brought up, revision after revision: nothing is lost, and the code reads it."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.reports.proof import differences
from outreach.store import audiences, campaigns, schema, suppressions, tally, users, work
from outreach.store.database import Database
from outreach.store.seats import Seats
from outreach.store.tables import metadata
from outreach.store.work import Lease
from tests.cli.shell import process
from tests.databases import Server
from tests.store import older

GONE = {("suppression", name) for name in ("scope", "reason", "source", "at")}
"""What lists of suppressed numbers say since there are any."""

ADDED: dict[str, dict[str, object]] = {
    "audience": {"joined": 0, "position": 0, "origin": ""},
    "recipient": {"learned_from": None, "learned_at": None, "origin": None},
    "campaign": {
        "message_class": "care", "rules": "{}", "piloting": 0, "released_at": None, "wave": 0,
        "experiment": None,
    },
    "message": {"district": 0},
    "chunk": {"network": 0, "pilot": 0, "look_at": None},
    "due": {"unknown_until": None, "parts": 0, "waits": 0},
    "inbox": {"heard": ""},
    "pulse": {"per_minute": 0, "counted_s": 60, "unit": "messages", "stalled_since": None},
    "account": {"oa": None},
    "user_account": {"carrier": None},
    "suppression": {"list": 1},
}  # fmt: skip
"""What rows of the first version say in the columns that came later."""


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A filled database of the first revision."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/old.db")
    else:
        server: Server = request.getfixturevalue("postgres_server")
        name = server.create("template0")
        database = Database(server.address(name))
    command.upgrade(schema._config(database), "0001")
    with database.write() as conn:
        older.build(conn)
    yield database
    database.close()
    if request.param == "postgresql":
        server.drop(name)


def _revisions(database: Database) -> list[str]:
    """All after the first, oldest first."""
    found = ScriptDirectory.from_config(schema._config(database)).walk_revisions()
    return [each.revision for each in found][-2::-1]


def _filled(conn: Connection) -> dict[str, older.Rows]:
    """Every row, where every table has some: those that are new get theirs."""
    for table, rows in older.rows(conn).items():
        if not rows:
            older.fill(conn, table)
    return older.rows(conn)


def _missing(before: dict[str, older.Rows], after: dict[str, older.Rows]) -> list[object]:
    """What was there and is not any more."""
    lost: list[object] = []
    for table, rows in before.items():
        now = after.get(table, [{}])
        kept = now[0].keys() & rows[0].keys()
        lost += [(table, name) for name in rows[0].keys() - kept]
        left = [{name: row[name] for name in kept} for row in now]
        for row in rows:
            wanted = {name: row[name] for name in kept}
            if wanted in left:
                left.remove(wanted)
            else:
                lost.append((table, wanted))
    return lost


def test_no_step_loses_a_row(old: Database) -> None:
    with old.read() as conn:
        before = older.rows(conn)
    assert all(before.values()), "every table of the first version has rows"
    gone: list[object] = []
    for revision in _revisions(old):
        command.upgrade(schema._config(old), revision)
        with old.write() as conn:
            gone += _missing(before, older.rows(conn))
            before = _filled(conn)
    assert set(gone) == GONE
    assert before.keys() == metadata.tables.keys()
    schema.require_newest(old)
    with old.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_columns_that_came_later_say_what_was_so(old: Database) -> None:
    with old.read() as conn:
        before = older.rows(conn)
    schema.upgrade(old)
    with old.read() as conn:
        after = older.rows(conn)
    for table, rows in before.items():
        came = after[table][0].keys() - rows[0].keys()
        assert came == ADDED.get(table, {}).keys(), table
        for row in after[table]:
            assert {name: row[name] for name in came} == ADDED.get(table, {}), table


def test_people_see_the_campaign_as_it_was(old: Database) -> None:
    schema.upgrade(old)
    url = old.url.render_as_string(hide_password=False)
    asked = process("campaign", "status", "thang-11", "--json", OUTREACH_DATABASE_URL=url)
    out, err = asked.communicate(timeout=60)
    assert asked.returncode == 0, err
    told = json.loads(out)
    assert (told["campaign"]["state"], told["campaign"]["rules"]["pilot"]) == ("running", 0)
    assert {name: n for name, n in told["results"].items() if n} == {
        "delivered": 1,
        "awaiting_receipt": 1,
        "pending": 3,
    }
    assert (told["messages"]["sent"], told["messages"]["parts"], told["backlog"]) == (2, 4, 3)


@contextlib.contextmanager
def _at_work(database: Database, *, together: bool) -> Iterator[None]:
    """Somebody works on a database, alone or as one of several."""
    if not together:
        with database.sole_engine() as alone:
            assert alone
            yield
        return
    seats = Seats(database.engine)
    assert seats.open()
    yield
    seats.close()


@pytest.mark.parametrize("together", [False, True], ids=["run", "workers"])
def test_nobody_is_left_at_work_on_an_old_schema(old: Database, *, together: bool) -> None:
    if together and old.is_sqlite:
        pytest.skip("workers need PostgreSQL")

    def upgraded() -> tuple[int, dict[str, Any]]:
        url = old.url.render_as_string(hide_password=False)
        asked = process("db", "upgrade", "--json", OUTREACH_DATABASE_URL=url)
        out, err = asked.communicate(timeout=60)
        return asked.returncode, json.loads(out or err)

    with _at_work(old, together=together):
        code, told = upgraded()
        assert (code, told["error"]["kind"]) == (1, "not_allowed")
        assert "stop it, on every machine" in told["error"]["message"]
        assert schema.revision(old) == "0001"
    newest = schema.newest(old)
    assert upgraded() == (0, {"before": "0001", "after": newest})
    with _at_work(old, together=together):
        assert upgraded() == (0, {"before": newest, "after": newest}), "there is nothing to do"


def test_the_present_code_goes_on_with_it(old: Database) -> None:
    schema.upgrade(old)
    with old.read() as conn:
        campaign = campaigns.find(conn, "thang-11")
        assert (campaign.state, campaign.recipients) == (CampaignState.RUNNING, 5)
        assert campaign.template == older.TEMPLATE
        assert differences(conn, campaign.id) == []
        by_state = {
            state: sum(f.messages for f in tally.figures(conn) if f.group.state is state)
            for state in State
        }
        assert {s: n for s, n in by_state.items() if n} == {
            State.PENDING: 3,
            State.ACCEPTED: 1,
            State.DELIVERED: 1,
        }
        assert audiences.find(conn, "quan-1").imported == 5
        assert users.count(conn) == 1
        assert [held.reason for held in suppressions.holding(conn, 84_900_000_009)] == ["asked"]
        left = work.left(conn, campaign.id)
        assert (left.messages, left.due) == (2, 1)
    with old.write() as conn:
        lease = Lease("me", 10**15)
        chunk = work.claim_chunk(conn, campaign.id, 2, lease)
        assert chunk
        started = work.advance_chunk(conn, chunk, 10, lease)
        assert started
        tickets = work.started(conn, started, older.NOON)
        assert [ticket.message for ticket in tickets] == [1_000_000_004, 1_000_000_005]
        again = work.claim_due(conn, campaign.id, 2, older.NOON, 10, lease)
        assert [(ticket.message, ticket.attempts) for ticket in again] == [(1_000_000_003, 1)]

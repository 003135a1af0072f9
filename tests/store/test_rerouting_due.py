"""Exceptions follow an amended plan, except where that could be wrong."""

import pytest
from sqlalchemy import text

from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.rules import Rules
from outreach.domain.share import WEIGHTS, bucket
from outreach.store import tables, tally
from outreach.store.bulk import bulk_insert
from outreach.store.choice import first_choice
from outreach.store.database import Database
from tests.store.moving import except_, moved, postpone
from tests.store.plans import messages, people, plan, sms


def due_account(database: Database, message: int) -> tuple[int, int]:
    """An exception's account, and its message's."""
    with database.read() as conn:
        row = conn.execute(
            text(
                "SELECT d.account, m.account FROM due d JOIN message m ON m.id = d.message"
                " WHERE d.message = :message"
            ),
            {"message": message},
        ).one()
    return row[0], row[1]


@pytest.mark.parametrize(
    ("columns", "serving", "ends_on"),
    [
        ({}, (2, 1), 2),
        ({"snoozes": 4}, (2, 1), 2),
        ({"attempts": 1}, (2, 1), 1),
        ({"rerouted": 1}, (2, 1), 1),
        ({"attempts": 1}, (2,), 2),
        ({"rerouted": 1}, (2,), 2),
        ({"attempts": 1, "unknown_until": 10**15}, (2,), 1),
        ({"lease_owner": "x", "lease_until": 10**15}, (2,), 1),
    ],
)
def test_exceptions_move_where_nothing_speaks_against_it(
    database: Database, columns: dict[str, object], serving: tuple[int, ...], ends_on: int
) -> None:
    campaign = plan(database, people(database, [Network.VIETTEL] * 10), sms(1))
    with database.write() as conn:
        found = postpone(conn, campaign, 3, **columns)
    moved(database, campaign, sms(*serving))
    assert {due_account(database, message) for message in found} == {(ends_on, ends_on)}


def test_exceptions_are_shared_by_who_they_are_for(database: Database) -> None:
    """As planning shares, and the forecast: by the person, whatever number the message has."""
    networks = [Network.VIETTEL] * 60
    campaign = plan(database, people(database, networks), sms(1), Rules(share=(300, 900)))
    with database.write() as conn:
        found = postpone(conn, campaign, 20)
    wanted = sms(2, 3, weights={2: 1, 3: 1})
    moved(database, campaign, wanted)
    persons = {m.n: m.person for m in messages(database, campaign)}
    told = [
        first_choice(wanted, Network.VIETTEL, bucket(persons[n % CAMPAIGN_SPAN], WEIGHTS))
        for n in found
    ]
    assert [due_account(database, message)[0] for message in found] == told
    assert {*told} == {2, 3}


def test_a_fallback_moves_within_its_own_channel(database: Database) -> None:
    campaign = plan(database, people(database, [Network.VIETTEL] * 10), sms(1))
    first = campaign.id * CAMPAIGN_SPAN + 1
    with database.write() as conn:
        row = (first + STEP_SPAN, first, 5, int(Network.VIETTEL), 0, 0, 0, 0, 0)
        columns = (
            "id", "recipient", "account", "network", "state", "generation", "parts", "day",
            "superseded",
        )  # fmt: skip
        bulk_insert(conn, tables.message, columns, [row])
        counter = tally.Counter()
        counter.add(tally.Group(campaign.id, 5, Network.VIETTEL, State.PENDING))
        counter.write(conn)
        except_(conn, campaign, [first + STEP_SPAN], account=5)
    assert moved(database, campaign, sms(1)) == 0  # the plan has no such step any more
    assert moved(database, campaign, sms(1), sms(6)) == 1
    assert due_account(database, first + STEP_SPAN) == (6, 6)

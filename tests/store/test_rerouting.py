"""An amended plan takes over what has not started, and nothing else."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import choice, planning, tables, work
from outreach.store.bulk import bulk_insert
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database
from outreach.store.planning import NO_ROUTE
from tests.store.moving import LEASE, check_cover, claim, moved, owed, postpone, send
from tests.store.plans import chunks, messages, people, plan, sms

TWO = [Network.VIETTEL, Network.MOBIFONE]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of ten, so that a few people make many."""
    monkeypatch.setattr(planning, "CHUNK", 10)


def test_a_network_moves_to_its_new_account_and_others_stay(database: Database) -> None:
    campaign = plan(database, people(database, TWO * 50), sms(1, 2))
    after = replace(sms(1, 2), accounts={**sms(1, 2).accounts, Network.VIETTEL: (2, 1)})
    assert moved(database, campaign, after) == 50
    assert owed(database, campaign) == {(2, Network.VIETTEL): 50, (1, Network.MOBIFONE): 50}
    assert {(c.account, c.network) for c in chunks(database, campaign)} == {
        (2, Network.VIETTEL),
        (1, Network.MOBIFONE),
    }
    assert moved(database, campaign, after) == 0


def test_what_was_sent_or_is_leased_stays(database: Database) -> None:
    campaign = plan(database, people(database, [Network.VIETTEL] * 40), sms(1))
    with database.write() as conn:
        sent = send(conn, claim(conn, campaign, 1), 10)
        work.release_chunk(conn, sent, LEASE.owner)
        begun = send(conn, claim(conn, campaign, 1), 4)
        claim(conn, campaign, 1)
        work.release_chunk(conn, begun, LEASE.owner)
    assert moved(database, campaign, sms(2)) == 16
    states = [(m.account, m.state) for m in messages(database, campaign)]
    assert states[:14] == [(1, State.ACCEPTED)] * 14
    assert states[14:20] == [(2, State.PENDING)] * 6
    assert states[20:30] == [(1, State.PENDING)] * 10
    assert states[30:] == [(2, State.PENDING)] * 10


def test_a_chunk_whose_marks_are_apart_stays(database: Database) -> None:
    campaign = plan(database, people(database, [Network.VIETTEL] * 10), sms(1))
    with database.write() as conn:
        conn.execute(text("UPDATE chunk SET started_to = started_to + 3"))
    assert moved(database, campaign, sms(2)) == 0


def test_weights_are_kept_in_whole_chunks(database: Database) -> None:
    campaign = plan(database, people(database, TWO * 200), sms(1))
    step = sms(1, 2, 3, weights={1: 50, 2: 30, 3: 20})
    moved(database, campaign, step)
    assert owed(database, campaign) == {
        (account, network): weight * 2
        for account, weight in step.weights.items()
        for network in TWO
    }
    assert moved(database, campaign, step) == 0


def test_a_plan_that_changes_nothing_moves_nothing(database: Database) -> None:
    step = sms(1, 2, 3, weights={1: 50, 2: 30, 3: 20})
    campaign = plan(database, people(database, TWO * 200), step)
    assert moved(database, campaign, step) <= 20  # what planning could not divide by ten


def test_a_network_that_nobody_serves_ends_as_planning_ends_it(database: Database) -> None:
    campaign = plan(database, people(database, TWO * 20), sms(1))
    with database.write() as conn:
        late = postpone(conn, campaign, 2, attempts=1)
    only = Step(sms().channel, {Network.MOBIFONE: (1,)})
    assert moved(database, campaign, only) == 20
    ended = {(m.network, m.state, m.reason) for m in messages(database, campaign)}
    assert ended == {
        (Network.VIETTEL, State.FAILED, NO_ROUTE),
        (Network.MOBIFONE, State.PENDING, None),
    }
    with database.read() as conn:
        rest = work.left(conn, campaign.id)
        assert conn.execute(text("SELECT COUNT(*) FROM due")).scalar() == 0
        looks = text("SELECT COUNT(*) FROM chunk WHERE network = 1 AND look_at IS NULL")
        assert conn.execute(looks).scalar() == 0
    assert len(late) == 2
    assert rest.messages == 20


def test_chunks_of_several_networks_are_sorted_first(database: Database) -> None:
    """As plans were made before a chunk had a network of its own."""
    campaign = plan(database, people(database, TWO * 15), sms(1))
    base = campaign.id * CAMPAIGN_SPAN
    with database.write() as conn:
        conn.execute(text("DELETE FROM chunk"))
        mix(conn, campaign)
        rows = [
            (campaign.id, 1, base + n, base + n + 9, base + n - 1, base + n - 1, 0)
            for n in (1, 11, 21)
        ]
        columns = (
            "campaign",
            "account",
            "first",
            "last",
            "started_to",
            "recorded_to",
            "lease_until",
        )
        bulk_insert(conn, tables.chunk, columns, list(rows))
        begun = send(conn, claim(conn, campaign, 1), 3)
        work.release_chunk(conn, begun, LEASE.owner)
    sent = {m.person for m in messages(database, campaign) if m.state == State.ACCEPTED}
    after = Step(sms().channel, {Network.VIETTEL: (2,), Network.MOBIFONE: (1,)})
    moved(database, campaign, after)
    planned = messages(database, campaign)
    assert Counter(m.person for m in planned) == Counter(range(1, 31))
    assert {m.person for m in planned if m.state == State.ACCEPTED} == sent
    assert {m.n for m in planned if m.state == State.ACCEPTED} == {1, 2, 3}
    assert owed(database, campaign) == {
        (2, Network.VIETTEL): 13,
        (1, Network.MOBIFONE): 14,
    }
    check_cover(database, campaign)


def mix(conn: Connection, campaign: Campaign) -> None:
    """Number the messages in the order of their recipients, whatever their network."""
    conn.execute(
        text(
            "UPDATE message SET recipient = r.id, network = r.network,"
            " district = COALESCE((SELECT d.id FROM district d WHERE d.name = r.district), 0)"
            " FROM recipient r WHERE r.id - :audience = message.id - :base"
        ),
        {"audience": campaign.audience * CAMPAIGN_SPAN, "base": campaign.id * CAMPAIGN_SPAN},
    )


def plans() -> st.SearchStrategy[Step]:
    """Any routes over four accounts, with and without weights."""
    serving = st.lists(st.integers(1, 4), unique=True, max_size=3).map(tuple)
    return st.builds(
        lambda routes, weights: Step(sms().channel, routes, weights),
        st.fixed_dictionaries(dict.fromkeys(TWO, serving)),
        st.dictionaries(st.integers(1, 4), st.integers(1, 9), max_size=4),
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), before=plans(), after=plans())
def test_whatever_the_plans_nothing_is_lost_and_all_comes_to_rest(
    database: Database, data: st.DataObject, before: Step, after: Step
) -> None:
    with database.read() as conn:
        number = conn.execute(text("SELECT COUNT(*) FROM audience")).scalar_one()
    campaign = plan(database, people(database, TWO * 60, name=f"a{number}"), before)
    leased = sent_some(database, campaign, data)
    told = [(m.person, m.n) for m in messages(database, campaign)]
    moved(database, campaign, after)
    assert [(m.person, m.n) for m in messages(database, campaign)] == told
    check_cover(database, campaign)
    for chunk in chunks(database, campaign):
        if chunk.recorded_to < chunk.last and chunk.first not in leased:
            assert chunk.account in dict(choice.shares(after, chunk.network))
    assert {c.first for c in chunks(database, campaign) if c.leased} == leased
    assert moved(database, campaign, after) == 0


def sent_some(database: Database, campaign: Campaign, data: st.DataObject) -> set[int]:
    """Send, postpone and hold at random; returns the first messages of the chunks still leased."""
    leased: set[int] = set()
    with database.write() as conn:
        for account in (1, 2, 3, 4):
            for _ in range(data.draw(st.integers(0, 3))):
                chunk = work.claim_chunk(conn, campaign.id, account, LEASE)
                if chunk is None:
                    break
                ended = send(conn, chunk, data.draw(st.integers(0, 10)))
                if data.draw(st.booleans()):
                    work.release_chunk(conn, ended, LEASE.owner)
                else:
                    leased.add(chunk.first - campaign.id * CAMPAIGN_SPAN)
    return leased

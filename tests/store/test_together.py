"""Several processes at one PostgreSQL: each claims its own, nobody waits, nothing is done twice."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from outreach.domain.campaign import CampaignState
from outreach.domain.message import Event, State
from outreach.domain.network import Network
from outreach.domain.rules import Rules
from outreach.reports.proof import differences
from outreach.store import campaigns, closing, inbox, late, unplanning, waves, work
from outreach.store.campaigns import Campaign
from outreach.store.database import Database, Writer
from outreach.store.messages import Change, apply
from outreach.store.work import Lease
from tests.store.moving import LEASE, postpone, send
from tests.store.plans import chunks, messages, people, plan, sms

T = TypeVar("T")
OTHER = Lease("another", 10**15)
_WAITS_FOR_US = text(
    "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


@pytest.fixture
def shared(database: Database) -> Database:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    return database


def _at_once(database: Database, job: Callable[[Connection], T]) -> T:
    """Do a job while somebody else's transaction is open; whoever waits for him fails at once."""
    with database.write() as conn:
        conn.execute(text("SET LOCAL lock_timeout = '50ms'"))
        return job(conn)


def _after(
    database: Database, ours: Callable[[Connection], T], job: Callable[[Connection], T]
) -> T:
    """Do a job that waits for ours, which commits once it does."""
    found: list[T] = []

    def do() -> None:
        with database.write() as conn:
            found.append(job(conn))

    theirs = threading.Thread(target=do)
    with database.write() as conn:
        ours(conn)
        theirs.start()
        while not conn.execute(_WAITS_FOR_US).first():
            time.sleep(0.01)  # PostgreSQL tells nobody that he is waited for
    theirs.join()
    return found[0]


def _planned(database: Database, size: int, rules: Rules | None = None) -> Campaign:
    return plan(database, people(database, [Network.VIETTEL] * size), sms(1), rules)


def test_two_who_claim_a_chunk_get_one_each(shared: Database) -> None:
    campaign = _planned(shared, 1_500)

    def claim(conn: Connection) -> int:
        chunk = work.claim_chunk(conn, campaign.id, 1, OTHER)
        return 0 if chunk is None else chunk.first - campaign.id * 10**9

    with shared.write() as conn:
        assert work.claim_chunk(conn, campaign.id, 1, LEASE) is not None
        assert _at_once(shared, claim) == 1_001
        assert _at_once(shared, claim) == 0
    assert [chunk.leased for chunk in chunks(shared, campaign)] == [True, True]


def test_two_who_claim_exceptions_get_their_own(shared: Database) -> None:
    campaign = _planned(shared, 10)
    with shared.write() as conn:
        late_ones = postpone(conn, campaign, 6)

    def claim(conn: Connection, size: int, lease: Lease) -> list[int]:
        tickets = work.claim_due(conn, campaign.id, 1, 0, size, lease, 0)
        return [ticket.message for ticket in tickets]

    with shared.write() as conn:
        assert claim(conn, 4, LEASE) == late_ones[:4]
        assert _at_once(shared, lambda conn: claim(conn, 4, OTHER)) == late_ones[4:]
    with shared.read() as conn:
        assert work.held_due(conn, late_ones, OTHER.owner) == set(late_ones[4:])


def test_two_who_take_calls_get_their_own(shared: Database) -> None:
    with shared.write() as conn:
        inbox.put(conn, [(1, n, b"%d" % n) for n in range(5)])
    now = inbox.GRACE_MS + 10
    with shared.write() as conn:
        assert [call.at for call in inbox.take(conn, now, 3, now + 1)] == [0, 1, 2]
        theirs = _at_once(shared, lambda conn: inbox.take(conn, now, 3, now + 1))
        assert [call.at for call in theirs] == [3, 4]


def _started(database: Database, campaign: Campaign, lease: Lease) -> work.Chunk:
    with database.write() as conn:
        chunk = work.claim_chunk(conn, campaign.id, 1, lease)
        assert chunk is not None
        started = work.advance_chunk(conn, chunk, 5, lease)
        assert started is not None
        return started


def test_what_one_takes_back_no_other_does(shared: Database) -> None:
    campaign = _planned(shared, 10)
    _started(shared, campaign, Lease("dead", 0))
    with shared.write() as conn:
        assert closing.recover(conn, (), 1, 9) == 5
        assert _at_once(shared, lambda conn: closing.recover(conn, (), 1, 9)) == 0
    with shared.read() as conn:
        assert conn.execute(text("SELECT COUNT(*) FROM attempt")).scalar_one() == 5
        assert differences(conn, campaign.id) == []


def test_who_moves_his_mark_is_alive(shared: Database) -> None:
    """His lease ran out, and he is not known to be at work; but he works at this moment."""
    campaign = _planned(shared, 10)
    slow = Lease("slow", 0)
    chunk = _started(shared, campaign, slow)
    with shared.write() as conn:
        later = Lease("slow", 100)
        assert work.advance_chunk(conn, chunk, 0, later) is not None
        assert _at_once(shared, lambda conn: closing.recover(conn, (), 1, 9)) == 0
    assert [chunk.leased for chunk in chunks(shared, campaign)] == [True]
    assert {m.state for m in messages(shared, campaign)} == {State.PENDING}


def test_a_chunk_is_looked_at_by_one(shared: Database) -> None:
    campaign = _planned(shared, 10)
    with shared.write() as conn:
        chunk = work.claim_chunk(conn, campaign.id, 1, LEASE)
        assert chunk is not None
        work.release_chunk(conn, send(conn, chunk, 10), LEASE.owner, look_at=1)

    def look(conn: Connection) -> int | None:
        return late.look(conn, campaign.id, 0, lambda _: 2, 10)

    with shared.write() as conn:
        assert look(conn) == 10
        assert _at_once(shared, look) is None
    with shared.read() as conn:
        assert differences(conn, campaign.id) == []


def test_what_is_moved_while_a_campaign_closes_is_counted_once(shared: Database) -> None:
    campaign = _planned(shared, 10)
    first = campaign.id * 10**9 + 1

    def move(conn: Connection) -> int:
        return len(apply(conn, [Change(first, Event.LOSE)], 9))

    def close(conn: Connection) -> int:
        return closing.close_some(conn, campaign.id, Event.CANCEL, 9)

    assert _after(shared, move, close) == 9
    with shared.read() as conn:
        assert differences(conn, campaign.id) == []


def test_a_slice_of_a_draft_is_taken_back_once(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unplanning, "_SLICE", 4)
    campaign = _planned(shared, 10)

    def unplan(conn: Connection) -> None:
        unplanning.unplan_some(conn, found)

    with shared.write() as conn:
        campaigns.move(conn, campaign, CampaignState.DRAFT)
        unplanning.unplan_some(conn, campaigns.get(conn, campaign.id))
        found = campaigns.get(conn, campaign.id)
    _after(shared, unplan, unplan)
    with shared.read() as conn:
        assert campaigns.get(conn, campaign.id).recipients == 2
        assert differences(conn, campaign.id) == []


def test_a_reminder_is_made_once(shared: Database) -> None:
    campaign = _planned(shared, 10, Rules(waves=1, wave_days=1))
    numbers = [campaign.id * 10**9 + n for n in range(1, 11)]
    with shared.write() as conn:
        apply(conn, [Change(number, Event.REFUSE) for number in numbers], 9)
        campaigns.move(conn, campaign, CampaignState.FINISHED, finished_at=0)
    later = 10 * 86_400_000

    def make(conn: Connection) -> Campaign | None:
        return waves.make(conn, later, {})

    assert _after(shared, make, make) is None
    with shared.read() as conn:
        made = conn.execute(text("SELECT COUNT(*) FROM campaign WHERE parent IS NOT NULL"))
        assert made.scalar_one() == 1


def test_who_writes_plans_by_the_order_of_its_queues(shared: Database) -> None:
    shown = text("SHOW enable_bitmapscan")
    with shared.write() as conn:
        assert conn.execute(shown).scalar_one() == "off"
    with shared.read() as conn:
        assert conn.execute(shown).scalar_one() == "on"


def test_what_was_planned_is_known_before_it_is_sent(shared: Database) -> None:
    _planned(shared, 30)
    with shared.read() as conn:
        known = conn.execute(
            text(
                "SELECT relname, reltuples FROM pg_class"
                " WHERE relname IN ('message', 'recipient', 'chunk')"
            )
        )
        assert {tuple(row) for row in known} == {("message", 30), ("recipient", 30), ("chunk", 1)}


def test_jobs_of_a_commit_that_failed_are_not_run_again(shared: Database) -> None:
    """Where its answer is lost, a commit may have been made: nothing is to be done twice."""
    with shared.write() as conn:
        conn.execute(text("CREATE TABLE once (n INT UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
    writer, begun, gate = Writer(shared), threading.Event(), threading.Event()
    ran: list[int] = []

    def hold(_: Connection) -> bool:
        begun.set()
        return gate.wait(10)

    def job(conn: Connection) -> None:
        ran.append(1)
        conn.execute(text("INSERT INTO once VALUES (1)"))

    held = writer.submit(hold)
    begun.wait(10)
    both = [writer.submit(job) for _ in range(2)]
    gate.set()
    held.result(10)
    for each in both:
        with pytest.raises(DBAPIError):
            each.result(10)
    writer.close()
    assert len(ran) == 2

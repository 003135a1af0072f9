"""A campaign that is partly sent when its plan changes."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, text

from outreach.domain.key import STEP_SPAN
from outreach.domain.message import Event, State
from outreach.domain.network import Network
from outreach.reports.proof import differences
from outreach.store import tables, work
from outreach.store.bulk import bulk_insert
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database
from outreach.store.record import Result, record
from outreach.store.rerouting import move_some
from outreach.store.work import Chunk, Lease
from tests.model.checks import strangers
from tests.store.plans import chunks, messages

LEASE = Lease("somebody", 10**15)
CALLS = 200


def moved(database: Database, campaign: Campaign, *steps: Step) -> int:
    """Move all there is to move; every step of the way is what the tally says."""
    done = 0
    for _ in range(CALLS):
        with database.write() as conn:
            some = move_some(conn, campaign, steps)
        with database.read() as conn:
            assert differences(conn, campaign.id) == []
        if not some:
            return done
        done += some
    raise AssertionError("it never comes to rest")


def claim(conn: Connection, campaign: Campaign, account: int) -> Chunk:
    found = work.claim_chunk(conn, campaign.id, account, LEASE)
    assert found is not None
    return found


def send(conn: Connection, chunk: Chunk, size: int) -> Chunk:
    """Start and record so many of a chunk's messages as accepted."""
    started = work.advance_chunk(conn, chunk, size, LEASE)
    assert started is not None
    results = [Result(t, Event.ACCEPT, parts=1) for t in work.started(conn, started, 0)]
    record(conn, results, 0, 9)
    ended = work.advance_chunk(conn, started, 0, LEASE)
    assert ended is not None
    return ended


def owed(database: Database, campaign: Campaign) -> Counter[tuple[int, Network]]:
    """Pending messages by account and network."""
    pending = [m for m in messages(database, campaign) if m.state == State.PENDING]
    return Counter((m.account, m.network) for m in pending)


def postpone(conn: Connection, campaign: Campaign, size: int, **columns: object) -> list[int]:
    """Make exceptions of the first messages of the first chunk; returns their ids."""
    chunk = claim(conn, campaign, 1)
    started = work.advance_chunk(conn, chunk, size, LEASE)
    assert started is not None
    found = [ticket.message for ticket in work.started(conn, started, 0)]
    ended = work.advance_chunk(conn, started, 0, LEASE)
    assert ended is not None
    work.release_chunk(conn, ended, LEASE.owner)
    except_(conn, campaign, found, **{"account": 1, **columns})
    return found


def except_(conn: Connection, campaign: Campaign, found: Sequence[int], **columns: object) -> None:
    told = {
        "campaign": campaign.id, "at": 0, "why": "later", "attempts": 0, "snoozes": 0,
        "rerouted": 0, "lease_owner": None, "lease_until": 0, "unknown_until": None, **columns,
    }  # fmt: skip
    names = ("message", *told)
    bulk_insert(conn, tables.due, names, [(message, *told.values()) for message in found])


def check_cover(database: Database, campaign: Campaign) -> None:
    """What chunks have still to send is pending on their account and network, each once."""
    planned = messages(database, campaign)
    ahead = Counter[int]()
    for chunk in chunks(database, campaign):
        run = planned[chunk.recorded_to : chunk.last]
        ahead.update(m.n for m in run)
        assert {(m.account, m.network) for m in run} <= {(chunk.account, chunk.network)}
    with database.read() as conn:
        assert strangers(conn, campaign.id) == []
        late = conn.execute(text("SELECT message FROM due WHERE campaign = :c"), {"c": campaign.id})
        ahead.update(message % STEP_SPAN for message in late.scalars())
    assert ahead == Counter(m.n for m in planned if m.state == State.PENDING)

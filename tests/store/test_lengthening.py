"""A chunk that goes on into the next ones: every message is started once, whoever else is there."""

import threading
import time
from random import Random

import pytest
from sqlalchemy import Connection, text

from outreach.domain.network import Network
from outreach.store import lengthening, tables, work
from outreach.store.bulk import bulk_insert
from outreach.store.database import Database
from outreach.store.planning import CHUNK_COLUMNS
from tests.store.moving import LEASE

SMS, OTHER = 1, 2


def _store(conn: Connection, *chunks: tuple[int, int, Network]) -> None:
    """Chunks of the account: first and last message, network."""
    bulk_insert(
        conn,
        tables.chunk,
        CHUNK_COLUMNS,
        [
            (1, SMS, first, last, first - 1, first - 1, 0, int(net), 0)
            for first, last, net in chunks
        ],
    )


def _run(conn: Connection, chunk: work.Chunk, size: int, least: int) -> tuple[work.Chunk, range]:
    """Start and record the next run of a chunk, lengthened; the messages of it."""
    long = lengthening.lengthen(conn, chunk, size, least)
    taken = work.part_of(long.left, size, least)
    started = work.advance_chunk(conn, long, taken, LEASE)
    assert started is not None
    ended = work.advance_chunk(conn, started, 0, LEASE)
    assert ended is not None
    return ended, range(started.recorded_to + 1, started.started_to + 1)


@pytest.mark.parametrize("seed", range(15))
def test_every_message_is_started_once(database: Database, seed: int) -> None:
    chance = Random(seed)
    least = chance.randint(1, 9)
    size = chance.randint(2 * least - 1, 40)
    ends = sorted(chance.sample(range(1, 150), chance.randint(1, 8)))
    networks = [chance.choice([Network.VIETTEL, Network.MOBIFONE]) for _ in ends]
    sent: list[int] = []
    with database.write() as conn:
        firsts = [1, *(end + 1 for end in ends)]
        _store(conn, *zip(firsts, ends, networks, strict=False))
        while chunk := work.claim_chunk(conn, 1, SMS, LEASE):
            while not chunk.done:
                chunk, run = _run(conn, chunk, size, least)
                sent += run
            work.release_chunk(conn, chunk, LEASE.owner)
    assert sent == list(range(1, ends[-1] + 1))


_WAITS_FOR_US = (
    "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


@pytest.mark.parametrize(
    ("meanwhile", "last"),
    [
        (f"account = {OTHER}", 5),
        (f"network = {Network.MOBIFONE:d}", 5),
        ("lease_owner = 'another'", 5),
        ("last = 12", 12),
    ],
)
def test_a_chunk_that_another_process_moves_meanwhile_is_not_taken(
    database: Database, meanwhile: str, last: int
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    with database.write() as conn:
        _store(conn, (1, 5, Network.VIETTEL), (6, 20, Network.VIETTEL))
    found: list[work.Chunk] = []

    def lengthen() -> None:
        with database.write() as conn:
            chunk = work.claim_chunk(conn, 1, SMS, LEASE)
            assert chunk is not None
            found.append(lengthening.lengthen(conn, chunk, 20, 1))

    ours = threading.Thread(target=lengthen)
    with database.write() as conn:
        conn.execute(text(f"UPDATE chunk SET {meanwhile} WHERE first = 6"))
        ours.start()
        while not conn.execute(text(_WAITS_FOR_US)).first():
            time.sleep(0.01)  # PostgreSQL tells nobody that he is waited for
    ours.join()
    assert [chunk.last for chunk in found] == [last]

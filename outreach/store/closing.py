"""Ending what can no longer be sent: interrupted work, cancelled and expired campaigns."""

from sqlalchemy import Connection, text

from outreach.domain.message import Event, State, advance
from outreach.domain.network import Network
from outreach.store import tables
from outreach.store.database import Row, bulk_insert, bulk_update
from outreach.store.messages import Change, apply
from outreach.store.record import OutcomeKind
from outreach.store.tally import Counter, Group

INTERRUPTED = "interrupted"

_DEAD = "lease_owner IS NOT NULL AND lease_owner <> :living AND lease_until <= :now"


def recover(conn: Connection, living: str, now: int, day: int) -> int:
    """Take back leases that ran out: what had started without a word is unknown.

    `living` is the caller's own owner name, never taken from. Returns how many are unknown.
    """
    lost = _lost_in_chunks(conn, living, now) + _lost_in_due(conn, living, now)
    changes = [Change(message, Event.LOSE, INTERRUPTED) for message, _, _ in lost]
    apply(conn, changes, day)
    rows: list[Row] = [
        (message, n, account, int(OutcomeKind.UNKNOWN), INTERRUPTED, None, now, 0)
        for message, n, account in lost
    ]
    columns = ("message", "n", "account", "outcome", "code", "reference", "at", "took_ms")
    bulk_insert(conn, tables.attempt, columns, rows)
    return len(lost)


def _lost_in_chunks(conn: Connection, living: str, now: int) -> list[tuple[int, int, int]]:
    chunks = conn.execute(
        text(f"SELECT id, recorded_to, started_to FROM chunk WHERE {_DEAD}"),
        {"living": living, "now": now},
    ).all()
    lost: list[tuple[int, int, int]] = []
    for chunk, recorded_to, started_to in chunks:
        rows = conn.execute(
            text(
                "SELECT id, account FROM message"
                " WHERE id > :after AND id <= :to AND state = 0 ORDER BY id"
            ),
            {"after": recorded_to, "to": started_to},
        )
        lost += [(message, 1, account) for message, account in rows]
        conn.execute(
            text("UPDATE chunk SET recorded_to = started_to, lease_owner = NULL WHERE id = :id"),
            {"id": chunk},
        )
    return lost


def _lost_in_due(conn: Connection, living: str, now: int) -> list[tuple[int, int, int]]:
    rows = conn.execute(
        text(f"SELECT message, attempts, account FROM due WHERE {_DEAD}"),
        {"living": living, "now": now},
    ).all()
    bulk_update(conn, "DELETE FROM due WHERE message = ?", [(row[0],) for row in rows])
    return [(message, attempts + 1, account) for message, attempts, account in rows]


def forget_leases(conn: Connection) -> None:
    """Let every lease run out at once; for the one process that holds the whole installation."""
    conn.execute(text("UPDATE chunk SET lease_until = 0 WHERE lease_owner IS NOT NULL"))
    conn.execute(text("UPDATE due SET lease_until = 0 WHERE lease_owner IS NOT NULL"))


def close_some(conn: Connection, campaign: int, event: Event, day: int) -> int:
    """Cancel or expire a share of what a campaign has not started; 0 when nothing is left.

    Leased work is left to its holder, who records it, gives it back, and finds no more to do.
    """
    return _close_chunks(conn, campaign, event, day) + _close_due(conn, campaign, event, day)


def _close_chunks(conn: Connection, campaign: int, event: Event, day: int) -> int:
    target = advance(State.PENDING, event)
    assert isinstance(target, State)
    chunks = conn.execute(
        text(
            "UPDATE chunk SET recorded_to = last, started_to = last WHERE id IN ("
            " SELECT id FROM chunk WHERE campaign = :campaign AND recorded_to < last"
            " AND lease_owner IS NULL ORDER BY id LIMIT 20"
            ") AND lease_owner IS NULL RETURNING first, last"
        ),
        {"campaign": campaign},
    ).all()
    counter = Counter()
    closed = 0
    for first, last in chunks:
        closed += _close_run(conn, campaign, (first, last), (target, day), counter)
    counter.write(conn)
    return closed


def _close_run(
    conn: Connection,
    campaign: int,
    run: tuple[int, int],
    to: tuple[State, int],
    counter: Counter,
) -> int:
    # Messages of the run that wait in `due` are closed with the due rows, not here.
    where = (
        "id BETWEEN :first AND :last AND state = 0"
        " AND NOT EXISTS (SELECT 1 FROM due d WHERE d.message = message.id)"
    )
    span = {"first": run[0], "last": run[1]}
    target, day = to
    groups = conn.execute(
        text(f"SELECT account, network, COUNT(*) FROM message WHERE {where} GROUP BY 1, 2"),
        span,
    ).all()
    for account, network, count in groups:
        counter.add(Group(campaign, account, Network(network), State.PENDING), -count)
        counter.add(Group(campaign, account, Network(network), target, day=day), count)
    conn.execute(
        text(f"UPDATE message SET state = :state, day = :day WHERE {where}"),
        {**span, "state": int(target), "day": day},
    )
    return sum(count for _, _, count in groups)


def _close_due(conn: Connection, campaign: int, event: Event, day: int) -> int:
    messages = list(
        conn.execute(
            text(
                "DELETE FROM due WHERE message IN (SELECT message FROM due"
                " WHERE campaign = :campaign AND lease_owner IS NULL LIMIT 5000)"
                " AND lease_owner IS NULL RETURNING message"
            ),
            {"campaign": campaign},
        ).scalars()
    )
    apply(conn, [Change(message, event) for message in messages], day)
    return len(messages)

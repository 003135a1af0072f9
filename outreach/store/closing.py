"""Ending what can no longer be sent: interrupted work, cancelled and expired campaigns."""

import collections
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import Event, State, advance
from outreach.domain.network import Network
from outreach.store import batches, campaigns, contacts, tables
from outreach.store.bulk import Row, bulk_delete, bulk_insert
from outreach.store.campaigns import Campaign
from outreach.store.messages import AT_LEAST, Change, apply, fetch
from outreach.store.record import OutcomeKind
from outreach.store.sql import select_among, unclaimed
from outreach.store.tally import Counter, Group

INTERRUPTED = "interrupted"


def recover(conn: Connection, living: Collection[str], now: int, day: int) -> int:
    """Take back leases that ran out: what had started without a word is unknown.

    `living` are the owners that are at work, never taken from. Returns how many are unknown; those
    of a list that was about to leave have its key for a reference, by which to ask about them.
    """
    lost = _lost_in_chunks(conn, living, now) + _lost_in_due(conn, living, now)
    changes = [Change(each.message, Event.LOSE, INTERRUPTED, parts=each.parts) for each in lost]
    apply(conn, changes, day)
    lists = batches.take_back(conn, living)
    rows: list[Row] = [
        (
            each.message, each.n, each.account, int(OutcomeKind.UNKNOWN), INTERRUPTED,
            lists.get(each.message), now, 0,
        )
        for each in lost
    ]  # fmt: skip
    columns = ("message", "n", "account", "outcome", "code", "reference", "at", "took_ms")
    bulk_insert(conn, tables.attempt, columns, rows)
    return len(lost)


class _Lost(NamedTuple):
    """A message that had started, its try, and the parts that it cost if it left."""

    message: int
    n: int
    account: int
    parts: int


def _dead(
    conn: Connection, what: str, table: str, living: Collection[str], now: int
) -> list[tuple[int, ...]]:
    """Rows whose lease ran out, and whose owner is not at work.

    What somebody works at this moment is not among them: an owner that is alive after all, or
    another one who takes leases back.
    """
    rows = conn.execute(
        text(
            f"SELECT {what}, lease_owner FROM {table}"
            f" WHERE lease_owner IS NOT NULL AND lease_until <= :now{unclaimed(conn)}"
        ),
        {"now": now},
    )
    return [tuple(row[:-1]) for row in rows.all() if row[-1] not in living]


def _lost_in_chunks(conn: Connection, living: Collection[str], now: int) -> list[_Lost]:
    lost: list[_Lost] = []
    dead = _dead(conn, "id, recorded_to, started_to", "chunk", living, now)
    for chunk, recorded_to, started_to in dead:
        rows = conn.execute(
            text(
                "SELECT id, account FROM message"
                " WHERE id > :after AND id <= :to AND state = 0 ORDER BY id"
            ),
            {"after": recorded_to, "to": started_to},
        )
        lost += [_Lost(message, 1, account, AT_LEAST) for message, account in rows]
        conn.execute(
            # Nobody claims it again where that was its end: then it is looked at for fallbacks.
            text(
                "UPDATE chunk SET recorded_to = started_to, lease_owner = NULL, look_at ="
                " CASE WHEN started_to >= last THEN :now ELSE look_at END WHERE id = :id"
            ),
            {"id": chunk, "now": now},
        )
    return lost


def _lost_in_due(conn: Connection, living: Collection[str], now: int) -> list[_Lost]:
    rows = _dead(conn, "message, attempts, account, parts", "due", living, now)
    bulk_delete(conn, tables.due, "message", [row[0] for row in rows])
    return [
        _Lost(message, attempts + 1, account, max(parts, AT_LEAST))
        for message, attempts, account, parts in rows
    ]


def forget_leases(conn: Connection, owner: str | None = None) -> None:
    """Let the leases of one owner run out at once, or every lease.

    Every lease only for the one process that holds the whole installation.
    """
    whose = "lease_owner IS NOT NULL" if owner is None else "lease_owner = :owner"
    told = {} if owner is None else {"owner": owner}
    for table in ("chunk", "due"):
        conn.execute(text(f"UPDATE {table} SET lease_until = 0 WHERE {whose}"), told)


def owners(conn: Connection) -> frozenset[str]:
    """Whoever has a lease, or a list under way."""
    found = conn.execute(
        text(
            "SELECT lease_owner FROM chunk WHERE lease_owner IS NOT NULL"
            " UNION SELECT lease_owner FROM due WHERE lease_owner IS NOT NULL"
            " UNION SELECT owner FROM batch"
        )
    )
    return frozenset(found.scalars())


def nothing_left(conn: Connection, campaign: int) -> bool:
    """Whether a campaign has nothing to send, nothing under way, nothing to look at again."""
    return not conn.execute(
        text(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM chunk WHERE campaign = :campaign"
            " AND (recorded_to < last OR look_at IS NOT NULL))"
            " OR EXISTS (SELECT 1 FROM due WHERE campaign = :campaign)"
        ),
        {"campaign": campaign},
    ).first()


def close_some(conn: Connection, campaign: int, event: Event, day: int) -> int:
    """Cancel or expire a share of what a campaign has not started; 0 when nothing is left.

    Leased work is left to its holder, who records it, gives it back, and finds no more to do.
    Nobody falls back any more either.
    """
    conn.execute(
        text("UPDATE chunk SET look_at = NULL WHERE campaign = :id AND look_at IS NOT NULL"),
        {"id": campaign},
    )
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
    # What is closed is what is counted, whatever other processes move meanwhile.
    closed = conn.execute(
        text(
            f"UPDATE message SET state = :state, day = :day WHERE {where}"
            " RETURNING account, network, district"
        ),
        {**span, "state": int(target), "day": day},
    )
    groups = collections.Counter(tuple(row) for row in closed)
    for (account, network, district), count in groups.items():
        before = Group(campaign, account, Network(network), State.PENDING, district=district)
        counter.add(before, -count)
        counter.add(before._replace(state=target, day=day), count)
    return groups.total()


def _close_due(conn: Connection, campaign: int, event: Event, day: int) -> int:
    rows = conn.execute(
        text(
            "DELETE FROM due WHERE message IN (SELECT message FROM due"
            " WHERE campaign = :campaign AND lease_owner IS NULL LIMIT 1000)"
            " AND lease_owner IS NULL RETURNING message, unknown_until, why, parts"
        ),
        {"campaign": campaign},
    ).all()
    changes = [
        Change(message, event)
        if unknown_until is None
        # It may have left before; only an answer under the same key could have told.
        else Change(message, Event.LOSE, why, parts=max(parts, AT_LEAST))
        for message, unknown_until, why, parts in rows
    ]
    apply(conn, changes, day)
    ended = fetch(conn, [change.message for change in changes if change.event is event])
    # Where an earlier channel took it, the result went back there, and the contact was made.
    contacts.forget(conn, [message.id for message in ended.values() if not message.superseded])
    return len(rows)


def unsettled(conn: Connection) -> list[Campaign]:
    """Cancelled campaigns that may have something to close, or to hear from their carriers."""
    ids = conn.execute(
        text("SELECT id FROM campaign WHERE state = :state AND settled_at IS NULL ORDER BY id"),
        {"state": CampaignState.CANCELLED.value},
    ).scalars()
    return [campaigns.get(conn, number) for number in ids.all()]


def give_up(conn: Connection, span: tuple[int, int], state: State, accounts: Sequence[int]) -> None:
    """Call unconfirmed those in a state whose account will not speak of them any more.

    `span` is (after, to), message ids. They keep their reason.
    """
    target = advance(state, Event.DEADLINE)
    assert isinstance(target, State)
    rows = select_among(
        conn,
        "UPDATE message SET state = :target WHERE id > :after AND id <= :to AND state = :state"
        " AND account {among} RETURNING id, account, network, reason, day, superseded,"
        " district, parts",
        accounts,
        target=int(target),
        state=int(state),
        after=span[0],
        to=span[1],
    )
    counter = Counter()
    for message, account, network, reason, day, superseded, district, parts in rows:
        group = Group(
            message // CAMPAIGN_SPAN,
            account,
            Network(network),
            state,
            reason or "",
            day,
            result=1 - superseded,
            district=district,
        )
        counter.add(group, -1, -parts)
        counter.add(group._replace(state=target), 1, parts)
    counter.write(conn)

"""What there is to send, who has the right to send it, and what came of it.

A chunk is leased; before a sub-batch leaves, `started_to` is committed past it, and its results
are recorded in the one transaction that moves `recorded_to`. So after a crash all up to
`recorded_to` is known, what lies between the marks is unknown, the rest is still pending.
A due row that is leased has started: leasing it *is* its mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.network import Network
from outreach.store.sql import Fetched, one_changed, select_among, statement, unclaimed
from outreach.store.suppressions import SKIPPED, SUPPRESSED


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may send, and until when (ms)."""

    owner: str
    until: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of messages of one campaign and account, and how far it has come."""

    id: int
    campaign: int
    account: int
    first: int
    last: int
    recorded_to: int
    started_to: int

    @property
    def done(self) -> bool:
        """Whether every message of it is recorded."""
        return self.recorded_to >= self.last

    @property
    def left(self) -> int:
        """How many of it have not started."""
        return self.last - self.started_to


@dataclass(slots=True)
class Ticket:
    """One message that is about to be sent, with all that sending it needs.

    Not frozen: there is one for every message, and a frozen one takes three times as long to make.
    """

    message: int
    campaign: int
    recipient: int
    account: int
    network: Network
    generation: int
    msisdn: int
    params: str
    withheld: str = ""
    """Why it is not to leave at all; empty where it is."""
    attempts: int = 0
    snoozes: int = 0
    rerouted: bool = False
    was_due: bool = False
    unknown_until: int | None = None
    """Set where it may have left: until then (ms) the carrier knows its key, and it may be asked
    for again under that key and on that account."""
    address: str = ""
    """The carrier's own id of the person, where the account needs it."""
    parts: int = 0
    """Billed parts of what was made for it, or of what may have left before; else 0."""
    unreachable: str = ""
    """Why its channel does not lead to the person, as far as was told; empty where it may."""
    waits: int = 0
    """How often it has waited for others to go in a list with."""
    district: int = 0
    """Of the recipient, as the tally counts it."""


SUPPRESSION, REGISTERED = "suppressed", "registered"
_WITHHELD = (
    f"CASE WHEN EXISTS ({SUPPRESSED}) THEN '{SUPPRESSION}'"
    f" WHEN {SKIPPED} THEN '{REGISTERED}' ELSE '' END"
)
_NETWORKS = {int(network): network for network in Network}
_CHUNK = "id, campaign, account, first, last, recorded_to, started_to"
_TICKET = (
    "m.id, m.recipient, m.account, m.network, m.generation, r.msisdn, r.params,"
    f" {_WITHHELD}, m.district"
)


def claim_chunk(
    conn: Connection, campaign: int, account: int, lease: Lease, *, pilot: bool = False
) -> Chunk | None:
    """Lease the first chunk of a campaign on an account that is free and not done.

    With `pilot` only chunks of the pilot's.
    """
    only = " AND pilot = 1" if pilot else ""
    free = (
        "SELECT id FROM chunk WHERE campaign = :campaign AND account = :account"
        f" AND lease_owner IS NULL AND recorded_to < last{only} ORDER BY first LIMIT 1"
    )
    row = conn.execute(
        statement(
            "UPDATE chunk SET lease_owner = :owner, lease_until = :until"
            f" WHERE id = ({free}{unclaimed(conn)}) RETURNING {_CHUNK}"
        ),
        {"owner": lease.owner, "until": lease.until, "campaign": campaign, "account": account},
    ).one_or_none()
    return None if row is None else Chunk(*row)


def advance_chunk(conn: Connection, chunk: Chunk, size: int, lease: Lease) -> Chunk | None:
    """Mark all that was started as recorded and start `size` more; None if the lease was lost."""
    started_to = min(chunk.last, chunk.started_to + size)
    took = one_changed(
        conn,
        "UPDATE chunk SET recorded_to = :recorded, started_to = :started, lease_until = :until"
        " WHERE id = :id AND lease_owner = :owner AND started_to = :before",
        recorded=chunk.started_to,
        started=started_to,
        until=lease.until,
        id=chunk.id,
        owner=lease.owner,
        before=chunk.started_to,
    )
    if not took:
        return None
    return Chunk(
        chunk.id,
        chunk.campaign,
        chunk.account,
        chunk.first,
        chunk.last,
        recorded_to=chunk.started_to,
        started_to=started_to,
    )


def started(conn: Connection, chunk: Chunk, now: int) -> list[Ticket]:
    """The pending messages of a chunk between its two marks."""
    rows = conn.execute(
        statement(
            f"SELECT {_TICKET} FROM message m JOIN recipient r ON r.id = m.recipient"
            " WHERE m.id > :after AND m.id <= :to AND m.state = 0 ORDER BY m.id"
        ),
        {
            "after": chunk.recorded_to,
            "to": chunk.started_to,
            "campaign": chunk.campaign,
            "now": now,
        },
    ).all()
    return [_ticket(row, chunk.campaign) for row in rows]


def withheld(conn: Connection, campaign: int, messages: Sequence[int], now: int) -> dict[int, str]:
    """Those of a campaign's messages that may not leave by now (ms), and why."""
    rows = select_among(
        conn,
        f"SELECT m.id, {_WITHHELD} FROM message m JOIN recipient r ON r.id = m.recipient"
        " WHERE m.id {among}",
        messages,
        campaign=campaign,
        now=now,
    )
    return {message: why for message, why in rows if why}


def release_chunk(conn: Connection, chunk: Chunk, owner: str, look_at: int | None = None) -> None:
    """Give back a lease; `look_at` (ms): when to look for who was not reached."""
    conn.execute(
        statement(
            "UPDATE chunk SET lease_owner = NULL, look_at = COALESCE(:look_at, look_at)"
            " WHERE id = :id AND lease_owner = :owner"
        ),
        {"id": chunk.id, "owner": owner, "look_at": look_at},
    )


def part_of(total: int, room: int, least: int) -> int:
    """How many of `total` to take into so much room, so that none are left, or at least `least`.

    0 where those taken would be fewer than that.
    """
    if total <= room:
        return total
    most = min(room, total - least)
    return most if most >= least else 0


def claim_due(
    conn: Connection,
    campaign: int,
    account: int,
    now: int,
    size: int,
    lease: Lease,
    least: int = 1,
) -> list[Ticket]:
    """Lease, and so start, up to `size` exceptions whose time has come.

    Of those due at the same moment, none are left behind, or at least `least`.
    """
    rows = conn.execute(
        statement(
            f"SELECT {_TICKET}, d.attempts, d.snoozes, d.rerouted, d.unknown_until, d.parts,"
            " d.waits, d.at FROM due d"
            " JOIN message m ON m.id = d.message JOIN recipient r ON r.id = m.recipient"
            " WHERE d.campaign = :campaign AND d.account = :account AND d.at <= :now"
            " AND d.lease_owner IS NULL"
            f" ORDER BY d.at, d.message LIMIT :most{unclaimed(conn, 'd')}"
        ),
        {
            "campaign": campaign,
            "account": account,
            "now": now,
            "most": size + least,
        },
    ).all()
    rows = rows[: _together([row[-1] for row in rows], size, least)]
    taken = {
        row[0]
        for row in select_among(
            conn,
            "UPDATE due SET lease_owner = :owner, lease_until = :until"
            " WHERE message {among} AND lease_owner IS NULL RETURNING message",
            [row[0] for row in rows],
            owner=lease.owner,
            until=lease.until,
        )
    }
    return [_ticket(row, campaign) for row in rows if row[0] in taken]


def _together(moments: Sequence[int], size: int, least: int) -> int:
    """How many of these moments, in order, to take: the last of them is divided with care."""
    if len(moments) <= size:
        return len(moments)
    before = moments.index(moments[size])
    return before + part_of(moments.count(moments[size]), size - before, least)


def held_due(conn: Connection, messages: Sequence[int], owner: str) -> frozenset[int]:
    """Those of the exceptions whose lease the owner still has."""
    rows = select_among(
        conn,
        "SELECT message FROM due WHERE message {among} AND lease_owner = :owner",
        messages,
        owner=owner,
    )
    return frozenset(row[0] for row in rows)


def _ticket(row: Fetched, campaign: int) -> Ticket:
    ticket = Ticket(
        row[0], campaign, row[1], row[2], _NETWORKS[row[3]], row[4], row[5], row[6], row[7]
    )
    ticket.district = row[8]
    if len(row) > 9:
        ticket.attempts, ticket.snoozes = row[9], row[10]
        ticket.rerouted, ticket.unknown_until = bool(row[11]), row[12]
        ticket.parts, ticket.waits = row[13], row[14]
        ticket.was_due = True
    return ticket


@dataclass(frozen=True, slots=True)
class Left:
    """How much of a campaign has still to be sent."""

    messages: int
    due: int
    leased: int


def left(conn: Connection, campaign: int) -> Left:
    """Count what a campaign has still to send, and how many leases are out."""
    row = conn.execute(
        text(
            "SELECT COALESCE(SUM(last - recorded_to), 0),"
            " (SELECT COUNT(*) FROM due WHERE campaign = :campaign),"
            " COUNT(lease_owner)"
            " FROM chunk WHERE campaign = :campaign AND recorded_to < last"
        ),
        {"campaign": campaign},
    ).one()
    return Left(int(row[0]), int(row[1]), int(row[2]))

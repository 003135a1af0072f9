"""Who was written to lately: what the cap over all campaigns counts.

A contact is one recipient of one campaign, kept under the message of the plan's first step:
retries and the fallback channel are the same contact.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN
from outreach.domain.rules import Cap
from outreach.store import tables
from outreach.store.bulk import Row, bulk_change, bulk_insert
from outreach.store.sql import select_among, statement
from outreach.store.work import Ticket

OVER_CAP = "cap"
"""Why somebody who was written to often enough is not written to."""

_DAY_MS = 24 * 3600 * 1000
_TURN = 0x636F_6E74_6163_7473
"""PostgreSQL's lock under which contacts are counted and reserved: "contacts" in ASCII."""
_UNDER_WAY = (
    "SELECT id FROM campaign WHERE state IN ('running', 'paused')"
    " OR (state = 'cancelled' AND finished_at IS NULL)"
)
"""The campaigns of which something may be being started at this moment."""


def reserve(conn: Connection, tickets: Sequence[Ticket], cap: Cap | None, now: int) -> set[int]:
    """Write contacts down before they are made; returns the messages that the cap holds back.

    The tickets are of one campaign, and none of them may have left before. Without a cap nobody is
    held back. A contact that was reserved and not made is weighed again, and counts from now on:
    meanwhile others may have been made. Campaigns that reserve at the same time wait for each
    other's commit, so the cap is never overshot.
    """
    if not tickets:
        return set()
    if conn.dialect.name == "postgresql":  # SQLite has one writer
        _take_turn(conn, tickets[0].campaign)
    known = _known(conn, tickets)
    held: set[int] = set()
    rows: list[Row] = []
    again: list[Row] = []
    for ticket in tickets:
        message, mine = _contact(ticket.message), known[ticket.msisdn]
        reserved = mine.pop(message, None) is not None
        if cap is not None and _since(mine, now - cap.days * _DAY_MS) >= cap.messages:
            held.add(ticket.message)
            continue
        mine[message] = now
        if reserved:
            again.append((now, ticket.msisdn, message))
        else:
            rows.append((ticket.msisdn, message, now))
    _date(conn, again)
    bulk_insert(conn, tables.contact, ("msisdn", "message", "at"), rows)
    return held


def _take_turn(conn: Connection, campaign: int) -> None:
    """Let nobody else reserve but for the same campaign, and that only if there is no other.

    A campaign has a person once, so it is only others who could overshoot with it.
    """
    alone = set(conn.execute(statement(_UNDER_WAY)).scalars()) == {campaign}
    lock = "pg_advisory_xact_lock_shared" if alone else "pg_advisory_xact_lock"
    conn.execute(statement(f"SELECT {lock}(:turn)"), {"turn": _TURN})


def renew(conn: Connection, tickets: Sequence[Ticket], now: int) -> None:
    """Date contacts anew whose later channel is about to be used: the same contact, made now."""
    rows: list[Row] = [(now, each.msisdn, _contact(each.message)) for each in tickets]
    _date(conn, rows)


def _date(conn: Connection, rows: list[Row]) -> None:
    """Set the time (ms) of contacts: at, number, message."""
    bulk_change(conn, tables.contact, ("at",), ("msisdn", "message"), rows)


def _known(conn: Connection, tickets: Sequence[Ticket]) -> defaultdict[int, dict[int, int]]:
    """What each number is down for: when (ms), by message."""
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    numbers = sorted({ticket.msisdn for ticket in tickets})
    sql = "SELECT msisdn, message, at FROM contact WHERE msisdn {among}"
    for msisdn, message, at in select_among(conn, sql, numbers):
        found[msisdn][message] = at
    return found


def _since(contacts: dict[int, int], begin: int) -> int:
    return sum(at > begin for at in contacts.values())


def _contact(message: int) -> int:
    """The message of the plan's first step to the same recipient."""
    return message - message % CAMPAIGN_SPAN // STEP_SPAN * STEP_SPAN


def forget(conn: Connection, messages: Sequence[int]) -> None:
    """Strike out the contacts of messages that certainly reached nobody, by any channel."""
    select_among(
        conn,
        "DELETE FROM contact WHERE (msisdn, message) IN (SELECT r.msisdn, m.id FROM message m"
        " JOIN recipient r ON r.id = m.recipient WHERE m.id {among}) RETURNING message",
        [_contact(message) for message in messages],
    )


def tidy(conn: Connection, before: int, most: int = 20_000) -> int:
    """Drop contacts from before a time (ms), so many at once; returns how many, 0 when done."""
    place = "rowid" if conn.dialect.name == "sqlite" else "ctid"
    old = f"SELECT {place} FROM contact WHERE at < :before LIMIT :most"
    return conn.execute(
        text(f"DELETE FROM contact WHERE {place} IN ({old})"), {"before": before, "most": most}
    ).rowcount

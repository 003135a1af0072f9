"""Messages that may have left, and that are asked for again while their carrier knows the key."""

from sqlalchemy import Connection, text

from outreach.domain.message import Event
from outreach.store.messages import AT_LEAST, Change, apply

TOO_LATE = "no answer, and too late to ask again"
_MOST = 1_000


def waiting(conn: Connection, campaign: int) -> dict[int, int]:
    """How many of a campaign's messages are so, by account."""
    rows = conn.execute(
        text(
            "SELECT account, COUNT(*) FROM due WHERE campaign = :campaign"
            " AND unknown_until IS NOT NULL GROUP BY account"
        ),
        {"campaign": campaign},
    )
    return {row[0]: row[1] for row in rows}


def end(conn: Connection, now: int, day: int) -> int:
    """Call unknown some that nobody holds and that it is too late (ms) to ask for; says how many.

    Their own account's sender would, if it is at work and gets through to its carrier.
    """
    rows = conn.execute(
        text(
            "DELETE FROM due WHERE message IN (SELECT message FROM due"
            " WHERE unknown_until <= :now AND lease_owner IS NULL ORDER BY message LIMIT :most)"
            " AND lease_owner IS NULL RETURNING message, parts"
        ),
        {"now": now, "most": _MOST},
    ).all()
    lost = [Change(row[0], Event.LOSE, TOO_LATE, parts=max(row[1], AT_LEAST)) for row in rows]
    apply(conn, lost, day)
    return len(rows)


def under_way(conn: Connection, campaign: int) -> dict[int, int]:
    """How many messages of a campaign have started and are not recorded, by account."""
    rows = conn.execute(
        text(
            "SELECT account, SUM(messages) FROM ("
            " SELECT account, started_to - recorded_to AS messages FROM chunk"
            " WHERE campaign = :campaign AND lease_owner IS NOT NULL"
            " UNION ALL SELECT account, 1 FROM due"
            " WHERE campaign = :campaign AND lease_owner IS NOT NULL"
            ") AS started GROUP BY account"
        ),
        {"campaign": campaign},
    )
    return {row[0]: int(row[1]) for row in rows}

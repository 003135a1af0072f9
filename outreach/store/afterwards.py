"""What happened to a campaign beside what was done to it: reminders, receipts after its end."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.store.campaigns import Campaign


@dataclass(frozen=True, slots=True)
class Child:
    """A campaign made from another: a reminder, or a resend."""

    id: int
    at: int
    author: str
    name: str
    wave: int


def children(conn: Connection, campaign: int) -> list[Child]:
    """Campaigns made from this one, oldest first."""
    rows = conn.execute(
        text(
            "SELECT id, created_at, author, name, wave FROM campaign WHERE parent = :id ORDER BY id"
        ),
        {"id": campaign},
    )
    return [Child(*row) for row in rows]


def late_receipts(conn: Connection, campaign: Campaign) -> tuple[int, int]:
    """Receipts that came after a campaign was settled: how many, and when (ms) the last came."""
    if campaign.settled_at is None:
        return 0, 0
    first = _first_since(conn, campaign.settled_at)
    row = conn.execute(
        text(
            "SELECT COUNT(*), COALESCE(MAX(at), 0) FROM receipt WHERE id >= :first"
            " AND at > :settled AND message >= :begin AND message < :end"
        ),
        {
            "first": first,
            "settled": campaign.settled_at,
            "begin": campaign.id * CAMPAIGN_SPAN,
            "end": (campaign.id + 1) * CAMPAIGN_SPAN,
        },
    ).one()
    return int(row[0]), int(row[1])


def _first_since(conn: Connection, at: int) -> int:
    """The receipt from which on all may have come since a moment: found by halving.

    Receipts are stored about in the order they came, and nothing orders them by time.
    """
    low, high = conn.execute(
        text("SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) + 1 FROM receipt")
    ).one()
    while low < high:
        middle = (low + high) // 2
        found = conn.execute(
            text("SELECT id, at FROM receipt WHERE id >= :middle ORDER BY id LIMIT 1"),
            {"middle": middle},
        ).first()
        if found is None or found[1] >= at:
            high = middle
        else:
            low = found[0] + 1
    return int(low)

"""What waits: messages that an account could send, calls of carriers that nobody has read."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.store import inbox
from outreach.store.campaigns import Campaign


def work_waits(conn: Connection, account: int, campaigns: Iterable[Campaign], now: int) -> bool:
    """Whether one of the campaigns has a message that could leave through the account, or has."""
    return any(_waits(conn, account, campaign, now) for campaign in campaigns)


def _waits(conn: Connection, account: int, campaign: Campaign, now: int) -> bool:
    found = conn.execute(
        text(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM chunk WHERE campaign = :campaign"
            " AND account = :account AND recorded_to < last AND pilot >= :pilot)"
            " OR EXISTS (SELECT 1 FROM due WHERE campaign = :campaign AND account = :account"
            " AND at <= :now)"
        ),
        {
            "campaign": campaign.id,
            "account": account,
            "pilot": int(campaign.piloting),
            "now": now,
        },
    )
    return found.first() is not None


@dataclass(frozen=True, slots=True)
class Unread:
    """Calls of carriers that wait, and when (ms) the oldest came that nobody has read."""

    calls: int
    since: int


def unread(conn: Connection, before: int) -> Unread | None:
    """What waits in the inbox, where nobody has read a call that came before a time (ms)."""
    since = conn.execute(
        text("SELECT at FROM inbox WHERE tries = 0 AND at < :before ORDER BY id LIMIT 1"),
        {"before": before},
    ).scalar_one_or_none()
    return None if since is None else Unread(inbox.waiting(conn), since)

"""Whether an account has something to send at this moment."""

from collections.abc import Iterable

from sqlalchemy import Connection, text

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

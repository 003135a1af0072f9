"""What waits on accounts, and what their quotas have left: for plans and expected ends."""

from sqlalchemy import Connection, text

from outreach.domain.campaign import CampaignState
from outreach.domain.limit import Limit
from outreach.store.spent import KEY, key


def of_others(conn: Connection, campaign: int) -> dict[int, list[int]]:
    """Messages that wait on each account, of every other campaign that runs or starts by itself."""
    rows = conn.execute(
        text(
            f"SELECT w.account, SUM(w.waiting) FROM campaign c JOIN ({WAITING}) AS w"
            " ON w.campaign = c.id WHERE c.id <> :campaign AND (c.state = :running"
            " OR c.state = :scheduled AND c.released_at IS NOT NULL)"
            " GROUP BY c.id, w.account ORDER BY c.id"
        ),
        {
            "campaign": campaign,
            "running": CampaignState.RUNNING.value,
            "scheduled": CampaignState.SCHEDULED.value,
        },
    )
    found: dict[int, list[int]] = {}
    for account, waiting in rows:
        found.setdefault(account, []).append(int(waiting))
    return found


WAITING = (
    "SELECT campaign, account, last - recorded_to AS waiting FROM chunk"
    " WHERE recorded_to < last"
    " UNION ALL SELECT campaign, account, 1 AS waiting FROM due"
)


def used(conn: Connection, account: int, limit: Limit, since: int) -> int:
    """Units of a quota that were reserved since the start (ms) of its day or month."""
    found = conn.execute(
        text(f"SELECT COALESCE(SUM(units), 0) FROM spent WHERE {KEY} AND starts_at >= :since"),
        {**key(account, limit), "since": since},
    ).scalar_one()
    return int(found)

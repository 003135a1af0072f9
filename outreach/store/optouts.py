"""Who asked to be left alone since a campaign wrote to them."""

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN
from outreach.store.campaigns import Campaign


def since_start(conn: Connection, campaign: Campaign) -> int:
    """How many of its people were put on a suppression list after it started."""
    base = campaign.id * CAMPAIGN_SPAN
    found = conn.execute(
        text(
            "SELECT COUNT(*) FROM message m JOIN recipient r ON r.id = m.recipient"
            " WHERE m.id >= :first AND m.id < :end AND r.msisdn IN ("
            " SELECT s.msisdn FROM suppression s JOIN suppression_list l ON l.id = s.list"
            " WHERE l.at >= :since AND l.undone_at IS NULL)"
        ),
        {"first": base, "end": base + STEP_SPAN, "since": campaign.started_at},
    ).scalar_one()
    return int(found)

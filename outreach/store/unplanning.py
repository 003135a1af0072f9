"""Taking back the messages of a campaign that never ran."""

from sqlalchemy import Connection, text

from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store.campaigns import Campaign
from outreach.store.sql import one_changed
from outreach.store.tally import Counter, Group

_SLICE = 50_000


def unplan_some(conn: Connection, campaign: Campaign) -> None:
    """Delete a slice of a draft's messages with their counts; after the last nothing is planned."""
    assert campaign.state is CampaignState.DRAFT
    base = campaign.id * CAMPAIGN_SPAN
    span = {"after": base + max(0, campaign.recipients - _SLICE), "to": base + campaign.recipients}
    # Until the last slice the campaign says that it is planned: who is interrupted goes on.
    rest = span["after"] - base
    ours = one_changed(
        conn,
        "UPDATE campaign SET planned_to = :planned, recipients = :rest"
        " WHERE id = :id AND recipients = :had",
        planned=campaign.planned_to if rest else 0,
        rest=rest,
        id=campaign.id,
        had=campaign.recipients,
    )
    if not ours:
        return  # somebody else deletes this slice
    conn.execute(text("DELETE FROM chunk WHERE campaign = :id"), {"id": campaign.id})
    _uncount(conn, campaign.id, span)
    conn.execute(text("DELETE FROM message WHERE id > :after AND id <= :to"), span)


def _uncount(conn: Connection, campaign: int, span: dict[str, int]) -> None:
    counter = Counter()
    rows = conn.execute(
        text(
            "SELECT account, network, state, COALESCE(reason, ''), district, COUNT(*)"
            " FROM message WHERE id > :after AND id <= :to GROUP BY 1, 2, 3, 4, 5"
        ),
        span,
    )
    for account, network, state, reason, district, count in rows:
        group = Group(campaign, account, Network(network), State(state), reason, district=district)
        counter.add(group, -count)
    counter.write(conn)

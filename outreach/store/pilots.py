"""What came of a campaign's pilot."""

from sqlalchemy import Connection, text

from outreach.domain.key import STEP_SPAN
from outreach.domain.message import State
from outreach.store.campaigns import Campaign


def results(conn: Connection, campaign: Campaign) -> dict[State, int]:
    """How many people of the pilot have each result; their fallbacks count for them."""
    found: dict[State, int] = {}
    for step in range(len(campaign.steps)):
        rows = conn.execute(
            text(
                "SELECT m.state, COUNT(*) FROM chunk c JOIN message m"
                " ON m.id BETWEEN c.first + :ahead AND c.last + :ahead"
                " WHERE c.campaign = :campaign AND c.pilot = 1 AND m.superseded = 0"
                " GROUP BY m.state"
            ),
            {"campaign": campaign.id, "ahead": step * STEP_SPAN},
        )
        for state, people in rows:
            found[State(state)] = found.get(State(state), 0) + int(people)
    return found

"""Messages that were sent on some day, without an engine: people, campaigns, states."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from tests.delivery.stage import SMS_STEPS, Stage

FIRST = 84_900_000_000
"""The number of a stage's first person; the others follow."""


def sent(
    stage: Stage,
    day: int,
    states: Sequence[State],
    name: str = "c",
    districts: Mapping[int, int] | None = None,
) -> Campaign:
    """A campaign to so many people, each with a state, all on one local day (20261120)."""
    campaign = stage.campaign(stage.audience([{}] * len(states), name), SMS_STEPS, name=name)
    moment = datetime(day // 10_000, day // 100 % 100, day % 100, 3, tzinfo=UTC)
    at = int(moment.timestamp() * 1000)
    with stage.database.write() as conn:
        conn.execute(
            text("UPDATE campaign SET started_at = :at, finished_at = :at WHERE id = :id"),
            {"at": at, "id": campaign.id},
        )
        for n, state in enumerate(states):
            conn.execute(
                text(
                    "UPDATE message SET state = :state, day = :day, district = :district"
                    " WHERE id = :id"
                ),
                {
                    "state": int(state),
                    "day": day,
                    "district": (districts or {}).get(n, 0),
                    "id": message_to(stage.database, campaign, n),
                },
            )
    return campaign


def message_to(database: Database, campaign: Campaign, person: int) -> int:
    """The message of a campaign to the person at a place from 0."""
    with database.read() as conn:
        found = conn.execute(
            text(
                "SELECT m.id FROM message m JOIN recipient r ON r.id = m.recipient"
                " WHERE m.id >= :first AND m.id < :end AND r.msisdn = :msisdn"
            ),
            {
                "first": campaign.id * CAMPAIGN_SPAN,
                "end": (campaign.id + 1) * CAMPAIGN_SPAN,
                "msisdn": FIRST + person,
            },
        )
        return int(found.scalar_one())

"""What other campaigns have waiting on accounts, and what quotas have used."""

from datetime import timedelta

from sqlalchemy import text

from outreach.domain.campaign import CampaignState
from outreach.domain.limit import Limit, Span, Unit
from outreach.store import backlog
from outreach.store.database import Database
from tests.delivery.stage import SMS_STEPS, Stage


def test_what_waits_for_others_is_told_by_campaign_and_account(database: Database) -> None:
    stage = Stage(database)
    first, second, third = (
        stage.campaign(stage.audience([{"name": "An"}] * size, f"p{size}"), SMS_STEPS)
        for size in (10, 20, 40)
    )
    with database.write() as conn:
        told = backlog.of_others(conn, first.id)
        assert told == {2: [10, 20], 3: [10, 20]}
        conn.execute(
            text("UPDATE campaign SET state = :state WHERE id = :id"),
            {"state": CampaignState.SCHEDULED.value, "id": second.id},
        )
        conn.execute(
            text("UPDATE chunk SET recorded_to = last WHERE campaign = :id AND account = 2"),
            {"id": third.id},
        )
        assert backlog.of_others(conn, first.id) == {3: [20]}
        conn.execute(text("UPDATE campaign SET released_at = 1"))
        assert backlog.of_others(conn, first.id) == {2: [10], 3: [10, 20]}
    stage.close()


def test_a_quota_counts_from_the_start_of_its_day(database: Database) -> None:
    stage = Stage(database)
    limit = Limit(Unit.MESSAGES, 500, timedelta(days=1), span=Span.DAY)
    with database.write() as conn:
        for starts_at, units in ((1_000, 400), (2_000, 30), (3_000, 5)):
            conn.execute(
                text(
                    "INSERT INTO spent (account, unit, period, starts_at, units)"
                    " VALUES (2, 'messages send', 86400, :starts_at, :units)"
                ),
                {"starts_at": starts_at, "units": units},
            )
        assert backlog.used(conn, 2, limit, 2_000) == 35
        assert backlog.used(conn, 3, limit, 0) == 0
    stage.close()

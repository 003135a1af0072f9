"""The carriers' ids of campaigns that are long over: dropped, a share at a time."""

import pytest

from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.store import campaigns, references
from tests.delivery.stage import SMS_STEPS, Stage


def test_carriers_ids_are_dropped_a_month_after_their_campaign_settled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "_SHARE", 2)
    now, day = int(stage.clock().timestamp() * 1000), 86_400_000
    audience = stage.audience([{"name": "An"}] * 4)
    old, fresh, open_ = (stage.campaign(audience, SMS_STEPS, name=f"c{n}") for n in range(3))
    with stage.database.write() as conn:
        for campaign, settled in ((old, now - 31 * day), (fresh, now - 29 * day), (open_, None)):
            campaigns.move(conn, campaign, CampaignState.SETTLED, settled_at=settled)
            conn.exec_driver_sql(
                "INSERT INTO reference (account, reference, msisdn, message, generation, part,"
                " parts, status)"
                f" SELECT account, 'same', id, id, 0, 0, 1, 0 FROM message"
                f" WHERE id / {CAMPAIGN_SPAN} = {campaign.id}"
            )
    sweep = stage.sweep()

    def left() -> list[int]:
        for _ in range(200):
            for job in sweep.jobs(()):
                with stage.database.write() as conn:
                    job(conn)
        with stage.database.read() as conn:
            rows = conn.exec_driver_sql(
                f"SELECT DISTINCT message / {CAMPAIGN_SPAN} FROM reference ORDER BY 1"
            )
            return [row[0] for row in rows]

    assert left() == [fresh.id, open_.id]
    stage.clock.pass_(days=2)
    assert left() == [open_.id]

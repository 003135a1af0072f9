"""What a process knows of the campaigns that run, and what one of them that is odd does to it."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from outreach.carriers.base import Template, Text
from outreach.delivery.roster import Params, Roster
from outreach.delivery.spent import spent
from outreach.settings import Account
from outreach.store.campaigns import Campaign
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage, Words, account


class Fussy:
    """Knows the words of every campaign but those of one name."""

    def __call__(self, campaign: Campaign) -> "Fussy":
        if campaign.name == "odd":
            raise KeyError("of a later version")
        return self

    def message(self, params: Params, account: Account, number: int) -> Text | Template:
        return Words().message(params, account, number)


def test_a_campaign_that_cannot_be_read_leaves_the_others_alone(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    people = stage.audience([{"name": "An"}] * 4)
    plain = stage.campaign(people, SMS_STEPS, name="plain")
    stage.roster = roster = Roster(Fussy(), {VIETTEL: account("viettel")}, clock=stage.clock)
    stage.refresh()
    assert [live.campaign.id for live in roster.sending(stage.clock())] == [plain.id]
    stage.campaign(people, SMS_STEPS, name="odd")
    with stage.database.write() as conn:
        conn.execute(text("UPDATE campaign SET closes = '11:00' WHERE name = 'plain'"))
    for _ in range(3):
        stage.refresh()
    assert roster.sending(stage.clock()) == []  # it is noon
    assert caplog.text.count("is not sent from here") == 1


async def test_an_account_that_is_not_known_costs_what_the_dearest_does(stage: Stage) -> None:
    campaign = stage.run_of(10, SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    cheap = account("viettel", price_per_part=Decimal(500))
    dear = account("zalo", price_per_part=Decimal(700))
    for known, cost in (
        ({VIETTEL: cheap, OTHER: dear}, 5 * 500 + 5 * 700),
        ({VIETTEL: cheap}, 10 * 500),
        ({OTHER: dear}, 10 * 700),
        ({VIETTEL: cheap, 9: dear}, 5 * 500 + 5 * 700),
    ):
        with stage.database.read() as conn:
            assert spent(conn, campaign, known, started=False) == cost

"""What a process knows of the campaigns that run, and what an odd one does to it."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from outreach.carriers.base import Template, Text
from outreach.delivery.batch import Batch
from outreach.delivery.books import Books
from outreach.delivery.memory import Memory
from outreach.delivery.roster import Params, Roster
from outreach.delivery.spent import spent
from outreach.settings import Account
from outreach.store import doubtful, tally
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.record import Taken
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage, Words, account

CHEAP = account("viettel", price_per_part=Decimal(500))
DEAR = account("zalo", price_per_part=Decimal(700))


class Fussy:
    """Knows the words of every campaign but those of one name."""

    def __call__(self, campaign: Campaign) -> "Fussy":
        if campaign.name == "odd":
            raise KeyError("of a later version")
        return self

    def message(self, params: Params, account: Account, number: int) -> Text | Template:
        return Words().message(params, account, number)


def test_a_campaign_that_cannot_be_prepared_leaves_the_others_alone(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    people = stage.audience([{"name": "An"}] * 4)
    plain = stage.campaign(people, SMS_STEPS, name="plain")
    stage.roster = roster = Roster(Fussy(), {VIETTEL: account("viettel")}, clock=stage.clock)
    stage.refresh()
    assert [live.campaign.id for live in roster.sending(stage.clock())] == [plain.id]
    odd = stage.campaign(people, SMS_STEPS, name="odd")
    with stage.database.write() as conn:
        conn.execute(text("UPDATE campaign SET closes = '11:00' WHERE name = 'plain'"))
    for _ in range(3):
        stage.refresh()
    assert roster.sending(stage.clock()) == []  # it is noon
    assert [each.getMessage() for each in caplog.records if each.exc_info] == [
        "preparing the campaigns that run does not work; it is tried again and again"
    ]
    assert f"about campaign {odd.id}" in caplog.text
    assert _failing() == 1  # what the alert looks at
    with stage.database.write() as conn:
        conn.execute(text("UPDATE campaign SET state = 'finished' WHERE name = 'odd'"))
    stage.refresh()
    assert _failing() == 0


def _failing() -> float | None:
    task = {"task": "preparing the campaigns that run"}
    return REGISTRY.get_sample_value("outreach_task_failing", task)


async def test_an_account_that_is_not_known_costs_what_the_dearest_does(stage: Stage) -> None:
    campaign = stage.run_of(10, SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    for known, cost in (
        ({VIETTEL: CHEAP, OTHER: DEAR}, 5 * 500 + 5 * 700),
        ({VIETTEL: CHEAP}, 10 * 500),
        ({OTHER: DEAR}, 10 * 700),
        ({VIETTEL: CHEAP, 9: DEAR}, 5 * 500 + 5 * 700),
    ):
        with stage.database.read() as conn:
            assert spent(conn, campaign, known, started=False) == cost


async def test_what_is_recorded_while_it_is_counted_is_not_missed(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL shows each statement of the count what others have committed by then."""
    stage = Stage(shared)
    campaign = stage.run_of(6, SMS_STEPS)
    stage.refresh()
    tools = stage.tools()
    books = Books(tools, VIETTEL, "me", Memory(VIETTEL, Carrier().capabilities))
    order = stage.roster.sending(stage.clock())
    started = await tools.write(partial(books.step, done=None, order=order, size=3))
    assert started is not None
    batch = Batch(started.live, started.chunk, started.tickets, time.monotonic())
    for ticket in started.tickets:
        batch.put(Taken(ticket, 1, None, tools.now_ms(), 1))
    recorded = False

    def and_record(counted: Callable[..., Any]) -> Callable[..., Any]:
        def count(*args: Any) -> Any:
            nonlocal recorded
            found = counted(*args)
            if not recorded:
                recorded = True
                with shared.write() as other:
                    books.step(other, batch, [], 0)
            return found

        return count

    monkeypatch.setattr(doubtful, "under_way", and_record(doubtful.under_way))
    monkeypatch.setattr(tally, "figures", and_record(tally.figures))
    costs = []
    for _ in range(2):
        with shared.write() as conn:
            costs.append(spent(conn, campaign, {VIETTEL: CHEAP}, started=True))
    least = len(batch.tickets) * CHEAP.price_per_part
    assert costs[0] >= least
    assert costs[1] == least
    stage.close()

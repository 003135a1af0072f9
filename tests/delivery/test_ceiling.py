"""A spending ceiling knows what may have left, whatever ended or was decided meanwhile."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from outreach.carriers.base import Submission
from outreach.domain.outcome import Accepted, Unknown
from outreach.domain.rules import Rules
from outreach.store.campaigns import Campaign
from tests.delivery.stage import SMS_STEPS, VIETTEL, Carrier, Stage
from tests.delivery.test_unknown import Remembers

PRICE = 600


def _do(stage: Stage, sql: str) -> None:
    with stage.database.write() as conn:
        conn.exec_driver_sql(sql)


def _campaign(stage: Stage, size: int, rules: Rules, parts: str = "1") -> Campaign:
    """A campaign of so many people who all are on one account."""
    campaign = stage.campaign(stage.audience([{"parts": parts}] * size), SMS_STEPS, rules=rules)
    _do(stage, f"DELETE FROM chunk WHERE account <> {VIETTEL}")
    return campaign


async def test_what_is_asked_for_again_after_a_restart_was_paid_before(stage: Stage) -> None:
    _campaign(stage, 20, Rules(budget=5 * PRICE))
    wait = timedelta(minutes=5)
    stage.policy = replace(stage.policy, first_backoff=wait, longest_backoff=wait)
    carrier = Remembers(says=[Unknown("silence")])
    for _ in range(3):  # the wait is over in the second run
        senders = stage.senders({VIETTEL: carrier})
        for sender in senders:
            setattr(sender.breaker, "failed", lambda _: None)  # noqa: B010 - not the subject here
        async with stage.working(senders):
            for _ in range(3):
                await asyncio.sleep(0.3)
                stage.clock.pass_(seconds=61)
                # It is paused for its ceiling; what had left before is asked for all the same.
                _do(stage, "UPDATE campaign SET state = 'running'")
                stage.refresh()
        stage.forgetful()
    assert len(carrier.taken) == 5


def test_what_a_kill_interrupted_counts_with_as_many_parts_as_it_may_have_had(
    stage: Stage,
) -> None:
    campaign = _campaign(stage, 20, Rules(budget=10**6), parts="3")
    _do(
        stage,
        "UPDATE chunk SET lease_owner = 'dead', lease_until = 0, started_to = first + 9"
        f" WHERE campaign = {campaign.id}",
    )
    with stage.database.write() as conn:
        assert stage.sweep().recover(conn, ()) == 10
    stage.refresh()
    (live,) = stage.roster.sending(stage.clock())
    assert live.budget.spent == 10 * 3 * PRICE


async def test_a_ceiling_that_comes_later_knows_what_is_under_way(stage: Stage) -> None:
    campaign = _campaign(stage, 20, Rules())
    answers = asyncio.Event()

    async def slow(_: Submission) -> Accepted:
        await answers.wait()
        return Accepted()

    carrier = Carrier(slow)
    async with stage.working(stage.senders({VIETTEL: carrier}, in_flight=5)):
        while len(carrier.asked) < 5:
            await asyncio.sleep(0.02)
        _do(stage, "UPDATE campaign SET state = 'paused'")
        stage.refresh()
        _do(stage, f"UPDATE campaign SET state = 'running', rules = '{{\"budget\": {5 * PRICE}}}'")
        stage.refresh()
        answers.set()
        for _ in range(10):
            await asyncio.sleep(0.1)
            stage.refresh()
    assert len(carrier.asked) == 5
    assert stage.left(campaign) == 5


def test_campaigns_that_are_over_are_forgotten(stage: Stage) -> None:
    _campaign(stage, 2, Rules(budget=PRICE, rate=60))
    for state, kept in (("running", 1), ("paused", 1), ("cancelled", 0)):
        _do(stage, f"UPDATE campaign SET state = '{state}'")
        stage.refresh()
        assert len(stage.roster._budgets) == len(stage.roster._paces) == kept

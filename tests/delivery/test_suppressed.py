"""Who is suppressed is asked when a sub-batch starts: the latest lists, by scope and time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from outreach.carriers.base import Submission
from outreach.domain.message import State
from outreach.domain.outcome import Accepted
from outreach.store import schema, suppressions, work
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.suppressions import SuppressionList, SuppressionScope
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

NUMBERS = [84_900_000_000 + n for n in range(4)]
TOLD = SuppressionList(0, "list", SuppressionScope.ALL, None, "asked", "test", 0, "an")


def _suppress(stage: Stage, numbers: Sequence[int] = NUMBERS, **terms: object) -> SuppressionList:
    with stage.database.write() as conn:
        found = suppressions.create(conn, replace(TOLD, **terms))  # type: ignore[arg-type]
        suppressions.add(conn, found.id, numbers)
        return found


async def _sent(stage: Stage, campaign: Campaign) -> dict[State, int]:
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    return stage.states(campaign)


def _again(stage: Stage, of: Campaign, state: State, name: str) -> Campaign:
    states = (int(state),)
    return stage.campaign(of.audience, SMS_STEPS, name=name, parent=of.id, parent_states=states)


async def test_a_list_added_meanwhile_holds_from_the_next_sub_batch_on(stage: Stage) -> None:
    campaign = stage.run_of(60, SMS_STEPS)
    asked: list[str] = []

    async def rule(message: Submission) -> Accepted:
        asked.append(message.msisdn)
        if len(asked) == 1:
            everybody = [84_900_000_000 + n for n in range(60)]
            await asyncio.to_thread(_suppress, stage, everybody)
        return Accepted()

    carrier = Carrier(rule)
    await stage.finish(stage.senders({OTHER: carrier, VIETTEL: carrier}, in_flight=3), campaign)
    states = stage.states(campaign)
    assert states == {State.ACCEPTED: len(asked), State.SUPPRESSED: 60 - len(asked)}
    assert len(asked) <= 40, "what was under way when the list was stored, and no more"


async def test_a_list_that_expired_or_was_undone_holds_nobody_back(stage: Stage) -> None:
    now = int(stage.clock().timestamp() * 1000)
    _suppress(stage, NUMBERS[:2], name="short", expires_at=now + 3_600_000)
    wrong = _suppress(stage, NUMBERS[2:], name="wrong")
    audience = stage.audience([{"name": "An"}] * 4)
    first = stage.campaign(audience, SMS_STEPS, name="first")
    assert await _sent(stage, first) == {State.SUPPRESSED: 4}
    stage.clock.pass_(hours=1)
    second = stage.campaign(audience, SMS_STEPS, name="second")
    assert await _sent(stage, second) == {State.SUPPRESSED: 2, State.ACCEPTED: 2}
    with stage.database.write() as conn:
        suppressions.undo(conn, wrong, "an", now, "the wrong file")
    third = stage.campaign(audience, SMS_STEPS, name="third")
    assert await _sent(stage, third) == {State.ACCEPTED: 4}


async def test_advertising_is_held_back_and_care_is_not(stage: Stage) -> None:
    _suppress(stage, scope=SuppressionScope.AD)
    audience = stage.audience([{"name": "An"}] * 5)
    care = stage.campaign(audience, SMS_STEPS, name="care")
    advert = stage.campaign(audience, SMS_STEPS, name="advert", message_class="ad")
    assert await _sent(stage, care) == {State.ACCEPTED: 5}
    assert await _sent(stage, advert) == {State.SUPPRESSED: 4, State.ACCEPTED: 1}


async def test_a_list_for_one_campaign_holds_back_its_resends_too(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 4)
    first = stage.campaign(audience, SMS_STEPS, name="first")
    assert await _sent(stage, first) == {State.ACCEPTED: 4}
    again = _again(stage, first, State.ACCEPTED, "again")
    assert await _sent(stage, again) == {State.ACCEPTED: 4}
    _suppress(stage, NUMBERS[:3], scope=SuppressionScope.CAMPAIGN, campaign=first.id)
    once_more = _again(stage, again, State.ACCEPTED, "once-more")
    assert await _sent(stage, once_more) == {State.SUPPRESSED: 3, State.ACCEPTED: 1}
    other = stage.campaign(audience, SMS_STEPS, name="other")
    assert await _sent(stage, other) == {State.ACCEPTED: 4}


async def test_a_list_for_a_resend_leaves_the_first_campaign_alone(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 4)
    first = stage.campaign(audience, SMS_STEPS, name="first")
    again = _again(stage, first, State.PENDING, "again")
    _suppress(stage, scope=SuppressionScope.CAMPAIGN, campaign=again.id)
    assert await _sent(stage, first) == {State.ACCEPTED: 4}
    assert await _sent(stage, again) == {State.SUPPRESSED: 4}


@pytest.mark.parametrize("chosen", ["started", "claim_due"])
def test_asking_reads_no_table_from_end_to_end(tmp_path: Path, chosen: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'plan.db'}")
    schema.upgrade(database)
    said: list[tuple[str, Any]] = []
    with database.read() as conn:
        event.listen(conn, "before_cursor_execute", lambda *call: said.append(call[2:4]))
        if chosen == "started":
            work.started(conn, work.Chunk(1, 1, 1, 1, 9, 1, 9), 5)
        else:
            work.claim_due(conn, 1, 1, 5, 9, work.Lease("me", 9))
        statement, values = said[0]
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    database.close()
    steps = [row[3] for row in plan]
    assert any(step.startswith("SEARCH s USING") and "msisdn=?" in step for step in steps)
    assert any(step.startswith("SEARCH l USING INTEGER PRIMARY KEY") for step in steps)
    # The one thing gone through is the short line of a resend's forebears.
    assert [step for step in steps if step.startswith("SCAN")] == ["SCAN line"] * 2

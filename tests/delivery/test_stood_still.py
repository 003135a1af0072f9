"""A machine that slept: what was started before, and has not left, is begun anew."""

import asyncio
import time

import pytest
from sqlalchemy import text

from outreach.carriers.base import Submission
from outreach.delivery import submit
from outreach.domain.message import State
from outreach.domain.outcome import Accepted, Outcome
from tests.delivery.stage import SMS_STEPS, VIETTEL, Carrier, Stage


async def test_nothing_leaves_on_a_look_from_before_the_machine_slept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = 0.0
    ahead = type("Time", (), {"monotonic": staticmethod(lambda: time.monotonic() + slept)})
    monkeypatch.setattr(submit, "time", ahead)

    def rule(_: Submission) -> Outcome:
        nonlocal slept
        slept = 121.0 if len(carrier.asked) == 1 else 0.0  # while the first call is under way
        return Accepted()

    carrier = Carrier(rule)
    campaign = stage.run_of(8, SMS_STEPS)
    senders = stage.senders({VIETTEL: carrier})
    async with stage.working(senders), asyncio.timeout(20):
        while (held := _held(stage)) == 0:
            await asyncio.sleep(0.02)  # until the sub-batch is recorded
    assert (held, len(carrier.asked)) == (3, 1)
    slept = 0.0
    stage.clock.pass_(seconds=10)
    async with stage.working(stage.senders({VIETTEL: carrier})), asyncio.timeout(20):
        while len(carrier.asked) < 4 or _held(stage):
            await asyncio.sleep(0.02)  # until they have left after all
    assert len({each.msisdn for each in carrier.asked}) == len(carrier.asked) == 4
    assert stage.states(campaign)[State.ACCEPTED] == 4


def _held(stage: Stage) -> int:
    with stage.database.read() as conn:
        why = "held: the machine stood still"
        found = conn.execute(text("SELECT COUNT(*) FROM due WHERE why = :why"), {"why": why})
        return int(found.scalar_one())

"""What the watchdog sees of a sender, and what is left when it takes one away."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from outreach.carriers.base import Submission
from outreach.domain.limit import Limit, Unit
from outreach.domain.message import State
from outreach.domain.outcome import Accepted, Refused, Scope
from outreach.store import closing
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

T = TypeVar("T")


async def _never(_: Submission) -> Accepted:
    await asyncio.sleep(3600)
    return Accepted()


async def test_a_sender_that_is_abandoned_leaves_its_leases_to_be_taken_back(stage: Stage) -> None:
    campaign = stage.run_of(200, SMS_STEPS)
    stuck, other = Carrier(_never), Carrier()
    (sender,) = stage.senders({OTHER: stuck}, "first", in_flight=9)
    stage.refresh()
    running = asyncio.create_task(sender.run())
    while len(stuck.asked) < 9:
        await asyncio.sleep(0.02)
    began = sender.moved_at
    await asyncio.sleep(1.2)  # the sub-batches are parked by now
    sender.abandon()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sender.moved_at >= began
    with stage.database.write() as conn:
        closing.forget_leases(conn)
        assert stage.sweep().recover(conn, {"second"}) == 9
    await stage.finish(stage.senders({OTHER: other, VIETTEL: other}, "second"), campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 9, State.ACCEPTED: 191}
    asked = [each.msisdn for each in (*stuck.asked, *other.asked)]
    assert len(asked) == len(set(asked)) == 200


async def test_every_sender_has_a_name_of_its_own(stage: Stage) -> None:
    senders = [*stage.senders({OTHER: Carrier(), VIETTEL: Carrier()}, None)]
    assert len({sender.owner for sender in senders}) == 2


async def test_a_sender_moves_while_it_records_and_stands_while_nothing_comes(stage: Stage) -> None:
    stage.run_of(30, SMS_STEPS)
    (quick,) = stage.senders({VIETTEL: Carrier()})
    began = time.monotonic()
    async with stage.working([quick]):
        await asyncio.sleep(0.5)
        moved = quick.moved_at
        assert began < moved
        await asyncio.sleep(0.5)
        assert quick.moved_at == moved, "looking for work in vain is no movement"


async def test_it_waits_where_pace_breaker_or_hours_hold_it_up(stage: Stage) -> None:
    stage.run_of(60, SMS_STEPS)
    slow = (Limit(Unit.PARTS, 2, timedelta(seconds=1)),)
    (paced,) = stage.senders({VIETTEL: Carrier()}, limits=slow)
    no = Carrier(lambda _: Refused(Scope.ACCOUNT, "101", "no"))
    (shut,) = stage.senders({OTHER: no})
    async with stage.working([paced, shut]):
        assert not Stage.senders(stage, {OTHER: Carrier()})[0].waiting
        await asyncio.sleep(0.5)
        assert paced.waiting
        assert shut.waiting
        stage.clock.pass_(hours=12)
        await asyncio.sleep(1)
    assert stage.senders({OTHER: Carrier()})[0].waiting


async def test_answers_that_come_late_are_recorded_together(stage: Stage) -> None:
    async def slow(_: Submission) -> Accepted:
        await asyncio.sleep(1.3)
        return Accepted("late")

    campaign = stage.run_of(90, SMS_STEPS)
    carrier = Carrier(slow)
    await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}, in_flight=45), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 90}
    assert stage.results(campaign) == {State.ACCEPTED: 90}
    with stage.database.read() as conn:
        assert conn.exec_driver_sql("SELECT COUNT(*) FROM attempt").scalar() == 90
        assert conn.exec_driver_sql("SELECT COUNT(*) FROM due").scalar() == 0


class Slow:
    """A database that takes a while over each job, as one whose disk was full does."""

    def __init__(self, stage: Stage) -> None:
        self.open = threading.Event()
        self.open.set()
        self._submit = stage.writer.submit
        setattr(stage.writer, "submit", self._tried)  # noqa: B010 - a method is replaced

    def _tried(self, job: Callable[[Connection], T]) -> Future[T]:
        return self._submit(partial(self._later, job))

    def _later(self, job: Callable[[Connection], T], conn: Connection) -> T:
        done = job(conn)
        self.open.wait(30)
        return done


async def test_a_sub_batch_whose_mark_took_long_is_looked_at_again(stage: Stage) -> None:
    campaign = stage.run_of(900, SMS_STEPS)
    disk, carrier = Slow(stage), Carrier()
    senders = stage.senders({VIETTEL: carrier, OTHER: carrier}, in_flight=9)
    async with stage.working(senders), asyncio.timeout(30):
        while len(carrier.asked) < 100:
            await asyncio.sleep(0.01)
        disk.open.clear()
        await asyncio.sleep(0.3)
        asked = len(carrier.asked)
        stage.clock.pass_(hours=11)  # 23:00
        disk.open.set()
        await asyncio.sleep(0.5)
        assert len(carrier.asked) == asked
    states = stage.states(campaign)
    assert states == {State.ACCEPTED: asked, State.PENDING: 900 - asked}

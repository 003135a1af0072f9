"""Who waits to leave is looked up meanwhile, and who may leave waits for no answer any more."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from outreach.delivery.batch import Batch
from outreach.delivery.books import Books
from outreach.delivery.memory import Memory
from outreach.delivery.pacing import Pacer
from outreach.delivery.submit import Submitter
from outreach.domain.limit import Limit, Unit
from outreach.domain.message import Event
from outreach.store import installation, suppressions, work
from outreach.store.installation import Pause
from outreach.store.record import Result
from outreach.store.suppressions import SuppressionList, SuppressionScope
from tests.delivery.stage import SMS_STEPS, VIETTEL, Carrier, Stage, account

TOLD = SuppressionList(0, "list", SuppressionScope.ALL, None, "asked", "test", 0, "an")
WIDE = Limit(Unit.PARTS, 100_000, timedelta(seconds=0.01))
EACH_SECOND = Limit(Unit.PARTS, 1, timedelta(seconds=1))


def _suppress_everybody(stage: Stage) -> None:
    with stage.database.write() as conn:
        found = suppressions.create(conn, replace(TOLD))
        suppressions.add(conn, found.id, [84_900_000_000 + n for n in range(10)])


def _pause(stage: Stage) -> None:
    with stage.database.write() as conn:
        installation.pause(conn, Pause(0, "an", "a fault of the tests"))


def _approve_anew(stage: Stage) -> None:
    with stage.database.write() as conn:
        conn.execute(text("UPDATE campaign SET approved_hash = 'another'"))


class Way:
    """The way out of one account, and the start of sub-batches for it."""

    def __init__(self, stage: Stage, limit: Limit) -> None:
        self._stage = stage
        self._tools = stage.tools()
        its = account("viettel", limits=(limit,))
        self.pacer = Pacer(its.limits, clock=stage.clock)
        carrier = Carrier()
        self._out = Submitter(self._tools, its, carrier, self.pacer, asyncio.Event())
        self._books = Books(self._tools, VIETTEL, "me", Memory(VIETTEL, carrier.capabilities))
        stage.run_of(6, SMS_STEPS)
        stage.refresh()

    async def start(self, ago: float = 0.0) -> Batch | None:
        """Start a sub-batch of three, as if that was so many seconds ago."""
        order = self._stage.roster.sending(self._stage.clock())
        step = partial(self._books.step, done=None, order=order, size=3)
        started = await self._tools.write(step)
        if started is None:
            return None
        return Batch(started.live, started.chunk, started.tickets, time.monotonic() - ago)

    async def turns(self, batch: Batch) -> list[Result | None]:
        """What holds each of its tickets, all of which want to leave at once."""
        return await asyncio.gather(*(self._out.turn(batch, each, 1) for each in batch.tickets))


class Slow(threading.Event):
    """While this is clear, the database does not answer who is withheld."""

    times = 0
    """How often it was asked."""


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """The database, as slow as a test wants it."""
    answers, asked = Slow(), work.withheld
    answers.set()

    def withheld(*args: Any) -> dict[int, str]:
        answers.times += 1
        answers.wait(20)
        return asked(*args)

    monkeypatch.setattr(work, "withheld", withheld)
    return answers


async def test_all_of_a_sub_batch_wait_for_the_same_answer(stage: Stage, slow: Slow) -> None:
    way = Way(stage, WIDE)
    batch = await way.start(ago=2.0)
    assert batch is not None
    _suppress_everybody(stage)
    slow.clear()
    turns = asyncio.create_task(way.turns(batch))
    await asyncio.sleep(0.3)
    assert not turns.done()
    slow.set()
    assert [held.event for held in await turns if held] == [Event.SUPPRESS] * 3
    assert slow.times == 1


async def test_who_may_leave_waits_for_no_answer_any_more(
    stage: Stage, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that left as late as the answer comes would not be those that the pace counted."""
    monkeypatch.setattr("outreach.delivery.looker._LASTS", 60.0)
    way = Way(stage, EACH_SECOND)
    await way.pacer.acquire(1)  # what is there at the beginning
    batch = await way.start()
    assert batch is not None
    slow.clear()
    try:
        async with asyncio.timeout(15):
            assert await way.turns(batch) == [None] * 3
    finally:
        slow.set()


async def test_who_waits_hears_of_what_is_suppressed_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.looker._STALE", 0.3)  # well before the next may leave
    way = Way(stage, EACH_SECOND)
    async with asyncio.timeout(10):
        await way.pacer.acquire(1)
        batch = await way.start()
        assert batch is not None
        turns = asyncio.create_task(way.turns(batch))
        await asyncio.sleep(0.2)
        _suppress_everybody(stage)
        held = await turns
    assert [each and each.event for each in held] == [Event.SUPPRESS] * 3


@pytest.mark.parametrize("happens", [_pause, _approve_anew])
async def test_nothing_starts_by_what_was_read_before(
    stage: Stage, happens: Callable[[Stage], None]
) -> None:
    """A process that was stopped for a while goes on with campaigns as it knew them."""
    way = Way(stage, WIDE)
    batch = await way.start(ago=2.0)
    assert batch is not None
    happens(stage)
    assert await way.start() is None
    why = [held.due.why for held in await way.turns(batch) if held and held.due]
    assert why == ["held: campaign held"] * 3


async def test_a_database_that_does_not_answer_lets_nothing_leave(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = []

    def fails(*_: Any) -> dict[int, str]:
        asked.append(1)
        raise OSError("away")

    way = Way(stage, WIDE)
    batch = await way.start(ago=4.0)
    assert batch is not None
    monkeypatch.setattr(work, "withheld", fails)
    for _ in range(3):  # who comes later does not ask again at once
        why = [held.due.why for held in await way.turns(batch) if held and held.due]
        assert why == ["held: the database did not say in time whether it may leave"] * 3
    assert len(asked) == 1
    monkeypatch.setattr("outreach.delivery.looker._STALE", 0.0)
    await way.turns(batch)
    assert len(asked) == 2
    assert caplog.text.count("could not be looked up") == 1

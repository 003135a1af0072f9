"""A sender that fails or stands still is replaced; nobody is asked for twice, nobody is lost."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from functools import partial

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection

from outreach.carriers.base import Submission
from outreach.delivery import keeper as keeping
from outreach.delivery import watch as watching
from outreach.delivery import watchdog as watchdogs
from outreach.delivery.keeper import Keeper
from outreach.delivery.send import AccountSender
from outreach.delivery.sweep import Sweep
from outreach.delivery.watch import ALARM_S, TAKE_OVER_S, Finding, Watch
from outreach.delivery.watchdog import Watchdog
from outreach.domain.message import State
from outreach.domain.outcome import Accepted
from outreach.observe import RESTARTS
from outreach.reports import differences
from outreach.store import closing
from outreach.store.campaigns import Campaign
from outreach.store.database import Job, T, Writer
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

IN_FLIGHT = 30


class Faulty(Writer):
    """A writer whose jobs fail as a fault of ours would, while there are faults left."""

    faults = 0

    def submit(self, job: Job[T], *, patient: bool = True) -> Future[T]:
        def sabotaged(conn: Connection) -> T:
            if self.faults:
                self.faults -= 1
                raise RuntimeError("a fault of ours")
            return job(conn)

        return super().submit(sabotaged, patient=patient)


class Kept:
    """Two accounts with their keepers, as the runner has them."""

    def __init__(self, stage: Stage, carriers: dict[int, Carrier]) -> None:
        self.stage = stage
        self.stop = asyncio.Event()
        self.sweep: Sweep = stage.sweep()
        self.carriers = carriers
        self.keepers = [Keeper(partial(self._make, n), self._recover, self.stop) for n in carriers]

    def _make(self, number: int) -> AccountSender:
        (sender,) = self.stage.senders({number: self.carriers[number]}, owner=None)
        return sender

    async def _recover(self, owner: str) -> None:
        def job(conn: Connection) -> int:
            closing.forget_leases(conn, owner)
            living = {keeper.sender.owner for keeper in self.keepers} - {owner}
            return self.sweep.recover(conn, living)

        await asyncio.wrap_future(self.stage.writer.submit(job))

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        self.stage.refresh()
        tasks = [asyncio.create_task(keeper.run()) for keeper in self.keepers]
        try:
            async with asyncio.timeout(30):
                yield
        finally:
            self.stop.set()
            for keeper in self.keepers:
                keeper.sender.stop()
            await asyncio.wait(tasks, timeout=5)

    def asked(self) -> Sequence[str]:
        return [m.msisdn for carrier in self.carriers.values() for m in carrier.asked]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_FIRST_WAIT", 0.02)
    monkeypatch.setattr(keeping, "_AGAIN", 0.02)


async def _done(stage: Stage, campaign: Campaign) -> None:
    while stage.left(campaign):
        await asyncio.sleep(0.02)


async def test_a_fault_ends_one_sender_and_no_other(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.writer.close()
    stage.writer = writer = Faulty(stage.database)
    campaign = stage.run_of(600, SMS_STEPS)
    carriers = {VIETTEL: Carrier(), OTHER: Carrier()}
    kept = Kept(stage, carriers)
    with caplog.at_level(logging.ERROR):
        async with kept.working():
            for _ in range(3):
                while len(kept.asked()) < 60:
                    await asyncio.sleep(0.005)
                writer.faults = 1
                await asyncio.sleep(0.1)
            await _done(stage, campaign)
    assert len(kept.asked()) == len(set(kept.asked()))
    results = stage.results(campaign)
    assert sum(results.values()) == 600
    assert results.get(State.UNKNOWN, 0) <= 3 * IN_FLIGHT
    assert set(results) <= {State.ACCEPTED, State.UNKNOWN}
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []
    assert "a fault of ours" in caplog.text


async def test_the_first_replacement_is_growth(stage: Stage) -> None:
    RESTARTS.clear()
    kept = Kept(stage, {VIETTEL: Carrier(), OTHER: Carrier()})
    for keeper in kept.keepers:
        told = {"account": keeper.name}
        assert REGISTRY.get_sample_value("outreach_sender_restarts_total", told) == 0


async def test_who_stands_still_is_told_of_and_replaced(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _set_patience(monkeypatch, alarm=0.3, take_over=0.6)
    campaign = stage.run_of(200, SMS_STEPS)
    heals = asyncio.Event()

    async def rule(_: Submission) -> Accepted:
        if not heals.is_set():
            await asyncio.sleep(3600)
        return Accepted()

    kept = Kept(stage, {VIETTEL: Carrier(rule), OTHER: Carrier()})
    stuck = kept.keepers[0]
    first = stuck.sender
    dog = Watchdog(stage.tools(), stage.database, kept.keepers)
    with caplog.at_level(logging.ERROR):
        async with kept.working():
            while stuck.sender is first:
                await dog.look()
                await asyncio.sleep(0.02)
                if stuck.watch.stalled_since is not None:
                    heals.set()
            await _done(stage, campaign)
    assert "nothing has moved" in caplog.text
    assert kept.keepers[1].sender.owner != stuck.sender.owner
    assert len(kept.asked()) == len(set(kept.asked())) == 200
    results = stage.results(campaign)
    assert 0 < results[State.UNKNOWN] <= IN_FLIGHT
    assert results[State.UNKNOWN] + results[State.ACCEPTED] == 200


async def test_no_alarm_where_there_is_nothing_to_do(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_patience(monkeypatch, alarm=0.1, take_over=0.2)
    campaign = stage.run_of(20, SMS_STEPS)
    kept = Kept(stage, {VIETTEL: Carrier(), OTHER: Carrier()})
    first = [keeper.sender for keeper in kept.keepers]
    dog = Watchdog(stage.tools(), stage.database, kept.keepers)
    async with kept.working():
        await _done(stage, campaign)
        for _ in range(20):
            await dog.look()
            await asyncio.sleep(0.02)
    assert [keeper.sender for keeper in kept.keepers] == first
    assert all(keeper.watch.stalled_since is None for keeper in kept.keepers)


async def test_nobody_is_replaced_while_the_database_does_not_write(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_patience(monkeypatch, alarm=0.1, take_over=0.2)
    monkeypatch.setattr(watchdogs, "_WRITES_WITHIN", 0.1)
    campaign = stage.run_of(20, SMS_STEPS)
    kept = Kept(stage, {VIETTEL: Carrier(), OTHER: Carrier()})
    first = [keeper.sender for keeper in kept.keepers]
    dog = Watchdog(stage.tools(), stage.database, kept.keepers)
    free = Future[None]()
    stage.writer.submit(lambda _: free.result())
    async with kept.working():
        try:
            for _ in range(10):
                await dog.look()
                await asyncio.sleep(0.05)
        finally:
            free.set_result(None)
        await _done(stage, campaign)
        assert [keeper.sender for keeper in kept.keepers] == first


def _set_patience(monkeypatch: pytest.MonkeyPatch, alarm: float, take_over: float) -> None:
    monkeypatch.setattr(watching, "ALARM_S", alarm)
    monkeypatch.setattr(watching, "TAKE_OVER_S", take_over)
    monkeypatch.setattr(watchdogs, "ALARM_S", alarm)


def test_an_excuse_starts_the_count_anew() -> None:
    watch = Watch()
    assert watch.look(ALARM_S - 1, 0) is Finding.FINE
    assert watch.look(ALARM_S, 0) is Finding.STALLED
    assert watch.look(TAKE_OVER_S, 0) is Finding.DEAD
    watch.excuse(TAKE_OVER_S)
    assert watch.look(TAKE_OVER_S + ALARM_S - 1, 0) is Finding.FINE
    assert watch.look(TAKE_OVER_S + ALARM_S, 0) is Finding.STALLED
    assert watch.look(TAKE_OVER_S + ALARM_S, TAKE_OVER_S + 1) is Finding.FINE


async def test_a_sender_that_cannot_be_made_is_made_later(stage: Stage) -> None:
    campaign = stage.run_of(20, SMS_STEPS)
    carriers = {VIETTEL: Carrier(), OTHER: Carrier()}
    kept = Kept(stage, carriers)
    keeper, make, faults = kept.keepers[0], kept.keepers[0]._make, [OSError("no room")] * 3

    def sometimes() -> AccountSender:
        if faults:
            raise faults.pop()
        return make()

    keeper._make = sometimes
    first = keeper.sender
    first.abandon()
    async with kept.working():
        while keeper.sender is first:
            await asyncio.sleep(0.02)
            first.abandon()
        await _done(stage, campaign)
    assert not faults
    assert len(set(kept.asked())) == 20

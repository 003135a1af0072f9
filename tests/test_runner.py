"""The engine as a whole, in this process: it does not die of what one of its parts meets."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from outreach.bootstrap import House, open_house
from outreach.cli.town import environment
from outreach.delivery import keeper as keeping
from outreach.delivery.roster import Roster
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import NotAllowedError
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.reports import differences
from outreach.runner import Runner
from outreach.settings import load
from outreach.store import accounts, audit, schema
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database, Job, T, Writer
from tests.delivery.stage import NETWORKS, NOON, Stage, Words

CONFIG = Path(__file__).parents[1] / "config"


class Patchy(Writer):
    """A writer that fails while somebody says so."""

    fault: Exception | None = None

    def submit(self, job: Job[T], *, patient: bool = True) -> Future[T]:
        def tried(conn: Connection) -> T:
            if self.fault is not None:
                raise self.fault
            return job(conn)

        return super().submit(tried, patient=patient)


class Carriers:
    """Every carrier behind one transport: it accepts, or it refuses the account."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.locked = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if self.locked:
            return httpx.Response(200, json={"CodeResult": "101"})
        self.asked.append(body["Phone"])
        return httpx.Response(200, json={"CodeResult": "100", "SMSID": "x"})


@pytest.fixture
def carriers() -> Carriers:
    return Carriers()


@pytest.fixture
def house(database_url: str, tmp_path: Path, carriers: Carriers) -> Iterator[House]:
    secrets = ("k" * 20, "a-token-that-nobody-guesses")
    environ = environment("http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", secrets)
    settings = load(CONFIG, {**environ, "OUTREACH_DATABASE_URL": database_url})
    settings = replace(settings, clock=lambda: NOON.astimezone(UTC) + _since())
    database = Database(database_url)
    schema.upgrade(database)
    database.close()
    made = open_house(settings, lambda: httpx.MockTransport(carriers.answer))
    made.writer.close()
    writer = Patchy(made.database)
    numbers = {made.numbers[account.name]: account for account in settings.accounts}
    roster = Roster(lambda _: Words(), numbers, clock=settings.clock)
    tools = replace(made.tools, writer=writer, roster=roster)
    yield replace(made, writer=writer, roster=roster, tools=tools)
    writer.close()
    made.database.close()


_BEGAN = datetime.now(UTC)


def _since() -> timedelta:
    return datetime.now(UTC) - _BEGAN


@contextlib.asynccontextmanager
async def _running(house: House) -> AsyncIterator[Runner]:
    runner = Runner(house)
    task = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(60):
            yield runner
        assert not task.done()
    finally:
        runner.stop()
        await task


def _campaign(house: House, people: int) -> tuple[Stage, Campaign]:
    """A running campaign whose every message goes by eSMS."""
    stage = Stage(house.database)
    step = Step(Channel.SMS, dict.fromkeys(NETWORKS, (house.numbers["esms"],)))
    return stage, stage.run_of(people, (step,))


async def _until(stage: Stage, campaign: Campaign, *, sent: bool) -> None:
    while bool(stage.left(campaign)) is sent:
        await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_FIRST_WAIT", 0.05)
    monkeypatch.setattr(keeping, "_AGAIN", 0.05)


async def test_it_goes_on_by_itself_when_the_database_writes_again(
    house: House, carriers: Carriers, caplog: pytest.LogCaptureFixture
) -> None:
    stage, campaign = _campaign(house, 4_000)
    writer = house.writer
    assert isinstance(writer, Patchy)
    with caplog.at_level(logging.WARNING):
        async with _running(house):
            while len(carriers.asked) < 300:
                await asyncio.sleep(0.01)
            writer.fault = OperationalError("any", {}, Exception("no connection"))
            await asyncio.sleep(0.5)
            asked = len(carriers.asked)
            await asyncio.sleep(1.5)
            assert len(carriers.asked) == asked  # nothing leaves whose mark is not durable
            writer.fault = None
            await _until(stage, campaign, sent=True)
    assert len(carriers.asked) == len(set(carriers.asked))
    results = stage.results(campaign)
    assert sum(results.values()) == 4_000
    assert results.get(State.UNKNOWN, 0) <= 100  # one window of the account
    with house.database.read() as conn:
        assert differences(conn, campaign.id) == []
    told = [record.getMessage() for record in caplog.records]
    assert sum("the sweep does not work" in line for line in told) == 1
    assert sum("the sweep works again" in line for line in told) == 1
    stage.close()


async def test_a_breaker_that_opens_and_closes_is_in_the_history_and_the_pulse(
    house: House,
    carriers: Carriers,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("outreach.delivery.breaker._FIRST_WAIT", 0.5)
    stage, campaign = _campaign(house, 50)
    carriers.locked = True
    esms = house.numbers["esms"]
    async with _running(house):
        while not (told := _breaker(house, esms)):
            await asyncio.sleep(0.05)
        assert told == ["open"]
        first = _pulse(house, esms).at
        while _pulse(house, esms).at == first:
            await asyncio.sleep(0.05)
        carriers.locked = False
        await _until(stage, campaign, sent=True)
        while len(told) < 2:
            await asyncio.sleep(0.05)
            told = _breaker(house, esms)
        while _pulse(house, esms).per_minute < 50:
            await asyncio.sleep(0.05)
    assert told == ["open", "closed"]
    assert _pulse(house, esms).unit == "parts"
    assert _pulse(house, esms).stalled_since is None
    assert 0 < _pulse(house, esms).counted_s <= 60
    held = [line for each in caplog.records if "held back" in (line := each.getMessage())]
    assert held == ["account esms is held back: ApiKey or SecretKey wrong"]
    stage.close()


async def test_a_breaker_that_was_open_at_the_end_is_closed_in_the_history_at_the_next_begin(
    house: House,
) -> None:
    esms = house.numbers["esms"]
    told = {"state": "open", "reason": "no money"}
    with house.database.write() as conn:
        audit.write(conn, audit.Entry(1, audit.ENGINE, "account.breaker", f"account:{esms}", told))
    async with _running(house):
        while len(_breaker(house, esms)) < 2:
            await asyncio.sleep(0.05)
    assert _breaker(house, esms) == ["open", "closed"]


def _breaker(house: House, account: int) -> list[object]:
    with house.database.read() as conn:
        history = audit.history(conn, f"account:{account}")
    return [each.detail["state"] for each in history if each.action == "account.breaker"]


def _pulse(house: House, account: int) -> accounts.Pulse:
    with house.database.read() as conn:
        return next(pulse for pulse in accounts.pulses(conn) if pulse.account == account)


async def test_a_run_ends_quietly_with_all_recorded(house: House, carriers: Carriers) -> None:
    stage, campaign = _campaign(house, 3_000)
    async with _running(house):
        while len(carriers.asked) < 100:
            await asyncio.sleep(0.01)
    states = stage.states(campaign)
    assert states[State.ACCEPTED] == len(carriers.asked)
    assert State.UNKNOWN not in states
    with house.database.read() as conn:
        leased = conn.exec_driver_sql("SELECT 1 FROM chunk WHERE lease_owner IS NOT NULL").first()
    assert leased is None
    stage.close()


async def test_it_finishes_what_is_sent(house: House, carriers: Carriers) -> None:
    stage, campaign = _campaign(house, 30)
    async with _running(house):
        while _state(house, campaign) is CampaignState.RUNNING:
            await asyncio.sleep(0.05)
    assert _state(house, campaign) is CampaignState.FINISHED
    assert len(carriers.asked) == 30
    stage.close()


def _state(house: House, campaign: Campaign) -> CampaignState:
    with house.database.read() as conn:
        found = conn.exec_driver_sql(f"SELECT state FROM campaign WHERE id = {campaign.id}")
        return CampaignState(found.scalar_one())


async def test_a_start_does_not_wait_for_the_leases_of_a_dead_engine(
    house: House, carriers: Carriers
) -> None:
    stage, campaign = _campaign(house, 40)
    with house.database.write() as conn:
        conn.exec_driver_sql(
            f"UPDATE chunk SET lease_owner = 'dead', lease_until = {2**61}, started_to = first + 9"
        )
    async with _running(house):
        await _until(stage, campaign, sent=True)
    assert stage.results(campaign)[State.UNKNOWN] in {10, 20}
    assert len(carriers.asked) == stage.results(campaign)[State.ACCEPTED]
    stage.close()


async def test_an_engine_ends_when_another_has_its_place(house: House) -> None:
    house.database.still_sole = lambda: False  # type: ignore[method-assign]
    async with asyncio.timeout(20):
        with pytest.raises(ExceptionGroup) as told:
            await Runner(house).run()
    assert told.group_contains(NotAllowedError, match="another `outreach run`")

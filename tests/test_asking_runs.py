"""The engine as a whole asks for what it was never told: a simulator that loses every receipt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.bootstrap import House, open_house
from outreach.carriers.base import Template, Text
from outreach.cli.town import environment
from outreach.delivery import asking
from outreach.delivery.roster import Params, Roster
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.runner import Runner
from outreach.settings import Account, load
from outreach.simulator import Faults, Simulator, SimulatorConfig
from outreach.store import schema
from outreach.store.campaigns import Step
from outreach.store.database import Database
from tests.delivery.stage import NETWORKS, NOON, Stage, Words

CONFIG = Path(__file__).parents[1] / "config"
BEGAN = datetime.now(UTC)


class Known(Words):
    """Words of a template that the simulator knows."""

    def message(self, params: Params, account: Account, number: int) -> Text | Template:
        if account.channel is Channel.ZALO:
            return Template("sim-template-1", {"name": "An", "code": "A1"})
        return super().message(params, account, number)


def _house(url: str, folder: Path) -> House:
    secrets = ("k" * 20, "a-token-that-nobody-guesses")
    settings = load(CONFIG, environment(url, folder, "http://127.0.0.1:2", secrets))
    soon = {"ask_after_seconds": "0.5"}
    accounts = tuple(replace(each, options={**each.options, **soon}) for each in settings.accounts)
    settings = replace(
        settings, accounts=accounts, clock=lambda: NOON + (datetime.now(UTC) - BEGAN)
    )
    database = Database(settings.database_url)
    schema.upgrade(database)
    database.close()
    house = open_house(settings)
    numbers = {house.numbers[each.name]: each for each in accounts}
    roster = Roster(lambda _: Known(), numbers, clock=settings.clock)
    return replace(house, roster=roster, tools=replace(house.tools, roster=roster))


@asynccontextmanager
async def _running(house: House) -> AsyncIterator[None]:
    runner = Runner(house)
    task = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        runner.stop()
        await task
        house.close()


@pytest.mark.parametrize("name", ["esms", "zalo"])
async def test_lost_receipts_are_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_LOOK", 0.1)
    faults = Faults(receipt_lost=1.0)
    async with Simulator(SimulatorConfig(time_scale=0.01, faults=faults)) as sim:
        house = _house(sim.url, tmp_path)
        channel = Channel.ZALO if name == "zalo" else Channel.SMS
        stage = Stage(house.database)
        only = Step(channel, dict.fromkeys(NETWORKS, (house.numbers[name],)))
        campaign = stage.run_of(40, (only,))
        async with _running(house):
            while stage.states(campaign).get(State.DELIVERED, 0) < 40:
                await asyncio.sleep(0.05)
        stage.close()
        told = sim.summary()["dialects"][name]  # type: ignore[index]
    assert told["accepted"] == 40
    assert 40 <= told["queries"] <= 45  # one each, and a token

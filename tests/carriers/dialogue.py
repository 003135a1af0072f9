"""An adapter and its own dialect in the simulator, on real sockets: they must speak the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from outreach.carriers.base import Adapter, Callback, Pushed
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.domain.receipt import Receipt
from outreach.settings import utc_now
from outreach.settings.account import read_account
from outreach.simulator import Faults, Simulator, SimulatorConfig, called_back
from outreach.simulator.accounts import variables
from outreach.simulator.stage import DialectConfig
from tests.simulator.speak import Sink, sink

from .contract import MemoryTokens

CONFIG = Path(__file__).parents[2] / "config"


@dataclass(frozen=True)
class Dialogue:
    """The adapter of a shipped account's file, and the carrier it speaks to."""

    adapter: Adapter
    sim: Simulator
    tokens: MemoryTokens
    door: Sink

    async def receipts(self) -> list[Receipt]:
        """What the adapter reads out of all that the carrier called."""
        await self.sim.settled()
        assert isinstance(self.adapter, Pushed)
        calls = [Callback("", {}, got.body) for got in self.door.got]
        return [receipt for call in calls for receipt in self.adapter.receipts(call)]


@asynccontextmanager
async def dialogue(
    dialect: DialectConfig, faults: Faults | None = None, **options: str | int
) -> AsyncIterator[Dialogue]:
    """Open one; the dialect's name is that of the account's file, `options` are changed ones."""
    async with sink() as door:
        plan = SimulatorConfig(
            dialects=called_back((dialect,), door.url), faults=faults or Faults(), time_scale=0.01
        )
        async with Simulator(plan) as sim:
            path = CONFIG / "accounts" / f"{dialect.name}.toml"
            account = read_account(path, variables(CONFIG, sim.url, {}))
            account = replace(account, options={**account.options, **options})
            http, tokens = Http(account.timeout, 4), MemoryTokens()
            try:
                made = adapter(account, Ports(http, tokens, door.url, utc_now))
                yield Dialogue(made, sim, tokens, door)
            finally:
                await http.aclose()

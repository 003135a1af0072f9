"""An adapter and the [rehearsal] of its account's file: they must speak of the same carrier."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import urlencode

import pytest

from outreach.carriers.base import Adapter, Callback, Pushed, ReceiptWay, Submission
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.settings import utc_now
from outreach.settings.account import read_account
from outreach.simulator import Faults, Simulator, SimulatorConfig
from outreach.simulator.accounts import plain_accounts, variables
from outreach.simulator.plain_wire import Wire
from tests.simulator.speak import Got, Sink, sink

from .contract import KEY, MSISDN, TEMPLATE, TEXT, fresh_tokens

CONFIG = Path(__file__).parents[2] / "config"


@dataclass(frozen=True)
class Play:
    """An adapter on real sockets, before the carrier that its account's file tells of."""

    adapter: Adapter
    channel: Channel
    sim: Simulator
    wire: Wire
    door: Sink

    async def said(self, msisdn: str = MSISDN) -> Outcome:
        content = TEMPLATE if self.channel is Channel.ZALO else TEXT
        return await self.adapter.submit(Submission(KEY, msisdn, Network.VIETTEL, content))

    async def receipts(self) -> list[Receipt]:
        """What the adapter reads out of all that the carrier called."""
        await self.sim.settled()
        assert isinstance(self.adapter, Pushed)
        calls = [_call(got) for got in self.door.got]
        return [receipt for call in calls for receipt in self.adapter.receipts(call)]


@asynccontextmanager
async def play(
    name: str, faults: Faults | None = None, wrong: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Play]:
    """Open a play of an account; `wrong` are options that are other than they should be."""
    path = CONFIG / "accounts" / f"{name}.toml"
    async with sink() as door:
        (told,) = (each for each in plain_accounts(path.parent) if each.name == name)
        config = replace(told, callback=door.url)
        plan = SimulatorConfig(dialects=(config,), faults=faults or Faults(), time_scale=0.01)
        async with Simulator(plan) as sim:
            environ = variables(CONFIG, sim.url, sim.lines)
            account = read_account(path, environ)
            account = replace(account, options={**account.options, **wrong})
            http = Http(account.timeout, 4)
            ports = Ports(http, fresh_tokens(), door.url, utc_now)
            try:
                yield Play(adapter(account, ports), account.channel, sim, config.wire, door)
            finally:
                await http.aclose()


class Rehearsed:
    """For adapters whose simulator is a table in a file; set `of` to the account's name."""

    of: ClassVar[str]

    async def test_a_message_is_taken(self) -> None:
        async with play(self.of) as stage:
            outcome = await stage.said()
            (row,) = stage.sim.ledger.requests()
        assert isinstance(outcome, Accepted)
        assert (row.accepted, row.msisdn) == (True, MSISDN)
        assert row.key == (KEY if stage.wire.key else "")
        assert outcome.reference in {None, row.reference}

    @pytest.mark.parametrize(
        ("share", "status"), [(0.0, Status.DELIVERED), (1.0, Status.UNDELIVERED)]
    )
    async def test_its_receipt_is_understood(self, share: float, status: Status) -> None:
        async with play(self.of, Faults(undelivered=share, receipt_doubled=1.0)) as stage:
            if stage.adapter.capabilities.receipts is not ReceiptWay.PUSHED:
                pytest.skip("this carrier does not call back")
            outcome = await stage.said()
            first, second = await stage.receipts()
        assert first == second
        assert first.status is status
        assert isinstance(outcome, Accepted)
        assert first.key == KEY or first.reference == outcome.reference is not None

    async def test_its_no_is_understood(self) -> None:
        async with play(self.of, Faults(refused=1.0)) as stage:
            outcome = await stage.said()
        assert isinstance(outcome, Refused)
        assert outcome.reason != "unlisted code", "the [rehearsal] knows a code that codes() lacks"

    async def test_a_throttle_is_understood(self) -> None:
        async with play(self.of, Faults(throttled=1.0)) as stage:
            outcome = await stage.said()
        assert isinstance(outcome, Later)
        assert outcome.throttled

    async def test_wrong_credentials_stop_the_account(self) -> None:
        async with play(self.of) as known:
            options = known.wire.credentials
        assert options, "[rehearsal] has no credentials: a wrong one would never be noticed"
        for option in options:
            async with play(self.of, wrong={option: "sim-wrong"}) as stage:
                outcome = await stage.said()
            assert isinstance(outcome, Refused), option
            assert outcome.scope is Scope.ACCOUNT

    async def test_a_key_that_comes_again(self) -> None:
        async with play(self.of) as stage:
            first, again = await stage.said(), await stage.said()
        assert isinstance(first, Accepted)
        assert isinstance(again, Duplicate if stage.wire.duplicate else Accepted)

    async def test_an_answer_that_is_lost_leaves_it_unknown(self) -> None:
        async with play(self.of, Faults(dropped_after=1.0)) as stage:
            outcome = await stage.said()
        assert isinstance(outcome, Unknown)


def _call(got: Got) -> Callback:
    headers = {name.lower(): value for name, value in got.headers.items()}
    return Callback(urlencode(got.query), headers, got.body)

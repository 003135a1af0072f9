"""The turn to renew a token: one process's at a time, whatever becomes of the one who has it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from outreach.domain.token import BusyError
from outreach.simulator import Simulator, SimulatorConfig
from outreach.simulator.zalo import ZaloConfig
from outreach.store.database import Database
from outreach.store.tokens import TokenTable

_PROCESS = """
import asyncio, sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from outreach.carriers.base import Submission, Template
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.domain.network import Network
from outreach.domain.outcome import Refused
from outreach.store.database import Database
from outreach.store.tokens import TokenTable
from tests.carriers.test_zalo import ACCOUNT

async def main(url, carrier, patience_s):
    database = Database(url)
    table = TokenTable(database, "zalo", float(patience_s))
    options = {
        **ACCOUNT.options,
        "oauth_url": f"{carrier}/zalo/oauth",
        "app_id": "sim-zalo-app",
        "app_secret": "sim-zalo-app-secret",
        "refresh_token": "sim-zalo-refresh-0",
    }
    account = replace(ACCOUNT, base_url=f"{carrier}/zalo", options=options)
    http = Http(account.timeout, 4)
    ports = Ports(http, table, "http://127.0.0.1:9/callback", lambda: datetime.now(UTC))
    made = adapter(account, ports)
    print("ready", flush=True)
    for line in sys.stdin:
        if line == "hold\\n":
            async with table.refreshing():
                print("held", flush=True)
                sys.stdin.read()
        content = Template("sim-none", {"name": "An"})
        message = Submission("7100000042L0-0123456789", "84900000001", Network.VIETTEL, content)
        said = await made.submit(message)
        token = table.load()
        print(said.scope, said.code, token.access if token else "none", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""
_SENT = "text -109 "
"""No template of that name: so the token was taken."""


class Process:
    """A process of its own that sends when it is told to."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self._popen = popen
        assert self.heard() == "ready"

    def tell(self, word: str) -> None:
        assert self._popen.stdin is not None
        self._popen.stdin.write(f"{word}\n")
        self._popen.stdin.flush()

    def heard(self) -> str:
        assert self._popen.stdout is not None
        return self._popen.stdout.readline().strip()

    async def sent(self) -> str:
        self.tell("send")
        return await asyncio.to_thread(self.heard)

    def kill(self) -> None:
        self._popen.kill()
        self._popen.wait()


Start = Callable[..., Process]


@pytest.fixture
async def carrier() -> AsyncIterator[Simulator]:
    """Takes half a second for a pair: long enough for everybody to come in between."""
    async with Simulator(SimulatorConfig(dialects=(ZaloConfig(refresh_ms=500),))) as sim:
        yield sim


@pytest.fixture
def start(database_url: str, carrier: Simulator) -> Iterator[Start]:
    with ExitStack() as stack:

        def started(patience_s: float = 30.0) -> Process:
            popen = subprocess.Popen(
                [sys.executable, "-c", _PROCESS, database_url, carrier.url, str(patience_s)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[2],
            )
            stack.enter_context(popen)
            process = Process(popen)
            stack.callback(process.kill)
            return process

        yield started


def _exchanged(carrier: Simulator) -> list[str]:
    """The answers of the carrier to whoever wanted a pair."""
    return [row.code for row in carrier.ledger.queries() if row.what == "oa/access_token"]


async def test_processes_that_need_a_token_at_once_ask_for_it_once(
    start: Start, carrier: Simulator, database: Database
) -> None:
    processes = await asyncio.gather(*(asyncio.to_thread(start) for _ in range(3)))
    said = await asyncio.gather(*(each.sent() for each in processes))
    (told,) = set(said)
    assert told.startswith(f"{_SENT}sim-access-")
    assert _exchanged(carrier) == ["0"]
    carrier.dialects["zalo"].tokens.expire()  # type: ignore[attr-defined]
    (told_later,) = set(await asyncio.gather(*(each.sent() for each in processes)))
    assert told_later.startswith(f"{_SENT}sim-access-")
    assert told_later != told
    assert _exchanged(carrier) == ["0", "0"]


async def test_a_killed_holder_leaves_the_turn_to_the_next(
    start: Start, carrier: Simulator
) -> None:
    holder, other = await asyncio.gather(*(asyncio.to_thread(start) for _ in range(2)))
    holder.tell("hold")
    assert await asyncio.to_thread(holder.heard) == "held"
    waiting = asyncio.create_task(other.sent())
    await asyncio.sleep(0.5)  # for the other to find out that it has to wait
    assert not waiting.done()
    assert _exchanged(carrier) == []
    holder.kill()
    assert (await waiting).startswith(_SENT)
    assert _exchanged(carrier) == ["0"]


async def test_a_holder_that_hangs_is_not_waited_for_without_end(
    start: Start, carrier: Simulator
) -> None:
    holder, other = await asyncio.gather(
        asyncio.to_thread(start), asyncio.to_thread(start, patience_s=0.5)
    )
    holder.tell("hold")
    assert await asyncio.to_thread(holder.heard) == "held"
    assert await other.sent() == "account busy none"
    assert _exchanged(carrier) == []
    holder.kill()
    assert (await other.sent()).startswith(_SENT)


async def test_who_gives_up_waiting_or_holding_leaves_nothing_behind(database: Database) -> None:
    ours, theirs, third = (TokenTable(database, "zalo", 0.2) for _ in range(3))

    async def hold(table: TokenTable, held: asyncio.Event) -> None:
        async with table.refreshing():
            held.set()
            await asyncio.Event().wait()

    has, never = asyncio.Event(), asyncio.Event()
    holding = asyncio.create_task(hold(ours, has))
    await has.wait()
    waiting = asyncio.create_task(hold(theirs, never))
    for _ in range(20):
        await asyncio.sleep(0.001)  # until it is somewhere on its way
    waiting.cancel()
    with pytest.raises(BusyError, match="another process"):
        await hold(third, never)
    holding.cancel()
    await asyncio.gather(holding, waiting, return_exceptions=True)
    async with third.refreshing(), TokenTable(database, "esms", 0.2).refreshing():
        assert not never.is_set()

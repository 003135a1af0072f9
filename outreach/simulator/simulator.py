"""The rehearsal as a whole: carriers, ledger and callbacks behind one port."""

import asyncio
import contextlib
import gc
import importlib.util
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Self, TypeVar, cast

import orjson

from outreach.simulator.config import SimulatorConfig
from outreach.simulator.faults import Faults, parse_faults
from outreach.simulator.ledger import Ledger
from outreach.simulator.postman import Postman
from outreach.simulator.server import HOST, Server
from outreach.simulator.stage import Dialect, DialectConfig, Stage
from outreach.simulator.wire import Handler, Reply, Request, json_reply

D = TypeVar("D", bound=Dialect)


class Simulator:
    """Carriers on loopback: `async with Simulator(config) as sim` gives `sim.url`, `sim.ledger`."""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self.config = config or SimulatorConfig()
        self.ledger = Ledger(self.config.ledger)
        self._postman = Postman(self.ledger, self.config.time_scale, self.config.clock)
        self.dialects = {each.name: self._build(each) for each in self.config.dialects}
        self._server = Server(self._routes(), self.config.port, self.config.clock)
        self._flusher: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The base of all dialects, as `http://127.0.0.1:9900`; empty until opened."""
        return self._server.url

    @property
    def lines(self) -> dict[str, str]:
        """Where the dialects without HTTP listen, by account."""
        return {name: each.line for name, each in self.dialects.items() if each.line}

    async def __aenter__(self) -> Self:
        self._postman.open()
        for dialect in self.dialects.values():
            await dialect.open(HOST, free=self.config.port == 0)
        await self._server.open()
        self._flusher = asyncio.create_task(self.ledger.keep_flushing())
        return self

    async def __aexit__(self, *_failure: object) -> None:
        await self._postman.close()
        for dialect in self.dialects.values():
            await dialect.close()
        await self._server.close()
        if self._flusher is not None:
            self._flusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._flusher
        self.ledger.close()

    def dialect(self, kind: type[D], name: str | None = None) -> D:
        """Return the account of a kind, by name where there are several."""
        for each, dialect in self.dialects.items():
            if isinstance(dialect, kind) and name in {None, each}:
                return dialect
        raise LookupError(f"no {kind.__name__} named {name} in this simulator")

    def set_faults(self, faults: Faults, name: str | None = None) -> None:
        """Change the plan of one account, or of all, from the next request on."""
        if name is not None and name not in self.dialects:
            raise LookupError(f"no account '{name}'; there are {', '.join(self.dialects)}")
        for each, dialect in self.dialects.items():
            if name in {None, each}:
                dialect.stage.faults = faults

    async def settled(self, timeout_s: float = 10.0) -> None:
        """Wait until every receipt has gone out and is retried no more."""
        await self._postman.settled(timeout_s)

    def summary(self) -> dict[str, object]:
        """Return the counts by dialect, and how many receipts are still to go out."""
        return {"dialects": self.ledger.summary(), "receipts_pending": self._postman.pending}

    def _build(self, config: DialectConfig) -> Dialect:
        stage = Stage(
            config.name,
            seed=self.config.seed,
            faults=config.faults or self.config.faults,
            ledger=self.ledger,
            postman=self._postman,
            scale=self.config.time_scale,
            clock=self.config.clock,
        )
        return config.build(stage)

    def _routes(self) -> dict[tuple[str, str], Handler]:
        routes: dict[tuple[str, str], Handler] = {
            ("GET", "/ledger/summary"): self._show_summary,
            ("GET", "/ledger/duplicates"): self._show_duplicates,
            ("POST", "/control/faults"): self._change_faults,
        }
        for dialect in self.dialects.values():
            routes.update(dialect.routes())
        return routes

    async def _show_summary(self, _request: Request) -> Reply:
        return json_reply(self.summary())

    async def _show_duplicates(self, request: Request) -> Reply:
        limit = int(request.fields().get("limit", "1000"))
        found = self.ledger.duplicates(limit)
        rows = [row._asdict() | {"tries": [t._asdict() for t in row.tries]} for row in found]
        return json_reply({"duplicates": rows})

    async def _change_faults(self, request: Request) -> Reply:
        """Take `{"preset": …, "<field of Faults>": …, "dialect": "zalo"}`."""
        values = request.json()
        if values is None:
            return json_reply({"error": "expected a JSON object, as application/json"}, 400)
        name = cast("str | None", values.pop("dialect", None))
        try:
            faults = parse_faults(values)
            self.set_faults(faults, name)
        except (LookupError, TypeError, ValueError) as error:
            return json_reply({"error": str(error)}, 400)
        return json_reply({"dialect": name, "faults": asdict(faults)})


def run(config: SimulatorConfig) -> None:
    """Play until SIGTERM or SIGINT; print one line of JSON with the addresses when ready."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)  # requests leave no cycles behind
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_play(config))


async def _play(config: SimulatorConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Simulator(config) as simulator:
        where = {"url": simulator.url, "lines": simulator.lines}
        sys.stdout.buffer.write(orjson.dumps(where) + b"\n")
        sys.stdout.buffer.flush()
        await stop.wait()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if importlib.util.find_spec("uvloop") is None:  # it does not exist for Windows
        return None
    import uvloop  # noqa: PLC0415 - see above

    return uvloop.new_event_loop

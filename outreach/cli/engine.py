"""The loop of `run` and `serve`: engine and web side by side, and how they come to an end."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from outreach.bootstrap import House
from outreach.cli.faults import INTERRUPTED
from outreach.domain.errors import BadInputError
from outreach.runner import Runner
from outreach.web.serve import server


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web is served; port 0 takes a free one."""

    host: str
    port: int


def listen(address: Address) -> socket.socket:
    """Take the port before anything starts; BadInputError says why it cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=family, backlog=2048)
    except OSError as fault:
        raise BadInputError(
            f"cannot listen on {address.host}:{address.port}: {fault}; choose another --port"
        ) from None


def url_of(door: socket.socket) -> str:
    """The address that a socket listens on."""
    host, port = door.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def on_leash() -> None:
    """End quietly when standard input closes: whoever started us may have been killed."""

    def wait() -> None:
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="leash", daemon=True).start()


async def work(
    house: House,
    door: socket.socket | None,
    ready: Callable[[], None],
    *,
    engine: bool,
    settles: bool,
) -> None:
    """Run until SIGTERM or SIGINT: what is in flight is answered and recorded first.

    `ready` is called as soon as a signal would end the work quietly. The web goes on until the
    engine has ended, for the receipts of its last messages.
    """
    runner = Runner(house, sends=engine, settles=settles)
    web = server(house, "", 0) if door else None
    stop = asyncio.Event()
    _on_signals(stop.set)
    ready()
    async with asyncio.TaskGroup() as group:
        if web and door:
            serving = group.create_task(web.serve(sockets=[door]))
        running = group.create_task(runner.run())
        await _first_of(stop, running)
        runner.stop()
        await running
        if web:
            web.should_exit = True
            await serving


async def _first_of(stop: asyncio.Event, running: asyncio.Task[None]) -> None:
    """Wait for the stop, or for an engine that died."""
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({stopping, running}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


def _on_signals(stop: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    asked = 0

    def received() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            # A kill at any moment is survived, so this one need not be gentle.
            os._exit(INTERRUPTED)
        print("stopping: what is in flight is answered first; once more stops at once",
              file=sys.stderr, flush=True)  # fmt: skip
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, received)

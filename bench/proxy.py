"""A TCP proxy on loopback that cuts, stalls and slows what passes through it."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that ends a connection with a reset, as a broken line does."""


class Proxy:
    """Passes everything on to one port, until it is told otherwise; a thread of its own does it."""

    def __init__(self, target: int, port: int = 0) -> None:
        """Listen on a port, a free one by itself, and pass on to another."""
        self.seen: list[tuple[float, bytes]] = []
        """When (monotonic s) each piece came from a client, and how it begins."""
        self.port = port
        self._target = target
        self._delay = 0.0
        self._refuses = False
        self._ends: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def cut(self, *, refuse: bool = False) -> None:
        """End every connection at once; take no new one if it is to `refuse`."""
        self._refuses = refuse
        self._do(self._cut)

    def stall(self) -> None:
        """Let nothing through: neither words nor an end of the connection."""
        self._do(self._open.clear)

    def slow(self, seconds: float) -> None:
        """Hold back each piece for so long."""
        self._delay = seconds

    def heal(self) -> None:
        """Pass everything on again, what was kept back first."""
        self._refuses, self._delay = False, 0.0
        self._do(self._open.set)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, act: Callable[[], object]) -> None:
        """Act where the connections are, and be back when it is done."""

        async def acted() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acted(), self._loop).result()

    def _cut(self) -> None:
        for writer in self._ends:
            connection = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends, flows = {writer}, list[asyncio.Task[None]]()
        try:
            if self._refuses:
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            ends.add(back)
            self._ends |= ends
            flows.append(asyncio.create_task(self._pass(reader, back, told=True)))
            flows.append(asyncio.create_task(self._pass(there, writer)))
            await asyncio.wait(flows, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, asyncio.CancelledError):
            pass  # nobody listens there, or the proxy ends: nobody has to hear of that
        finally:
            for flow in flows:
                flow.cancel()
            self._ends -= ends
            for each in ends:
                each.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, told: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(_CHUNK):
                if told:
                    self.seen.append((time.monotonic(), piece[:32]))
                if self._delay:
                    await asyncio.sleep(self._delay)  # a slow line
                await self._open.wait()
                writer.write(piece)
                await writer.drain()

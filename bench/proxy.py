"""A TCP proxy on loopback that cuts, stalls and slows what passes through it."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that ends a connection with a reset, as a broken line does."""


class Proxy:
    """Passes everything on to one port, until it is told otherwise; runs in a thread of its own."""

    def __init__(self, target: int, port: int = 0) -> None:
        """Listen on a port, a free one by itself, and pass on to another."""
        self.seen: list[tuple[float, bytes]] = []
        """When (monotonic s) each piece came from a client, and how it begins."""
        self.port = port
        self._target = target
        self._delay = 0.0
        self._refuses = False
        self._flows: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready.set,), daemon=True)
        self._thread.start()
        ready.wait()

    def cut(self, *, refuse: bool = False) -> None:
        """End every connection at once; take no new one if it is to `refuse`."""
        self._refuses = refuse
        self._call(self._cut)

    def stall(self) -> None:
        """Let nothing through: neither words nor an end of the connection."""
        self._call(self._open.clear)

    def slow(self, seconds: float) -> None:
        """Hold back each piece for so long."""
        self._delay = seconds

    def heal(self) -> None:
        """Pass everything on again."""
        self._refuses, self._delay = False, 0.0
        self._call(self._open.set)

    def close(self) -> None:
        """End it."""
        self._call(self._cut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _call(self, act: Callable[[], object]) -> None:
        done = threading.Event()

        def acted() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(acted)
        done.wait()

    def _cut(self) -> None:
        for writer in self._flows:
            connection = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    def _run(self, ready: Callable[[], None]) -> None:
        asyncio.set_event_loop(self._loop)
        self._open.set()
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=512)
        )
        self.port = server.sockets[0].getsockname()[1]
        ready()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        try:
            there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, there[1]}
        self._flows |= both
        try:
            # Cancelled when the proxy is closed: nobody has to hear of that.
            with contextlib.suppress(asyncio.CancelledError):
                await _first_of(
                    self._pass(reader, there[1], told=True), self._pass(there[0], writer)
                )
        finally:
            self._flows -= both
            for each in both:
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


async def _first_of(*flows: Coroutine[Any, Any, None]) -> None:
    """Let words flow both ways until one side has no more."""
    tasks = [asyncio.ensure_future(flow) for flow in flows]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()

"""A bare server on loopback that does to a connection what its script says."""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

FOR_EVER = 60.0
"""Seconds; longer than any test: the line is hung up when its server goes."""


@dataclass
class Line:
    """One accepted connection, with what a script may do to it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *pieces: bytes, pause: float = 0) -> None:
        """Write pieces, each as its own segment where there is a pause between them."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(pause)

    def bare(self) -> socket.socket:
        """The socket beneath, for what must happen before the loop goes on."""
        number = self.writer.get_extra_info("socket").fileno()
        return socket.socket(fileno=os.dup(number))

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.writer.close()


Script = Callable[[Line, int], Awaitable[None]]
"""Acts when a request was read; the number counts requests of all connections."""


class Read(Enum):
    """How much of a request the server takes before its script acts."""

    NOTHING = 0
    FIRST_BYTE = 1
    HEAD = 2
    WHOLE = 3


@dataclass
class Server:
    """Counts what it was asked, on all its connections together."""

    script: Script
    read: Read = Read.WHOLE
    requests: list[bytes] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    port: int = 0

    @property
    def connections(self) -> int:
        return len(self.lines)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/send?secret=sim-secret-1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one connection."""
        line = Line(reader, writer)
        self.lines.append(line)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                if self.read is not Read.NOTHING:
                    self.requests.append(await self._request(reader))
                await self.script(line, len(self.requests))

    async def _request(self, reader: asyncio.StreamReader) -> bytes:
        if self.read is Read.FIRST_BYTE:
            return await reader.readexactly(1)
        head = await reader.readuntil(b"\r\n\r\n")
        if self.read is Read.HEAD:
            return head
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        return head + await reader.readexactly(int(length or 0))


@contextlib.asynccontextmanager
async def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Give the port of a listener, and hang up every line at the end."""
    lines: set[asyncio.Future[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.add(asyncio.ensure_future(talk(reader, writer)))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    async with listener:
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            for line in lines:
                line.cancel()
            await asyncio.gather(*lines, return_exceptions=True)
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def serving(
    script: Script, read: Read = Read.WHOLE, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Give a server that follows a script."""
    server = Server(script, read)
    async with listening(server.serve, tls) as server.port:
        yield server


@contextlib.asynccontextmanager
async def refusing() -> AsyncIterator[int]:
    """Give a port that refuses: it is bound, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextlib.asynccontextmanager
async def unanswering() -> AsyncIterator[int]:
    """Give a port whose backlog is full: a further dial gets no answer."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)  # noqa: FBT003 - the standard library's own
            filler.connect_ex(full.getsockname())
        yield full.getsockname()[1]


def writes(*pieces: bytes, pause: float = 0) -> Script:
    """Answer with bytes and close."""

    async def script(line: Line, _number: int) -> None:
        await line.say(*pieces, pause=pause)
        line.writer.close()

    return script


def keeps(*pieces: bytes) -> Script:
    """Answer with bytes and keep the connection."""

    async def script(line: Line, _number: int) -> None:
        await line.say(*pieces)

    return script


def stalls(*pieces: bytes) -> Script:
    """Answer with bytes, then say no more and hold the connection."""

    async def script(line: Line, _number: int) -> None:
        await line.say(*pieces)
        await asyncio.sleep(FOR_EVER)

    return script


def resets(*pieces: bytes) -> Script:
    """Answer with bytes that arrive, then reset the connection."""

    async def script(line: Line, _number: int) -> None:
        await line.say(*pieces, pause=0.05)
        line.reset()

    return script


def drips(answer: bytes, every: float) -> Script:
    """Answer one byte at a time."""

    async def script(line: Line, _number: int) -> None:
        await line.say(*(answer[n : n + 1] for n in range(len(answer))), pause=every)

    return script

"""Loopback HTTP: one asyncio protocol over a dict of routes, an answer in one write.

The simulator shares two cores with what it tests: a general server costs twice as much a request.
"""

import asyncio
import contextlib
import logging
import math
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

import httptools

from outreach.simulator.wire import Reply, Request, Routes, json_reply

HOST = "127.0.0.1"
_MAX_BODY = 1_000_000
_NOT_FOUND = json_reply({"error": "no such path in the simulator"}, 404)
_TOO_LARGE = json_reply({"error": "body too large"}, 413)
_FAULT = json_reply({"error": "a fault of the simulator"}, 500)
_PHRASES = {each.value: each.phrase for each in HTTPStatus}

log = logging.getLogger(__name__)


class Server:
    """One listening socket; `url` is known once it is open."""

    def __init__(self, routes: Routes, port: int, clock: Callable[[], float] = time.time) -> None:
        self._routes = routes
        self._port = port
        self._clock = clock
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def open(self) -> None:
        """Bind and listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Line(self._lines, self._tasks, self._reply, self._clock),
            HOST,
            self._port,
            family=socket.AF_INET,
            backlog=1024,
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{HOST}:{port}"

    async def close(self) -> None:
        """Stop listening and cut every line, the silent ones too."""
        if self._server is not None:
            self._server.close()
        for line in self._lines:
            line.cut()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _reply(self, request: Request) -> Reply:
        if len(request.body) > _MAX_BODY:
            return _TOO_LARGE
        handler = self._routes.get((request.method, request.path))
        return await handler(request) if handler is not None else _NOT_FOUND


class _Line(asyncio.Protocol):
    """One connection: its requests are answered in order, each by a task of its own."""

    def __init__(
        self,
        lines: "set[_Line]",
        tasks: set[asyncio.Task[None]],
        reply: Callable[[Request], Coroutine[None, None, Reply]],
        clock: Callable[[], float],
    ) -> None:
        self._lines = lines
        self._tasks = tasks
        self._reply = reply
        self._clock = clock
        self._parser = httptools.HttpRequestParser(self)
        self._asked: deque[tuple[Request, bool]] = deque()
        """Requests to answer, and whether the line is kept behind each."""
        self._answering = False
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._lines.discard(self)
        self._gone.set()

    def cut(self) -> None:
        """End it without a word."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._transport.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
            self._transport.close()

    def on_message_begin(self) -> None:
        self._arrived = self._clock()
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if (b"expect", b"100-continue") in self._headers:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, piece: bytes) -> None:
        if self._size <= _MAX_BODY:
            self._body.append(piece)
        self._size += len(piece)

    def on_message_complete(self) -> None:
        path, _, query = self._url.partition(b"?")
        request = Request(
            arrived=self._arrived,
            method=self._parser.get_method().decode("ascii"),
            path=unquote(path.decode("latin-1")),
            query=query,
            headers=self._headers,
            body=b"".join(self._body),
        )
        self._asked.append((request, self._parser.should_keep_alive()))
        if not self._answering:
            self._answering = True
            task = asyncio.get_running_loop().create_task(self._answer())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self) -> None:
        while self._asked and not self._gone.is_set():
            request, kept = self._asked.popleft()
            try:
                reply = await self._reply(request)
            except Exception:
                log.exception("%s %s could not be answered", request.method, request.path)
                reply = _FAULT
            await self._travel(reply, kept=kept)
        self._answering = False

    async def _travel(self, reply: Reply, *, kept: bool) -> None:
        if reply.latency_s:
            await asyncio.sleep(reply.latency_s)
        if reply.silence_s:
            await self._left(reply.silence_s)
        if self._gone.is_set():
            return  # uvloop forbids to write on a line that is down
        if reply.dropped:
            self._transport.abort()
            return
        self._transport.write(_bytes(reply))
        if not kept:
            self._transport.close()

    async def _left(self, seconds: float) -> None:
        """Wait that long, or until the client gives up."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._gone.wait(), None if math.isinf(seconds) else seconds)


def _bytes(reply: Reply) -> bytes:
    lines = [
        f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, '')}".encode("ascii"),
        b"content-type: " + reply.content_type,
        b"content-length: %d" % len(reply.body),
        *(b"%b: %b" % each for each in reply.headers),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + reply.body

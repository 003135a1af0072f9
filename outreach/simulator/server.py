"""Loopback HTTP: uvicorn's protocol under a plain ASGI callable and a dict of routes."""

import asyncio
import math
import socket
import time
from collections.abc import Callable
from typing import cast

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from outreach.simulator.wire import Reply, Request, Routes, json_reply

HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75
_MAX_BODY = 1_000_000
_NOT_FOUND = json_reply({"error": "no such path in the simulator"}, 404)
_TOO_LARGE = json_reply({"error": "body too large"}, 413)


class _Protocol(HttpToolsProtocol):
    """Tells the app when a request arrived, and lets it cut the line."""

    clock: Callable[[], float] = staticmethod(time.time)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope = cast("Scope", self.scope)
        scope["simulator.arrived"] = self.clock()
        scope["simulator.abort"] = self.transport.abort


class Server:
    """One listening socket; `url` is known once it is open."""

    def __init__(self, routes: Routes, port: int, clock: Callable[[], float]) -> None:
        self._routes = routes
        self._port = port
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._protocol = type("_Clocked", (_Protocol,), {"clock": staticmethod(clock)})
        self._config = uvicorn.Config(
            self._app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        self.url = ""

    async def open(self) -> None:
        """Bind and listen."""
        self._config.load()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connect, HOST, self._port, family=socket.AF_INET, backlog=1024
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://{HOST}:{port}"

    async def close(self) -> None:
        """Stop listening and cut every line, the silent ones too."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._state.connections):
            cast("_Protocol", connection).transport.abort()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks)

    def _connect(self) -> asyncio.Protocol:
        protocol = self._protocol(config=self._config, server_state=self._state, app_state={})
        protocol.access_log = False
        return cast("asyncio.Protocol", protocol)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        request = Request(
            arrived=scope["simulator.arrived"],
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"],
            headers=scope["headers"],
            body=body,
        )
        await _travel(await self._reply(request), scope, receive, send)

    async def _reply(self, request: Request) -> Reply:
        if len(request.body) > _MAX_BODY:
            return _TOO_LARGE
        handler = self._routes.get((request.method, request.path))
        return await handler(request) if handler is not None else _NOT_FOUND


async def _read(receive: Receive) -> bytes | None:
    """Read the whole body, or None if the client left."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    if not message.get("more_body"):
        return cast("bytes", message["body"])
    parts = [message["body"]]
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message["body"])
    return b"".join(parts)


async def _travel(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    if reply.latency_s:
        await asyncio.sleep(reply.latency_s)
    if reply.silence_s and await _left(receive, reply.silence_s):
        return
    if reply.dropped:
        scope["simulator.abort"]()
        await receive()  # uvicorn would answer 500 if the app ended before the line is down
        return
    headers = [
        (b"content-type", reply.content_type),
        (b"content-length", str(len(reply.body)).encode()),
        *reply.headers,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _left(receive: Receive, seconds: float) -> bool:
    """Wait that long, and say whether the client gave up meanwhile."""
    try:
        await asyncio.wait_for(receive(), None if math.isinf(seconds) else seconds)
    except TimeoutError:
        return False
    return True

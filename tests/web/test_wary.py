"""Connections that strangers misuse, over real sockets: they are closed, the others go on."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from outreach.web import wary
from outreach.web.serve import Server
from outreach.web.wary import MOST_BESIDE, WaryProtocol

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
ANSWER = b"HTTP/1.1 200 OK"
HANGS_S = 20
"""After which a connection is taken for one that is never closed."""
Talk = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Heard:
    """An application that reads a body to its end, and notes how the reading ended."""

    def __init__(self) -> None:
        self.bodies: list[bytes | None] = []
        """None: the caller was gone before the end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what was heard to its end."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                self.bodies.append(None)
                return
            body += event.get("body", b"")
            more = event.get("more_body", False)
        self.bodies.append(body)
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def door(heard: Heard) -> AsyncIterator[int]:
    """The port of a server."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(heard, http=WaryProtocol, ws="none", lifespan="off", log_level="error")
    web = Server(config)
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    while not web.started:
        await asyncio.sleep(0.01)  # uvicorn says so by a flag alone
    yield listening.getsockname()[1]
    web.should_exit = True
    await serving


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wary, "PATIENCE_S", 0.05)


async def _said(door: int, *pieces: bytes) -> Talk:
    """A connection on which so much was said, or as much as it bore."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door)
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    return reader, writer


async def _left(talk: Talk) -> bytes:
    """All that comes until the connection is closed."""
    reader, writer = talk
    try:
        return await asyncio.wait_for(reader.read(), HANGS_S)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def _answer(talk: Talk) -> bytes:
    return await talk[0].readuntil(b"\r\n\r\n")


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET /", *[b"a" * MOST_BESIDE] * 40),
        (GET + b"X-A: ", *[b"a" * MOST_BESIDE] * 40),
        (GET, *[b"X-A: b\r\n" * (MOST_BESIDE // 8)] * 40),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
         *[b"X-A: b\r\n" * (MOST_BESIDE // 8)] * 40),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
         *[b"a" * MOST_BESIDE] * 40),
    ],
    ids=["path", "header", "headers", "trailers", "extension"],
)  # fmt: skip
async def test_a_head_without_end_is_cut_off(
    heard: Heard, door: int, pieces: tuple[bytes, ...]
) -> None:
    assert ANSWER not in await _left(await _said(door, *pieces))
    assert heard.bodies in ([], [None])


async def test_long_heads_and_bodies_in_small_chunks_are_read(heard: Heard, door: int) -> None:
    long = b"X-A: " + b"a" * (MOST_BESIDE // 2) + b"\r\n\r\n"
    talk = await _said(door, GET + long)
    for _ in range(3):  # each request on a connection has as much room
        assert ANSWER in await _answer(talk)
        talk[1].write(GET + long)
    assert ANSWER in await _answer(talk)
    talk[1].close()
    chunks = b"".join(b"4\r\nabcd\r\n" for _ in range(5_000))
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    large = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"
    for said in (head + chunks + b"0\r\n\r\n", large + bytes(3_000_000)):
        talk = await _said(door, said)
        assert ANSWER in await _answer(talk)
        talk[1].close()
    assert [len(body or b"") for body in heard.bodies] == [0, 0, 0, 0, 20_000, 3_000_000]


@pytest.mark.parametrize(
    ("said", "bodies"),
    [
        (b"", []),
        (b"GET /hea", []),
        (GET, []),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", [None]),
        (GET + b"\r\n" + GET, [b""]),
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half a second request"],
)
async def test_who_is_too_slow_is_not_waited_for(
    heard: Heard, impatient: None, door: int, said: bytes, bodies: list[bytes | None]
) -> None:
    assert (await _left(await _said(door, said))).count(ANSWER) == bodies.count(b"")
    assert heard.bodies == bodies


async def test_who_has_been_heard_is_not_hurried(heard: Heard) -> None:
    """A deadline holds for a request alone: it is over when the request has come."""
    asked: list[float] = []
    loop = asyncio.get_running_loop()
    protocol = WaryProtocol(uvicorn.Config(heard), uvicorn.server.ServerState(), {}, loop)
    ours, theirs = socket.socketpair()
    await loop.create_connection(lambda: protocol, sock=ours)
    asked.append(_waits(protocol))
    with theirs:
        theirs.sendall(GET + b"\r\n")
        while not heard.bodies:
            await asyncio.sleep(0)
        asked.append(_waits(protocol))
        theirs.sendall(GET)
        while not _waits(protocol):
            await asyncio.sleep(0)
        protocol.transport.close()
        while protocol.connections:
            await asyncio.sleep(0)
    asked.append(_waits(protocol))
    assert asked == [True, False, False]


def _waits(protocol: WaryProtocol) -> bool:
    return protocol._deadline is not None


async def test_one_connection_too_many_is_closed_and_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, heard: Heard, door: int
) -> None:
    monkeypatch.setattr(wary, "MOST_CONNECTIONS", 3)
    talks = [await _said(door) for _ in range(3)]
    for talk in talks:
        talk[1].write(GET + b"\r\n")
        assert ANSWER in await _answer(talk)
    assert await _left(await _said(door, GET + b"\r\n")) == b""
    talks[0][1].close()
    await talks[0][1].wait_closed()
    while ANSWER not in await _left(await _said(door, GET + b"Connection: close\r\n\r\n")):
        await asyncio.sleep(0.01)  # the server hears of the end a little later
    talks[1][1].write(GET + b"\r\n")
    assert ANSWER in await _answer(talks[1])
    for _, writer in talks:
        writer.close()

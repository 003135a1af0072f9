"""Real sockets on loopback: what each fault is called, and how often a request is written."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from outreach.carriers.connection import MAX_ANSWER
from outreach.carriers.http import Answer, Http, Reply
from outreach.carriers.transport import HttpTransport, NotConnectedError
from outreach.domain.errors import BadInputError
from outreach.domain.outcome import NotSent, Unknown

from .wire import (
    Handler,
    Line,
    Script,
    listening,
    refusing,
    resets,
    serving,
    stalls,
    unanswering,
    writes,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
TIMEOUT = timedelta(seconds=0.6)
PATIENT = timedelta(seconds=20)  # where nothing is to run out


@contextlib.asynccontextmanager
async def calling(connections: int = 4, within: timedelta = TIMEOUT) -> AsyncIterator[Http]:
    http = Http(within, connections)
    try:
        yield http
    finally:
        await http.aclose()


async def call(http: Http, method: str, url: str) -> Answer:
    if method == "GET":
        return await http.get(url, params={"to": "84900000001"})
    return await http.post(url, json={"to": "84900000001"})


PERHAPS_SENT: dict[str, Script] = {
    "closes after reading the request": writes(),
    "resets after reading the request": resets(),
    "resets in the body": resets(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    "half a head": writes(b"HTTP/1.1 200 OK\r\nContent-"),
    "half a body": writes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    "half a chunk": writes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
    "silence": stalls(),
    "stalls in the body": stalls(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    "garbage": writes(b"\x00\xff\x16\x03\x01 not HTTP at all\r\n\r\n"),
    "a huge body": writes(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n", b"x" * (MAX_ANSWER + 1)
    ),
    "a huge head": writes(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 200_000, b"\r\n\r\n"),
    "compressed": writes(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    ),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("script", PERHAPS_SENT.values(), ids=PERHAPS_SENT)
async def test_a_fault_after_the_dial_is_unknown_and_written_once(
    script: Script, method: str
) -> None:
    async with serving(script) as server, calling() as http:
        answer = await call(http, method, server.url)
    assert isinstance(answer, Unknown)
    assert len(server.requests) == 1
    assert "sim-secret" not in repr(answer)
    assert "849" not in repr(answer)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("drop", ["close", "reset"])
async def test_a_kept_alive_connection_that_drops_is_not_written_to_again(
    method: str, drop: str
) -> None:
    async def script(line: Line, number: int) -> None:
        if number == 1:
            line.writer.write(OK)
        elif drop == "close":
            line.writer.close()
        else:
            line.reset()

    async with serving(script) as server, calling(within=PATIENT) as http:
        first = await call(http, method, server.url)
        second = await call(http, method, server.url)
    assert isinstance(first, Reply)
    assert isinstance(second, Unknown)
    assert len(server.requests) == 2, "one request on the wire for each call"
    assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_connection_that_dropped_while_idle_is_replaced(method: str) -> None:
    async with serving(writes(OK)) as server, calling(within=PATIENT) as http:
        for _ in range(3):
            assert isinstance(await call(http, method, server.url), Reply)
            await asyncio.sleep(0.05)
    assert len(server.requests) == server.connections == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_surplus_answer_is_not_given_to_the_next_request(method: str) -> None:
    async def script(line: Line, number: int) -> None:
        line.writer.write(OK)
        if number == 1:
            await asyncio.sleep(0.05)
            line.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")

    async with serving(script) as server, calling() as http:
        await call(http, method, server.url)
        await asyncio.sleep(0.15)
        answer = await call(http, method, server.url)
    assert isinstance(answer, Reply)
    assert answer.body == b"{}"
    assert server.connections == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_connection_is_not_sent(method: str) -> None:
    async with refusing() as port, calling() as http:
        answer = await call(http, method, f"http://127.0.0.1:{port}/x")
    assert answer == NotSent("no connection: ECONNREFUSED")


async def test_an_unknown_name_is_not_sent() -> None:
    async with calling(within=timedelta(seconds=20)) as http:
        answer = await http.post("http://no-such-host.invalid/x", json={})
    assert answer == NotSent("no connection: name not found")


async def test_tls_to_a_plain_port_is_not_sent() -> None:
    received = []

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(65_536))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with listening(plain) as port, calling() as http:
        answer = await http.post(f"https://127.0.0.1:{port}/x", json={"to": "84900000001"})
    assert answer == NotSent("no connection: TLS handshake failed")
    assert b"84900000001" not in b"".join(received)


async def hangs(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hangs_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    pass


@pytest.mark.parametrize("handler", [hangs, hangs_up])
async def test_a_handshake_that_comes_to_nothing_is_not_sent(handler: Handler) -> None:
    async with listening(handler) as port, calling() as http:
        answer = await http.post(f"https://127.0.0.1:{port}/x", json={})
    assert isinstance(answer, NotSent)


async def test_a_dial_that_hangs_is_not_sent() -> None:
    async with unanswering() as port, calling() as http:
        answer = await http.post(f"http://127.0.0.1:{port}/x", json={})
    assert answer == NotSent("connect time-out")


async def test_waiting_for_a_place_is_not_sent() -> None:
    async with serving(stalls()) as server, calling(connections=1) as http:
        first, second = await asyncio.gather(
            call(http, "POST", server.url), call(http, "POST", server.url)
        )
    assert isinstance(first, Unknown)
    assert second == NotSent("no free connection")
    assert len(server.requests) == 1


async def test_no_call_outlasts_its_time_out() -> None:
    async with serving(stalls()) as server, calling() as http:
        began = asyncio.get_running_loop().time()
        await call(http, "POST", server.url)
        assert asyncio.get_running_loop().time() - began < TIMEOUT.total_seconds() + 0.3


async def test_waiting_for_a_place_is_part_of_the_time_out() -> None:
    async def script(line: Line, number: int) -> None:
        await asyncio.sleep(0.35 if number == 1 else 2)
        line.writer.write(OK)

    within = timedelta(seconds=1.2)
    async with serving(script) as server, calling(connections=1, within=within) as http:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(call(http, "POST", server.url), call(http, "POST", server.url))
        assert asyncio.get_running_loop().time() - began < 1.4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    async with serving(writes(head.encode())) as server, calling() as http:
        answer = await call(http, "GET", server.url)
    assert isinstance(answer, Reply)
    assert answer.fault() == Unknown(f"HTTP {status}")
    assert len(server.requests) == 1


async def test_cookies_and_the_environment_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: sim=1\r\nContent-Length: 2\r\n\r\n{}"

    async def script(line: Line, _number: int) -> None:
        line.writer.write(cookie)

    async with serving(script) as server, calling() as http:
        for _ in range(2):
            assert isinstance(await call(http, "POST", server.url), Reply)
    assert b"cookie" not in server.requests[1].lower()
    assert b"accept-encoding" not in server.requests[1].lower()


async def test_an_answer_without_end_is_cut_off() -> None:
    written = 0

    async def script(line: Line, _number: int) -> None:
        nonlocal written
        line.writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            line.writer.write(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")
            await line.writer.drain()
            written += 0xFFFF

    transport = HttpTransport(timedelta(seconds=5), 1)
    async with serving(script) as server:
        with pytest.raises(httpx.RemoteProtocolError, match="too long"):
            await transport.handle_async_request(httpx.Request("POST", server.url))
        await transport.aclose()
    assert written < 20 * MAX_ANSWER


async def test_a_coding_in_a_second_header_is_not_decoded() -> None:
    """A megabyte could come out as a thousand."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n{}"
    transport = HttpTransport(TIMEOUT, 1)
    async with serving(writes(answer)) as server:
        with pytest.raises(httpx.RemoteProtocolError, match="compressed"):
            await transport.handle_async_request(httpx.Request("POST", server.url))
        await transport.aclose()


async def test_the_transport_names_faults_as_httpx_does() -> None:
    transport = HttpTransport(TIMEOUT, 1)
    async with serving(writes()) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            await transport.handle_async_request(httpx.Request("POST", server.url))
    with pytest.raises(NotConnectedError):
        await transport.handle_async_request(httpx.Request("POST", server.url))
    await transport.aclose()


@pytest.mark.parametrize("url", ["http:///x", "ftp://127.0.0.1/x", "/x"])
async def test_an_address_that_cannot_be_called_is_not_shown(url: str) -> None:
    async with calling() as http:
        with pytest.raises(BadInputError, match="base_url") as fault:
            await http.get(url, params={"SecretKey": "sim-secret-1"})
    chain = [fault.value, fault.value.__cause__]
    assert "sim-secret-1" not in repr(chain) + str(fault.value)
    assert fault.value.__suppress_context__

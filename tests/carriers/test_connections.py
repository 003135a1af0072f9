"""What the pool does with its connections, on real sockets."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from outreach.carriers import transport
from outreach.carriers.http import Http, Reply
from outreach.carriers.transport import HttpTransport
from outreach.domain.outcome import NotSent, Unknown

from .wire import Line, keeps, serving, stalls, writes

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PATIENT = timedelta(seconds=20)


@pytest.mark.parametrize("value", ["a\r\nX-Sim: 1", "a\nb", "a\rb"])
async def test_a_header_of_several_lines_does_not_leave(value: str) -> None:
    async with serving(writes(OK)) as server:
        http = Http(PATIENT, 1)
        answer = await http.post(server.url, json={}, headers={"access_token": value})
        await http.aclose()
    assert answer == NotSent("a request that cannot be written")
    assert server.requests == []


async def test_what_is_idle_is_closed_and_what_is_used_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "_KEEP_IDLE", 0.3)
    async with serving(keeps(OK)) as server:
        http = Http(PATIENT, 4)
        await asyncio.gather(*(http.post(server.url, json={}) for _ in range(4)))
        assert server.connections == 4
        for _ in range(8):
            await asyncio.sleep(0.1)
            await http.post(server.url, json={})
        assert server.connections == 4
        assert sum(line.reader.at_eof() for line in server.lines) == 3
        await asyncio.sleep(1)
        assert all(line.reader.at_eof() for line in server.lines)
        await http.post(server.url, json={})
        assert server.connections == 5
        await http.aclose()


async def test_half_an_answer_is_none_where_we_hang_up() -> None:
    """An answer without length ends with its connection, but not because we close it."""
    async with serving(stalls(b"HTTP/1.1 200 OK\r\n\r\n{}")) as server:
        http = Http(PATIENT, 1)
        call = asyncio.create_task(http.post(server.url, json={}))
        while not server.requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        await http.aclose()
        assert await call == Unknown("connection lost")


async def test_a_call_that_is_given_up_leaves_nothing_for_the_next() -> None:
    async def script(line: Line, number: int) -> None:
        await asyncio.sleep(0.2 if number == 1 else 0)
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)

    async with serving(script) as server:
        http = Http(PATIENT, 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await http.post(server.url, json={})
        answer = await http.post(server.url, json={})
        await http.aclose()
    assert isinstance(answer, Reply)
    assert answer.body == b"2"
    assert server.connections == 2


async def test_each_host_and_port_has_connections_of_its_own() -> None:
    one, two = keeps(OK), keeps(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
    async with serving(one) as first, serving(two) as second:
        http = Http(PATIENT, 1)
        for _ in range(2):
            for server, body in ((first, b"{}"), (second, b"two")):
                answer = await http.post(server.url, json={})
                assert isinstance(answer, Reply)
                assert answer.body == body
        await http.aclose()
    assert (first.connections, second.connections) == (1, 1)


async def test_another_address_of_a_host_is_tried() -> None:
    """`localhost` is often two addresses, of which the test's server has one."""
    async with serving(writes(OK)) as server:
        http = Http(PATIENT, 1)
        answer = await http.post(f"http://localhost:{server.port}/x", json={})
        await http.aclose()
    assert isinstance(answer, Reply)


async def test_a_closed_transport_opens_again() -> None:
    async with serving(keeps(OK)) as server:
        held = HttpTransport(PATIENT, 1)
        for _ in range(2):
            answer = await held.handle_async_request(httpx.Request("POST", server.url))
            assert answer.status_code == 200
            await held.aclose()
    assert server.connections == 2

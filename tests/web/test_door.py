"""The callback door over real HTTP: durable before the answer, and nobody else's door."""

import asyncio
import contextlib
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from outreach.bootstrap import House, open_house
from outreach.carriers.base import Callback
from outreach.cli.town import environment
from outreach.delivery.calls import unpack
from outreach.settings import load
from outreach.web.callbacks import MAX_BODY
from outreach.web.serve import server

CONFIG = Path(__file__).parents[2] / "config"
TOKEN = "a-token-that-nobody-guesses"
DOOR = f"/callbacks/zalo/{TOKEN}"


UPGRADE = (
    b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> House:
    environ = environment("http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", ("k" * 20, TOKEN))
    settings = load(CONFIG, {**environ, "OUTREACH_DATABASE_URL": database_url})
    return open_house(settings)


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    door = socket.create_server(("127.0.0.1", 0))
    web = server(house, "", 0)
    serving = asyncio.create_task(web.serve(sockets=[door]))
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        while not web.started:
            await asyncio.sleep(0.01)
        yield client
    web.should_exit = True
    await serving
    house.close()


def _stored(house: House) -> list[Callback]:
    with house.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT body FROM inbox ORDER BY id")
        return [unpack(bytes(row[0])) for row in rows]


async def test_a_call_is_stored_as_it_came_when_it_is_answered(
    house: House, client: httpx.AsyncClient
) -> None:
    body = json.dumps({"giờ": "sáng"}, ensure_ascii=False).encode() + b"\xff"
    seal = "mac=" + hashlib.sha256(body).hexdigest()
    headers = {"X-ZEvent-Signature": seal, "Cookie": "nothing of ours"}
    answer = await client.post(DOOR, content=body, headers=headers)
    assert answer.status_code == 200
    (call,) = _stored(house)
    assert call.body == body
    assert call.headers == {"x-zevent-signature": seal}


async def test_a_get_keeps_its_query_untouched(house: House, client: httpx.AsyncClient) -> None:
    query = "SMSID=1&error_info=%257B%2522a%2522%253A1%257D____20/11/2026"
    answer = await client.get(f"/callbacks/esms/{TOKEN}?{query}")
    assert answer.status_code == 200
    assert [call.query for call in _stored(house)] == [query]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/callbacks/zalo/a-token-that-somebody-guessed", 404),
        ("POST", f"/callbacks/nobody/{TOKEN}", 404),
        ("POST", "/callbacks/zalo/", 404),
        ("POST", "/callbacks/", 404),
        ("POST", f"/callbacks/../callbacks/zalo/{TOKEN}/x", 404),
        ("PUT", DOOR, 405),
        ("DELETE", DOOR, 405),
        ("GET", "/", 404),
        ("GET", "/health", 200),
        ("GET", "/metrics", 200),
    ],
)
async def test_other_doors(
    house: House, client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert TOKEN not in answer.text
    assert _stored(house) == []


async def test_what_is_too_large_is_not_taken(house: House, client: httpx.AsyncClient) -> None:
    answer = await client.post(DOOR, content=b"x" * (MAX_BODY + 1))
    assert answer.status_code == 413
    assert _stored(house) == []


async def test_what_cannot_be_stored_is_not_acknowledged(
    house: House, client: httpx.AsyncClient
) -> None:
    with house.database.write() as conn:
        conn.exec_driver_sql("ALTER TABLE inbox RENAME TO elsewhere")
    assert (await client.post(DOOR, content=b"{}")).status_code == 503
    with house.database.write() as conn:
        conn.exec_driver_sql("ALTER TABLE elsewhere RENAME TO inbox")
    assert (await client.post(DOOR, content=b"{}")).status_code == 200
    assert len(_stored(house)) == 1


async def test_many_at_once_are_all_stored(house: House, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post(DOOR, content=str(n).encode()) for n in range(200))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(int(call.body) for call in _stored(house)) == list(range(200))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"GET /health HTTP/1.1\r\nX-A: " + b"a" * (1 << 20), b""),
        (b"no HTTP at all\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET /\xc4\x91 HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 400 "),
        (UPGRADE, b"HTTP/1.1 200 "),
    ],
    ids=["head without end", "nonsense", "no ASCII", "another protocol"],
)
async def test_what_strangers_say_is_cut_short_and_leaves_no_line_in_the_log(
    capfd: pytest.CaptureFixture[str], client: httpx.AsyncClient, said: bytes, answer: bytes
) -> None:
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    heard = b""
    with contextlib.suppress(ConnectionError):
        writer.write(said)
        await writer.drain()
        heard = await reader.readline()
    writer.close()
    assert heard.startswith(answer)
    assert heard or not answer
    assert (await client.get("/health")).status_code == 200
    assert "uvicorn" not in str((await client.get("/health")).headers)
    assert capfd.readouterr().err == ""

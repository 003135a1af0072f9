"""The app's own calls over real HTTP: durable before the answer, all of a call or nothing."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from outreach.bootstrap import House, open_house
from outreach.cli.town import environment
from outreach.domain.errors import BadInputError
from outreach.settings import load
from outreach.store import registrations, responses
from outreach.store.responses import Kind
from outreach.web.api.registrations import MAX_BODY, MOST, PATH
from outreach.web.serve import server

CONFIG = Path(__file__).parents[2] / "config"
TOKEN = "sim-postback-token"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
PERSON = {"phone": "0900000001", "kind": "installed", "on": "2026-11-03"}


def _environ(url: str, folder: Path, token: str) -> dict[str, str]:
    secrets = ("k" * 20, "a-token-that-nobody-guesses")
    environ = environment("http://127.0.0.1:1", folder, "http://127.0.0.1:2", secrets)
    return {**environ, "OUTREACH_DATABASE_URL": url, "OUTREACH_POSTBACK_TOKEN": token}


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def house(database_url: str, tmp_path: Path, token: str) -> House:
    return open_house(load(CONFIG, _environ(database_url, tmp_path, token)))


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


def _stored(house: House) -> list[tuple[int, int, int]]:
    with house.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT msisdn, kind, day FROM registration ORDER BY 1, 2")
        return [(row[0], row[1], row[2]) for row in rows]


async def _tell(client: httpx.AsyncClient, told: Any) -> httpx.Response:
    return await client.post(PATH, json=told, headers=SHOWN)


async def test_one_or_many_are_stored_when_it_is_answered(
    house: House, client: httpx.AsyncClient
) -> None:
    one = await _tell(client, PERSON)
    assert (one.status_code, one.json()) == (200, {"taken": 1, "added": 1})
    assert _stored(house) == [(84_900_000_001, int(Kind.INSTALLED), 20261103)]
    other = {"phone": "+84 900 000 002", "kind": "registered", "on": "2026-11-04"}
    many = await _tell(client, [PERSON, other, {**PERSON, "kind": "registered"}])
    assert many.json() == {"taken": 3, "added": 2}
    again = await _tell(client, [PERSON, other])
    assert again.json() == {"taken": 2, "added": 0}
    assert len(_stored(house)) == 3
    with house.database.read() as conn:
        assert sum(each.people for each in responses.figures(conn, 202611)) == 3
        assert registrations.waiting(conn) == 3


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"phone": "0123"}, "phone", "too"),
        ({"phone": "028 3822 1234"}, "phone", ""),
        ({"phone": ""}, "phone", ""),
        ({"kind": "opened"}, "kind", "installed or registered"),
        ({"on": "2026-02-30"}, "on", "a day as 2026-11-30"),
        ({"on": "2999-01-01"}, "on", "to today"),
        ({"on": "2019-12-31"}, "on", "from 2020-01-01"),
        ({"phone": 900000001}, None, "text in quotes"),
        ({"name": "An"}, None, "and nothing else"),
    ],
)
async def test_what_cannot_be_taken_is_named_and_nothing_of_the_call_is(
    house: House, client: httpx.AsyncClient, change: dict[str, Any], field: str, told: str
) -> None:
    answer = await _tell(client, [PERSON, {**PERSON, **change}])
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["index"], error["field"]) == (1, field)
    assert told in error["message"]
    assert _stored(house) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "0 people"),
        (b"7", "expected an object"),
        (b"[null]", "expected an object"),
        (b"[[]]", "expected an object"),
        (b'{"phone": "0900000001"}', "expected an object"),
    ],
)
async def test_other_bodies(
    house: House, client: httpx.AsyncClient, body: bytes, told: str
) -> None:
    answer = await client.post(PATH, content=body, headers=SHOWN)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]
    assert _stored(house) == []


async def test_too_many_and_too_much(house: House, client: httpx.AsyncClient) -> None:
    many = await _tell(client, [PERSON] * (MOST + 1))
    assert many.status_code == 400
    assert f"{MOST + 1} people; expected 1 to {MOST}" in many.json()["error"]["message"]
    much = await client.post(PATH, content=b" " * (MAX_BODY + 1), headers=SHOWN)
    assert much.status_code == 413
    people = [{**PERSON, "phone": f"09000{n:05}"} for n in range(MOST)]
    assert (await _tell(client, people)).json() == {"taken": MOST, "added": MOST}
    assert len(_stored(house)) == MOST


@pytest.mark.parametrize(
    "shown", [None, "", TOKEN, "Bearer", f"bearer {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"]
)
async def test_nobody_else_tells_us_anything(
    house: House, client: httpx.AsyncClient, shown: str | None
) -> None:
    headers = [] if shown is None else [(b"authorization", shown.encode("latin-1"))]
    answer = await client.post(PATH, json=PERSON, headers=headers)
    assert answer.status_code == 401
    assert TOKEN not in answer.text
    assert _stored(house) == []


@pytest.mark.parametrize("token", [""])
async def test_without_a_secret_there_is_no_such_door(
    house: House, client: httpx.AsyncClient
) -> None:
    for shown in (SHOWN, {"Authorization": "Bearer"}, {}):
        assert (await client.post(PATH, json=PERSON, headers=shown)).status_code == 404
    assert _stored(house) == []


def test_a_short_secret_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="has 5 characters; expected 16 or more"):
        load(CONFIG, _environ("sqlite://", tmp_path, "short"))


async def test_what_cannot_be_stored_is_not_acknowledged(
    house: House, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with house.database.write() as conn:
        conn.exec_driver_sql("ALTER TABLE registration RENAME TO elsewhere")
    with caplog.at_level(logging.DEBUG):
        assert (await _tell(client, PERSON)).status_code == 503
    assert "900000001" not in caplog.text
    assert TOKEN not in caplog.text
    with house.database.write() as conn:
        conn.exec_driver_sql("ALTER TABLE elsewhere RENAME TO registration")
    assert (await _tell(client, PERSON)).status_code == 200
    assert len(_stored(house)) == 1


async def test_calls_side_by_side_count_nobody_twice(
    house: House, client: httpx.AsyncClient
) -> None:
    people = [{**PERSON, "phone": f"09000{n:05}"} for n in range(50)]
    answers = await asyncio.gather(*(_tell(client, people) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["added"] for answer in answers) == 50
    with house.database.read() as conn:
        assert responses.figures(conn) == responses.recount(conn)

"""Carriers' programs over real HTTP: who may, what is taken, and how a refusal is told."""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from outreach.bootstrap import House, open_house
from outreach.cli.town import environment
from outreach.domain.campaign import Role
from outreach.domain.errors import NotAllowedError
from outreach.settings import load
from outreach.store import statements, users
from outreach.store.users import User
from outreach.web.api.statements import MAX_BODY, MOST_FAULTS, MOST_LOOKED_UP, PATH
from outreach.web.serve import server
from tests.statistics.statement_world import NOVEMBER, NOW, ORDER, furnish

CONFIG = Path(__file__).parents[2] / "config"
LINE = {"accesses": 110_000, "installs": 66_000}
SENT = {"order": ORDER, "sent": 500, "delivered": 480}
BODY = {"month": "2026-11", "lines": [LINE, SENT], "difficulties": "mưa"}


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> House:
    environ = environment(
        "http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", ("k" * 20, "t" * 20)
    )
    settings = load(CONFIG, {**environ, "OUTREACH_DATABASE_URL": database_url})
    return open_house(replace(settings, clock=lambda: NOW))


@dataclass(frozen=True, slots=True)
class Door:
    """Calls the door as Viettel's program, unless told another."""

    client: httpx.AsyncClient
    credentials: dict[str, str]

    async def post(self, body: object, by: str = "viettel-api", **headers: str) -> httpx.Response:
        """Hand something in."""
        told = {"Authorization": f"Bearer {self.credentials.get(by, by)}", **headers}
        if isinstance(body, bytes):
            return await self.client.post(PATH, content=body, headers=told)
        return await self.client.post(PATH, json=body, headers=told)

    async def get(self, month: str = "2026-11", by: str = "viettel-api") -> httpx.Response:
        """Read what was handed in."""
        told = {"Authorization": f"Bearer {self.credentials[by]}"}
        return await self.client.get(PATH, params={"month": month}, headers=told)


@pytest.fixture
async def door(house: House) -> AsyncIterator[Door]:
    furnish(house.database)
    who = [
        User("viettel-api", Role.CARRIER, "Viettel"),
        User("mobifone-api", Role.CARRIER, "MobiFone"),
        *(User(role.value, role) for role in Role if role is not Role.CARRIER),
    ]
    with house.database.write() as conn:
        credentials = {user.name: users.add(conn, user, 1) for user in who}
    listening = socket.create_server(("127.0.0.1", 0))
    web = server(house, "", 0)
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        while not web.started:
            await asyncio.sleep(0.01)  # uvicorn says so by a flag alone
        yield Door(client, credentials)
    web.should_exit = True
    await serving
    house.close()


def _stored(house: House, carrier: str = "Viettel") -> list[statements.Statement]:
    with house.database.read() as conn:
        return statements.history(conn, carrier, NOVEMBER.number)


def _error(answer: httpx.Response) -> Any:
    assert answer.headers["content-type"] == "application/json"
    return answer.json()["error"]


async def test_figures_are_taken_in_and_the_same_again_changes_nothing(
    house: House, door: Door
) -> None:
    answer = await door.post(BODY)
    assert answer.status_code == 201, answer.text
    first = {"carrier": "Viettel", "month": "2026-11", "revision": 1, "counts": 1, "cautions": []}
    assert answer.json() == {**first, "new": True}
    again = await door.post(BODY)
    assert again.status_code == 200
    assert again.json() == {**first, "new": False}
    (stored,) = _stored(house)
    assert (stored.made_by, stored.source, stored.difficulties) == ("viettel-api", "api", "mưa")
    assert (stored.total("sent"), stored.total("accesses")) == (500, 110_000)


async def test_a_correction_says_why_and_a_late_repetition_changes_nothing(
    house: House, door: Door
) -> None:
    await door.post(BODY)
    changed = {**BODY, "lines": [{**LINE, "installs": 65_000}, SENT]}
    answer = await door.post(changed)
    assert (answer.status_code, _error(answer)["kind"]) == (409, "why")
    answer = await door.post({**changed, "why": "counted twice"})
    assert (answer.status_code, answer.json()["revision"]) == (201, 2)
    late = await door.post(BODY)
    told = late.json()
    assert (late.status_code, told["revision"], told["counts"], told["new"]) == (200, 1, 2, False)
    assert [each.revision for each in _stored(house)] == [1, 2]


async def test_what_looks_odd_is_confirmed(house: House, door: Door) -> None:
    odd = {**BODY, "lines": [{"accesses": 10, "installs": 20}, SENT]}
    answer = await door.post(odd)
    error = _error(answer)
    assert (answer.status_code, error["kind"]) == (409, "confirm")
    assert {each["kind"] for each in error["faults"]} == {"more_installs", "thousands"}
    assert not _stored(house)
    answer = await door.post({**odd, "confirm": True})
    assert answer.status_code == 201
    assert len(answer.json()["cautions"]) == len(error["faults"])


async def test_a_closed_month_takes_nothing(house: House, door: Door) -> None:
    answer = await door.post({"month": "2026-09", "lines": [LINE]})
    error = _error(answer)
    assert (answer.status_code, error["kind"]) == (409, "closed")
    assert "“quan”" in error["faults"][0]["message_vi"]


async def test_every_fault_is_told_with_its_field(house: House, door: Door) -> None:
    answer = await door.post(
        {
            "month": "11/2026",
            "carrier": "MobiFone",
            "lines": [
                {"sent": -1, "accesses": "12"},
                7,
                {"delivered": True, "district": 5, "x": 1},
            ],
            "confirm": "yes",
            "invoiced_dong": 1.5,
            "extra": None,
        }
    )
    error = _error(answer)
    assert (answer.status_code, error["kind"]) == (422, "faults")
    assert {each["field"]: each["kind"] for each in error["faults"]} == {
        "month": "field",
        "carrier": "other_carrier",
        "lines[0].sent": "field",
        "lines[0].accesses": "field",
        "lines[1]": "field",
        "lines[2].delivered": "field",
        "lines[2].district": "field",
        "lines[2].x": "unknown_field",
        "confirm": "field",
        "invoiced_dong": "field",
        "extra": "unknown_field",
    }
    assert all(each["message"] and each["message_vi"] for each in error["faults"])
    lines = [{**LINE, "district": "Nơi nào đó"}, {"order": "khac", "sent": 1}]
    answer = await door.post({**BODY, "lines": lines})
    fields = [(each["field"], each["kind"]) for each in _error(answer)["faults"]]
    assert fields == [("lines[0]", "unknown_district"), ("lines[1]", "unknown_order")]
    assert not _stored(house)


async def test_a_flood_of_wrong_credentials_takes_few_connections(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, free = threading.Semaphore(0), threading.Event()

    def nobody(conn: Connection, credential: str) -> User:
        asked.release()
        free.wait()
        raise NotAllowedError(f"{conn} does not know {credential}")

    monkeypatch.setattr(users, "known_by", nobody)
    calls = [asyncio.create_task(door.post(BODY)) for _ in range(3 * MOST_LOOKED_UP)]
    try:
        for _ in range(MOST_LOOKED_UP):
            assert await asyncio.to_thread(asked.acquire)
        assert (await door.client.get("/health")).status_code == 200
        assert not asked.acquire(blocking=False)
    finally:
        free.set()
    assert {(await call).status_code for call in calls} == {401}


async def test_an_answer_is_short_however_much_is_wrong(house: House, door: Door) -> None:
    wrong = dict.fromkeys(("sent", "delivered", "accesses", "installs", *"abcdefgh"), -1)
    error = _error(await door.post({**BODY, "lines": [wrong] * 500}))
    assert (len(error["faults"]), error["more"]) == (MOST_FAULTS, 12 * 500 - MOST_FAULTS)
    answer = await door.post({**BODY, "lines": [{"order": "đ" * 100_000, "sent": 1}]})
    (fault,) = _error(answer)["faults"]
    assert "đ" * 60 in fault["message"]
    assert len(answer.content) < 2_000
    assert _error(answer)["more"] == 0
    assert _error(await door.get("x"))["more"] == 0
    assert not _stored(house)


async def test_only_the_first_strange_names_are_compared_with_all_others(door: Door) -> None:
    """Each comparison takes milliseconds, in which nothing else is written: no send either."""
    lines = [{**LINE, "district": f"Phường Sài Gonf {n}"} for n in range(1_000)]
    faults = _error(await door.post({**BODY, "lines": lines}))["faults"]
    assert {each["kind"] for each in faults} == {"unknown_district"}
    helped = ["Sài Gòn" in each["message"] for each in faults]
    assert helped == [True] * 20 + [False] * (MOST_FAULTS - 20)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400),
        (b"\xff\xfe", {"Content-Type": "application/json"}, 400),
        (b'{"a":' * 5_000, {"Content-Type": "application/json"}, 400),
        (b'{"difficulties": "\\ud800"}', {"Content-Type": "application/json"}, 400),
        (b"[]", {"Content-Type": "application/json; charset=utf-8"}, 422),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {}, 415),
        (b" " * (MAX_BODY + 1), {"Content-Type": "application/json"}, 413),
    ],
)
async def test_bodies_that_are_none(
    house: House, door: Door, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await door.post(body, **headers)
    assert answer.status_code == status
    assert _error(answer)["message_vi"]
    assert not _stored(house)


async def test_control_signs_and_large_numbers_do_no_harm(house: House, door: Door) -> None:
    answer = await door.post({**BODY, "causes": "a\0b\u202e", "invoiced_parts": 2**63})
    assert [each["field"] for each in _error(answer)["faults"]] == ["invoiced_parts"]
    assert (await door.post({**BODY, "causes": "a\0b\u202e"})).status_code == 201
    assert _stored(house)[0].causes == "ab"


@pytest.mark.parametrize(
    "by", ["nobody:secret", "viettel-api:secret", "viettel-api", ":", "x" * 99]
)
async def test_nobody_unknown_comes_in(house: House, door: Door, by: str) -> None:
    headers = {"Authorization": f"Bearer {by}"}
    for answer in (
        await door.client.post(PATH, json=BODY, headers=headers),
        await door.client.get(PATH, params={"month": "2026-11"}, headers=headers),
        await door.client.post(PATH, json=BODY),
        await door.client.post(
            PATH, json=BODY, headers={"Authorization": f"Basic {door.credentials['viettel-api']}"}
        ),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert _error(answer)["kind"] == "credential"
    assert not _stored(house)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CARRIER])
async def test_only_carriers_come_in(house: House, door: Door, role: Role) -> None:
    answer = await door.post(BODY, by=role.value)
    assert (answer.status_code, _error(answer)["kind"]) == (403, "role")
    assert (await door.get(by=role.value)).status_code == 403
    assert not _stored(house)


async def test_a_carrier_reads_its_own_only(house: House, door: Door) -> None:
    await door.post(BODY)
    mine = (await door.get()).json()
    assert (mine["carrier"], len(mine["statements"])) == ("Viettel", 1)
    told = {**SENT, "district": "", "accesses": None, "installs": None}
    assert told in mine["statements"][0]["lines"]
    theirs = (await door.get(by="mobifone-api")).json()
    assert [each["lines"][0]["accesses"] for each in theirs["statements"]] == [900]
    assert (await door.get("2026-10", by="mobifone-api")).json()["statements"] == []
    assert (await door.get("11/2026")).status_code == 422


async def test_no_secret_is_told_or_logged(
    house: House, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    secret = door.credentials["viettel-api"]
    with caplog.at_level(logging.DEBUG):
        with house.database.write() as conn:
            conn.exec_driver_sql("ALTER TABLE statement RENAME TO elsewhere")
        answer = await door.post(BODY)
        with house.database.write() as conn:
            conn.exec_driver_sql("ALTER TABLE elsewhere RENAME TO statement")
    assert (answer.status_code, _error(answer)["kind"]) == (503, "not_stored")
    assert secret.partition(":")[2] not in caplog.text + answer.text
    assert (await door.post(BODY)).status_code == 201


async def test_the_same_call_many_times_at_once_is_stored_once(house: House, door: Door) -> None:
    answers = await asyncio.gather(*(door.post(BODY) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len(_stored(house)) == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_known(door: Door, method: str) -> None:
    assert (await door.client.request(method, PATH)).status_code == 405

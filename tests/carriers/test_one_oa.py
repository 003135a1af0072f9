"""Two accounts of one OA: a refresh token is good once, so they never refresh side by side."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from sqlalchemy import text

from outreach.bootstrap import House, open_house
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted
from outreach.domain.reach import Lesson, Reach
from outreach.settings import load
from outreach.store import reach, schema
from outreach.store.database import Database
from outreach.store.reach import REFUSES, Known, Told

from . import test_zalo, test_zalo_uid

CONFIG = Path(__file__).parents[2] / "config"


class Oa:
    """Zalo's hosts as one: a refresh token that comes twice ends the connection."""

    def __init__(self) -> None:
        self.refreshes = 0
        self.reused = 0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if "oauth" not in str(request.url):
            token = request.headers["access_token"]
            good = token == f"sim-access-{self.refreshes}"
            body = {"error": 0, "data": {"msg_id": "m-1", "message_id": "m-1"}}
            return httpx.Response(200, json=body if good else {"error": -216})
        given = parse_qs((await request.aread()).decode())["refresh_token"][0]
        if given != f"sim-refresh-{self.refreshes}":
            self.reused += 1
            return httpx.Response(200, json={"error": -14020})
        self.refreshes += 1
        await asyncio.sleep(0.01)  # as long as others may come in between
        pair = {name: f"sim-{name}-{self.refreshes}" for name in ("access", "refresh")}
        return httpx.Response(
            200,
            json={f"{name}_token": each for name, each in pair.items()} | {"expires_in": "90000"},
        )


@pytest.fixture
def oa() -> Oa:
    return Oa()


@pytest.fixture
def house(tmp_path: Path, oa: Oa) -> Iterator[House]:
    url = f"sqlite:///{tmp_path / 'oa.db'}"
    environ = {
        "OUTREACH_DATABASE_URL": url,
        "OUTREACH_DATA": str(tmp_path),
        "OUTREACH_KEY_SECRET": "k" * 20,
        "OUTREACH_CALLBACK_TOKEN": "a-token-that-nobody-guesses",
        "OUTREACH_CALLBACK_URL": "http://127.0.0.1:2",
    }
    config = tmp_path / "config"
    config.mkdir()
    (config / "accounts").mkdir()
    for path in CONFIG.glob("*.toml"):
        (config / path.name).write_text(path.read_text())
    by_id = test_zalo_uid.ACCOUNT
    accounts = (
        test_zalo.ACCOUNT,
        replace(by_id, options={**by_id.options, "same_oa_as": "zalo"}),
    )
    database = Database(url)
    schema.upgrade(database)
    database.close()
    settings = replace(load(config, environ), accounts=accounts)
    made = open_house(settings, lambda: httpx.MockTransport(oa.answer))
    yield made
    made.close()


async def test_accounts_of_one_oa_refresh_its_token_in_turn(house: House, oa: Oa) -> None:
    async with house.staffed() as staff:
        asked = [
            each.adapter.submit(dialect.submission)
            for each, dialect in zip(staff, (test_zalo.DIALECT, test_zalo_uid.DIALECT), strict=True)
            for _ in range(3)
        ]
        assert set(await asyncio.gather(*asked)) == {Accepted("m-1")}
    assert (oa.refreshes, oa.reused) == (1, 0)


def test_what_one_account_knew_before_they_were_joined_is_known_to_both(house: House) -> None:
    who = 84_900_000_001
    with house.database.write() as conn:
        conn.execute(text("UPDATE account SET oa = NULL"))  # as revision 0005 leaves them
        lesson = Lesson(str(who), "sim-user-1", Reach.REFUSES)
        reach.learn(conn, [Told(lesson, Channel.ZALO, house.numbers["zalo_uid"], 1)])
    open_house(house.settings).close()
    with house.database.read() as conn:
        for number in house.numbers.values():
            found = reach.of(conn, Channel.ZALO, number, [who], 2)
            assert found == {who: Known("sim-user-1", REFUSES)}

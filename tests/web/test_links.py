"""The city's links over real HTTP: everybody is led on, people are counted, nothing is kept."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from outreach.bootstrap import House, open_house
from outreach.cli.town import environment
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.message import State
from outreach.settings import load
from outreach.settings.reporting import OpenTerms
from outreach.store import responses
from outreach.store.database import Database
from outreach.store.responses import Kind
from outreach.web.serve import server
from tests.delivery.stage import Stage
from tests.statistics.sent import message_to, sent

CONFIG = Path(__file__).parents[2] / "config"
SECRETS = ("k" * 20, "a-token-that-nobody-guesses")
STORES = {name: f"https://store.example/{name}" for name in ("android", "ios", "other")}
OPENS = OpenTerms(enabled=True, address="https://vssid.example.vn/v", **STORES)

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0"
IN_ZALO = ANDROID + " Zalo android/24100670 ZaloTheme/light ZaloLanguage/vi"
IN_FACEBOOK = IPHONE + " [FBAN/FBIOS;FBAV/480.0.0.30.108;FBDV/iPhone14,5]"
CUBOT = ANDROID.replace("SM-A155F", "CUBOT NOTE 20")
OPERA = "Opera/9.80 (Android; Opera Mini/36.2/191.249; U; vi) Presto/2.12.423 Version/12.16"
PEOPLE = [ANDROID, IPHONE, IPAD, WINDOWS, IN_ZALO, IN_FACEBOOK, CUBOT, OPERA]
PROGRAMS = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "TelegramBot (like TwitterBot)",
    "Viber/22.3",
    "WhatsApp/2.23.18.78 i",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Chrome/130 Mobile (compatible; Googlebot/2.1)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) Safari/605.1.15 (Applebot/0.1)",
    "Mozilla/5.0 (Macintosh) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; ZaloBot/1.0)",
    "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0.0.0 Safari/537.36",
    "curl/8.5.0",
    "python-httpx/0.27",
    "",
]


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    stage = Stage(database)
    yield stage
    stage.close()


@asynccontextmanager
async def served(
    url: str, folder: Path, opens: OpenTerms
) -> AsyncIterator[tuple[House, httpx.AsyncClient]]:
    """A house on a database, and a client at its door; all is written down at the end."""
    environ = environment("http://127.0.0.1:1", folder, "http://127.0.0.1:2", SECRETS)
    settings = load(CONFIG, {**environ, "OUTREACH_DATABASE_URL": url})
    settings = replace(settings, reporting=replace(settings.reporting, opens=opens))
    house = open_house(settings)
    door = socket.create_server(("127.0.0.1", 0))
    web = server(house, "", 0)
    serving = asyncio.create_task(web.serve(sockets=[door]))
    address = f"http://127.0.0.1:{door.getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        while not web.started:
            await asyncio.sleep(0.01)
        yield house, client
    web.should_exit = True
    await serving
    house.close()


def _counted(database: Database) -> dict[Kind, int]:
    found: dict[Kind, int] = {}
    with database.read() as conn:
        for each in responses.figures(conn):
            found[each.kind] = found.get(each.kind, 0) + each.people
    return found


async def _open(client: httpx.AsyncClient, token: str, agent: str = ANDROID, **more: str) -> str:
    answer = await client.get(f"/v/{token}", headers={"User-Agent": agent, **more})
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    return str(answer.headers["location"])


async def test_people_are_led_to_their_store_and_counted_once(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED] * len(PEOPLE))
    async with served(database_url, tmp_path, OPENS) as (house, client):
        seal = house.settings.links.seal
        tokens = [seal.encode(message_to(house.database, campaign, n)) for n in range(len(PEOPLE))]
        led = [await _open(client, *pair) for pair in zip(tokens, PEOPLE, strict=True)]
        again = [await _open(client, token, WINDOWS) for token in tokens]
    android, ios, other = STORES["android"], STORES["ios"], STORES["other"]
    assert led == [android, ios, ios, other, android, ios, android, android]
    assert set(again) == {other}
    assert _counted(stage.database) == {Kind.OPENED: len(PEOPLE)}


async def test_programs_are_led_on_too_and_counted_apart(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED])
    async with served(database_url, tmp_path, OPENS) as (house, client):
        token = house.settings.links.seal.encode(message_to(house.database, campaign, 0))
        for agent in PROGRAMS:
            await _open(client, token, agent)
        ahead = (
            {"Sec-Purpose": "prefetch;prerender"},
            {"Purpose": "prefetch"},
            {"X-Moz": "prefetch"},
        )
        for headers in ahead:
            assert await _open(client, token, **headers) == STORES["android"]
        looked = await client.head(f"/v/{token}", headers={"User-Agent": IPHONE})
        assert (looked.status_code, looked.headers["location"]) == (302, STORES["ios"])
    assert _counted(stage.database) == {Kind.PREVIEWED: len(PROGRAMS) + 4}


async def test_a_wrong_token_leads_on_just_the_same_and_counts_nothing(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    sent(stage, 20261110, [State.DELIVERED])
    key = KeySeal(SECRETS[0].encode()).encode(1_000_000_001, SendClass.LIVE, 0)
    async with served(database_url, tmp_path, OPENS) as (house, client):
        seal = house.settings.links.seal
        right = await client.get(f"/v/{seal.encode(1_000_000_001)}", headers={"User-Agent": IPHONE})
        nobodys = seal.encode(0), seal.encode(999_000_000_001)
        for token in ("", "x", "a" * 16, key, "a" * 5000, "../metrics", *nobodys):
            wrong = await client.get(f"/v/{token}", headers={"User-Agent": IPHONE})
            if "metrics" in token:
                continue  # the client walks up by itself; what is asked for then is another door
            assert wrong.status_code == right.status_code
            assert {**wrong.headers, "date": ""} == {**right.headers, "date": ""}
    assert _counted(stage.database) == {Kind.OPENED: 1}


async def test_other_ways_to_ask_are_refused(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED])
    async with served(database_url, tmp_path, OPENS) as (house, client):
        token = house.settings.links.seal.encode(message_to(house.database, campaign, 0))
        for method in ("POST", "PUT", "DELETE"):
            answer = await client.request(method, f"/v/{token}", headers={"User-Agent": ANDROID})
            assert answer.status_code == 405
        assert (await client.get("/health")).status_code == 200
    assert _counted(stage.database) == {}


async def test_there_is_no_such_door_while_links_are_off(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED])
    async with served(database_url, tmp_path, replace(OPENS, enabled=False)) as (house, client):
        token = house.settings.links.seal.encode(message_to(house.database, campaign, 0))
        answer = await client.get(f"/v/{token}", headers={"User-Agent": ANDROID})
        assert answer.status_code == 404
    assert _counted(stage.database) == {}


async def test_nothing_is_kept_of_who_came(stage: Stage, database_url: str, tmp_path: Path) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED])
    async with served(database_url, tmp_path, OPENS) as (house, client):
        token = house.settings.links.seal.encode(message_to(house.database, campaign, 0))
        await _open(client, token, ANDROID)
    with stage.database.read() as conn:
        (row,) = conn.exec_driver_sql("SELECT * FROM opened").all()
    assert len(row) == 4, "month, number, message, moment"
    assert all(isinstance(value, int) for value in row)


async def test_the_database_is_not_waited_for(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    campaign = sent(stage, 20261110, [State.DELIVERED])
    async with served(database_url, tmp_path, OPENS) as (house, client):
        token = house.settings.links.seal.encode(message_to(house.database, campaign, 0))
        with house.database.write():  # somebody else has the place as a writer
            async with asyncio.timeout(5):
                await _open(client, token)
    assert _counted(stage.database) == {Kind.OPENED: 1}

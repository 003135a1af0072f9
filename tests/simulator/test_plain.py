"""A carrier told by a table: its places, its answers, every fault of the plan, its callbacks."""

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from outreach.simulator import Faults, Simulator, SimulatorConfig, load_dialects
from outreach.simulator.accounts import plain_accounts, variables
from outreach.simulator.plain import PlainConfig
from outreach.simulator.registry import DIALECTS
from tests.simulator.speak import Sink

FILE = """\
[account]
adapter = "acme"
networks = ["MobiFone", "iTel"]
base_url = "env:OUTREACH_ACME_URL:http://127.0.0.1:9900/acme/v1"

[account.options]
user = "env:OUTREACH_ACME_USER"
api_key = "env:OUTREACH_ACME_API_KEY"
brand = "City"

[rehearsal]
path = "/send"
number = "message.to"
text = "message.text"
key = "id"
credentials = { user = "auth.user", api_key = "header:Authorization" }
accepted = { json = { code = 0, ref = "{reference}", brand = "{brand}" } }
refused = { code = 12, json = { code = "{code}", message = "no {number}" } }
unauthorized = { json = { code = 1 }, code = 1 }
duplicate = { json = { code = 7, ref = "{reference}" }, code = 7 }
elsewhere = { json = { code = 3 }, code = 3 }

[rehearsal.callback]
url = "callback"
fields = { ref = "{reference}", id = "{key}", to = "{number}", done = "{status}", at = "{at}" }
delivered = 1
undelivered = 2
"""
BODY = {
    "auth": {"user": "sim-acme-user"},
    "message": {"to": "0900000001", "text": "Moi cai dat VssID"},
    "id": "key-1",
}
HEADERS = {"Authorization": "Bearer sim-special"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "acme.toml").write_text(FILE)
    (tmp_path / "simulator.env").write_text("# words\nOUTREACH_ACME_API_KEY=sim-special\n")
    return tmp_path / "accounts"


@asynccontextmanager
async def carrier(
    folder: Path, faults: Faults | None = None, **settings: Any
) -> AsyncIterator[tuple[Simulator, aiohttp.ClientSession]]:
    config = SimulatorConfig(
        dialects=plain_accounts(folder), faults=faults or Faults(), time_scale=0.01, **settings
    )
    async with Simulator(config) as sim, aiohttp.ClientSession(sim.url) as session:
        yield sim, session


async def said(session: aiohttp.ClientSession, **changed: Any) -> Any:
    async with session.post("/acme/v1/send", json=BODY | changed, headers=HEADERS) as answer:
        return await answer.json(content_type=None)


async def test_a_send_is_read_by_places_and_answered(folder: Path) -> None:
    async with carrier(folder) as (sim, session):
        answer = await said(session)
        (row,) = sim.ledger.requests()
    assert (row.key, row.msisdn, row.accepted) == ("key-1", "84900000001", True)
    assert answer == {"code": 0, "ref": row.reference, "brand": "City"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"auth": {"user": "other"}}, 1),
        ({"auth": "nothing"}, 1),
        ({"message": {"to": "123", "text": "a"}}, 12),
        ({"message": {"to": "0900000001", "text": ""}}, 12),
        ({"message": {"to": "84960000001", "text": "a"}}, 3),
        ({"message": {"to": "+84870000001", "text": "a"}}, 0),
        ({"id": None}, 0),
    ],
)
async def test_each_answer_has_its_reason(folder: Path, changed: dict[str, Any], code: int) -> None:
    async with carrier(folder) as (sim, session):
        assert (await said(session, **changed))["code"] == code
        assert [row.accepted for row in sim.ledger.requests()] == [code == 0]


async def test_what_is_no_json_is_refused_and_counts_as_no_send(folder: Path) -> None:
    async with carrier(folder) as (sim, session):
        for kind, body in (("application/json", b"[1]"), ("text/plain", b"{}")):
            headers = {**HEADERS, "Content-Type": kind}
            async with session.post("/acme/v1/send", data=body, headers=headers) as answer:
                assert answer.status == 400
        assert [row.code for row in sim.ledger.queries()] == ["HTTP 400"] * 2
        assert sim.ledger.requests() == []


@pytest.mark.parametrize(
    ("plan", "status", "code"),
    [
        (Faults(throttled=1.0), 429, None),
        (Faults(refused=1.0), 200, 12),
        (Faults(blocked=1.0), 200, 12),
        (Faults(forced_code="44", throttled=1.0), 200, 44),
        (Faults(ported=1.0), 200, 3),
        (Faults(error_before=1.0), 503, None),
        (Faults(error_after=1.0), 503, None),
    ],
)
async def test_faults_of_the_plan(
    folder: Path, plan: Faults, status: int, code: int | None
) -> None:
    async with (
        carrier(folder, plan) as (sim, session),
        session.post("/acme/v1/send", json=BODY, headers=HEADERS) as answer,
    ):
        assert answer.status == status
        if code is not None:
            assert (await answer.json())["code"] == code
        assert [row.accepted for row in sim.ledger.requests()] == [bool(plan.error_after)]


async def test_a_limit_of_sends_a_second(folder: Path) -> None:
    now = 1_800_000_000.0
    async with carrier(folder, Faults(tps=1), clock=lambda: now) as (_, session):
        assert (await said(session))["code"] == 0
        async with session.post("/acme/v1/send", json=BODY, headers=HEADERS) as answer:
            assert answer.status == 429
        now += 1
        assert (await said(session, id="key-2"))["code"] == 0


@pytest.mark.parametrize(("taken", "fault"), [(True, "dropped_after"), (False, "dropped_before")])
async def test_a_dropped_line(folder: Path, taken: bool, fault: str) -> None:  # noqa: FBT001
    async with carrier(folder, Faults(**{fault: 1.0})) as (sim, session):  # type: ignore[arg-type]
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await said(session)
        assert [(row.accepted, row.cut) for row in sim.ledger.requests()] == [(taken, fault)]


async def test_a_key_that_comes_again_gets_its_first_reference_for_a_day(folder: Path) -> None:
    now = 1_800_000_000.0
    async with carrier(folder, clock=lambda: now) as (sim, session):
        first = await said(session)
        assert await said(session) == {"code": 7, "ref": first["ref"]}
        now += 86_401
        assert (await said(session))["code"] == 0
        sim.set_faults(Faults(refuse_duplicates=False))
        assert (await said(session))["code"] == 0


@pytest.mark.parametrize(("share", "done"), [(0.0, 1), (1.0, 2)])
async def test_a_callback_goes_where_the_send_says(
    folder: Path, callbacks: Sink, share: float, done: int
) -> None:
    plan = Faults(undelivered=share, receipt_ms=(0, 0))
    async with carrier(folder, plan, clock=lambda: 1_800_000_000.0) as (sim, session):
        answer = await said(session, callback=callbacks.url)
        await sim.settled()
    (got,) = callbacks.got
    told = {"ref": answer["ref"], "id": "key-1", "to": "84900000001"}
    assert aiohttp.payload.JsonPayload(told | {"done": done, "at": 1_800_000_000}).decode() == (
        got.body.decode().replace(":", ": ").replace(",", ", ")
    )


@pytest.mark.parametrize(("method", "body"), [("GET", "query"), ("POST", "form"), ("POST", "json")])
async def test_other_shapes(tmp_path: Path, callbacks: Sink, method: str, body: str) -> None:
    folder = tmp_path / "accounts"
    folder.mkdir()
    shape = f'method = "{method}"\n' + (f'body = "{body}"\n' if body != "query" else "")
    (folder / "other.toml").write_text(
        f"""\
[account]
networks = []
base_url = "http://127.0.0.1:9900/other"
[account.options]
token = "env:OUTREACH_OTHER_TOKEN"
[rehearsal]
method = "{method}"
body = "{body}"
path = "/x"
number = "to"
text = "text"
credentials = {{ token = "token" }}
accepted = {{ text = "OK {{reference}}" }}
refused = {{ text = "NO {{code}}", code = "E1" }}
[rehearsal.callback]
{shape}fields = {{ ref = "{{reference}}", token = "{{token}}", status = "{{status}}" }}
"""
    )
    fields = {"to": "84900000001", "text": "a b", "token": "sim-other-token"}
    (config,) = plain_accounts(folder)
    told = PlainConfig(**{**_fields(config), "callback": callbacks.url})
    async with (
        Simulator(SimulatorConfig(dialects=(told,), time_scale=0.01)) as sim,
        aiohttp.ClientSession(sim.url) as session,
    ):
        how = {"query": "params", "form": "data", "json": "json"}[body]
        async with session.request(method, "/other/x", **{how: fields}) as answer:  # type: ignore[arg-type]
            ok = await answer.text()
        await sim.settled()
        sim.set_faults(Faults(forced_code="E9"))
        async with session.request(method, "/other/x", **{how: fields}) as answer:  # type: ignore[arg-type]
            assert await answer.text() == "NO E9"
        (row, _) = sim.ledger.requests()
    assert ok == f"OK {row.reference}"
    (got,) = callbacks.got
    assert got.method == method
    assert row.reference in (got.query["ref"] if body == "query" else got.body.decode())


def _fields(config: PlainConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in PlainConfig.__slots__}


def test_a_folder_adds_its_carriers_to_the_dialects(folder: Path) -> None:
    assert [each.name for each in load_dialects(folder)] == [*DIALECTS, "acme"]


def test_variables_follow_the_rule_and_the_exceptions(folder: Path) -> None:
    line = folder / "line.toml"
    line.write_text('[account]\nadapter = "x"\nbase_url = "env:OUTREACH_L:smpp://127.0.0.1:2775"\n')
    assert variables(folder.parent, "http://127.0.0.1:1", {"line": "smpp://127.0.0.1:7"}) == {
        "OUTREACH_ACME_URL": "http://127.0.0.1:1/acme/v1",
        "OUTREACH_ACME_USER": "sim-acme-user",
        "OUTREACH_ACME_API_KEY": "sim-special",
        "OUTREACH_L": "smpp://127.0.0.1:7",
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('path = "/send"', 'path = "send"', r"acme\.toml: \[rehearsal\]: path is 'send'"),
        ('path = "/send"', "", "path is None; expected a text"),
        ('path = "/send"', 'path = "/send"\nmethod = "GET"', "body is 'json'; a GET has none"),
        ('path = "/send"', 'path = "/send"\npaht = 1', "does not know paht; it knows accepted"),
        ('"{reference}", brand', '"{refrence}", brand', r"accepted: nothing stands for.*refrence"),
        ('api_key = "header', 'apikey = "header', "no option is called apikey"),
        ("code = 12,", "code = 12, status = 99,", "refused: status is 99"),
        ("code = 12,", "code = [1],", r"refused: code is \[1\]"),
        ('url = "callback"', 'body = "xml"', "callback: body is 'xml'; expected one of json"),
        ('key = "id"', 'accepted = 1\nkey = "id"', "TOML"),
        ("[rehearsal]\n", "rehearsal = 1\n[other]\n", "rehearsal"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(folder: Path, old: str, new: str, words: str) -> None:
    assert old in FILE
    (folder / "acme.toml").write_text(FILE.replace(old, new, 1))
    with pytest.raises((ValueError, tomllib.TOMLDecodeError), match=words):
        plain_accounts(folder)

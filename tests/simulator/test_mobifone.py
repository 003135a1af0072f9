"""MobiFone's session and pages, through real HTTP."""

from typing import Any

import pytest

from outreach.carriers.base import Submission, Text
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Refused, Scope
from outreach.domain.text import Encoding
from outreach.simulator import Faults, text_hash
from outreach.simulator.mobifone import MobifoneConfig
from tests.simulator.conftest import Stage
from tests.simulator.speak import Speaker
from tests.simulator.test_vnpt import shipped

_AT = "/mobifone/smsg"
_LOGIN = {"userName": "sim-mobifone-user", "password": "sim-mobifone-password", "bindMode": "T"}
PLAIN = {"sender": "SIM-CITY", "recipient": "84900000001", "content": "Moi cai dat VssID"}
ACCENTED = {**PLAIN, "content": "Mời cài đặt VssID", "enCoding": "ALPHA_UCS2"}


async def login(speak: Speaker, **changed: str) -> dict[str, Any]:
    form = {**_LOGIN, **changed}
    async with speak.session.post(f"{speak.url}{_AT}/login.jsp", data=form) as answer:
        told: dict[str, Any] = await answer.json()
        return told


async def send(speak: Speaker, sid: str, page: str = "send", **fields: str) -> tuple[int, str]:
    """The HTTP status, and the body's status or word."""
    query = {"sid": sid, **fields} if sid else fields
    async with speak.session.get(f"{speak.url}{_AT}/{page}.jsp", params=query) as answer:
        text = await answer.text()
        return answer.status, str((await answer.json())["status"]) if answer.ok else text


async def test_both_spellings_are_taken(staged: Stage) -> None:
    async with staged() as (sim, speak):
        sid = (await login(speak))["sid"]
        assert await send(speak, sid, **PLAIN) == (200, "200")
        assert await send(speak, sid, "send_2", **ACCENTED) == (200, "200")
        rows = sim.ledger.requests("mobifone")
    assert [(row.key, row.msisdn, row.accepted) for row in rows] == [("", "84900000001", True)] * 2
    assert rows[0].text != rows[1].text


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("send", ACCENTED),
        ("send", {**ACCENTED, "enCoding": "ASCII"}),
        ("send_2", {**ACCENTED, "enCoding": "UCS2"}),
        ("send_2", PLAIN),
    ],
)
async def test_the_wrong_page_for_a_text(staged: Stage, page: str, fields: dict[str, str]) -> None:
    async with staged() as (_, speak):
        sid = (await login(speak))["sid"]
        assert await send(speak, sid, page, **fields) == (200, "400")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"content": ""}, "400"),
        ({"recipient": "0900000001"}, "408"),
        ({"sender": "OTHER"}, "403"),
        ({"recipient": "84960000001"}, "403"),
        ({"content": "Moi sim-banned"}, "407"),
        ({"content": "khong dang ky"}, "406"),
    ],
)
async def test_refuses_with_a_status(staged: Stage, changed: dict[str, str], status: str) -> None:
    config = MobifoneConfig(templates=("Moi {text}",))
    async with staged(dialects=(config,)) as (sim, speak):
        sid = (await login(speak))["sid"]
        assert await send(speak, sid, **{**PLAIN, **changed}) == (200, status)
        assert [row.accepted for row in sim.ledger.requests()] == [False]


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"password": "other"}, "405"), ({"userName": ""}, "405"), ({"bindMode": "R"}, "400")],
)
async def test_refuses_a_login(staged: Stage, changed: dict[str, str], status: str) -> None:
    async with staged() as (_, speak):
        told = await login(speak, **changed)
    assert (told["status"], "sid" in told) == (status, False)


async def test_a_session_ends(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        assert await send(speak, "", **PLAIN) == (401, "SidNotPassed")
        assert await send(speak, "sim-sid-0", **PLAIN) == (401, "NotLoggedIn")
        first = (await login(speak))["sid"]
        now += 300
        second = (await login(speak))["sid"]
        assert await send(speak, first, **PLAIN) == (200, "200")
        now += 300
        assert await send(speak, first, **PLAIN) == (401, "SessionExpired")
        assert await send(speak, second, **PLAIN) == (200, "200")
        now += 100_000
        await login(speak)
        assert await send(speak, first, **PLAIN) == (401, "NotLoggedIn")
        figures = sim.summary()["dialects"]["mobifone"]  # type: ignore[index]
    assert (figures["accepted"], figures["queries"]) == (2, 3)
    assert figures["refused"] == {"SidNotPassed": 1, "NotLoggedIn": 2, "SessionExpired": 1}


async def test_a_form_is_read_as_well(staged: Stage) -> None:
    async with staged() as (_, speak):
        sid = (await login(speak))["sid"]
        form = {"sid": sid, **ACCENTED}
        async with speak.session.post(f"{speak.url}{_AT}/send_2.jsp", data=form) as answer:
            assert (await answer.json())["status"] == "200"


async def test_the_limit_is_a_429(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(faults=Faults(tps=1), clock=lambda: now) as (_, speak):
        sid = (await login(speak))["sid"]
        assert [(await send(speak, sid, **PLAIN))[0] for _ in range(2)] == [200, 429]


async def test_what_a_plan_forces(staged: Stage) -> None:
    async with staged(faults=Faults(forced_code="599", throttled=1.0)) as (sim, speak):
        sid = (await login(speak))["sid"]
        assert await send(speak, sid, **PLAIN) == (200, "599")
        sim.set_faults(Faults(refused=1.0))
        assert await send(speak, sid, **PLAIN) == (200, "408")


async def test_ported_numbers_are_not_registered_here(staged: Stage) -> None:
    async with staged(faults=Faults(ported=1.0)) as (_, speak):
        sid = (await login(speak))["sid"]
        assert await send(speak, sid, **PLAIN) == (200, "403")


async def test_the_adapter_and_the_rehearsal_speak_of_the_same_carrier(staged: Stage) -> None:
    config = MobifoneConfig(session_s=0)

    def sms(body: str, encoding: Encoding) -> Submission:
        return Submission("key-1", "84900000001", Network.MOBIFONE, Text(body, encoding, 1))

    async with staged() as (sim, _), shipped("mobifone", sim) as mobifone:
        for body, encoding in (("Moi & +1%", Encoding.GSM7), ("Mời\nđ", Encoding.UCS2)):
            assert await mobifone.submit(sms(body, encoding)) == Accepted()
        rows = sim.ledger.requests("mobifone")
        figures = sim.summary()["dialects"]["mobifone"]  # type: ignore[index]
    assert [row.text for row in rows] == [text_hash("Moi & +1%"), text_hash("Mời\nđ")]
    assert (figures["accepted"], figures["queries"]) == (2, 1)
    async with staged(dialects=(config,)) as (sim, _), shipped("mobifone", sim) as mobifone:
        outcome = await mobifone.submit(sms("Moi", Encoding.GSM7))
        figures = sim.summary()["dialects"]["mobifone"]  # type: ignore[index]
    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.ACCOUNT
    assert (figures["refused"], figures["queries"]) == ({"SessionExpired": 2}, 2)

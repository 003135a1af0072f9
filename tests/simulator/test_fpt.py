"""FPT's answers and tokens, through real HTTP."""

from base64 import b64encode
from typing import cast

import pytest

from outreach.simulator import Faults
from outreach.simulator.fpt import FptConfig
from tests.simulator.conftest import Stage
from tests.simulator.speak import Json, Speaker

_SESSION = "sim-session-1"


async def _post(speak: Speaker, path: str, body: Json, status: int = 200, **header: str) -> Json:
    async with speak.session.post(f"{speak.url}/fpt{path}", json=body, headers=header) as answer:
        assert answer.status == status
        return cast("Json", await answer.json(content_type=None)) if status != 429 else {}


async def _granted(speak: Speaker, status: int = 200, **fields: object) -> Json:
    body = {
        "grant_type": "client_credentials",
        "client_id": "sim-fpt-client-id",
        "client_secret": "sim-fpt-client-secret",
        "scope": "send_brandname_otp",
        "session_id": _SESSION,
        **fields,
    }
    return await _post(speak, "/oauth2/token", body, status)


def _message(token: object, **fields: object) -> Json:
    text = str(fields.pop("text", "Moi cai dat VssID"))
    return {
        "access_token": token,
        "session_id": _SESSION,
        "BrandName": "SIM-CITY",
        "Phone": "84900000001",
        "Message": b64encode(text.encode()).decode(),
        "RequestId": "key-1",
        **fields,
    }


async def _sent(speak: Speaker, token: object, status: int = 200, **fields: object) -> Json:
    return await _post(speak, "/api/push-brandname-otp", _message(token, **fields), status)


async def _token(speak: Speaker) -> object:
    return (await _granted(speak))["access_token"]


async def test_accepts_with_a_number_for_an_id(staged: Stage) -> None:
    async with staged() as (sim, speak):
        granted = await _granted(speak)
        answer = await _sent(speak, granted["access_token"])
        [row] = sim.ledger.requests()
    assert (granted["expires_in"], granted["token_type"]) == (3600, "Bearer")
    assert answer == {
        "MessageId": int(row.reference),
        "BrandName": "SIM-CITY",
        "Phone": "84900000001",
        "Message": b64encode(b"Moi cai dat VssID").decode(),
        "PartnerId": "sim-fpt-partner",
        "Telco": "MobiFone",
    }
    assert (row.key, row.msisdn, row.accepted) == ("key-1", "84900000001", True)


async def test_the_ledger_hashes_the_words_and_not_their_base64(staged: Stage) -> None:
    async with staged() as (sim, speak):
        await _sent(speak, await _token(speak), text="Mời cài đặt")
        await speak.esms(Content="Mời cài đặt")
        rows = sim.ledger.requests()
    assert rows[0].text == rows[1].text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"BrandName": "OTHER"}, 2513),
        ({"Phone": "090000"}, 2599),
        ({"RequestId": "k" * 101}, 2599),
        ({"RequestId": ""}, 2599),
        ({"RequestId": 1}, 2599),
        ({"Phone": 84900000001}, 2599),
        ({"Message": "no base64"}, 2518),
        ({"text": "khong dang ky"}, 2518),
        ({"text": "mot sim-banned hai"}, 2519),
        ({"session_id": "another"}, 1011),
        ({"access_token": "sim-access-0"}, 1011),
        ({"Phone": "0900000001", "RequestId": "k" * 100}, None),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_refuses_with_a_code(
    staged: Stage, fields: Json, code: int | None, status: int
) -> None:
    config = FptConfig(templates=("Moi {text}", "mot {text}"), refusal_status=status)
    async with staged(dialects=(config,)) as (sim, speak):
        answer = await _sent(speak, await _token(speak), status if code else 200, **fields)
        assert answer.get("error") == code
        assert sim.ledger.requests()[0].accepted is (code is None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"client_secret": "guess"}, 1008),
        ({"scope": "send_brandname"}, 1008),
        ({"grant_type": "password"}, 2599),
        ({"session_id": None}, 2599),
        ({"session_id": ""}, 2599),
        ({"session_id": 1}, 2599),
    ],
)
async def test_a_token_is_for_those_who_may(staged: Stage, fields: Json, code: int) -> None:
    async with staged() as (sim, speak):
        answer = await _granted(speak, **fields)  # type: ignore[arg-type] # fields of the body
        assert sim.summary()["dialects"]["fpt"]["queries"] == 1  # type: ignore[index]
    assert answer["error"] == code
    assert "access_token" not in answer


async def test_a_token_expires(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (_, speak):
        token = await _token(speak)
        now += 3599
        assert "MessageId" in await _sent(speak, token)
        now += 1
        assert (await _sent(speak, token))["error"] == 1013
        assert "MessageId" in await _sent(speak, await _token(speak), RequestId="key-2")
        await speak.post("/fpt/control/expire")
        assert (await _sent(speak, token))["error"] == 1011


async def test_each_token_is_bound_to_its_own_session(staged: Stage) -> None:
    async with staged() as (_, speak):
        first = await _token(speak)
        second = (await _granted(speak, session_id="sim-session-2"))["access_token"]
        assert first != second
        assert (await _sent(speak, second))["error"] == 1011
        assert "MessageId" in await _sent(speak, second, session_id="sim-session-2")
        assert "MessageId" in await _sent(speak, first, RequestId="key-2")


async def test_the_token_may_come_as_a_header(staged: Stage) -> None:
    async with staged() as (_, speak):
        token = await _token(speak)
        body = _message(token)
        del body["access_token"]
        path = "/api/push-brandname-otp"
        assert "MessageId" in await _post(speak, path, body, Authorization=f"Bearer {token}")
        body |= {"session_id": "another", "RequestId": "key-2"}
        answer = await _post(speak, path, body, Authorization=f"Bearer {token}")
        assert answer["error"] == 1011
        del body["session_id"]
        assert "MessageId" in await _post(speak, path, body, Authorization=f"Bearer {token}")


async def test_a_request_id_is_refused_for_five_minutes(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        token = await _token(speak)
        await _sent(speak, token)
        now += 300
        assert (await _sent(speak, token))["error"] == 2501
        now += 1
        assert "MessageId" in await _sent(speak, token)
        sim.set_faults(Faults(refuse_duplicates=False))
        assert "MessageId" in await _sent(speak, token)


@pytest.mark.parametrize(
    ("faults", "status", "code"),
    [
        (Faults(throttled=1.0), 429, None),
        (Faults(refused=1.0), 200, 2599),
        (Faults(blocked=1.0), 200, 2599),
        (Faults(forced_code="77"), 200, 77),
    ],
)
async def test_faults(staged: Stage, faults: Faults, status: int, code: int | None) -> None:
    async with staged(faults=faults) as (sim, speak):
        answer = await _sent(speak, await _token(speak), status)
        assert answer.get("error") == code
        assert not sim.ledger.requests()[0].accepted


async def test_a_ported_number_is_told_with_its_true_network(staged: Stage) -> None:
    async with staged(faults=Faults(ported=1.0)) as (_, speak):
        assert (await _sent(speak, await _token(speak)))["Telco"] != "MobiFone"

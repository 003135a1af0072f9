"""Zalo's answers, tokens and webhook, through real HTTP."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import cast

import orjson
import pytest

from outreach.simulator import Faults, Zalo, ZaloConfig
from tests.simulator.conftest import Stage
from tests.simulator.speak import ZALO_FIELDS, Json, Sink


def _data(answer: Json) -> Json:
    return cast("Json", answer["data"])


async def test_accepts_with_strings_only(staged: Stage) -> None:
    async with staged() as (_, speak):
        answer = await speak.zalo(sending_mode="1")
    data = _data(answer)
    assert answer["error"] == 0
    assert isinstance(data["msg_id"], str)
    assert str(data["sent_time"]).isdecimal()
    assert data["sending_mode"] == "1"
    assert data["quota"] == {"dailyQuota": "10000000", "remainingQuota": "9999999"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"phone": "0900000001"}, -108),
        ({"phone": "+84900000001"}, -108),
        ({"phone": "8490000000"}, -108),
        ({"template_id": "sim-unknown"}, -109),
        ({"tracking_id": "k" * 48}, 0),
        ({"tracking_id": "k" * 49}, -132),
        ({"tracking_id": ""}, -132),
        ({"template_data": {}}, -111),
        ({"template_data": "text"}, -112),
        ({"template_data": {"name": 1, "code": "A"}}, -112),
        ({"template_data": {**ZALO_FIELDS, "more": "A"}}, -112),
        ({"template_data": {"name": "A"}}, -1122),
        ({"template_data": {**ZALO_FIELDS, "name": "â" * 30}}, 0),
        ({"template_data": {**ZALO_FIELDS, "name": "a\u0302" * 16}}, -1121),
        ({"mode": "development"}, -127),
        ({"mode": "production"}, -132),
        ({"phone": 84900000001}, -108),
        ({"tracking_id": 1}, -132),
        ({"sending_mode": "3"}, -161),
        ({"sending_mode": "2"}, -132),
        ({"sending_mode": 1}, -132),
    ],
)
async def test_checks_the_form(staged: Stage, fields: Json, code: int) -> None:
    async with staged() as (sim, speak):
        assert (await speak.zalo(**fields))["error"] == code
        assert [row.code for row in sim.ledger.requests()] == [str(code)]


@pytest.mark.parametrize(("body", "code"), [(b"", -121), (b"{", -122), (b"[]", -122)])
async def test_checks_the_body(staged: Stage, body: bytes, code: int) -> None:
    headers = {"access_token": "sim-zalo-access-0", "Content-Type": "application/json"}
    async with (
        staged() as (_, speak),
        speak.session.post(
            f"{speak.url}/zalo/message/template", data=body, headers=headers
        ) as answer,
    ):
        assert (await answer.json())["error"] == code


async def test_refresh_tokens_are_good_once(staged: Stage) -> None:
    async with staged() as (_, speak):
        first = await speak.refresh("sim-zalo-refresh-0")
        again = await speak.refresh("sim-zalo-refresh-0")
        assert first["expires_in"] == "90000"
        assert (again["error"], "access_token" in again) == (-14020, False)
        assert (await speak.zalo_as(str(first["access_token"]), {}))["error"] == 0
        second = await speak.refresh(str(first["refresh_token"]))
        assert second["refresh_token"] not in {first["refresh_token"], "sim-zalo-refresh-0"}


async def test_a_second_refresh_in_flight_is_refused(staged: Stage) -> None:
    async with staged() as (_, speak):
        both = await asyncio.gather(
            speak.refresh("sim-zalo-refresh-0"), speak.refresh("sim-zalo-refresh-0")
        )
    assert sorted("access_token" in answer for answer in both) == [False, True]
    assert [answer["error"] for answer in both if "error" in answer] == [-14020]


async def test_a_lost_connection_is_authorized_anew(staged: Stage) -> None:
    grant = {"grant_type": "authorization_code", "code": "sim-zalo-code", "code_verifier": "v"}
    async with staged() as (_, speak):
        assert "access_token" in await speak.refresh("", **grant)
        assert (await speak.refresh("", **grant))["error"] == -14020
        assert (await speak.refresh("x", app_id="other"))["error"] == -14002
        assert (await speak.refresh("x", secret="other"))["error"] == -104


@pytest.mark.parametrize("status", [200, 401])
async def test_access_tokens_expire(staged: Stage, status: int) -> None:
    now = 1_800_000_000.0
    config = ZaloConfig(access_token_s=60, expired_status=status)
    async with staged(dialects=(config,), clock=lambda: now) as (sim, speak):
        token = str((await speak.refresh("sim-zalo-refresh-0"))["access_token"])
        now += 59
        assert (await speak.zalo_as(token, {}))["error"] == 0
        now += 1
        headers = {"access_token": token}
        async with speak.session.post(
            f"{speak.url}/zalo/message/template", json={}, headers=headers
        ) as answer:
            assert (answer.status, (await answer.json())["error"]) == (status, -124)
        sim.dialect(Zalo).tokens.expire()
        async with speak.session.get(f"{speak.url}/zalo/message/quota") as answer:
            assert (await answer.json())["error"] == -124


async def test_quota_counts_down_in_integers_and_ends(staged: Stage) -> None:
    async with staged(dialects=(ZaloConfig(daily_quota=1),)) as (_, speak):
        assert (await speak.zalo())["error"] == 0
        assert (await speak.zalo(tracking_id="key-2"))["error"] == -144
        quota = _data(await speak.get("/zalo/message/quota"))
    assert (quota["dailyQuota"], quota["remainingQuota"], len(quota)) == (1, 0, 7)


@pytest.mark.parametrize(
    ("hour_utc", "night", "code"),
    [(14, (22, 6), 0), (15, (22, 6), -133), (22, (22, 6), -133), (23, (22, 6), 0), (15, None, 0)],
)
async def test_the_night_is_closed_only_if_configured(
    staged: Stage, hour_utc: int, night: tuple[int, int] | None, code: int
) -> None:
    at = datetime(2026, 11, 2, hour_utc, tzinfo=UTC).timestamp()
    async with staged(dialects=(ZaloConfig(night=night),), clock=lambda: at) as (_, speak):
        assert (await speak.zalo())["error"] == code


async def test_numbers_without_zalo_are_always_the_same(staged: Stage) -> None:
    faults = Faults(no_zalo=0.3, zalo_refuses=0.1)
    codes: list[list[object]] = []
    for _ in range(2):
        async with staged(faults=faults, seed=7) as (_, speak):
            answers = [await speak.zalo(phone=f"84900000{n:03d}") for n in range(100)]
            codes.append([answer["error"] for answer in answers])
    assert codes[0] == codes[1]
    assert 15 <= codes[0].count(-118) <= 45
    assert {-119, -139, -141} >= set(codes[0]) - {0, -118} != set()


async def test_webhook_is_signed_over_the_raw_body(staged: Stage, callbacks: Sink) -> None:
    config = ZaloConfig(callback=callbacks.url)
    async with staged(dialects=(config,)) as (sim, speak):
        msg_id = _data(await speak.zalo(tracking_id="key-9"))["msg_id"]
        await sim.settled()
    [got] = callbacks.got
    event = orjson.loads(got.body)
    assert event["event_name"] == "user_received_message"
    assert event["recipient"] == {"id": "84900000001"}
    assert event["message"] == {
        "delivery_time": event["timestamp"],
        "msg_id": msg_id,
        "tracking_id": "key-9",
    }
    signed = b"sim-zalo-app" + got.body + event["timestamp"].encode() + b"sim-zalo-webhook-secret"
    assert got.headers["X-ZEvent-Signature"] == f"mac={sha256(signed).hexdigest()}"
    assert got.headers["X-ZEvent-Server"] == "ZNS"
    assert "num_retry" not in got.headers


async def test_webhook_climbs_a_ladder_of_retries(staged: Stage, callbacks: Sink) -> None:
    callbacks.statuses = [500, 403]
    config = ZaloConfig(callback=callbacks.url)
    async with staged(dialects=(config,), time_scale=0.0001) as (sim, speak):
        await speak.zalo()
        await sim.settled()
        assert [row.status for row in sim.ledger.receipts()] == [500, 403, 200]
    assert [got.headers.get("num_retry") for got in callbacks.got] == [None, "1", "2"]
    assert len({got.body for got in callbacks.got}) == 1


async def test_probe_does_not_verify(staged: Stage, callbacks: Sink) -> None:
    async with staged() as (sim, speak):
        await speak.post("/zalo/control/callback", {"url": callbacks.url})
        await speak.post("/zalo/control/probe")
        await sim.settled()
    assert callbacks.got[0].headers["X-ZEvent-Signature"] == f"mac={'0' * 64}"


async def test_status_follows_delivery(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        msg_id = str(_data(await speak.zalo())["msg_id"])
        sim.set_faults(replace(sim.config.faults, undelivered=1.0))
        never = str(_data(await speak.zalo(tracking_id="key-2"))["msg_id"])
        ids = (msg_id, never, "unknown")
        before = [await speak.get("/zalo/message/status", message_id=each) for each in ids]
        now += 1
        after = [await speak.get("/zalo/message/status", message_id=each) for each in ids]
    assert [_data(answer)["status"] for answer in before] == [0, 0, -1]
    assert [_data(answer)["status"] for answer in after] == [1, 0, -1]


async def test_an_expired_token_can_be_ordered(staged: Stage) -> None:
    async with staged() as (_, speak):
        await speak.post("/zalo/control/expire")
        assert (await speak.zalo())["error"] == -124

"""SpeedSMS's answers, limit and reports, through real HTTP."""

from collections.abc import Mapping
from typing import cast

import aiohttp
import orjson
import pytest

from outreach.simulator import Faults
from outreach.simulator.speedsms import SpeedSmsConfig
from tests.simulator.conftest import Stage
from tests.simulator.speak import Json, Sink, Speaker

_NUMBERS = [f"8490000{n:04}" for n in range(1, 6)]
_LOGIN = {"Authorization": aiohttp.encode_basic_auth("sim-speedsms-token", "x")}


async def _sent(
    speak: Speaker, status: int = 200, login: Mapping[str, str] = _LOGIN, **fields: object
) -> Json:
    body = {
        "to": ["84900000001"],
        "content": "Moi cai dat VssID",
        "sms_type": 3,
        "sender": "SIM-CITY",
        **fields,
    }
    async with speak.session.post(
        f"{speak.url}/speedsms/sms/send", json=body, headers=login
    ) as answer:
        assert answer.status == status
        said = cast("Json", await answer.json())
        reset = answer.headers.get("X-Rate-Limit-Reset")
        return said if reset is None else said | {"reset": reset}


async def test_a_list_has_one_id_and_a_row_for_each_number(staged: Stage) -> None:
    async with staged() as (sim, speak):
        answer = await _sent(speak, to=["0900000001", *_NUMBERS[1:]])
        rows = sim.ledger.requests()
    data = cast("Json", answer["data"])
    assert (answer["status"], answer["code"]) == ("success", "00")
    assert (data["totalSMS"], data["totalPrice"], data["invalidPhone"]) == (5, 3500, [])
    assert [row.msisdn for row in rows] == _NUMBERS
    assert {row.reference for row in rows} == {str(data["tranId"])}
    assert all(row.accepted for row in rows)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": []}, "105"),
        ({"to": "84900000001"}, "105"),
        ({"to": ["090000"]}, "105"),
        ({"to": [84900000001]}, "105"),
        ({"content": 1}, "101"),
        ({"sms_type": "3"}, "101"),
        ({"content": ""}, "101"),
        ({"content": None}, "101"),
        ({"content": "a" * 613}, "113"),
        ({"sms_type": 1}, "101"),
        ({"sender": "OTHER"}, "101"),
        ({"to": ["84900000001"] * 3}, "300"),
        ({"content": "a" * 612}, "00"),
    ],
)
async def test_refuses_with_a_code(staged: Stage, fields: Json, code: str) -> None:
    config = SpeedSmsConfig(balance=1_500)
    async with staged(dialects=(config,)) as (sim, speak):
        assert (await _sent(speak, **fields))["code"] == code  # type: ignore[arg-type] # fields of the body
        assert {row.accepted for row in sim.ledger.requests()} == {code == "00"}


async def test_numbers_that_are_none_are_named_and_left_out(staged: Stage) -> None:
    async with staged() as (sim, speak):
        answer = await _sent(speak, to=["84900000001", "1900", "84900000002"])
        accepted = [row.accepted for row in sim.ledger.requests()]
    assert cast("Json", answer["data"])["invalidPhone"] == ["1900"]
    assert accepted == [True, False, True]


async def test_the_balance_ends(staged: Stage) -> None:
    async with staged(dialects=(SpeedSmsConfig(balance=1_400),)) as (_, speak):
        codes = [(await _sent(speak))["code"] for _ in range(3)]
        path = f"{speak.url}/speedsms/user/info"
        async with speak.session.get(path, headers=_LOGIN) as answer:
            info = await answer.json()
    assert codes == ["00", "00", "300"]
    assert info == {"email": "sim@city.test", "balance": 0.0, "currency": "VND"}


async def test_strangers(staged: Stage) -> None:
    stranger = {"Authorization": aiohttp.encode_basic_auth("guess", "x")}
    async with staged() as (sim, speak):
        await _sent(speak, 401, stranger)
        path = f"{speak.url}/speedsms/user/info"
        async with speak.session.get(path, headers=stranger) as answer:
            assert answer.status == 401
        assert [row.accepted for row in sim.ledger.requests()] == [False]


@pytest.mark.parametrize(("form", "told"), [("seconds", "50"), ("epoch", "1800000060")])
async def test_sixty_calls_a_minute_whatever_they_carry(
    staged: Stage, form: str, told: str
) -> None:
    now = 1_800_000_000.0
    config = SpeedSmsConfig(reset=form)
    async with staged(dialects=(config,), clock=lambda: now) as (sim, speak):
        for n in range(60):
            assert (await _sent(speak, to=_NUMBERS, content=f"text {n}"))["code"] == "00"
        now += 10
        refused = await _sent(speak, 429, to=_NUMBERS)
        path = f"{speak.url}/speedsms/user/info"
        async with speak.session.get(path, headers=_LOGIN) as answer:
            assert answer.status == 429
        now += 50
        assert (await _sent(speak))["code"] == "00"
        rows = sim.ledger.requests()
    assert (refused["name"], refused["status"]) == ("Too Many Requests", 429)
    assert refused["reset"] == told
    assert [row.code for row in rows] == ["00"] * 300 + ["429"] * 5 + ["00"]


@pytest.mark.parametrize(
    ("faults", "status", "code"),
    [
        (Faults(throttled=1.0), 429, None),
        (Faults(refused=1.0), 200, "105"),
        (Faults(blocked=1.0), 200, "105"),
        (Faults(forced_code="500"), 200, "500"),
    ],
)
async def test_faults(staged: Stage, faults: Faults, status: int, code: str | None) -> None:
    async with staged(faults=faults) as (_, speak):
        assert (await _sent(speak, status, to=_NUMBERS)).get("code") == code


@pytest.mark.parametrize(("fault", "accepted"), [("error_before", False), ("error_after", True)])
async def test_a_list_breaks_as_one(staged: Stage, fault: str, accepted: bool) -> None:  # noqa: FBT001 - a table
    async with staged(faults=Faults(**{fault: 1.0})) as (sim, speak):  # type: ignore[arg-type] # a share
        path = f"{speak.url}/speedsms/sms/send"
        body = {"to": _NUMBERS, "content": "a", "sms_type": 3, "sender": "SIM-CITY"}
        async with speak.session.post(path, json=body, headers=_LOGIN) as answer:
            assert answer.status == 503
        assert [row.accepted for row in sim.ledger.requests()] == [accepted] * 5


@pytest.mark.parametrize(
    ("undelivered", "failure", "status"), [(0.0, 64, 0), (1.0, 64, 64), (1.0, 5, 5)]
)
async def test_every_number_has_its_report(
    staged: Stage, callbacks: Sink, undelivered: float, failure: int, status: int
) -> None:
    config = SpeedSmsConfig(callback=callbacks.url, failure=failure)
    faults = Faults(undelivered=undelivered)
    async with staged(dialects=(config,), faults=faults) as (sim, speak):
        answer = await _sent(speak, to=[*_NUMBERS, "1900"])
        await sim.settled()
    tran_id = cast("Json", answer["data"])["tranId"]
    reports = [orjson.loads(got.body) for got in callbacks.got]
    assert sorted(reports, key=lambda each: each["phone"]) == [
        {"type": "report", "tranId": tran_id, "phone": phone, "status": status}
        for phone in _NUMBERS
    ]


async def test_reports_are_retried(staged: Stage, callbacks: Sink) -> None:
    config = SpeedSmsConfig(callback=callbacks.url, callback_ladder_s=(0.01, 0.01))
    callbacks.statuses = [503, 500]
    async with staged(dialects=(config,)) as (sim, speak):
        await _sent(speak)
        await sim.settled()
        assert [row.status for row in sim.ledger.receipts()] == [503, 500, 200]

"""eSMS's lists of advertisements, through real HTTP."""

from typing import cast

import pytest

from outreach.simulator import Faults
from outreach.simulator.esms_ads import EsmsAdsConfig
from tests.simulator.conftest import Stage
from tests.simulator.speak import Json, Speaker

_AUTH = {"ApiKey": "sim-esms-ads-api-key", "SecretKey": "sim-esms-ads-secret-key"}
_BASE = "/esms_ads/MainService.svc/json"
_PEOPLE = [f"09000000{n:02}" for n in range(30)]


async def _send(speak: Speaker, **fields: object) -> Json:
    body = {
        **_AUTH,
        "Phones": _PEOPLE,
        "Content": "Moi cai dat VssID",
        "Brandname": "SIM-CITY",
        "SmsType": "1",
        "RequestId": "list-1",
    }
    return await speak.post(f"{_BASE}/SendMultipleSMSBrandname_json/", body | fields)


async def _asked(speak: Speaker, sms_id: object) -> list[Json]:
    answer = await speak.get(f"{_BASE}/GetSmsReceiverStatus_get", RefId=str(sms_id), **_AUTH)
    return cast("list[Json]", answer["ReceiverList"])


async def test_a_list_is_taken_under_one_id(staged: Stage) -> None:
    async with staged() as (sim, speak):
        answer = await _send(speak)
        rows = sim.ledger.requests()
    assert answer == {"CodeResult": "100", "CountRegenerate": 0, "SMSID": rows[0].reference}
    assert [row.msisdn for row in rows] == [f"84{number[1:]}" for number in _PEOPLE]
    assert {(row.key, row.reference, row.accepted) for row in rows} == {
        ("list-1", rows[0].reference, True)
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ApiKey": "other"}, "101"),
        ({"Brandname": "OTHER"}, "104"),
        ({"Phones": _PEOPLE[1:]}, "107"),
        ({"Phones": [*_PEOPLE[1:], _PEOPLE[1]]}, "107"),
        ({"Phones": "0900000001"}, "107"),
        ({"Phones": [*_PEOPLE, "09000"]}, "108"),
        ({"Content": ""}, "110"),
        ({"RequestId": "k" * 51}, "110"),
        ({"SmsType": "2"}, "118"),
        ({"Phones": [f"0900000{n:03}" for n in range(41)]}, "687"),
        ({"Phones": [*_PEOPLE, "0520000001"]}, "177"),
        ({"Content": "mot sim-banned hai"}, "201"),
        ({"Content": "khong dang ky"}, "146"),
        ({"Sandbox": "1"}, "100"),
        ({"Phones": list(range(84900000001, 84900000031))}, "107"),
        ({"Phones": [*_PEOPLE, 84900000099]}, "108"),
        ({"RequestId": 1}, "110"),
        ({"Content": "Moi bà con đến"}, "146"),
    ],
)
async def test_refuses_the_whole_list(staged: Stage, fields: Json, code: str) -> None:
    config = EsmsAdsConfig(
        templates=("Moi {text}", "mot {text}"), registered=("MB",), most=40, too_many=687
    )
    async with staged(dialects=(config,)) as (sim, speak):
        answer = await _send(speak, **fields)
        assert not any(row.accepted for row in sim.ledger.requests())
    assert answer["CodeResult"] == code


async def test_a_request_id_is_good_once(staged: Stage) -> None:
    async with staged() as (sim, speak):
        first, again = await _send(speak), await _send(speak)
        assert (again["CodeResult"], again["SMSID"]) == ("124", first["SMSID"])
        sim.set_faults(Faults(refuse_duplicates=False))
        assert (await _send(speak))["CodeResult"] == "100"


@pytest.mark.parametrize("refuses", [True, False])
async def test_one_bad_number(staged: Stage, *, refuses: bool) -> None:
    config = EsmsAdsConfig(registered=("MB",), one_bad_refuses=refuses)
    async with staged(dialects=(config,), faults=Faults(receipt_ms=(0, 0))) as (_, speak):
        answer = await _send(speak, Phones=[*_PEOPLE, "0910000001"])
        assert answer["CodeResult"] == ("177" if refuses else "100")
        if not refuses:
            told = await _asked(speak, answer["SMSID"])
            assert [each["SentResult"] for each in told] == [True] * 30 + [False]


async def test_queries(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now, faults=Faults(undelivered=0.5)) as (_, speak):
        sms_id = str((await _send(speak))["SMSID"])
        early = await _asked(speak, sms_id)
        now += 10
        late = await _asked(speak, sms_id)
        sums = await speak.get(f"{_BASE}/GetSendStatus", RefId=sms_id, **_AUTH)
        unknown = await speak.get(f"{_BASE}/GetSendStatus", RefId="x", **_AUTH)
        stranger = await speak.get(f"{_BASE}/GetSmsReceiverStatus_get", RefId=sms_id)
    assert {(each["IsSent"], each["SentResult"]) for each in early} == {(False, False)}
    assert [each["Phone"] for each in late] == _PEOPLE
    good = sum(bool(each["SentResult"]) for each in late)
    assert 0 < good < 30
    assert late[0] | {"SentResult": None} == {
        "IsSent": True,
        "NetworkName": "Mobifone",
        "Phone": "0900000000",
        "Retry": 0,
        "SentResult": None,
    }
    assert (sums["SendStatus"], sums["SendSuccess"], sums["SendFailed"]) == (5, good, 30 - good)
    assert (sums["TotalReceiver"], sums["TotalPrice"]) == (30, 15_000)
    assert (unknown["CodeResponse"], stranger["CodeResult"]) == ("105", "101")


async def test_half_a_list_is_never_taken(staged: Stage) -> None:
    async with staged(faults=Faults(blocked=0.2)) as (sim, speak):
        assert (await _send(speak))["CodeResult"] == "99"
        assert not any(row.accepted for row in sim.ledger.requests())


@pytest.mark.parametrize("body", [b"x", b"[1]"])
async def test_not_json(staged: Stage, body: bytes) -> None:
    url, kind = f"{_BASE}/SendMultipleSMSBrandname_json", {"Content-Type": "application/json"}
    async with staged() as (sim, speak):
        async with speak.session.post(speak.url + url, data=body, headers=kind) as answer:
            assert await answer.json() == {"error": "Invalid request"}
        assert [(row.what, row.code) for row in sim.ledger.queries()] == [
            ("SendMultipleSMSBrandname_json", "no JSON")
        ]


async def test_the_balance_falls_with_every_number(staged: Stage) -> None:
    path = f"{_BASE}/GetBalance_json"
    async with staged(dialects=(EsmsAdsConfig(balance=10_000, price_per_part=100),)) as (_, speak):
        before = await speak.post(path, _AUTH)
        await _send(speak)
        after = await speak.post(path, _AUTH)
    assert (before["CodeResponse"], before["Balance"], after["Balance"]) == ("100", 10_000, 7_000)

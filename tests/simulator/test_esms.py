"""eSMS's answers, queries and callbacks, through real HTTP."""

import pytest

from outreach.simulator import EsmsConfig, Faults
from tests.simulator.conftest import Stage
from tests.simulator.speak import Json, Sink

_BASE = "/esms/MainService.svc/json"
_AUTH = {"ApiKey": "sim-esms-key", "SecretKey": "sim-esms-secret"}


async def test_accepts_with_strings(staged: Stage) -> None:
    async with staged() as (sim, speak):
        answer = await speak.esms()
        [row] = sim.ledger.requests()
    assert answer == {"CodeResult": "100", "CountRegenerate": 0, "SMSID": row.reference}
    assert (row.key, row.msisdn) == ("key-1", "84900000001")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ApiKey": "other"}, "101"),
        ({"Brandname": "OTHER"}, "104"),
        ({"Phone": "090000"}, "108"),
        ({"Content": ""}, "110"),
        ({"RequestId": "k" * 51}, "110"),
        ({"SmsType": "1"}, "118"),
        ({"Phone": "84520000001"}, "177"),
        ({"Content": "mot sim-banned hai"}, "201"),
        ({"Content": "khong dang ky"}, "146"),
        ({"Sandbox": "1"}, "100"),
        ({"SmsType": 2}, "118"),
        ({"Phone": 84900000001}, "110"),
        ({"RequestId": 1}, "110"),
        ({"CallbackUrl": None}, "110"),
        ({"IsUnicode": "2"}, "110"),
        ({"Content": "Moi bà con đến"}, "146"),
    ],
)
async def test_refuses_with_a_code(staged: Stage, fields: Json, code: str) -> None:
    config = EsmsConfig(templates=("Moi {text}", "mot {text}"), registered=("VT", "MB"))
    async with staged(dialects=(config,)) as (sim, speak):
        answer = await speak.esms(**fields)
        assert answer["CodeResult"] == code
        assert ("SMSID" in answer) == (code in {"100", "146"})
        assert not sim.ledger.requests()[0].accepted


async def test_accents_have_a_mark(staged: Stage) -> None:
    async with staged() as (_, speak):
        assert (await speak.esms(Content="Mời bà con", IsUnicode="1"))["CodeResult"] == "100"
        other = await speak.esms(Content="Bà & cả nhà @ 5€", RequestId="key-2")
        assert other["CodeResult"] == "146"
        plain = await speak.esms(Content="Bà & con @ 5€", RequestId="key-2")
        assert plain["CodeResult"] == "100"


async def test_balance_ends(staged: Stage) -> None:
    config = EsmsConfig(balance=1_500, price_per_part=700)
    async with staged(dialects=(config,)) as (_, speak):
        codes = [(await speak.esms(RequestId=f"key-{n}"))["CodeResult"] for n in range(3)]
    assert codes == ["100", "100", "103"]


async def test_blocked_numbers(staged: Stage) -> None:
    async with staged(faults=Faults(blocked=1.0)) as (_, speak):
        assert (await speak.esms())["CodeResult"] == "99"


async def test_a_request_id_is_good_once_a_day(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        first = await speak.esms()
        now += 86_400
        again = await speak.esms(Phone="0900000002")
        assert (again["CodeResult"], again["SMSID"]) == ("124", first["SMSID"])
        now += 1
        assert (await speak.esms())["CodeResult"] == "100"
        sim.set_faults(Faults(refuse_duplicates=False))
        assert (await speak.esms())["CodeResult"] == "100"
        assert sim.summary()["dialects"]["esms"]["repeated_keys"] == 1  # type: ignore[index]


@pytest.mark.parametrize("body", [b"x", b"[1]"])
async def test_not_json(staged: Stage, body: bytes) -> None:
    url, kind = f"{_BASE}/SendMultipleMessage_V4_post_json", {"Content-Type": "application/json"}
    async with staged() as (sim, speak):
        async with speak.session.post(speak.url + url, data=body, headers=kind) as answer:
            assert await answer.json() == {"error": "Invalid request"}
        assert [(row.what, row.code) for row in sim.ledger.queries()] == [
            ("SendMultipleMessage_V4_post_json", "no JSON")
        ]


@pytest.mark.parametrize(("undelivered", "counts"), [(0.0, ("2", "0")), (1.0, ("0", "2"))])
async def test_callback_is_a_get(
    staged: Stage, callbacks: Sink, undelivered: float, counts: tuple[str, str]
) -> None:
    async with staged(faults=Faults(undelivered=undelivered)) as (sim, speak):
        answer = await speak.esms(CallbackUrl=f"{callbacks.url}?own=1", Content="a" * 161)
        await sim.settled()
    [got] = callbacks.got
    assert got.method == "GET"
    assert got.query == {
        "own": "1",
        "SMSID": answer["SMSID"],
        "SendStatus": "5",
        "SendSuccess": counts[0],
        "SendFailed": counts[1],
        "TotalReceiver": "1",
        "TotalSent": "2",
        "TotalPrice": "1400",
        "RequestId": "key-1",
        "TypeId": "2",
        "telcoid": "2",
        "phonenumber": "0900000001",
        "partnerids": "",
        "error_info": "",
        "switchsmsid": "",
    }


async def test_callback_is_retried_after_time_outs_only(staged: Stage, callbacks: Sink) -> None:
    config = EsmsConfig(callback_timeout_s=0.2, callback_ladder_s=(0.01,) * 5)
    async with staged(dialects=(config,)) as (sim, speak):
        callbacks.statuses = [500]
        await speak.esms(CallbackUrl=callbacks.url)
        await sim.settled()
        callbacks.delay_s = 0.5
        await speak.esms(CallbackUrl=callbacks.url, RequestId="key-2")
        await sim.settled()
        assert [row.status for row in sim.ledger.receipts()] == [500, *[0] * 6]


async def test_queries(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (_, speak):
        sms_id = str((await speak.esms())["SMSID"])
        early = await speak.get(f"{_BASE}/GetSendStatus", RefId=sms_id, **_AUTH)
        now += 10
        late = await speak.get(f"{_BASE}/GetSendStatus", RefId=sms_id, **_AUTH)
        each = await speak.get(f"{_BASE}/GetSmsReceiverStatus_get", RefId=sms_id, **_AUTH)
        unknown = await speak.get(f"{_BASE}/GetSendStatus", RefId="x", **_AUTH)
        stranger = await speak.get(f"{_BASE}/GetSmsReceiverStatus_get", RefId=sms_id)
    assert (early["SendStatus"], early["SendSuccess"]) == (7, 0)
    assert (late["SendStatus"], late["SendSuccess"], late["TotalPrice"]) == (5, 1, 700)
    assert each["ReceiverList"] == [
        {
            "IsSent": True,
            "NetworkName": "Mobifone",
            "Phone": "0900000001",
            "Retry": 0,
            "SentResult": True,
        }
    ]
    assert (unknown["CodeResponse"], stranger["CodeResult"]) == ("105", "101")


async def test_the_balance_falls_with_what_is_sent(staged: Stage) -> None:
    path = f"{_BASE}/GetBalance_json"
    config = EsmsConfig(balance=10_000, price_per_part=700)
    async with staged(dialects=(config,)) as (sim, speak):
        before = await speak.post(path, _AUTH)
        await speak.esms(Content="a" * 161)
        await speak.esms(RequestId="key-2", Sandbox="1")
        after = await speak.post(path, _AUTH)
        stranger = await speak.post(path, {"ApiKey": "sim-esms-key"})
        assert sim.summary()["dialects"]["esms"]["queries"] == 3  # type: ignore[index]
    assert (before["CodeResponse"], before["Balance"], after["Balance"]) == ("100", 10_000, 8_600)
    assert stranger["CodeResponse"] == "101"

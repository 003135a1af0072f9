"""eSMS: every code of wire-formats.md 3.1, the request, the callback."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from outreach.carriers.base import (
    Callback,
    Pushed,
    Rehearses,
    Submission,
    Text,
)
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.domain.text import Encoding

from .contract import (
    CALLBACK,
    KEY,
    MSISDN,
    Bench,
    Contract,
    Dialect,
    account,
    bench_of,
)

ACCOUNT = account(
    "esms", Channel.SMS, {"api_key": "sim-api-key-1", "secret_key": "sim-secret-key-1"}
)
QUERY = {
    "SMSID": "sim-sms-1",
    "SendStatus": "5",
    "SendSuccess": "2",
    "SendFailed": "0",
    "TotalReceiver": "1",
    "TotalSent": "2",
    "TotalPrice": "1560",
    "RequestId": KEY,
    "TypeId": "2",
    "telcoid": "1",
    "phonenumber": "0900000001",
    "partnerids": "",
    "error_info": "",
    "switchsmsid": "",
}


def call(**changed: str | None) -> Callback:
    fields = {name: value for name, value in (QUERY | changed).items() if value is not None}
    return Callback(urlencode(fields), {}, b"")


DIALECT = Dialect(
    account=ACCOUNT,
    path="/MainService.svc/json/SendMultipleMessage_V4_post_json/",
    accepted=httpx.Response(
        200, json={"CodeResult": "100", "CountRegenerate": 0, "SMSID": "sim-sms-1"}
    ),
    reference="sim-sms-1",
    refused=httpx.Response(
        200,
        json={"CodeResult": "101", "ErrorMessage": "sim-api-key-1 sim-secret-key-1 84900000001"},
    ),
    unlisted=httpx.Response(200, json={"CodeResult": "9999", "ErrorMessage": "84900000001"}),
    key_on_wire=True,
    receipt=call(),
    duplicate=httpx.Response(200, json={"CodeResult": "124", "SMSID": "sim-sms-1"}),
)


class TestContract(Contract):
    dialect = DIALECT


CODES = {
    Scope.RECIPIENT: ("99 108 115 "),
    Scope.TEXT: ("146 201 789 790 "),
    Scope.NETWORK: ("177 "),
    Scope.ACCOUNT: (
        "101 102 104 106 107 110 118 120 140 143 163 204 210 300 301 687 791 799 801 802 "
    ),
}
OTHERS: list[tuple[str, Outcome]] = [
    ("100", Accepted("sim-sms-2")),
    ("124", Duplicate("sim-sms-2")),
    ("199", Duplicate("sim-sms-2")),
    ("103", Later(timedelta(hours=1), "103 balance insufficient", account=True)),
    ("160", Later(timedelta(seconds=1), "160 too many requests a second", throttled=True)),
    ("105", Unknown("105: the answer to another call")),
    ("171", Unknown("171: the answer to another call")),
    ("851", Unknown("851: the answer to another call")),
    ("854", Unknown("854: the answer to another call")),
]


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


@pytest.mark.parametrize(
    ("code", "scope"), [(code, scope) for scope in CODES for code in CODES[scope].split()]
)
async def test_refusals(bench: Bench, code: str, scope: Scope) -> None:
    bench.route.respond(json={"CodeResult": code, "SMSID": "sim-sms-2"})
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (scope, code)
    assert outcome.reason != "unlisted code"


@pytest.mark.parametrize(("code", "outcome"), OTHERS)
async def test_other_answers(bench: Bench, code: str, outcome: Outcome) -> None:
    bench.route.respond(json={"CodeResult": code, "SMSID": "sim-sms-2"})
    assert await bench.adapter.submit(DIALECT.submission) == outcome


async def test_an_answer_without_a_code_is_unknown(bench: Bench) -> None:
    bench.route.respond(json={"error": "Invalid request"})
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Unknown("unreadable answer: no 'CodeResult'")


@pytest.mark.parametrize(("encoding", "flag"), [(Encoding.GSM7, "0"), (Encoding.UCS2, "1")])
async def test_the_request(bench: Bench, encoding: Encoding, flag: str) -> None:
    bench.route.mock(DIALECT.accepted)
    text = Text("Mời cài đặt VssID", encoding, 1)
    await bench.adapter.submit(Submission(KEY, MSISDN, Network.VIETTEL, text))
    assert orjson.loads(bench.route.calls.last.request.content) == {
        "ApiKey": "sim-api-key-1",
        "SecretKey": "sim-secret-key-1",
        "Phone": MSISDN,
        "Content": "Mời cài đặt VssID",
        "Brandname": "SIM-CITY",
        "SmsType": "2",
        "IsUnicode": flag,
        "RequestId": KEY,
        "CallbackUrl": CALLBACK,
    }


def receipts(bench: Bench, callback: Callback) -> list[Receipt]:
    assert isinstance(bench.adapter, Pushed)
    return list(bench.adapter.receipts(callback))


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, Status.DELIVERED),
        ({"SendSuccess": "0", "SendFailed": "2"}, Status.UNDELIVERED),
        ({"SendSuccess": "1", "SendFailed": "1"}, Status.UNDELIVERED),
        ({"SendSuccess": "0", "SendFailed": "0"}, Status.OTHER),
        ({"SendSuccess": "many", "SendFailed": ""}, Status.OTHER),
        ({"SendStatus": "1"}, Status.ENROUTE),
        ({"SendStatus": "2"}, Status.ENROUTE),
        ({"SendStatus": "7"}, Status.ENROUTE),
        ({"SendStatus": "4"}, Status.REFUSED),
        ({"SendStatus": "6"}, Status.OTHER),
        ({"SendStatus": None}, Status.OTHER),
    ],
)
def test_callbacks(bench: Bench, changed: dict[str, str | None], status: Status) -> None:
    (receipt,) = receipts(bench, call(**changed))
    assert receipt.status is status
    assert (receipt.key, receipt.reference, receipt.msisdn) == (KEY, "sim-sms-1", MSISDN)


@pytest.mark.parametrize(
    ("telco", "network"),
    [
        ("1", Network.VIETTEL),
        ("2", Network.MOBIFONE),
        ("3", Network.VINAPHONE),
        ("4", Network.VIETNAMOBILE),
        ("5", Network.GMOBILE),
        ("6", Network.ITEL),
        ("7", Network.WINTEL),
        ("9", None),  # seen with a message of Zalo's, meaning not documented
        ("Viettel", None),
        ("", None),
        (None, None),
    ],
)
def test_a_callback_names_the_network(
    bench: Bench, telco: str | None, network: Network | None
) -> None:
    (receipt,) = receipts(bench, call(telcoid=telco))
    assert receipt.network is network


def test_the_sum_of_an_advertising_campaign_is_no_receipt(bench: Bench) -> None:
    assert receipts(bench, call(TypeId="1", phonenumber=None)) == []


def test_a_callback_without_our_id_is_found_by_theirs(bench: Bench) -> None:
    (receipt,) = receipts(bench, call(RequestId=""))
    assert (receipt.key, receipt.reference) == (None, "sim-sms-1")


@pytest.mark.parametrize(("options", "hours"), [({}, 24), ({"duplicate_window_hours": 0}, 0)])
def test_how_long_a_request_id_is_trusted_to_be_refused(
    options: dict[str, int], hours: int
) -> None:
    contract = replace(ACCOUNT, options={**ACCOUNT.options, **options})
    adapter = bench_of(replace(DIALECT, account=contract)).adapter
    assert adapter.capabilities.duplicate_window == timedelta(hours=hours)


async def test_a_rehearsal_is_looked_at_only(bench: Bench) -> None:
    bench.route.mock(DIALECT.accepted)
    assert isinstance(bench.adapter, Rehearses)
    assert await bench.adapter.rehearse(DIALECT.submission) == Accepted("sim-sms-1")
    body = orjson.loads(bench.route.calls.last.request.content)
    assert (body["Sandbox"], body["RequestId"]) == ("1", KEY)

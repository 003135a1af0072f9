"""eSMS's lists of advertisements: the request, every code, the question (wire-formats.md 3.1)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest

from outreach.carriers import esms, esms_ads
from outreach.carriers.base import Asked, PullError, Question, Standing, Stands
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status

from .asked_contract import AskedContract, Asking
from .contract import BASE, KEY, MSISDN, NOW, Bench, Contract, Dialect, account, bench_of
from .list_contract import LIST_KEY, NUMBERS, ListContract, taker

ACCOUNT = account(
    "esms_ads", Channel.SMS, {"api_key": "sim-api-key-1", "secret_key": "sim-secret-key-1"}
)
DIALECT = Dialect(
    account=ACCOUNT,
    path="/MainService.svc/json/SendMultipleSMSBrandname_json/",
    accepted=httpx.Response(
        200, json={"CodeResult": "100", "CountRegenerate": 0, "SMSID": "sim-list-1"}
    ),
    reference="sim-list-1",
    refused=httpx.Response(
        200,
        json={"CodeResult": "101", "ErrorMessage": "sim-api-key-1 sim-secret-key-1 84900000001"},
    ),
    unlisted=httpx.Response(200, json={"CodeResult": "9999", "ErrorMessage": "84900000001"}),
    key_on_wire=True,
    duplicate=httpx.Response(200, json={"CodeResult": "124", "SMSID": "sim-list-1"}),
)


class TestContract(Contract):
    dialect = DIALECT


class TestLists(ListContract):
    dialect = DIALECT


def receiver(phone: str, **fields: object) -> dict[str, object]:
    plain = {"IsSent": True, "NetworkName": "Viettel", "Phone": phone, "Retry": 0}
    return plain | {"SentResult": True} | fields


def told(*receivers: object) -> httpx.Response:
    return httpx.Response(200, json={"CodeResult": "100", "ReceiverList": list(receivers)})


def said(msisdn: str, status: Status, network: Network | None = Network.VIETTEL) -> Receipt:
    key = KEY if msisdn == MSISDN else None
    return Receipt(status, key, "sim-reference-1", msisdn, network=network)


def code(value: str) -> httpx.Response:
    words = "sim-api-key-1 sim-secret-key-1 84900000001"
    return httpx.Response(200, json={"CodeResult": value, "ErrorMessage": words})


class TestAsking(AskedContract):
    asking = Asking(
        dialect=DIALECT,
        method="GET",
        path="/MainService.svc/json/GetSmsReceiverStatus_get",
        answers=[
            (
                told(
                    receiver("0900000001"),
                    receiver("0900000002", SentResult=False, NetworkName="Mobifone"),
                    receiver("84900000003", IsSent=False, SentResult=False, NetworkName="Reddi"),
                    receiver("0900000004", IsSent="yes", NetworkName=None),
                ),
                [
                    said(MSISDN, Status.DELIVERED),
                    said("84900000002", Status.UNDELIVERED, Network.MOBIFONE),
                    said("84900000003", Status.ENROUTE, Network.WINTEL),
                    said("84900000004", Status.OTHER, None),
                ],
            ),
            (told(), []),
            (
                told(1, None, {}, receiver("nobody"), receiver("0900000001")),
                [said(MSISDN, Status.DELIVERED)],
            ),
            (code("105"), []),
            (code("854"), []),
        ],
        refused=[code("101"), code("140"), code("9999")],
    )


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


async def answered(bench: Bench, **fields: Any) -> Outcome:
    bench.route.respond(json=fields)
    outcome = await taker(bench.adapter).submit_list(LIST_KEY, TestLists().members)
    assert isinstance(outcome, Outcome)
    return outcome


async def test_the_request(bench: Bench) -> None:
    await answered(bench, CodeResult="100")
    assert orjson.loads(bench.route.calls.last.request.content) == {
        "ApiKey": "sim-api-key-1",
        "SecretKey": "sim-secret-key-1",
        "Phones": NUMBERS,
        "Content": "Moi ba con cai dat VssID",
        "Brandname": "SIM-CITY",
        "SmsType": "1",
        "RequestId": LIST_KEY,
    }
    assert len(LIST_KEY) <= 50


OF_A_LIST: list[tuple[str, Outcome]] = [
    ("100", Accepted("sim-list-2")),
    ("124", Duplicate("sim-list-2")),
    ("99", Refused(Scope.RECIPIENT, "99", "number blocked")),
    ("177", Refused(Scope.NETWORK, "177", "brandname not registered with the recipient's network")),
    ("107", Refused(Scope.ACCOUNT, "107", "fewer than 30 distinct numbers")),
    ("201", Refused(Scope.TEXT, "201", "banned word")),
    ("120", Later(timedelta(hours=1), "120 too many numbers")),
    ("687", Later(timedelta(hours=1), "687 more than 500 numbers")),
    ("105", Unknown("105: the answer to another call")),
]


@pytest.mark.parametrize(("value", "outcome"), OF_A_LIST)
async def test_what_a_code_means_for_a_list(bench: Bench, value: str, outcome: Outcome) -> None:
    assert await answered(bench, CodeResult=value, SMSID="sim-list-2") == outcome


def test_the_table_is_that_of_esms_but_for_the_size() -> None:
    ads, care = esms_ads.codes(), esms.codes()
    assert ads.keys() == care.keys()
    assert {value for value in ads if ads[value] != care[value]} == {"120", "687"}


@pytest.mark.parametrize(("most", "fits"), [(29, False), (30, True), (500, True)])
def test_the_size_of_a_list_is_an_option(most: int, *, fits: bool) -> None:
    smaller = replace(
        DIALECT, account=replace(ACCOUNT, options={**ACCOUNT.options, "list_most": most})
    )
    if not fits:
        with pytest.raises(BadInputError, match=r"esms_ads\.toml: list_most must be .* not '29'"):
            bench_of(smaller)
        return
    able = bench_of(smaller).adapter.capabilities
    assert (able.list_least, able.list_most) == (30, most)


@pytest.mark.parametrize(("days", "asks"), [(7, True), (7.01, False)])
async def test_an_old_list_is_not_asked_about(bench: Bench, days: float, *, asks: bool) -> None:
    route = bench.router.get(url__regex=".*GetSmsReceiverStatus_get.*").mock(told())
    assert isinstance(bench.adapter, Asked)
    question = Question(KEY, "sim-list-1", MSISDN, NOW - timedelta(days=days))
    assert list(await bench.adapter.status(question)) == []
    assert route.called is asks
    if asks:
        assert route.calls.last.request.url.params["RefId"] == "sim-list-1"


async def test_it_has_the_balance_of_its_key(bench: Bench) -> None:
    route = bench.router.post(f"{BASE}/MainService.svc/json/GetBalance_json").respond(
        json={"Balance": 12_500, "CodeResponse": "100", "UserID": 7}
    )
    assert isinstance(bench.adapter, Stands)
    assert await bench.adapter.standing() == Standing(Decimal(12_500))
    assert orjson.loads(route.calls.last.request.content) == {
        "ApiKey": "sim-api-key-1",
        "SecretKey": "sim-secret-key-1",
    }
    route.mock(code("101"))
    with pytest.raises(PullError, match=r"^GetBalance: refused with 101$"):
        await bench.adapter.standing()

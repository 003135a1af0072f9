"""eSMS: what it tells when asked, of one message and of the contract (wire-formats.md 3.1)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import orjson
import pytest
import respx

from outreach.carriers.base import PullError, Standing, Stands
from outreach.domain.receipt import Receipt, Status

from .asked_contract import QUESTION, AskedContract, Asking
from .contract import BASE, KEY, MSISDN, NOW, Bench, bench_of
from .test_esms import DIALECT

PATH = "/MainService.svc/json"
STATUS = {
    "CodeResponse": "100",
    "SMSID": "sim-reference-1",
    "SendFailed": 0,
    "SendStatus": 5,
    "SendSuccess": 2,
    "TotalPrice": 1560,
    "TotalReceiver": 1,
    "TotalSent": 2,
}
TELLS_ALL = "sim-api-key-1 sim-secret-key-1 84900000001"


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


def told(**changed: object) -> httpx.Response:
    return httpx.Response(200, json=STATUS | changed)


def of_it(status: Status, code: str) -> list[Receipt]:
    return [Receipt(status, KEY, "sim-reference-1", MSISDN, code)]


class TestAsked(AskedContract):
    asking = Asking(
        DIALECT,
        "GET",
        f"{PATH}/GetSendStatus",
        answers=[
            (told(), of_it(Status.DELIVERED, "5 finished, not handed over")),
            (
                told(SendSuccess=1, SendFailed=1),
                of_it(Status.UNDELIVERED, "5 finished, not handed over"),
            ),
            (told(SendStatus=7, SendSuccess=0), of_it(Status.ENROUTE, "7")),
            (told(SendStatus=4), of_it(Status.REFUSED, "4 rejected by eSMS")),
            (told(SendStatus=99), of_it(Status.OTHER, "99")),
            (told(CodeResponse="105"), []),
            (told(CodeResponse="854"), []),
        ],
        refused=[
            told(CodeResponse=code, ErrorMessage=TELLS_ALL)
            for code in ("101", "140", "160", "999999999999")
        ],
    )

    async def test_the_question(self, router: respx.Router, route: respx.Route) -> None:
        route.mock(told())
        await self.asked(router).status(QUESTION)
        assert dict(route.calls.last.request.url.params) == {
            "RefId": "sim-reference-1",
            "ApiKey": "sim-api-key-1",
            "SecretKey": "sim-secret-key-1",
        }

    async def test_after_a_week_nobody_is_asked(
        self, router: respx.Router, route: respx.Route
    ) -> None:
        route.mock(told())
        for days, calls in ((6, 1), (8, 1)):
            await self.asked(router).status(replace(QUESTION, at=NOW - timedelta(days=days)))
            assert route.call_count == calls


@pytest.mark.parametrize("balance", [12_500, "12500", 12_500.0])
async def test_how_the_contract_stands(bench: Bench, balance: object) -> None:
    route = bench.router.post(f"{BASE}{PATH}/GetBalance_json").respond(
        json={"Balance": balance, "CodeResponse": "100", "UserID": 7},
        headers={"Date": "Fri, 20 Nov 2026 02:59:58 GMT"},
    )
    assert isinstance(bench.adapter, Stands)
    assert await bench.adapter.standing() == Standing(
        balance=Decimal(12_500), clock=NOW - timedelta(seconds=2)
    )
    assert orjson.loads(route.calls.last.request.content) == {
        "ApiKey": "sim-api-key-1",
        "SecretKey": "sim-secret-key-1",
    }


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"CodeResponse": "101", "ErrorMessage": TELLS_ALL}),
        httpx.Response(200, json={"CodeResponse": "100", "Balance": TELLS_ALL}),
        httpx.Response(200, json={"CodeResponse": "100", "Balance": None}),
        httpx.Response(404),
        httpx.Response(200, text=TELLS_ALL),
    ],
)
async def test_without_a_balance_it_says_so(bench: Bench, answer: httpx.Response) -> None:
    bench.router.post(f"{BASE}{PATH}/GetBalance_json").mock(answer)
    assert isinstance(bench.adapter, Stands)
    with pytest.raises(PullError, match=r"^GetBalance: ") as fault:
        await bench.adapter.standing()
    assert not any(secret in str(fault.value) for secret in TELLS_ALL.split())

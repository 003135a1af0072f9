"""SpeedSMS: every code of wire-formats.md 3.2, the throttle, the report, the balance."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import (
    Callback,
    PullError,
    Pushed,
    Standing,
    Stands,
)
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.simulator.speedsms import SpeedSmsConfig

from .contract import (
    BASE,
    MSISDN,
    NOW,
    Bench,
    Contract,
    Dialect,
    account,
    bench_of,
)
from .dialogue import dialogue

ACCOUNT = account("speedsms", Channel.SMS, {"token": "sim-token-1"})
LOGIN = f"Basic {b64encode(b'sim-token-1:x').decode()}"


def success(**data: object) -> httpx.Response:
    told = {"tranId": 4711, "totalSMS": 1, "totalPrice": 250, "invalidPhone": []} | data
    return httpx.Response(200, json={"status": "success", "code": "00", "data": told})


def error(code: object) -> httpx.Response:
    said = {"status": "error", "code": code, "message": "sim-token-1 84900000001"}
    return httpx.Response(200, json=said | {"invalidPhone": [MSISDN]})


def report(**changed: object) -> Callback:
    told = {"type": "report", "tranId": 4711, "phone": MSISDN, "status": 0} | changed
    return Callback("", {"content-type": "application/json"}, orjson.dumps(told))


DIALECT = Dialect(
    account=ACCOUNT,
    path="/sms/send",
    accepted=success(),
    reference="4711",
    refused=error("008"),
    unlisted=error("999"),
    key_on_wire=False,
    receipt=report(),
    duplicate=None,
)


class TestContract(Contract):
    dialect = DIALECT


def with_options(**options: str | int) -> Dialect:
    return replace(DIALECT, account=replace(ACCOUNT, options={**ACCOUNT.options, **options}))


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


CODES: list[tuple[object, Outcome]] = [
    ("007", Refused(Scope.ACCOUNT, "007", "address locked")),
    ("008", Refused(Scope.ACCOUNT, "008", "account inactive or locked")),
    ("009", Refused(Scope.ACCOUNT, "009", "the account may not do this")),
    ("101", Refused(Scope.ACCOUNT, "101", "request data wrong")),
    (101, Refused(Scope.ACCOUNT, "101", "request data wrong")),
    ("105", Refused(Scope.RECIPIENT, "105", "phone number invalid")),
    ("110", Refused(Scope.TEXT, "110", "the text's coding is not supported")),
    ("113", Refused(Scope.TEXT, "113", "text too long")),
    ("300", Later(timedelta(hours=1), "300 balance insufficient", account=True)),
    ("500", Unknown("500 internal error")),
    ("00", Unknown("unreadable answer: 'code' and 'status' disagree")),
    ("no", Unknown("unreadable answer: no 'code'")),
]


@pytest.mark.parametrize(("code", "outcome"), CODES)
async def test_codes(bench: Bench, code: object, outcome: Outcome) -> None:
    bench.route.mock(error(code))
    assert await bench.adapter.submit(DIALECT.submission) == outcome


# The throttle.


def at(seconds: float) -> str:
    return str(int(NOW.timestamp() + seconds))


@pytest.mark.parametrize(
    ("reset", "wait"),
    [
        ("17", 17),
        (" 17 ", 17),
        ("0", 1),
        ("3600", 3600),
        (at(42), 42),
        (at(0), 1),
        (at(3600), 3600),
        (at(-1), 5),
        (at(3601), 5),
        ("3601", 5),
        ("9" * 10, 5),
        ("9" * 11, 5),
        ("9" * 40, 5),
        ("-3", 5),
        ("soon", 5),
        ("٣", 5),
        ("", 5),
    ],
)
async def test_the_throttle_says_when(bench: Bench, reset: str, wait: int) -> None:
    headers = {"X-Rate-Limit-Reset": reset.encode()}
    bench.route.mock(
        httpx.Response(429, json={"name": "Too Many Requests", "status": 429}, headers=headers)  # type: ignore[arg-type] # bytes are headers too
    )
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Later(timedelta(seconds=wait), "HTTP 429", throttled=True)


# The report.


def receipts(call: Callback) -> list[Receipt]:
    made = bench_of(DIALECT).adapter
    assert isinstance(made, Pushed)
    return list(made.receipts(call))


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        (0, Status.DELIVERED, "0"),
        ("0", Status.DELIVERED, "0"),
        (1, Status.ENROUTE, "1 a passing failure"),
        (63, Status.ENROUTE, "63 a passing failure"),
        (64, Status.UNDELIVERED, "64 not delivered"),
        ("255", Status.UNDELIVERED, "255 not delivered"),
        (-1, Status.OTHER, "-1"),
        ("gone", Status.OTHER, "gone"),
        (int(MSISDN), Status.OTHER, "***"),
        (True, Status.OTHER, None),
        (None, Status.OTHER, None),
        (0.5, Status.OTHER, None),
    ],
)
def test_reports(told: object, status: Status, code: str | None) -> None:
    expected = Receipt(status, reference="4711", msisdn=MSISDN, code=code)
    assert receipts(report(status=told)) == [expected]


@pytest.mark.parametrize("phone", [MSISDN, int(MSISDN), "0900000001", "+84900000001"])
def test_every_form_of_a_number(phone: object) -> None:
    (found,) = receipts(report(phone=phone))
    assert found.msisdn == MSISDN


@pytest.mark.parametrize(
    "changed",
    [{"type": "sms"}, {"tranId": None}, {"tranId": ""}, {"phone": "1900"}, {"phone": [MSISDN]}],
)
def test_other_calls_are_no_reports(changed: dict[str, object]) -> None:
    assert receipts(report(**changed)) == []


@given(st.binary() | st.text().map(str.encode))
def test_no_call_is_too_odd_to_be_read(body: bytes) -> None:
    assert receipts(Callback("", {}, body)) == []


# The account.


@pytest.mark.parametrize(
    ("balance", "found"),
    [
        (100000.0, Decimal("100000.0")),
        ("250000", Decimal(250_000)),
        (-3, Decimal(-3)),
        (None, None),
        ("much", None),
        (True, None),
        ("1e9", None),
    ],
)
async def test_its_standing_is_the_balance(
    bench: Bench, balance: object, found: Decimal | None
) -> None:
    info = bench.router.get(f"{BASE}/user/info")
    info.respond(json={"email": "sim@city.test", "balance": balance, "currency": "VND"})
    assert isinstance(bench.adapter, Stands)
    assert await bench.adapter.standing() == Standing(found)
    assert info.calls.last.request.headers["Authorization"] == LOGIN


async def test_its_standing_tells_the_carriers_clock(bench: Bench) -> None:
    dated = {"Date": "Fri, 20 Nov 2026 02:59:58 GMT"}
    bench.router.get(f"{BASE}/user/info").respond(json={"balance": 1}, headers=dated)
    assert isinstance(bench.adapter, Stands)
    assert (await bench.adapter.standing()).clock == NOW - timedelta(seconds=2)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (httpx.Response(401, json={"name": "sim-token-1"}), "HTTP 401"),
        (httpx.Response(429), "HTTP 429"),
        (httpx.Response(200, text="<html>"), "unreadable answer"),
        (httpx.Response(200, json={"status": "error", "code": "008"}), "refused"),
        (httpx.ConnectError("sim-token-1"), "no connection"),
        (httpx.ReadTimeout("sim-token-1"), "no answer in time"),
    ],
)
async def test_a_standing_that_is_none_says_why(
    bench: Bench, reply: httpx.Response | Exception, why: str
) -> None:
    bench.router.get(f"{BASE}/user/info").mock(side_effect=[reply])
    assert isinstance(bench.adapter, Stands)
    with pytest.raises(PullError, match=f"^user/info: {why}$"):
        await bench.adapter.standing()


# Its rehearsal.


@pytest.mark.parametrize("form", ["seconds", "epoch"])
async def test_the_rehearsals_limit_is_understood(form: str) -> None:
    async with dialogue(SpeedSmsConfig(requests=2, period_s=40, reset=form)) as talk:
        assert isinstance(talk.adapter, Stands)
        assert (await talk.adapter.standing()).balance == 100_000_000_000
        assert isinstance(await talk.adapter.submit(DIALECT.submission), Accepted)
        outcome = await talk.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Later)
    assert outcome.throttled
    assert timedelta(seconds=30) < outcome.wait <= timedelta(seconds=41)


async def test_wrong_credentials_stop_the_account() -> None:
    async with dialogue(SpeedSmsConfig(), token="sim-wrong") as talk:
        outcome = await talk.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, "HTTP 401", "credentials refused")

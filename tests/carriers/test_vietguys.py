"""VietGuys: every code of wire-formats.md 3.4, the request, the report."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import Callback, Pushed, Submission, Text
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from outreach.domain.receipt import Receipt, Status
from outreach.domain.text import Encoding
from outreach.settings import Account
from outreach.simulator import Faults, text_hash
from outreach.simulator.vietguys import VietGuysConfig

from .contract import KEY, MSISDN, TEXT, Contract, Dialect, account, bench_of, ports_of
from .dialogue import dialogue

ACCOUNT = account("vietguys", Channel.SMS, {"user": "sim-user-1", "password": "sim-password-1"})


def answer(error: object, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"error": error, "msgid": "sim-msg-1", "log": ""} | more)


def report(**changed: object) -> Callback:
    data = {"message_id": "sim-msg-1", "status": "delivered"} | changed
    return Callback("", {"content-type": "application/json"}, orjson.dumps({"data": data}))


DIALECT = Dialect(
    account=ACCOUNT,
    path="/api/index.php",
    accepted=answer(0),
    reference="sim-msg-1",
    refused=answer(-5, log="sim-user-1 sim-password-1 84900000001"),
    unlisted=answer(-99, log="84900000001"),
    key_on_wire=True,
    receipt=report(),
    duplicate=answer(-16, msgid="sim-msg-0"),
)


class TestContract(Contract):
    dialect = DIALECT


async def said(body: object, dialect: Dialect = DIALECT) -> Outcome:
    bench = bench_of(dialect)
    bench.route.respond(json=body)
    return await bench.adapter.submit(dialect.submission)


SCOPES = {
    Scope.RECIPIENT: "-10 -11 ",
    Scope.TEXT: "-14 -18 -20 -21 ",
    Scope.NETWORK: "-22 ",
    Scope.ACCOUNT: "-1 -3 -4 -5 -6 -7 -8 -13 -23 ",
}


@pytest.mark.parametrize("form", [int, str])
@pytest.mark.parametrize(
    ("code", "scope"), [(code, scope) for scope in SCOPES for code in SCOPES[scope].split()]
)
async def test_refusals(code: str, scope: Scope, form: type) -> None:
    outcome = await said({"error": form(code), "msgid": "", "log": ""})
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code, outcome.network) == (scope, code, None)
    assert outcome.reason != "unlisted code"


_NO_MONEY = timedelta(hours=1)
_UNTIL_TOMORROW = timedelta(hours=14, minutes=5)  # the contract's clock shows 10:00 here
OTHERS: list[tuple[dict[str, object], Outcome]] = [
    ({"error": 0, "msgid": "sim-msg-2"}, Accepted("sim-msg-2")),
    ({"error": "0", "msgid": 12}, Accepted("12")),
    ({"error": 0}, Accepted()),
    ({"error": 0, "msgid": "a", "carrier": "mobifone"}, Accepted("a", network=Network.MOBIFONE)),
    ({"error": 0, "msgid": "a", "carrier": "vms"}, Accepted("a")),
    ({"error": 0, "msgid": "a", "carrier": ["Viettel"]}, Accepted("a")),
    ({"error": -2}, NotSent("-2 server busy")),
    ({"error": -9}, Later(_NO_MONEY, "-9 balance insufficient", account=True)),
    ({"error": -12}, Later(_NO_MONEY, "-12 balance insufficient", account=True)),
    ({"error": -16, "msgid": "sim-msg-0"}, Duplicate("sim-msg-0")),
    ({"error": -16, "msgid": ""}, Duplicate()),
    ({"error": -17}, Later(_UNTIL_TOMORROW, "-17 the account's daily limit", account=True)),
    ({"error": -19}, Later(_UNTIL_TOMORROW, "-19 the number's daily limit")),
    ({"error": "none"}, Unknown("unreadable answer: no 'error'")),
]


@pytest.mark.parametrize(("body", "outcome"), OTHERS)
async def test_other_answers(body: dict[str, object], outcome: Outcome) -> None:
    assert await said(body) == outcome


async def test_a_ported_number_teaches_its_network() -> None:
    outcome = await said({"error": -22, "carrier": "Viettel"})
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.network) == (Scope.NETWORK, Network.VIETTEL)


def resetting(hour: str) -> Account:
    return replace(ACCOUNT, options={**ACCOUNT.options, "quota_resets": hour})


@pytest.mark.parametrize(
    ("now", "resets", "until"),
    [
        ("2026-11-20T16:59:00", "00:05", "2026-11-20T17:05:00"),
        ("2026-11-20T17:05:00", "00:05", "2026-11-21T17:05:00"),
        ("2026-11-20T03:00:00", "07:00", "2026-11-21T00:00:00"),
        ("2026-12-31T20:00:00", "07:00", "2027-01-01T00:00:00"),
    ],
)
async def test_a_daily_limit_waits_until_the_hour_that_the_contract_names(
    now: str, resets: str, until: str
) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    bench = bench_of(DIALECT)
    bench.route.mock(answer(-19))
    ports: Ports = replace(ports_of(DIALECT, bench.router), clock=lambda: at)
    outcome = await adapter(resetting(resets), ports).submit(DIALECT.submission)
    assert isinstance(outcome, Later)
    assert (at + outcome.wait).isoformat() == f"{until}+00:00"


@pytest.mark.parametrize("hour", ["noon", "00:05+07:00", "00:05Z", ""])
def test_an_hour_that_is_none_names_the_file(hour: str) -> None:
    told = re.escape(f"vietguys.toml: quota_resets must be a time such as 00:05, not '{hour}'")
    with pytest.raises(BadInputError, match=told):
        adapter(resetting(hour), ports_of(DIALECT))


@pytest.mark.parametrize(("encoding", "kind"), [(Encoding.GSM7, "0"), (Encoding.UCS2, "8")])
async def test_the_request(encoding: Encoding, kind: str) -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(DIALECT.accepted)
    text = Text("Mời cài đặt VssID & giữ 100 % + 1", encoding, 1)
    await bench.adapter.submit(Submission(KEY, MSISDN, Network.VIETTEL, text))
    request = bench.route.calls.last.request
    assert request.url.query == b""
    assert parse_qs(request.content.decode(), strict_parsing=True) == {
        "u": ["sim-user-1"],
        "pwd": ["sim-password-1"],
        "from": ["SIM-CITY"],
        "phone": [MSISDN],
        "sms": ["Mời cài đặt VssID & giữ 100 % + 1"],
        "bid": [KEY],
        "type": [kind],
        "json": ["1"],
    }


# The report.


def receipts(body: bytes) -> list[Receipt]:
    made = bench_of(DIALECT).adapter
    assert isinstance(made, Pushed)
    return list(made.receipts(Callback("", {}, body)))


STATUSES = [
    ("delivered", Status.DELIVERED, "delivered"),
    ("fail", Status.UNDELIVERED, "fail: not delivered"),
    ("sent", Status.ENROUTE, "sent"),
    ("lost at sea", Status.OTHER, "lost at sea"),
    (f"to {MSISDN}", Status.OTHER, "to ***"),
]


@pytest.mark.parametrize("spelt", ["json", "data[{}]", "data.{}"])
@pytest.mark.parametrize(("told", "status", "code"), STATUSES)
def test_reports(told: str, status: Status, code: str, spelt: str) -> None:
    data = {"message_id": "sim-msg-1", "status": told}
    body = urlencode({spelt.format(name): value for name, value in data.items()}).encode()
    found = receipts(orjson.dumps({"data": data}) if spelt == "json" else body)
    assert found == [Receipt(status, reference="sim-msg-1", code=code)]


def test_an_id_may_be_a_number() -> None:
    (found,) = receipts(b'{"data": {"message_id": 4711, "status": "delivered"}}')
    assert found.reference == "4711"


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": {"status": "delivered"}}',
        b'{"data": {"message_id": "sim-msg-1"}}',
        b'{"data": {"message_id": "sim-msg-1", "status": {"a": 1}}}',
        b'{"data": {"message_id": ["sim-msg-1"], "status": "fail"}}',
        b'{"data": ["sim-msg-1", "delivered"]}',
        b'{"message_id": "sim-msg-1", "status": "delivered"}',
        b"message_id=sim-msg-1&status=delivered",
        b"data[message_id]=sim-msg-1",
        b"data[message_id]=&data[status]=fail",
        b"&&&===%%%",
    ],
)
def test_other_calls_are_no_reports(body: bytes) -> None:
    assert receipts(body) == []


@given(st.binary() | st.text().map(str.encode))
def test_no_call_is_too_odd_to_be_read(body: bytes) -> None:
    assert receipts(body) == []


# Its rehearsal.


@pytest.mark.parametrize("form", ["json", "form"])
@pytest.mark.parametrize(("share", "status"), [(0.0, Status.DELIVERED), (1.0, Status.UNDELIVERED)])
async def test_it_understands_its_rehearsal(form: str, share: float, status: Status) -> None:
    """The same message twice, and a report that comes twice."""
    faults = Faults(undelivered=share, receipt_doubled=1.0)
    async with dialogue(VietGuysConfig(callback_form=form), faults) as talk:
        outcome = await talk.adapter.submit(DIALECT.submission)
        (row,) = talk.sim.ledger.requests()
        assert outcome == Accepted(row.reference, network=Network.MOBIFONE)
        assert (row.key, row.msisdn, row.text) == (KEY, MSISDN, text_hash(TEXT.body))
        assert await talk.adapter.submit(DIALECT.submission) == Duplicate()
        first, second = await talk.receipts()
    assert first == second
    assert (first.status, first.reference) == (status, row.reference)


@pytest.mark.parametrize(
    ("config", "faults", "scope"),
    [
        (VietGuysConfig(user="another"), Faults(), Scope.ACCOUNT),
        (VietGuysConfig(password="another"), Faults(), Scope.ACCOUNT),
        (VietGuysConfig(registered=("VT",)), Faults(), Scope.NETWORK),
        (VietGuysConfig(templates=("other",)), Faults(), Scope.TEXT),
        (VietGuysConfig(), Faults(refused=1.0), Scope.RECIPIENT),
    ],
)
async def test_its_no_is_understood(config: VietGuysConfig, faults: Faults, scope: Scope) -> None:
    async with dialogue(config, faults) as talk:
        outcome = await talk.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert outcome.scope is scope

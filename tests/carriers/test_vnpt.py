"""VNPT: every code of wire-formats.md 2.2, lists, the two requests, the question."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import (
    Lists,
    PullError,
    Question,
    ReceiptWay,
    Submission,
    Template,
    Text,
)
from outreach.carriers.registry import adapter, dialect
from outreach.carriers.vnpt import Vnpt
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.domain.text import Encoding
from outreach.domain.window import LEGAL

from .asked_contract import AskedContract, Asking
from .contract import KEY, MSISDN, NOW, Bench, Contract, Dialect, account, bench_of, ports_of

ACCOUNT = account(
    "vnpt",
    Channel.SMS,
    {
        "agent_id": "sim-agent-1",
        "api_user": "sim-api-user-1",
        "api_password": "sim-api-password-1",
        "username": "sim-username-1",
        "label_id": "sim-label-1",
        "contract_id": "sim-contract-1",
    },
)
CONTENT = Template("sim-text-1", {"1": "Tran Van A", "2": "30/11"}, 1, Encoding.GSM7)
LIST = "f0e1d2c3b4a5968778695a4b3c2d1e0f"


def reply(code: object, **more: object) -> httpx.Response:
    told = "sim-api-password-1 sim-agent-1 84900000001"
    body = {"RPLY": {"name": "send_sms_list", "ERROR": code, "ERROR_DESC": told, **more}}
    return httpx.Response(200, json=body)


DIALECT = Dialect(
    account=ACCOUNT,
    path="/smsmarketing/api",
    accepted=reply("0"),
    reference=KEY,
    refused=reply("1"),
    unlisted=reply("999"),
    key_on_wire=True,
    content=CONTENT,
)


class TestContract(Contract):
    dialect = DIALECT


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


def vnpt(bench: Bench) -> Vnpt:
    assert isinstance(bench.adapter, Vnpt)
    return bench.adapter


def member(n: int, **changed: Any) -> Submission:
    made = Submission(f"710000004{n}L0-0123456789", f"8491000000{n}", Network.VINAPHONE, CONTENT)
    return replace(made, **changed)


def accented(values: Mapping[str, str]) -> Template:
    return Template("sim-text-1", values, 1, Encoding.UCS2)


def sent(bench: Bench) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(bench.route.calls.last.request.content)
    assert list(body) == ["RQST"]
    found: dict[str, Any] = body["RQST"]
    return found


CODES = {
    Scope.ACCOUNT: "1 2 3 9 10 13 14 15 24 31",
    Scope.TEXT: "7 11 17 30 32",
    Scope.RECIPIENT: "23",
    Scope.NETWORK: "25",
}


@pytest.mark.parametrize(
    ("code", "scope"), [(code, scope) for scope in CODES for code in CODES[scope].split()]
)
async def test_refusals(bench: Bench, code: str, scope: Scope) -> None:
    bench.route.mock(reply(code))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code, outcome.network) == (scope, code, None)
    assert outcome.reason != "unlisted code"


OTHERS: list[tuple[str, Outcome]] = [
    ("-1", Unknown("-1 a character, a length, or an error at VNPT")),
    ("0", Accepted(KEY)),
    ("33", Duplicate(KEY)),
    ("16", Later(timedelta(seconds=5), "16 too fast", throttled=True)),
    ("20", Later(timedelta(hours=1), "20 contract's quota used up", account=True)),
    ("21", Later(timedelta(hours=1), "21 customer's quota used up", account=True)),
    ("22", Later(timedelta(hours=1), "22 agent's quota used up", account=True)),
]


@pytest.mark.parametrize("form", [str, int])
@pytest.mark.parametrize(("code", "outcome"), OTHERS)
async def test_other_answers(bench: Bench, code: str, outcome: Outcome, form: type) -> None:
    bench.route.mock(reply(form(code)))
    assert await bench.adapter.submit(DIALECT.submission) == outcome


EVENING = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 22:30 in Ho Chi Minh City
SMALL_HOURS = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # 03:00 on the 21st there
MORNING = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)  # 07:05 on the 21st


@pytest.mark.parametrize(
    ("code", "now", "until", "whole"),
    [
        ("8", EVENING, MORNING, True),
        ("8", SMALL_HOURS, MORNING, True),
        ("12", EVENING, MORNING, True),
        ("12", NOW, NOW + timedelta(hours=1), True),  # open by law: VNPT's own hours are tighter
        ("26", NOW, MORNING, False),
        ("26", EVENING, MORNING, False),
        ("26", SMALL_HOURS, MORNING + timedelta(days=1), False),
    ],
)
async def test_waits(code: str, now: datetime, until: datetime, *, whole: bool) -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(reply(code))
    made = adapter(ACCOUNT, replace(ports_of(DIALECT, bench.router), clock=lambda: now))
    outcome = await made.submit(DIALECT.submission)
    assert isinstance(outcome, Later)
    assert (now + outcome.wait, outcome.account, outcome.throttled) == (until, whole, False)


@given(
    code=st.sampled_from(("8", "12", "26")),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants them naive
)
async def test_after_a_wait_for_the_clock_the_law_lets_messages_go(
    code: str, now: datetime
) -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(reply(code))
    made = adapter(ACCOUNT, replace(ports_of(DIALECT, bench.router), clock=lambda: now))
    outcome = await made.submit(DIALECT.submission)
    assert isinstance(outcome, Later)
    assert timedelta(0) < outcome.wait <= timedelta(hours=32)
    if outcome.wait != timedelta(hours=1):
        assert LEGAL.is_open(now + outcome.wait)


async def test_an_answer_without_a_code_is_unknown(bench: Bench) -> None:
    for answer in ('{"ERROR": "0"}', '{"RPLY": []}', '{"RPLY": {"ERROR": "none"}}', '{"RPLY": {}}'):
        bench.route.respond(content=answer)
        outcome = await bench.adapter.submit(DIALECT.submission)
        assert outcome == Unknown("unreadable answer: no 'ERROR'")


# The request.


@pytest.mark.parametrize(
    ("encoding", "coding"), [(Encoding.GSM7, "0"), (None, "0"), (Encoding.UCS2, "8")]
)
async def test_the_request(bench: Bench, encoding: Encoding | None, coding: str) -> None:
    bench.route.mock(DIALECT.accepted)
    content = Template("sim-text-1", {"1": "Trần Văn A", "2": "30/11"}, 1, encoding)
    await bench.adapter.submit(member(1, content=content))
    assert sent(bench) == {
        "name": "send_sms_list",
        "REQID": "7100000041L0-0123456789",
        "LABELID": "sim-label-1",
        "CONTRACTTYPEID": "1",
        "CONTRACTID": "sim-contract-1",
        "TEMPLATEID": "sim-text-1",
        "PARAMS": [{"NUM": "1", "CONTENT": "Trần Văn A"}, {"NUM": "2", "CONTENT": "30/11"}],
        "SCHEDULETIME": "",
        "MOBILELIST": "84910000001",
        "ISTELCOSUB": "0",
        "AGENTID": "sim-agent-1",
        "APIUSER": "sim-api-user-1",
        "APIPASS": "sim-api-password-1",
        "USERNAME": "sim-username-1",
        "DATACODING": coding,
    }


@pytest.mark.parametrize("told", ["2", 2])
async def test_an_advertising_contract(told: str | int) -> None:
    contract = replace(ACCOUNT, options={**ACCOUNT.options, "contract_type": told})
    bench = bench_of(replace(DIALECT, account=contract))
    bench.route.mock(DIALECT.accepted)
    await bench.adapter.submit(DIALECT.submission)
    assert sent(bench)["CONTRACTTYPEID"] == "2"


REFUSED_HERE = [
    (
        member(1, content=Text("Moi cai VssID", Encoding.GSM7, 1)),
        Refused(Scope.TEXT, "NO_TEMPLATE", "VNPT sends registered templates only"),
    ),
    (
        member(1, content=accented({"1": "Trần"}), network=Network.MOBIFONE),
        Refused(Scope.TEXT, "ACCENTED", "accented texts reach VinaPhone's numbers only"),
    ),
    *(
        (
            member(1, content=replace(CONTENT, values={"1": f"Tran {letter}"})),
            Refused(Scope.RECIPIENT, "CHARACTER", "one of & < > \" ' or a control character"),
        )
        for letter in ("&", "<", ">", '"', "'", "\x00", "\x1b", "\ud800")
    ),
]


@pytest.mark.parametrize(("message", "refusal"), REFUSED_HERE)
async def test_what_would_be_refused_or_left_open_does_not_leave(
    bench: Bench, message: Submission, refusal: Refused
) -> None:
    assert await bench.adapter.submit(message) == refusal
    # For each, so that nobody asks again in smaller lists.
    assert await vnpt(bench).submit_list(LIST, [message, message]) == [refusal, refusal]
    assert not bench.route.called


# Lists.


async def test_a_list_goes_out_in_one_call_under_its_own_key(bench: Bench) -> None:
    bench.route.mock(DIALECT.accepted)
    outcome = await vnpt(bench).submit_list(LIST, [member(n) for n in (1, 2, 3)])
    assert outcome == Accepted(LIST)
    assert bench.route.call_count == 1
    assert sent(bench)["REQID"] == LIST
    assert sent(bench)["MOBILELIST"] == "84910000001,84910000002,84910000003"


@pytest.mark.parametrize(
    ("code", "kind"), [("23", Refused), ("25", Refused), ("26", Later), ("33", Duplicate)]
)
async def test_an_answer_to_a_list_is_one_outcome(bench: Bench, code: str, kind: type) -> None:
    bench.route.mock(reply(code))
    outcome = await vnpt(bench).submit_list(LIST, [member(1), member(2)])
    assert isinstance(outcome, kind)


@pytest.mark.parametrize(
    "other",
    [
        member(2, network=Network.ITEL),
        member(2, content=replace(CONTENT, template="sim-text-2")),
        member(2, content=replace(CONTENT, values={"1": "Tran Van B", "2": "30/11"})),
        member(2, content=replace(CONTENT, values={"1": "30/11", "2": "Tran Van A"})),
        member(2, content=replace(CONTENT, encoding=Encoding.UCS2)),
        member(2, content=Text("Moi", Encoding.GSM7, 1)),
    ],
)
def test_what_differs_goes_in_another_list(bench: Bench, other: Submission) -> None:
    assert vnpt(bench).alike(other) != vnpt(bench).alike(member(1))


def test_the_order_of_values_makes_no_difference(bench: Bench) -> None:
    turned = replace(CONTENT, values={"2": "30/11", "1": "Tran Van A"})
    assert vnpt(bench).alike(member(2, content=turned)) == vnpt(bench).alike(member(1))


def limited(**options: str | int) -> Vnpt:
    contract = replace(ACCOUNT, options={**ACCOUNT.options, **options})
    return vnpt(bench_of(replace(DIALECT, account=contract)))


def test_what_a_contract_may_know_better(bench: Bench) -> None:
    told = vnpt(bench).capabilities
    assert isinstance(bench.adapter, Lists)
    assert (told.list_least, told.list_most, told.duplicate_window) == (1, 1000, timedelta(0))
    assert (told.receipts, told.by_reference) == (ReceiptWay.ASKED, True)
    assert limited(list_most=50).capabilities.list_most == 50
    assert limited(duplicate_window_hours=6).capabilities.duplicate_window == timedelta(hours=6)


@pytest.mark.parametrize(
    "option",
    [
        {"list_most": 0},
        {"list_most": "many"},
        {"list_most": "nan"},
        {"duplicate_window_hours": -1},
        {"contract_type": "3"},
    ],
)
def test_an_option_without_sense_names_itself_and_the_file(option: dict[str, str | int]) -> None:
    with pytest.raises(BadInputError, match=rf"vnpt\.toml: {next(iter(option))}"):
        limited(**option)


# The question.

QUESTION = Question(KEY, LIST, MSISDN, datetime(2026, 11, 20, 17, 30, tzinfo=UTC))


def told(status: object) -> httpx.Response:
    body = {"name": "get_sms_status_api", "STATUS": status, "MT_COUNT": "1"}
    more = {"ERROR_DESC": "sim-api-password-1 sim-agent-1 84900000001"}
    return httpx.Response(200, json={"RPLY": body | more})


class TestAsked(AskedContract):
    asking = Asking(
        dialect=DIALECT,
        method="POST",
        path="/smsmarketing/api",
        answers=[
            (told("0"), [Receipt(Status.DELIVERED, KEY, LIST, MSISDN, "0 sent")]),
            (told(3), [Receipt(Status.ENROUTE, KEY, LIST, MSISDN, "3 handed on")]),
        ],
        refused=[told("-1"), told("10"), told(None), told("sent"), reply("0"), reply("1")],
        question=QUESTION,
    )


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("0", Status.DELIVERED, "0 sent"),
        ("1", Status.UNDELIVERED, "1 not sent"),
        ("2", Status.ENROUTE, "2 waiting"),
        ("3", Status.ENROUTE, "3 handed on"),
        ("4", Status.ENROUTE, "4 tried again"),
        ("5", Status.ENROUTE, "5 received"),
        ("77", Status.OTHER, "77"),
    ],
)
async def test_a_status(bench: Bench, code: str, status: Status, words: str) -> None:
    bench.route.mock(told(code))
    found = await vnpt(bench).status(QUESTION)
    assert found == [Receipt(status, KEY, LIST, MSISDN, words)]


async def test_the_question_names_the_list_and_the_number(bench: Bench) -> None:
    bench.route.mock(told("2"))
    await vnpt(bench).status(QUESTION)
    assert sent(bench) == {
        "name": "get_sms_status_api",
        "REQID": LIST,
        "MSISND": MSISDN,
        "LABELID": "sim-label-1",
        "CONTRACTID": "sim-contract-1",
        "SCHEDULETIME": "21/11/2026 00:30",
        "AGENTID": "sim-agent-1",
        "APIUSER": "sim-api-user-1",
        "APIPASS": "sim-api-password-1",
    }


async def test_the_form_of_the_date_can_be_another() -> None:
    contract = replace(ACCOUNT, options={**ACCOUNT.options, "date_form": "%d/%m/%Y"})
    bench = bench_of(replace(DIALECT, account=contract))
    bench.route.mock(told("0"))
    await vnpt(bench).status(QUESTION)
    assert sent(bench)["SCHEDULETIME"] == "21/11/2026"


async def test_why_there_is_no_status(bench: Bench) -> None:
    bench.route.mock(told("10"))
    with pytest.raises(PullError, match="get_sms_status_api: user, password or address refused"):
        await vnpt(bench).status(QUESTION)


def test_every_code_of_the_table_is_known() -> None:
    assert set(dialect("vnpt").codes()) == {
        *("-1", "0", "1", "2", "3", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"),
        *("17", "20", "21", "22", "23", "24", "25", "26", "30", "31", "32", "33"),
    }

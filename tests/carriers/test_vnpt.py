"""VNPT: every code of wire-formats.md 2.2, the request."""

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
    Submission,
    Template,
    Text,
)
from outreach.carriers.registry import adapter, dialect
from outreach.carriers.vnpt import Vnpt
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.text import Encoding
from outreach.domain.window import LEGAL

from .contract import KEY, NOW, Bench, Contract, Dialect, account, bench_of, ports_of

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
LIST = "f0e1d2c3b4a5968778695a4b3c2d1e0f"  # a list's own key


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
    duplicate=reply("33"),
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


def test_every_code_of_the_table_is_known() -> None:
    assert set(dialect("vnpt").codes()) == {
        *("-1", "0", "1", "2", "3", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"),
        *("17", "20", "21", "22", "23", "24", "25", "26", "30", "31", "32", "33"),
    }

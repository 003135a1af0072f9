"""VNPT: what became of one number of a call, which is asked for (wire-formats.md 2.2)."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from outreach.carriers.base import PullError, Question
from outreach.domain.receipt import Receipt, Status

from .asked_contract import AskedContract, Asking
from .contract import KEY, MSISDN, Bench, bench_of
from .test_vnpt import ACCOUNT, DIALECT, LIST, reply, sent, vnpt

QUESTION = Question(KEY, LIST, MSISDN, datetime(2026, 11, 20, 17, 30, tzinfo=UTC))


def told(status: object) -> httpx.Response:
    body = {"name": "get_sms_status_api", "STATUS": status, "MT_COUNT": "1"}
    more = {"ERROR_DESC": "sim-api-password-1 sim-agent-1 84900000001"}
    return httpx.Response(200, json={"RPLY": body | more})


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


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

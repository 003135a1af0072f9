"""Viettel: the list of a day's failures, and how the contract stands (wire-formats.md 2.1)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import httpx
import pytest

from outreach.carriers.base import Pulled, PullError, Standing, Stands
from outreach.domain.receipt import Receipt, Status

from .contract import Bench, bench_of
from .test_viettel import DIALECT, soap


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


def failed(numbers: list[str]) -> httpx.Response:
    rows = "".join(f'<result receiver="{n}" message="UNDELIVERED"/>' for n in numbers)
    return soap("getFailSub", f"<errorCode>0</errorCode><message>OK</message>{rows}")


def numbers(first: int, count: int) -> list[str]:
    return [f"84{900_000_000 + n}" for n in range(first, first + count)]


async def test_failures_are_paged(bench: Bench) -> None:
    bench.route.mock(side_effect=[failed(numbers(0, 1000)), failed(numbers(1000, 1))])
    assert isinstance(bench.adapter, Pulled)
    found = await bench.adapter.failures(date(2026, 11, 20))
    assert len(found) == 1001
    told = "on the list of failures"
    assert found[-1] == Receipt(Status.UNDELIVERED, msisdn="84900001000", code=told)
    sent = [call.request.content.decode() for call in bench.route.calls]
    assert "<date>20/11/2026</date>" in sent[0]
    assert ["<pageNumber>1<" in sent[0], "<pageNumber>2<" in sent[1]] == [True, True]


async def test_a_page_that_repeats_itself_is_no_answer(bench: Bench) -> None:
    bench.route.mock(failed(numbers(0, 1000)))
    assert isinstance(bench.adapter, Pulled)
    with pytest.raises(PullError, match="do not end"):
        await bench.adapter.failures(date(2026, 11, 20))
    assert bench.route.call_count == 2


async def test_a_broken_second_page_is_no_answer(bench: Bench) -> None:
    bench.route.mock(side_effect=[failed(numbers(0, 1000)), httpx.Response(502)])
    assert isinstance(bench.adapter, Pulled)
    with pytest.raises(PullError, match="page 2"):
        await bench.adapter.failures(date(2026, 11, 20))


async def test_a_refused_pull_says_so(bench: Bench) -> None:
    refusal = "<errorCode>1</errorCode><message>Authenticate: IP_INVALID</message>"
    bench.route.mock(soap("getFailSub", refusal))
    assert isinstance(bench.adapter, Pulled)
    with pytest.raises(PullError, match="refused"):
        await bench.adapter.failures(date(2026, 11, 20))


# How the contract stands.


def balance(inner: str, **headers: str) -> httpx.Response:
    answer = soap("checkBalance", inner)
    answer.headers.update(headers)
    return answer


async def standing(bench: Bench) -> Standing:
    assert isinstance(bench.adapter, Stands)
    return await bench.adapter.standing()


@pytest.mark.parametrize("told", ["0", "-12000", "1234567.50"])
async def test_the_balance(bench: Bench, told: str) -> None:
    bench.route.mock(
        balance(
            f"<balance>{told}</balance><errCode>0</errCode><errDesc>OK</errDesc>",
            Date="Fri, 20 Nov 2026 03:00:05 GMT",
        )
    )
    clock = datetime(2026, 11, 20, 3, 0, 5, tzinfo=UTC)
    assert await standing(bench) == Standing(Decimal(told), clock=clock)
    (operation,) = ET.fromstring(bench.route.calls.last.request.content)[0]
    assert operation.tag == "{http://impl.bulkSms.ws/}checkBalance"
    assert [(child.tag, child.text) for child in operation] == [
        ("User", "sim-user-1"),
        ("Password", "sim-<pass>&word"),
        ("CPCode", "sim-cp-1"),
    ]


async def test_an_answer_that_is_not_dated_tells_no_clock(bench: Bench) -> None:
    bench.route.mock(balance("<balance>5</balance>"))
    assert await standing(bench) == Standing(Decimal(5))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            balance("<errCode>1</errCode><errDesc>Authenticate: IP_INVALID 84900000001</errDesc>"),
            "address not allow-listed",
        ),
        (
            balance("<balance>0</balance><errDesc>Authenticate: CP_CODE_NOT_FOUND</errDesc>"),
            "contract code unknown",
        ),
        (balance("<errCode>1</errCode><errDesc>sim-user-1?</errDesc>"), "no balance"),
        (balance("<balance>much</balance>"), "no balance"),
        (balance("<balance>1e9</balance>"), "no balance"),
        (httpx.Response(200, content=b"<html>sim-cp-1"), "no readable answer"),
        (httpx.Response(500, content=balance("<balance>1</balance>").content), "no readable"),
    ],
)
async def test_no_balance_says_why(bench: Bench, answer: httpx.Response, why: str) -> None:
    bench.route.mock(answer)
    with pytest.raises(PullError, match=f"checkBalance: {why}") as fault:
        await standing(bench)
    for secret in (*DIALECT.secrets, "84900000001"):
        assert secret not in str(fault.value)


async def test_silence_says_so(bench: Bench) -> None:
    bench.route.mock(side_effect=httpx.ReadTimeout("sim-user-1"))
    with pytest.raises(PullError, match="no readable answer"):
        await standing(bench)

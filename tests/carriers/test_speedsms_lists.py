"""SpeedSMS: many numbers of one text in a call, and the numbers that it leaves out."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import Adapter, Submission, Text
from outreach.domain.errors import BadInputError
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Refused, Scope
from outreach.domain.receipt import Status
from outreach.domain.text import Encoding
from outreach.simulator import Faults, text_hash
from outreach.simulator.speedsms import SpeedSmsConfig

from .contract import (
    KEY,
    MSISDN,
    TEXT,
    Bench,
    bench_of,
)
from .dialogue import dialogue
from .list_contract import ListContract, taker
from .test_speedsms import DIALECT, LOGIN, error, success, with_options


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


class TestListContract(ListContract):
    dialect = DIALECT


NUMBERS = [f"8490000{n:04}" for n in range(1, 6)]


def members(*numbers: str) -> list[Submission]:
    return [Submission(f"key-{n}", each, Network.VIETTEL, TEXT) for n, each in enumerate(numbers)]


async def listed(made: Adapter, *numbers: str) -> object:
    return await taker(made).submit_list("list-1", members(*numbers))


async def test_a_list_is_one_request(bench: Bench) -> None:
    bench.route.mock(DIALECT.accepted)
    assert await listed(bench.adapter, *NUMBERS) == Accepted("4711")
    assert bench.route.call_count == 1
    request = bench.route.calls.last.request
    assert request.headers["Authorization"] == LOGIN
    assert orjson.loads(request.content) == {
        "to": NUMBERS,
        "content": TEXT.body,
        "sms_type": 3,
        "sender": "SIM-CITY",
    }


async def test_the_kind_of_sms_is_the_contracts() -> None:
    bench = bench_of(with_options(sms_type=2))
    bench.route.mock(DIALECT.accepted)
    await bench.adapter.submit(DIALECT.submission)
    assert orjson.loads(bench.route.calls.last.request.content)["sms_type"] == 2


async def test_numbers_that_a_success_leaves_out_are_refused_alone(bench: Bench) -> None:
    bench.route.mock(success(invalidPhone=["0900000002", NUMBERS[3], 7, None]))
    bad = Refused(Scope.RECIPIENT, "105", "phone number invalid")
    good = Accepted("4711")
    assert await listed(bench.adapter, *NUMBERS) == [good, bad, good, bad, good]
    assert await bench.adapter.submit(members(NUMBERS[1])[0]) == bad


async def test_one_word_about_one_number_of_a_list(bench: Bench) -> None:
    """Nothing was taken: whoever asked asks again in smaller lists."""
    bench.route.mock(error("105"))
    assert await listed(bench.adapter, *NUMBERS) == Refused(
        Scope.RECIPIENT, "105", "phone number invalid"
    )


@pytest.mark.parametrize("data", [None, [], {"tranId": None}, {"invalidPhone": "0900000001"}])
async def test_a_success_without_an_id_is_success(bench: Bench, data: object) -> None:
    bench.route.respond(json={"status": "success", "code": "00", "data": data})
    assert await listed(bench.adapter, *NUMBERS) == Accepted()


@given(st.lists(st.integers(0, 999_999_999), min_size=1, max_size=30, unique=True), st.data())
async def test_every_member_of_a_list_has_its_outcome(
    found: list[int], data: st.DataObject
) -> None:
    numbers = [f"84{n:09}" for n in found]
    bad = data.draw(st.sets(st.sampled_from(numbers)))
    bench = bench_of(DIALECT)
    bench.route.mock(success(invalidPhone=sorted(bad)))
    said = await listed(bench.adapter, *numbers)
    outcomes = said if isinstance(said, list) else [said] * len(numbers)
    assert [isinstance(each, Refused) for each in outcomes] == [each in bad for each in numbers]


def test_what_is_alike(bench: Bench) -> None:
    texts = [
        Text("Moi ba con", Encoding.GSM7, 1),
        Text("Mời bà con", Encoding.UCS2, 1),
        Text("Moi", Encoding.GSM7, 1),
    ]
    said = [Submission(KEY, MSISDN, Network.VIETTEL, text) for text in texts]
    twin = Submission("other", NUMBERS[4], Network.VINAPHONE, replace(texts[0]))
    alike = taker(bench.adapter).alike
    kinds = [alike(each) for each in said]
    assert len(set(kinds)) == 3
    assert alike(twin) == kinds[0]


@pytest.mark.parametrize(("options", "most"), [({}, 100), ({"list_most": 1}, 1)])
def test_how_many_one_call_takes(options: dict[str, int], most: int) -> None:
    capabilities = bench_of(with_options(**options)).adapter.capabilities
    assert (capabilities.list_least, capabilities.list_most) == (1, most)
    assert capabilities.by_reference


@pytest.mark.parametrize("name", ["list_most", "sms_type"])
@pytest.mark.parametrize("value", [0, "many", True])
def test_a_figure_that_is_none_names_the_file(name: str, value: str | int) -> None:
    with pytest.raises(BadInputError, match=rf"speedsms\.toml: {name} .* not '{value}'"):
        bench_of(with_options(**{name: value}))


@pytest.mark.parametrize(
    ("share", "failure", "status"),
    [(0.0, 64, Status.DELIVERED), (1.0, 64, Status.UNDELIVERED), (1.0, 63, Status.ENROUTE)],
)
async def test_it_understands_its_rehearsal(share: float, failure: int, status: Status) -> None:
    """A list of thirty, some of them no good, and reports that come twice."""
    numbers = [f"849000{n:05}" for n in range(30)]
    faults = Faults(undelivered=share, receipt_doubled=1.0, refused=0.3)
    async with dialogue(SpeedSmsConfig(failure=failure), faults) as talk:
        said = await listed(talk.adapter, *numbers)
        rows = talk.sim.ledger.requests()
        receipts = await talk.receipts()
    reference = next(row.reference for row in rows if row.accepted)
    bad = Refused(Scope.RECIPIENT, "105", "phone number invalid")
    taken = [row.msisdn for row in rows if row.accepted]
    assert 0 < len(taken) < 30
    assert said == [Accepted(reference) if each in taken else bad for each in numbers]
    assert {row.text for row in rows} == {text_hash(TEXT.body)}
    assert sorted(str(receipt.msisdn) for receipt in receipts) == sorted(taken * 2)
    assert {(receipt.reference, receipt.status) for receipt in receipts} == {(reference, status)}

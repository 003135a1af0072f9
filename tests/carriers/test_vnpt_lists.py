"""VNPT: lists of numbers under one REQID, and what a contract may know better."""

from dataclasses import replace
from datetime import timedelta

import pytest

from outreach.carriers.base import Lists, ReceiptWay, Submission, Text
from outreach.carriers.vnpt import Vnpt
from outreach.domain.errors import BadInputError
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Refused
from outreach.domain.text import Encoding

from .contract import Bench, bench_of
from .list_contract import LIST_KEY, ListContract
from .test_vnpt import ACCOUNT, CONTENT, DIALECT, LIST, member, reply, sent, vnpt


class TestListContract(ListContract):
    dialect = replace(DIALECT, reference=LIST_KEY)


@pytest.fixture
def bench() -> Bench:
    return bench_of(DIALECT)


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

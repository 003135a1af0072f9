"""Cells in which several numbers stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.msisdn import Bad, Reason, both, parse
from outreach.domain.network import PrefixTable
from tests.domain.numbers import cells, nationals

FIRST, SECOND, THIRD = "84900000123", "84910000123", "84320000123"


@pytest.mark.parametrize(
    ("raw", "numbers"),
    [
        ("0900000123", [FIRST]),
        ("0900000123, 0910000123", [FIRST, SECOND]),
        ("0910000123; 0900000123", [SECOND, FIRST]),
        ("0900 000 123 0910 000 123", [FIRST, SECOND]),
        ("0900000123 - 0910000123 - 01620000123", [FIRST, SECOND, THIRD]),
        ("0900.000.123\n0910.000.123", [FIRST, SECOND]),
        ("09000001230910000123", [FIRST, SECOND]),
        ("84900000123840910000123", [FIRST, SECOND]),
        ("+84900000123+84910000123", [FIRST, SECOND]),
        ("0900000123 hoặc 0910000123", [FIRST, SECOND]),
        ("0900000123 HAY 0910000123 or 0320000123", [FIRST, SECOND, THIRD]),
        ("ĐT1: 0900000123 ĐT2: 0910000123", [FIRST, SECOND]),
        ("0900000123 / 84900000123 / 0910000123", [FIRST, SECOND]),
        ("(028) 3800 0123 - 0900 000 123", [FIRST]),
        ("0900000123/38000123", [FIRST]),
        ("+1 650 000 0123 / 0900000123", [FIRST]),
        ("0900000123/4", [FIRST]),
        ("028 3800 0123", []),
        ("0900000123 chị Lan 0910000123", []),
        ("840900000123" * 16, [FIRST]),
        ("0900000123 / 01234567890", [FIRST]),
        ("1234567890 0900000123", [FIRST]),
        ("0900000123 - +84 1234567890 - 0910000123", [FIRST, SECOND]),
        ("01234567890 / 1234567890", []),
    ],
)
def test_all_numbers_of_a_cell(prefixes: PrefixTable, raw: str, numbers: list[str]) -> None:
    assert [number.msisdn for number in both(raw, prefixes)] == numbers


@given(
    st.lists(nationals(), min_size=2, max_size=5, unique=True),
    st.sampled_from(["0{}", "84{}", "+84{}", "0084 {}", "0{}."]),
    st.sampled_from([" / ", ", ", ";", "\n", " - ", " hoặc ", " and ", "", "|"]),
)
def test_what_is_written_side_by_side_comes_out(
    prefixes: PrefixTable, people: list[str], form: str, between: str
) -> None:
    raw = between.join(map(form.format, people))
    assert parse(raw, prefixes) == Bad(Reason.TWO_NUMBERS)
    told = [number.msisdn for number in both(raw, prefixes)]
    assert told == ["84" + national for national in people]


@given(cells)
def test_numbers_of_a_cell_stand_in_it_and_come_once(prefixes: PrefixTable, raw: str) -> None:
    found = both(raw, prefixes)
    assert len(set(found)) == len(found)
    assert all(parse(number.msisdn, prefixes) == number for number in found)
    if len(found) > 1:
        assert parse(raw, prefixes) == Bad(Reason.TWO_NUMBERS)


def test_where_one_ends_must_be_certain(prefixes: PrefixTable) -> None:
    raw = "0900000123 3800123 4 5678901"  # to which local number does the 4 belong?
    assert parse(raw, prefixes) == Bad(Reason.TWO_NUMBERS)
    assert not both(raw, prefixes)

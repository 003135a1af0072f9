"""What a cell of user ids may hold: anything at all."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outreach.campaigns import ids
from outreach.campaigns.ids import Unfit
from outreach.domain.network import PrefixTable

FOREIGN_ONE = "\N{ARABIC-INDIC DIGIT ONE}"


@given(told=st.text(), times=st.sampled_from([1, 100, 10_000]))
@example(told="1", times=400)
@example(told="1", times=5_000)
@example(told=FOREIGN_ONE, times=400)
def test_any_cell_is_judged(prefixes: PrefixTable, told: str, times: int) -> None:
    cell = told * times
    whole = ids.whole_digits([cell], in_workbook=False)
    why = ids.unfit(cell, prefixes, whole)
    assert why is not None or (len(cell) <= 64 and cell.isascii())
    assert len(cell) <= 64 or why is not None


@pytest.mark.parametrize("digits", [65, 400, 5_000])
def test_a_number_too_long_for_an_id_is_none(prefixes: PrefixTable, digits: int) -> None:
    assert ids.unfit("1" * digits, prefixes, 15) is Unfit.ID_FORM

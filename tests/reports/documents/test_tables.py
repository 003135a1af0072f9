import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.text import dotted
from outreach.reports.documents import page
from outreach.reports.documents.fonts import face
from outreach.reports.documents.model import Column, Kind, Table
from outreach.reports.documents.tables import fitted
from tests.reports.documents import samples

POINT = 25.4 / 72


def test_widths_fill_the_page_and_letters_are_as_large_as_may_be() -> None:
    upright, lying = page.text_width(), page.text_width(landscape=True)
    assert fitted(samples.districts(), upright).size == 12
    assert fitted(samples.wide(), lying).size >= 9
    assert fitted(samples.wide(), upright).size < fitted(samples.wide(), lying).size
    for table, whole in ((samples.wide(), lying), (samples.by_network(), upright)):
        assert sum(fitted(table, whole).widths) == pytest.approx(whole)


@given(
    st.lists(
        st.tuples(st.integers(0, 10**12), st.floats(0.2, 4), st.sampled_from(["x", "Đã chuyển"])),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from([page.text_width(), page.text_width(landscape=True)]),
)
def test_no_number_is_wider_than_its_cell(
    drawn: list[tuple[int, float, str]], whole: float
) -> None:
    columns = tuple(Column(title, Kind.COUNT, width) for _, width, title in drawn)
    numbers = tuple(number for number, _, _ in drawn)
    fit = fitted(Table(columns, (numbers,), numbers), whole)
    assert sum(fit.widths) == pytest.approx(whole)
    if fit.size > 6:
        for number, width in zip(numbers, fit.widths, strict=True):
            assert face("Bold").width(dotted(number)) * fit.size * POINT <= width - 3.2


def test_columns_get_the_shares_they_ask_for_where_there_is_room() -> None:
    table = Table((Column("a", width=3), Column("b", width=1)), ((1, 2),))
    assert fitted(table, 160).widths == (120, 40)


def test_far_too_many_columns_keep_to_the_page() -> None:
    many = Table(tuple(Column(f"Cột {n}") for n in range(60)), ((10**9,) * 60,))
    fit = fitted(many, 165)
    assert fit.size == 6
    assert sum(fit.widths) == pytest.approx(165)

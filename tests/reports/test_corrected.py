"""The annex of a correction: every figure by the name that officials know it by."""

from collections.abc import Iterator

import pytest

from outreach.reports import corrected
from outreach.reports.editing import Change, changes
from outreach.reports.ledgers import Setting
from outreach.store.database import Database
from tests.reports.conftest import of_month


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (("total / sent", "25388", "-25389"), ("Tổng cộng / Đã gửi", "25.388", "-25.389")),
        (("total / cost_dong", "1234.5", "-"), ("Tổng cộng / Chi phí (đồng)", "1.234,5", "-")),
        (
            ("coverage / districts / Xã Củ Chi / share", "0.5", "0.25"),
            ("Tham gia và đăng ký / Đơn vị hành chính / Xã Củ Chi / Tỷ lệ", "50,00%", "25,00%"),
        ),
        (
            ("reasons / rejected -118 đã khóa / messages", "-", "1200"),
            ("Lý do / Bị từ chối -118 đã khóa / Số tin", "-", "1.200"),
        ),
        (
            ("statements / Viettel / difficulties", "", "a. 1.5 b"),
            ("Doanh nghiệp báo cáo / Viettel / Khó khăn", "", "a. 1.5 b"),
        ),
    ],
)
def test_a_change_in_words(change: tuple[str, str, str], row: tuple[str, str, str]) -> None:
    assert [*corrected.rows([Change(*change)])] == [row]


def test_every_figure_of_a_month_has_a_name(filled: Database, setting: Setting) -> None:
    with filled.read() as conn:
        made = of_month(conn, 11, setting).to_json()
    found = [where.split(" / ") for where, *_ in corrected.rows(changes({}, made))]
    assert len(found) > 100
    bare = {part for where in found for part in where} & set(_keys(made))
    assert not bare


def _keys(value: object) -> Iterator[str]:
    """Every name in JSON."""
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _keys(each)
    elif isinstance(value, list):
        for each in value:
            yield from _keys(each)

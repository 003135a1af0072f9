"""Tables of the report that lay others' figures beside ours: they add up, and say what they are."""

from dataclasses import replace

import pytest

from outreach.domain.coverage import Coverage
from outreach.reports import words
from outreach.reports.annexes_of_others import coverage
from outreach.reports.books import Answers, Entry
from outreach.reports.columns import Column
from outreach.reports.covered import CoverageLine
from outreach.reports.documents.model import Table
from outreach.reports.ledger import Ledger
from outreach.reports.ledgers import Setting
from outreach.reports.sections import SECTION
from outreach.reports.sums import NOTHING
from outreach.store.database import Database
from tests.reports.conftest import of_month


@pytest.fixture
def ledger(filled: Database, setting: Setting) -> Ledger:
    """November, with all that others say of it; VinaPhone is asked for nothing any more."""
    with filled.read() as conn:
        made = of_month(conn, 11, setting)
    lines = tuple(each for each in made.claims.statements if each.carrier.name != "VinaPhone")
    return replace(made, claims=replace(made.claims, statements=lines))


def _answers(ledger: Ledger) -> Table:
    _, write = SECTION["responses"]
    return next(block for block in write(ledger) if isinstance(block, Table))


def test_every_network_has_a_row_and_the_rows_come_to_the_total(ledger: Ledger) -> None:
    table = _answers(ledger)
    assert ledger.entry.answers.installed == 3
    installed = [row[5] for row in table.rows]
    assert sum(each for each in installed if isinstance(each, int)) == 3
    assert table.total is not None
    assert table.total[5] == 3
    assert "VinaPhone" in [row[0] for row in table.rows], "people of whom no carrier tells"


def test_links_that_nobody_had_are_no_difference(ledger: Ledger) -> None:
    table = _answers(ledger)
    assert {row[2:4] for row in (*table.rows, table.total or ())} == {(None, None)}
    assert "không ghi nhận lượt mở liên kết nào" in words.answered(ledger)
    opened = replace(ledger, entry=Entry(ledger.total, Answers(opened=7)))
    assert "có 7 người mở liên kết hướng dẫn, " in words.answered(opened)
    (told, *_), total = _answers(opened).rows, _answers(opened).total
    assert (told[2], total and total[2]) == (0, 7)


@pytest.mark.parametrize(
    ("rest", "title"),
    [(Coverage(10, 6, 5, 4), "Tổng cộng"), (Coverage(10, 6, 5, 3), "Toàn thành phố")],
)
def test_a_city_of_which_only_some_places_are_told_is_no_sum(
    ledger: Ledger, rest: Coverage, title: str
) -> None:
    assert ledger.claims.coverage is not None
    lines = (CoverageLine("Xã Củ Chi", Coverage(20, 4, 5, 16)), CoverageLine("Khác", rest))
    total = CoverageLine("", Coverage(30, 10, 10, 20))
    told = replace(ledger.claims.coverage, lines=lines, total=total)
    annex = coverage(replace(ledger, claims=replace(ledger.claims, coverage=told)))
    (table,) = annex.blocks
    assert isinstance(table, Table)
    assert table.total == (title, 30, 10, 10, 20, 10 / 30)


def test_coverage_is_of_the_month_that_it_is_told_of(
    filled: Database, setting: Setting, ledger: Ledger
) -> None:
    assert ledger.claims.coverage is not None
    with filled.read() as conn:
        december = of_month(conn, 12, setting).claims.coverage
    assert december is not None
    for found in (ledger.claims.coverage, december):
        assert words.covered(found).startswith("Theo số liệu tháng 11 năm 2026 của Bảo hiểm")


def test_what_there_was_none_of_is_said_in_words() -> None:
    assert words.correction(words.LATE, NOTHING) == f"{words.LATE}: không có."
    assert "Không có tin nào phải giữ lại vì" in words.sent(NOTHING)
    some = replace(NOTHING, columns={Column.SUPPRESSED: 3, Column.DELIVERED: 2})
    assert "Có 3 tin không gửi vì" in words.sent(some)
    assert "5 tin (đã chuyển 2; " in words.correction(words.LATE, some)

"""The workbook of a month: what its cells reckon is what the ledger says."""

import io
import re
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection

from outreach.domain.network import Network
from outreach.reports.documents import wording, xlsx
from outreach.reports.ledger import Ledger
from outreach.reports.ledgers import Setting
from tests.reports import workbook, year
from tests.reports.conftest import of_month
from tests.reports.test_ledger import written
from tests.reports.workbook import Sheet
from tests.reports.year import EACH

MAIN, CARRIERS, REASONS, CAMPAIGNS = "Báo cáo", "Nhà mạng", "Lý do", "Chiến dịch"


@pytest.fixture
def data(november: Ledger, setting: Setting) -> bytes:
    """November's workbook, for the department."""
    return xlsx.render(written(november, setting))


@pytest.fixture
def sheets(data: bytes) -> dict[str, Sheet]:
    """Its sheets by name."""
    return workbook.read(data)


def test_the_sheets(sheets: dict[str, Sheet]) -> None:
    others = ["Doanh nghiệp báo cáo", "Chi phí và hóa đơn"]
    assert list(sheets) == [MAIN, CARRIERS, REASONS, CAMPAIGNS, *others]
    texts = {*sheets[MAIN].texts.values()}
    assert {wording.NATION, "TRUNG TÂM MẪU"} <= texts
    assert "Thành phố Mẫu, ngày 02 tháng 12 năm 2026" in texts


def test_totals_are_formulas_that_agree_with_what_they_show(
    november: Ledger, setting: Setting
) -> None:
    counted = 0
    for edition in setting.reporting.editions:
        made = xlsx.render(written(november, setting, edition.name))
        for sheet in workbook.read(made).values():
            for formula, shown in sheet.formulas.values():
                assert float(shown) == pytest.approx(sheet.reckon(formula))
                counted += 1
    assert counted > 40


def test_the_totals_are_the_ledger_s(sheets: dict[str, Sheet], november: Ledger) -> None:
    total = november.total
    expected = {
        MAIN: [total.recipients, total.sent],
        CARRIERS: [total.recipients, total.messages, total.sent, total.taken, total.confirmable],
        CAMPAIGNS: [total.recipients, total.sent],
    }
    for name, values in expected.items():
        sheet = sheets[name]
        row = total_row(sheet)
        assert [sheet.formulas[f"{column}{row}"] for column in "CD"]
        assert [sheet.value(f"{c}{row}") for c, _ in zip("CDEFG", values, strict=False)] == values


def test_texts_are_never_formulas(sheets: dict[str, Sheet]) -> None:
    assert f"{year.INJECTION} tháng 11" in sheets[CAMPAIGNS].texts.values()
    assert year.INJECTION in sheets[REASONS].texts.values()


def test_the_chart_shows_every_network(data: bytes, sheets: dict[str, Sheet]) -> None:
    titles = {Network.VIETTEL.title, Network.VINAPHONE.title, Network.GMOBILE.title}
    with ZipFile(io.BytesIO(data)) as file:
        chart = file.read("xl/charts/chart1.xml").decode()
    assert chart.count("<c:ser>") == 8
    assert '<c:grouping val="stacked"/>' in chart
    (drawn,) = {*re.findall(r"<c:cat>.*?\$A\$(\d+):\$A\$(\d+)</c:f>", chart)}
    first, last = map(int, drawn)
    assert {sheets[MAIN].texts[f"A{row}"] for row in range(first, last + 1)} == titles


def test_an_empty_month_is_a_report_too(conn: Connection, setting: Setting) -> None:
    empty = workbook.read(xlsx.render(written(of_month(conn, 10, setting), setting)))
    assert all("SUM" not in formula for formula, _ in empty[CAMPAIGNS].formulas.values())
    assert "Tổng cộng" in empty[CAMPAIGNS].texts.values()


def test_each_reason_has_its_count(sheets: dict[str, Sheet]) -> None:
    sheet = sheets[REASONS]
    row = next(cell[1:] for cell, text in sheet.texts.items() if text == year.INJECTION)
    assert sheet.numbers[f"C{row}"] == EACH


def total_row(sheet: Sheet) -> str:
    """The number of the first row of totals."""
    return next(cell[1:] for cell, text in sheet.texts.items() if text == "Tổng cộng")

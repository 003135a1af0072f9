from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection

from outreach.domain.network import Network
from outreach.reports import words
from outreach.reports.layout_xlsx import CAMPAIGNS, CHART, DETAIL, MAIN, REASONS, write_xlsx
from outreach.reports.monthly import MonthlyReport
from tests.reports import workbook, year
from tests.reports.conftest import report
from tests.reports.year import EACH


@pytest.fixture
def path(november: MonthlyReport, tmp_path: Path) -> Path:
    path = tmp_path / "report.xlsx"
    write_xlsx(november, path)
    return path


def test_the_sheets(path: Path) -> None:
    sheets = workbook.read(path)
    assert list(sheets) == [MAIN, DETAIL, CHART, CAMPAIGNS, REASONS]
    texts = sheets[MAIN].texts.values()
    assert {"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "TRUNG TÂM MẪU", words.DELIVERED_MEANS} <= {
        *texts
    }
    assert "Thành phố Mẫu, ngày 02 tháng 12 năm 2026" in texts
    assert "Kết quả gửi tin nhắn tháng 11 năm 2026" in texts


def test_totals_are_formulas_that_agree_with_what_they_show(path: Path) -> None:
    counted = 0
    for sheet in workbook.read(path).values():
        for formula, shown in sheet.formulas.values():
            value = sheet.reckon(formula)
            assert shown == value if value == "" else float(shown) == pytest.approx(value)
            counted += 1
    assert counted > 40


def test_the_totals_are_the_reports(path: Path, november: MonthlyReport) -> None:
    sheets = workbook.read(path)
    total = november.total
    expected = {
        MAIN: [total.recipients, total.messages, total.sent, total.taken, total.confirmable],
        DETAIL: [total.messages, total.taken],
        CAMPAIGNS: [total.recipients, total.messages],
    }
    for name, values in expected.items():
        sheet = sheets[name]
        row = next(cell[1:] for cell, text in sheet.texts.items() if text == "Tổng cộng")
        sums = [f"{column}{row}" for column in "BCDEFGH" if f"{column}{row}" in sheet.formulas]
        assert [sheet.value(cell) for cell in sums[: len(values)]] == values


def test_texts_are_never_formulas(path: Path) -> None:
    sheets = workbook.read(path)
    assert f"{year.INJECTION} tháng 11" in sheets[CAMPAIGNS].texts.values()
    assert year.INJECTION in sheets[REASONS].texts.values()
    formulas = [formula for sheet in sheets.values() for formula, _ in sheet.formulas.values()]
    assert all(formula.startswith(("SUM(", "IF(")) for formula in formulas)


def test_the_chart_shows_every_network_below_its_table(path: Path, november: MonthlyReport) -> None:
    sheet = workbook.read(path)[CHART]
    total = next(int(cell[1:]) for cell, text in sheet.texts.items() if text == "Tổng cộng")
    titles = {Network.VIETTEL.title, Network.VINAPHONE.title, Network.GMOBILE.title}
    assert titles <= {*sheet.texts.values()}
    with ZipFile(path) as file:
        drawing = file.read("xl/drawings/drawing1.xml").decode()
        chart = file.read("xl/charts/chart1.xml").decode()
    assert int(drawing.split("<xdr:row>")[1].split("<")[0]) >= total
    assert chart.count("<c:ser>") == 8
    assert '<c:grouping val="stacked"/>' in chart


def test_print_and_view(path: Path) -> None:
    with ZipFile(path) as file:
        book = file.read("xl/workbook.xml").decode()
        sheets = [file.read(f"xl/worksheets/sheet{n}.xml").decode() for n in range(1, 6)]
    for sheet in sheets:
        assert 'paperSize="9"' in sheet
        assert 'orientation="landscape"' in sheet
        assert 'fitToHeight="0"' in sheet
        assert 'state="frozen"' in sheet
    assert book.count("_xlnm.Print_Titles") == 5


def test_the_same_report_gives_the_same_bytes(
    path: Path, november: MonthlyReport, tmp_path: Path
) -> None:
    again = tmp_path / "again.xlsx"
    write_xlsx(november, again)
    assert again.read_bytes() == path.read_bytes()
    with ZipFile(path) as file:
        assert b"2026-12-02T08:30:00Z" in file.read("docProps/core.xml")


def test_a_rehearsal_says_so_on_every_sheet(november: MonthlyReport, tmp_path: Path) -> None:
    path = tmp_path / "rehearsal.xlsx"
    write_xlsx(replace(november, rehearsal=True), path)
    sheets = workbook.read(path)
    assert all(sheet.texts["A1"] == words.REHEARSAL for sheet in sheets.values())


def test_the_real_thing_does_not(path: Path) -> None:
    assert b"DI\xe1\xbb\x84N" not in b"".join(_contents(path))


def _contents(path: Path) -> list[bytes]:
    with ZipFile(path) as file:
        return [file.read(name) for name in file.namelist()]


def test_an_empty_month_is_a_report_too(conn: Connection, tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    write_xlsx(report(conn, 10), path)
    main = workbook.read(path)[MAIN]
    assert "Tổng cộng" in main.texts.values()
    assert all("SUM" not in formula for formula, _ in main.formulas.values())


def test_each_reason_has_its_count(path: Path) -> None:
    sheet = workbook.read(path)[REASONS]
    row = next(cell[1:] for cell, text in sheet.texts.items() if text == year.INJECTION)
    assert sheet.numbers[f"C{row}"] == EACH

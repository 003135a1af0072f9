import io
import re
from dataclasses import replace
from decimal import Decimal
from zipfile import ZipFile

import pytest

from outreach.reports.documents import wording, xlsx
from outreach.reports.documents.model import Annex, Column, Kind, Paragraph, Table
from tests.reports.documents import reading, samples


@pytest.fixture(scope="module")
def data() -> bytes:
    return xlsx.render(samples.report())


def _part(data: bytes, name: str) -> str:
    with ZipFile(io.BytesIO(data)) as parts:
        return parts.read(name).decode()


def test_a_sheet_for_the_report_and_one_for_each_annex(data: bytes) -> None:
    sheets = reading.sheets(data)
    assert list(sheets) == ["Báo cáo", "Nhà mạng", "Số liệu theo địa bàn", "Trống"]
    texts = [cell for row in sheets["Báo cáo"] for cell in row]
    for expected in (
        "TRUNG TÂM CHUYỂN ĐỔI SỐ", "Số: 05/BC-TTCĐS", "BÁO CÁO", samples.report().title,
        "Thành phố Mẫu, ngày 02 tháng 12 năm 2026", "Kết quả theo nhà mạng",
        "II. Đánh giá và kiến nghị",
    ):  # fmt: skip
        assert expected in texts


def test_counts_are_numbers_and_what_is_not_known_a_dash(data: bytes) -> None:
    rows = reading.sheets(data)["Báo cáo"]
    viettel = next(row for row in rows if row[1] == "Viettel")
    assert viettel[:7] == [1, "Viettel", 1_250_000, 1_200_000, 1_100_000, 90_000, 0.91667]
    assert next(row for row in rows if row[1] == "MobiFone")[5] == "-"
    assert "[$-42A]#,##0" in _part(data, "xl/styles.xml")
    assert "[$-42A]0.00%" in _part(data, "xl/styles.xml")


def test_a_total_that_is_the_sum_is_a_formula_and_another_is_a_value() -> None:
    columns = (Column("Tên", Kind.TEXT), Column("Tổng"), Column("Khác"), Column("đ"))
    rows = (("a", 1, 5, Decimal("1.5")), ("b", 2, None, Decimal(2)))
    table = Table(columns, rows, ("", 3, 9, Decimal("3.5")))
    made = xlsx.render(replace(samples.report(), blocks=(table,), annexes=()))
    sheet = _part(made, "xl/worksheets/sheet1.xml")
    assert sheet.count("<f>") == 2
    row = next(row for row in reading.sheets(made)["Báo cáo"] if row[1] == 3)
    assert row[:4] == ["", 3, 9, 3.5]


def test_a_formula_adds_up_the_rows_above_it(data: bytes) -> None:
    rows = reading.sheets(data)["Số liệu theo địa bàn"]
    first = next(n for n, row in enumerate(rows, 1) if row[1] == "Thành phố Thủ Đức")
    sheet = _part(data, "xl/worksheets/sheet3.xml")
    assert f"<f>SUM(C{first}:C{first + 59})</f>" in sheet
    assert sum(float(str(row[2])) for row in rows[first - 1 : first + 59]) == rows[first + 59][2]


def test_charts_are_drawn_of_the_cells_of_their_sheet(data: bytes) -> None:
    chart = _part(data, "xl/charts/chart2.xml")
    rows = reading.sheets(data)["Số liệu theo địa bàn"]
    head = next(n for n, row in enumerate(rows, 1) if row[0] == "tin nhắn")
    assert chart.count("<c:ser>") == 4
    assert '<c:grouping val="stacked"/>' in chart
    assert f"<c:f>'Số liệu theo địa bàn'!$B${head + 1}:$B${head + 24}</c:f>" in chart
    assert f"<c:f>'Số liệu theo địa bàn'!$A${head + 1}:$A${head + 24}</c:f>" in chart
    assert rows[head][:2] == ["Thành phố Thủ Đức", 900_000]
    assert "Biểu đồ thanh chồng" in _part(data, "xl/drawings/drawing2.xml")


def test_texts_are_texts_whatever_they_look_like() -> None:
    texts = (
        "=1+1",
        "+84900000001",
        "-1",
        "@x",
        "https://example.vn",
        "=HYPERLINK(1)",
        "007",
        "{=A1}",
    )
    columns = (Column("=A1", Kind.TEXT), Column("n"))
    table = Table(columns, tuple((text, None) for text in texts), ("=B1", "=B2"), "=C1")
    chart = replace(samples.chart(texts), title="=1+1", unit="=2")
    document = replace(
        samples.report(), agency="=agency", title="=title", blocks=(Paragraph("=p"), table, chart),
        annexes=(Annex("=annex", (Paragraph("=q"),)),),
    )  # fmt: skip
    made = xlsx.render(document)
    sheet = _part(made, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    drawn_of = re.findall("<c:f>(.*?)</c:f>", _part(made, "xl/charts/chart1.xml"))
    assert len(drawn_of) == 14
    assert all(cells.startswith("'Báo cáo'!$") for cells in drawn_of)
    cells = [cell for row in reading.sheets(made)["Báo cáo"] for cell in row]
    for text in (*texts, "=A1", "=B1", "=B2", "=C1", "=p", "=title", "=AGENCY", "=1+1", "=2"):
        assert text in cells


def test_names_of_sheets_are_what_excel_takes() -> None:
    wanted = (
        "a/b:c*d?e[f]g\\h", "x" * 40, "X" * 40, "'quoted'", "", "History", "báo cáo", "BÁO CÁO",
    )  # fmt: skip
    annexes = tuple(Annex("", (samples.by_network(),), sheet=name) for name in wanted)
    made = reading.sheets(xlsx.render(replace(samples.report(), annexes=annexes)))
    assert list(made) == [
        "Báo cáo", "a b c d e f g h", "x" * 31, "X" * 26 + " (2)", "quoted", "Phụ lục 5",
        "History (2)", "báo cáo (2)", "BÁO CÁO (3)",
    ]  # fmt: skip


def test_print_and_view(data: bytes) -> None:
    sheets = [_part(data, f"xl/worksheets/sheet{n}.xml") for n in range(1, 5)]
    assert all('paperSize="9"' in sheet and 'fitToHeight="0"' in sheet for sheet in sheets)
    assert ['orientation="landscape"' in sheet for sheet in sheets] == [False, True, False, False]
    assert ['state="frozen"' in sheet for sheet in sheets] == [False, True, True, True]
    assert _part(data, "xl/workbook.xml").count("_xlnm.Print_Titles") == 3
    rows = reading.sheets(data)["Số liệu theo địa bàn"]
    head = next(n for n, row in enumerate(rows, 1) if row[0] == "TT")
    assert f"'Số liệu theo địa bàn'!${head}:${head}" in _part(data, "xl/workbook.xml")


def test_the_same_document_gives_the_same_bytes(data: bytes) -> None:
    assert xlsx.render(samples.report()) == data
    assert "2026-12-02T00:00:00Z" in _part(data, "docProps/core.xml")
    assert "Trung tâm Chuyển đổi số" in _part(data, "docProps/core.xml")


def test_a_rehearsal_says_so_on_every_sheet_and_nothing_else_does(data: bytes) -> None:
    rehearsed = xlsx.render(samples.report(rehearsal=True))
    for n, rows in enumerate(reading.sheets(rehearsed).values(), 1):
        assert rows[0][0] == wording.REHEARSAL
        assert wording.REHEARSAL in _part(rehearsed, f"xl/worksheets/sheet{n}.xml")
    assert "DIỄN TẬP" not in _part(data, "xl/sharedStrings.xml")


def test_the_head_of_a_chart_s_figures_is_not_kept_in_sight() -> None:
    annex = Annex("", (samples.chart(samples.NETWORKS), samples.districts()))
    made = xlsx.render(replace(samples.report(), annexes=(annex,)))
    assert 'state="frozen"' not in _part(made, "xl/worksheets/sheet2.xml")

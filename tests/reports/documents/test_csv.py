from dataclasses import replace
from decimal import Decimal

from outreach.reports.documents import csv, wording
from outreach.reports.documents.model import Annex, Column, Kind, Paragraph, Table
from tests.reports.documents import reading, samples


def test_it_begins_with_what_it_is() -> None:
    data = csv.render(samples.report())
    assert data.startswith(b"\xef\xbb\xbfTrung")
    assert data.count(b"\r\n") == data.count(b"\n") - 1  # the quotation has a line end of its own
    assert reading.rows(data)[:4] == [
        ["Trung tâm Chuyển đổi số"],
        ["Báo cáo", "Số: 05/BC-TTCĐS"],
        [samples.report().title],
        ["Thành phố Mẫu, ngày 02 tháng 12 năm 2026"],
    ]


def test_tables_stand_below_each_other_with_their_titles() -> None:
    rows = reading.rows(csv.render(samples.report()))
    at = rows.index(["Kết quả theo nhà mạng"])
    assert rows[at + 1][:3] == ["TT", "Nhà mạng", "Người nhận"]
    assert rows[at + 2] == ["1", "Viettel", "1250000", "1200000", "1100000", "90000", "91,67%"]
    assert rows[at + 4][5] == ""
    assert rows[at + 10][:3] == ["", "Tổng cộng", "3397320"]
    assert ["Phụ lục II. Số liệu theo địa bàn"] in rows
    assert ["tin nhắn", "Đã chuyển", "Đã nhận, không báo lỗi", "Chưa có biên nhận"] in [
        row[:4] for row in rows
    ]
    assert ["Quận 1", "450000", "150000", "100000", "50000"] in rows


def test_cells() -> None:
    columns = (Column("đ"), Column("%", Kind.SHARE), Column("n"), Column("t", Kind.TEXT))
    table = Table(columns, ((Decimal("1234.50"), 0.5, 7, None), (None, None, "không rõ", "=1+1")))
    rows = reading.rows(csv.render(replace(samples.report(), blocks=(table,), annexes=())))
    assert rows[-3:-1] == [["1234", "50,00%", "7", ""], ["", "", "không rõ", "'=1+1"]]


def test_no_text_is_a_formula() -> None:
    table = Table((Column("=a", Kind.TEXT),), (("@b",),), ("+c",), "-d")
    document = replace(
        samples.report(), agency="=e", title="=f", blocks=(Paragraph("=g"), table),
        annexes=(Annex("h", (Paragraph("\t=i"),)),),
    )  # fmt: skip
    for row in reading.rows(csv.render(document)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]


def test_a_rehearsal_says_so_first() -> None:
    assert reading.rows(csv.render(samples.report(rehearsal=True)))[0] == [wording.REHEARSAL]

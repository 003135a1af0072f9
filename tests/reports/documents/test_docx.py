import io
import subprocess
import sys
from dataclasses import replace
from zipfile import ZipFile

import pytest
from docx.document import Document as Docx
from docx.oxml.ns import qn

from outreach.reports.documents import docx, page, wording
from outreach.reports.documents.docx_parts import FONT
from outreach.reports.documents.model import Annex, Paragraph
from tests.reports.documents import reading, samples


@pytest.fixture(scope="module")
def data() -> bytes:
    return docx.render(samples.report())


@pytest.fixture(scope="module")
def file(data: bytes) -> Docx:
    return reading.word(data)


def test_every_section_is_a4_with_the_margins_of_the_law(file: Docx) -> None:
    assert len(file.sections) == 4
    for section in file.sections:
        assert section.top_margin.mm == pytest.approx(20, abs=0.1)  # type: ignore[union-attr]  # set
        assert section.bottom_margin.mm == pytest.approx(20, abs=0.1)  # type: ignore[union-attr]  # set
        assert section.left_margin.mm == pytest.approx(30, abs=0.1)  # type: ignore[union-attr]  # set
        assert section.right_margin.mm == pytest.approx(15, abs=0.1)  # type: ignore[union-attr]  # set
    sides = [round(section.page_width.mm) for section in file.sections]  # type: ignore[union-attr]  # set
    assert sides == [210, 297, 210, 210]


def test_times_new_roman_for_every_script_and_no_theme(data: bytes, file: Docx) -> None:
    for name in ("Normal", "Body Text", "Heading 1", "Heading 2", "Header", "Footer"):
        fonts = file.styles[name].element.rPr.rFonts
        assert {fonts.get(qn(f"w:{s}")) for s in ("ascii", "hAnsi", "eastAsia", "cs")} == {FONT}
        assert not [key for key in fonts.attrib if "heme" in key]
    with ZipFile(io.BytesIO(data)) as parts:
        assert b"rFonts" not in parts.read("word/document.xml")


def test_the_body_is_justified_indented_and_spaced(file: Docx) -> None:
    body = next(p for p in file.paragraphs if p.text.startswith("Trong tháng 11"))
    layout = body.style.paragraph_format  # type: ignore[union-attr]  # it has one
    assert layout.alignment == 3
    assert layout.first_line_indent.mm == pytest.approx(12.7, abs=0.1)
    assert layout.space_after.pt >= 6
    assert 1 <= layout.line_spacing <= 1.5
    assert body.style.font.size.pt in {13, 14}  # type: ignore[union-attr]  # it has one


def test_the_boxes_of_a_report_in_their_order(data: bytes) -> None:
    expected = (
        "ỦY BAN NHÂN DÂN", "THÀNH PHỐ MẪU", "TRUNG TÂM CHUYỂN ĐỔI SỐ", wording.NATION,
        wording.MOTTO, "Số: 05/BC-TTCĐS", "Thành phố Mẫu, ngày 02 tháng 12 năm 2026", "BÁO CÁO",
        "Kính gửi: Sở Thông tin và Truyền thông Thành phố Mẫu", "I. KẾT QUẢ CHUNG",
        "1. Theo nhà mạng", "Kết quả theo nhà mạng", "Tổng cộng", "3.397.320",
        "- Tỷ lệ chuyển đạt yêu cầu so với tháng trước;", "Nơi nhận:", "- Như trên;",
        "- Lưu: VT, CNTT.", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Nguyễn Thị Minh Khai", "Phụ lục I",
        "CHI TIẾT THEO NHÀ MẠNG", "Phụ lục II", "Phụ lục III",
    )  # fmt: skip
    texts, at = reading.word_texts(data), 0
    for text in expected:
        at = texts.index(text, at)


def test_sizes_and_weights_of_the_boxes(file: Docx) -> None:
    runs = {
        run.text: (run.font.size.pt if run.font.size else None, bool(run.bold), bool(run.italic))
        for part in (file.paragraphs, *(c.paragraphs for t in file.tables for c in t._cells))
        for paragraph in part
        for run in paragraph.runs
    }
    assert runs[wording.NATION] == (12, True, False)
    assert runs[wording.MOTTO] == (13, True, False)
    assert runs["ỦY BAN NHÂN DÂN"] == (12, False, False)
    assert runs["TRUNG TÂM CHUYỂN ĐỔI SỐ"] == (12, True, False)
    assert runs["Số: 05/BC-TTCĐS"] == (13, False, False)
    assert runs["Thành phố Mẫu, ngày 02 tháng 12 năm 2026"] == (13, False, True)
    assert runs["BÁO CÁO"] == (14, True, False)
    assert runs["Nơi nhận:"] == (12, True, True)
    assert runs["- Như trên;"] == (11, False, False)
    assert runs["PHÓ GIÁM ĐỐC"] == (14, True, False)
    assert runs["Phụ lục II"] == (14, True, False)


def test_lines_are_as_long_as_the_law_says(file: Docx) -> None:
    cells = file.tables[0].rows[0].cells
    for cell, least, most in ((cells[0], 1 / 3, 1 / 2), (cells[1], 0.99, 1.01)):
        ruled = cell.paragraphs[-1]
        text = cell.paragraphs[-2].text
        size = 12 if cell is cells[0] else 13
        indent = ruled.paragraph_format.left_indent
        assert indent is not None
        assert ruled._p.pPr is not None
        assert ruled._p.pPr.find(qn("w:pBdr")) is not None
        length = page.HEAD[cell is not cells[0]] - 2 * indent.mm
        assert least <= length / page.width(text, size, "Bold") <= most


def test_pages_are_numbered_in_the_top_margin_but_for_the_first(file: Docx) -> None:
    for section in file.sections:
        assert section.different_first_page_header_footer
        assert "PAGE" in section.header._element.xml
        assert section.header.paragraphs[0].alignment == 1
        assert "PAGE" not in section.first_page_header._element.xml
        assert section.header_distance is not None
        assert section.header_distance.mm + 14 * 25.4 / 72 < page.TOP
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
    assert file.styles["Header"].font.size.pt in {13, 14}


def test_tables_repeat_their_head_and_are_as_wide_as_their_cells(file: Docx) -> None:
    tables = [table for table in file.tables if "tblHeader" in table._tbl.xml]
    assert len(tables) == 4
    for table in tables:
        grid = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
        for row in table.rows:
            assert "cantSplit" in row._tr.xml
            assert [int(c.tcPr.find(qn("w:tcW")).get(qn("w:w"))) for c in row._tr.tc_lst] == grid
        assert "tblHeader" in table.rows[0]._tr.xml
        assert "tblHeader" not in "".join(row._tr.xml for row in table.rows[1:])
    first = tables[0].rows
    assert all(run.bold for cell in first[-1].cells for run in cell.paragraphs[0].runs)
    assert first[1].cells[2].paragraphs[0].alignment == 2
    assert first[1].cells[1].paragraphs[0].alignment == 0


def test_a_head_is_never_alone_at_the_foot_of_a_page(file: Docx) -> None:
    """LibreOffice 7.4 shows none of the rows below a head that is."""
    tables = [table for table in file.tables if "tblHeader" in table._tbl.xml]
    for table in tables:
        head, *rows = table.rows
        for cell in head.cells:
            assert all(each.paragraph_format.keep_with_next for each in cell.paragraphs)
        for cell in (cell for row in rows for cell in row.cells):
            assert not any(each.paragraph_format.keep_with_next for each in cell.paragraphs)


def test_a_chart_is_a_picture_with_words(file: Docx, data: bytes) -> None:
    shapes = [shape._inline.docPr.get("descr") for shape in file.inline_shapes]
    assert len(shapes) == 3
    assert all(words.startswith("Biểu đồ thanh chồng: ") for words in shapes)
    assert "Thành phố Thủ Đức: 1.500.000" in shapes[1]
    with ZipFile(io.BytesIO(data)) as parts:
        assert sum(name.endswith(".png") for name in parts.namelist()) == 3


def test_the_signature_stays_on_one_page_with_the_last_paragraph(file: Docx) -> None:
    assert "cantSplit" in file.tables[2]._tbl.xml
    last = next(p for p in file.paragraphs if p.text.endswith("./."))
    assert last.paragraph_format.keep_with_next
    (behind,) = (p for p in file.paragraphs if p._p.getprevious() is last._p)
    assert behind.paragraph_format.keep_with_next


def test_a_letter() -> None:
    texts = reading.word_texts(docx.render(samples.letter()))
    assert "CÔNG VĂN" not in texts
    at = texts.index("Số:       /TTCĐS-CNTT")
    assert texts[at + 1].startswith("V/v đề nghị")
    assert texts[texts.index("Kính gửi:") + 1 :][:2] == [
        "- Tập đoàn Công nghiệp - Viễn thông Mẫu;", "- Tổng công ty Viễn thông Mẫu.",
    ]  # fmt: skip
    assert "Phụ lục" in texts


def test_properties(data: bytes, file: Docx) -> None:
    known, document = file.core_properties, samples.report()
    assert (known.title, known.author) == (document.title, document.agency)
    assert known.created is not None
    assert known.modified is not None
    assert known.created.date() == known.modified.date() == document.on
    with ZipFile(io.BytesIO(data)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_same_document_gives_the_same_bytes_in_another_process(data: bytes) -> None:
    code = (
        "import sys; from outreach.reports.documents import docx; from tests.reports.documents"
        " import samples; sys.stdout.buffer.write(docx.render(samples.report()))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert made.stdout == data


def test_a_rehearsal_says_so_on_every_page_and_nothing_else_does(file: Docx) -> None:
    for section in reading.word(docx.render(samples.report(rehearsal=True))).sections:
        assert section.footer.paragraphs[0].text == wording.REHEARSAL
        assert section.first_page_footer.paragraphs[0].text == wording.REHEARSAL
        assert section._sectPr.find(qn("w:pgBorders")) is not None
    for section in file.sections:
        assert section.footer.paragraphs[0].text == ""
        assert section._sectPr.find(qn("w:pgBorders")) is None


def test_a_line_of_a_paragraph_is_a_paragraph() -> None:
    document = replace(samples.report(), blocks=(Paragraph("một\nhai"),), annexes=())
    texts = reading.word_texts(docx.render(document))
    assert texts[texts.index("một") + 1] == "hai"


def test_many_rows() -> None:
    document = replace(samples.report(), annexes=(Annex("Địa bàn", (samples.districts(400),)),))
    assert len(reading.word(docx.render(document)).tables[-1].rows) == 402

import subprocess
import sys
from dataclasses import replace

import pytest

from outreach.reports.documents import page, pdf, wording
from outreach.reports.documents.model import (
    Annex,
    Column,
    Document,
    Item,
    Kind,
    Paragraph,
    Quotation,
    Table,
)  # fmt: skip
from tests.reports.documents import reading, samples

MARKUP = (
    '#panic("x")', "*a*", "_b_", "$x$", "a \\ b", "@ref", "<script>", "// c", "= h", "~", "`c`",
    "#let x = 1", "[y]", "/* z", "- - -", "https://example.vn/x",
)  # fmt: skip


@pytest.fixture(scope="module")
def report() -> bytes:
    return pdf.render(samples.report())


@pytest.fixture(scope="module")
def pages(report: bytes) -> list[str]:
    return reading.pdf_pages(report)


def test_it_is_an_archivable_pdf_of_a4(report: bytes) -> None:
    file = reading.pdf(report)
    assert report.startswith(b"%PDF-1.7")
    described = file.xmp_metadata
    assert described is not None
    assert b"<pdfaid:part>2</pdfaid:part>" in described.stream.get_data()
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in described.stream.get_data()
    boxes = [page.mediabox for page in file.pages]
    sizes = [(round(b.width / 72 * 25.4), round(b.height / 72 * 25.4)) for b in boxes]
    assert set(sizes) == {(210, 297), (297, 210)}
    assert sizes.count((297, 210)) == 1


def test_title_author_day_and_language(report: bytes) -> None:
    file = reading.pdf(report)
    assert file.metadata is not None
    assert file.metadata.title == samples.report().title
    assert file.metadata.author == "Trung tâm Chuyển đổi số"
    assert file.metadata.creation_date is not None
    assert file.metadata.creation_date.date() == samples.report().on
    assert file.trailer["/Root"]["/Lang"] == "vi"  # type: ignore[index]  # as PDF has it


def test_the_boxes_of_a_report_in_their_order(pages: list[str]) -> None:
    expected = (
        "ỦY BAN NHÂN DÂN THÀNH PHỐ MẪU", "TRUNG TÂM CHUYỂN ĐỔI SỐ", wording.NATION, wording.MOTTO,
        "Số: 05/BC-TTCĐS", "Thành phố Mẫu, ngày 02 tháng 12 năm 2026", "BÁO CÁO",
        "Kết quả nhắn tin hướng dẫn", "Kính gửi: Sở Thông tin và Truyền thông Thành phố Mẫu",
        "về công tác văn thư;", "cài đặt ứng dụng VssID.", "I. KẾT QUẢ CHUNG", "1. Theo nhà mạng",
        "Kết quả theo nhà mạng", "1.250.000", "91,67%", "Tổng cộng", "3.397.320",
        "2. Nội dung đã gửi", "II. ĐÁNH GIÁ VÀ KIẾN NGHỊ", "- Tỷ lệ chuyển đạt", "chỉ đạo./.",
        "Nơi nhận: - Như trên; - Ủy ban nhân dân Thành phố (để báo cáo);",
        "- Lưu: VT, CNTT.", "KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC", "Nguyễn Thị Minh Khai", "Phụ lục I ",
        "CHI TIẾT THEO NHÀ MẠNG",
        "(Kèm theo Báo cáo số 05/BC-TTCĐS ngày 02 tháng 12 năm 2026 của Trung tâm Chuyển đổi số)",
        "Phụ lục II ", "Phụ lục III ",
    )  # fmt: skip
    words, at = " ".join(pages), 0
    for text in expected:
        at = words.index(text, at)


def test_a_letter_has_its_subject_below_the_number_and_no_type() -> None:
    words = " ".join(reading.pdf_pages(pdf.render(samples.letter())))
    assert "CÔNG VĂN" not in words
    assert "V/v đề nghị gửi số liệu nhắn tin" in words
    assert "Thành phố Mẫu, ngày 09 tháng 02 năm 2026" in words
    listed = "Kính gửi: - Tập đoàn Công nghiệp - Viễn thông Mẫu; - Tổng công ty Viễn thông Mẫu."
    assert listed in words
    assert "Phụ lục NỘI DUNG TIN NHẮN (Kèm theo Công văn số /TTCĐS-CNTT ngày 09 tháng 02" in words


def test_pages_are_numbered_in_each_part_from_the_second_on(pages: list[str]) -> None:
    starts = [page[:1] for page in pages]
    firsts = [n for n, words in enumerate(pages) if words.startswith(("ỦY BAN", "Phụ lục"))]
    assert len(firsts) == 4
    for n, first in enumerate(firsts):
        last = firsts[n + 1] if n + 1 < len(firsts) else len(pages)
        assert starts[first + 1 : last] == [str(k) for k in range(2, last - first + 1)]
    assert "2" in starts
    assert "3" in starts


def test_a_long_table_has_its_head_on_every_page() -> None:
    document = replace(samples.report(), annexes=(Annex("Địa bàn", (samples.districts(400),)),))
    pages = [words for words in reading.pdf_pages(pdf.render(document)) if "Quận" in words]
    assert len(pages) > 8
    assert all("TT Địa bàn Tham gia Đã đăng ký Tỷ lệ" in words for words in pages)
    assert sum(words.count("120.000") for words in pages) == 400


def test_a_rehearsal_says_so_on_every_page_and_nothing_else_does(pages: list[str]) -> None:
    rehearsed = reading.pdf_pages(pdf.render(samples.report(rehearsal=True)))
    assert len(rehearsed) == len(pages)
    assert all(wording.REHEARSAL in words for words in rehearsed)
    assert not any("DIỄN TẬP" in words for words in pages)


def test_the_same_document_gives_the_same_bytes_in_another_process(report: bytes) -> None:
    code = (
        "import sys; from outreach.reports.documents import pdf; from tests.reports.documents"
        " import samples; sys.stdout.buffer.write(pdf.render(samples.report()))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert made.stdout == report


@pytest.mark.parametrize("text", MARKUP)
def test_what_looks_like_markup_is_printed_as_it_stands(text: str) -> None:
    table = Table((Column(text, Kind.TEXT),), ((text,),), (text,), text)
    document = replace(
        samples.letter(), title=text, agency=text, parent=text, place=text, symbol=text,
        signer=text, signer_title=text, authority=(text,), to=(text,), bases=(text,),
        recipients=(text,), blocks=(Paragraph(text), Item(text), Quotation(text), table),
        annexes=(Annex(text, ()),),
    )  # fmt: skip
    words = " ".join(reading.pdf_pages(pdf.render(document)))
    assert words.replace(" ", "").lower().count(text.replace(" ", "").lower()) >= 17


def test_the_signature_is_not_parted_from_the_last_paragraph() -> None:
    for lines in range(20, 60):
        filled = tuple(Paragraph(f"Dòng {n}.") for n in range(lines))
        document = replace(
            samples.report(), blocks=(*filled, Paragraph("Cuối cùng./.")), annexes=()
        )
        pages = reading.pdf_pages(pdf.render(document))
        (last,) = (words for words in pages if "Nơi nhận:" in words)
        assert "Cuối cùng./." in last
        assert "Nguyễn Thị Minh Khai" in last
        assert "Lưu: VT, CNTT." in last


def test_more_recipients_than_a_page_holds_go_on_on_the_next() -> None:
    many = tuple(f"Đơn vị số {n}" for n in range(120))
    pages = reading.pdf_pages(pdf.render(replace(samples.letter(), recipients=many)))
    assert sum("- Đơn vị số" in words for words in pages) > 1
    assert all(f"- Đơn vị số {n};" in " ".join(pages) for n in range(119))


def test_no_word_leaves_the_page() -> None:
    document: Document = replace(
        samples.report(),
        blocks=(
            Paragraph("x" * 3_000),
            Table(
                (Column("y" * 200, Kind.TEXT), Column("n")), (("z" * 2_000, 1),), title="t" * 400
            ),
        ),
        annexes=(),
    )
    lines = [
        "".join(line.split()).replace("\u200b", "")
        for sheet in reading.pdf(pdf.render(document)).pages
        for line in sheet.extract_text().split("\n")
    ]
    for letter, size in (("x", page.BODY), ("z", 12)):
        written = [line for line in lines if set(line) == {letter}]
        assert len(written) > 5
        assert max(page.width(line, size) for line in written) <= page.text_width()

import unicodedata

import pytest
from pypdf import PdfReader

from outreach.reports.documents import fonts, page, pdf
from outreach.reports.documents.fonts import face, letters, printable
from tests.reports.documents import reading, samples

TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
VOWELS = "aăâeêioôơuưy"
VIETNAMESE = {
    *(unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES),
    *"bcdđghklmnpqrstvx",
}
BOTH_CASES = VIETNAMESE | {letter.upper() for letter in VIETNAMESE}


def test_there_are_as_many_letters_as_vietnamese_has() -> None:
    assert len({letter for letter in BOTH_CASES if not letter.isascii()}) == 134


@pytest.mark.parametrize("name", ["Regular", "Bold", "Italic", "BoldItalic"])
def test_every_vietnamese_letter_has_a_glyph_in_every_face(name: str) -> None:
    missing = BOTH_CASES - face(name).widths.keys()
    assert not missing
    assert set("0123456789 .,:;()/%-+“”‘’–…₫×≥≤□") <= face(name).widths.keys()  # printed so


def test_the_widths_are_those_of_times_new_roman() -> None:
    # Times New Roman's own, in thousandths: digits 500, space 250, A 722, m 778, bold M 944.
    regular, bold = face("Regular"), face("Bold")
    for letter, width in {"0": 500, "9": 500, " ": 250, "A": 722, "m": 778, ".": 250}.items():
        assert regular.width(letter) * 1000 == pytest.approx(width, abs=1)
    assert bold.width("M") * 1000 == pytest.approx(944, abs=1)
    assert regular.width("Ế") == regular.width("E")


def test_only_the_bundled_font_is_embedded() -> None:
    for document in (samples.report(rehearsal=True), samples.letter()):
        embedded = dict(_embedded(reading.pdf(pdf.render(document))))
        assert set(embedded) == {
            "LiberationSerif",
            "LiberationSerif-Bold",
            "LiberationSerif-Italic",
            "LiberationSerif-BoldItalic",
        }
        assert all(embedded.values())


def _embedded(file: PdfReader) -> list[tuple[str, bool]]:
    found = []
    for sheet in file.pages:
        for font in sheet["/Resources"]["/Font"].values():  # type: ignore[index]  # as PDF has it
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            name = str(inner["/BaseFont"]).split("+")[1]
            found.append((name, "/FontFile2" in inner["/FontDescriptor"].get_object()))
    return found


def test_what_the_font_lacks_is_marked_and_what_is_unseen_left_out() -> None:
    assert printable("a😀b中c\ue000") == "a□b□c□"
    assert printable("a\ufe0fb\u2066c") == "abc"
    assert printable("a\u3000b") == "a b"
    assert printable("Ế\n\tđ") == "Ế\n\tđ"
    assert all(printable(letter) == letter for letter in BOTH_CASES)


def test_no_letter_of_private_use_counts() -> None:
    assert not [letter for letter in letters() if unicodedata.category(letter) == "Co"]


def test_lines_of_names_are_balanced_and_none_is_too_wide() -> None:
    name = "ỦY BAN NHÂN DÂN THÀNH PHỐ MẪU"
    lines = page.balanced(name, 12, "Regular", page.HEAD[0])
    assert lines == ["ỦY BAN NHÂN DÂN", "THÀNH PHỐ MẪU"]
    long = " ".join(["TRUNG TÂM CHUYỂN ĐỔI SỐ"] * 4)
    broken = page.balanced(long, 12, "Bold", page.HEAD[0])
    assert " ".join(broken) == long
    assert all(page.width(line, 12, "Bold") <= page.HEAD[0] for line in broken)
    assert page.balanced("A" * 200, 12, "Bold", 50) == ["A" * 200]
    assert page.balanced("", 12, "Bold", 50) == []


def test_the_licence_stands_beside_the_fonts() -> None:
    licence = (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Reserved Font Name Liberation" in licence

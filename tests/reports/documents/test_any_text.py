"""Any text in any place becomes a file of each kind, and is found again in it."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.reports.documents import csv, docx, pdf, xlsx
from outreach.reports.documents.model import (
    Annex,
    Chart,
    Column,
    Document,
    DocumentType,
    Heading,
    Item,
    Kind,
    Paragraph,
    Quotation,
    Series,
    Table,
)  # fmt: skip
from outreach.reports.documents.plain import plain
from tests.reports.documents import reading, samples

STRANGE = (
    "=1+1", "\x00\x01\x1b", "\ud800", "\u202egnud\u202c", "👨‍👩‍👧 😀", "x" * 5_000, "a b " * 1_250,
    '#panic("x")', "]]>&<b>", "_x0041_", "\u0301\u0302", "\r\n\r", "", " ", "'", "\ufffe",
    "\u0627\u0644\u0639", "中文", "\U000e0001", "\u00ad", "e\u0301" * 300, "0\u0336" * 50,
)  # fmt: skip
TEXTS = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(STRANGE)


def _everywhere(text: str, kind: DocumentType) -> Document:
    columns = (Column(text, Kind.TEXT), Column(f"{text}|2"))
    table = Table(columns, ((text, None), (f"{text}|3", 5)), (f"{text}|4", 5), f"{text}|5")
    return replace(
        samples.report(), type=kind, parent=text, agency=text, symbol=text, place=text, title=text,
        to=(text, text), bases=(text,), authority=(text,), signer_title=text, signer=text,
        recipients=(text,),
        annexes=(Annex(text, (table,), sheet=text), Annex(text, (), sheet=text)),
        blocks=(
            Heading(text, 1), Heading(text, 2), Heading(text, 9), Item(text), Quotation(text),
            table, Chart(text, (text, text), (Series(text, (1, 2)),), text), Paragraph(text),
        ),
    )  # fmt: skip


def _check(text: str, kind: DocumentType) -> None:
    document, expected = _everywhere(text, kind), plain(text)
    assert pdf.render(document).startswith(b"%PDF")
    texts = reading.word_texts(docx.render(document))
    for end in ("", "|3", "|4", "|5"):
        assert expected + end in texts
    sheets = reading.sheets(xlsx.render(document)).values()
    cells = {cell for rows in sheets for row in rows for cell in row}
    assert not {expected + end for end in ("", "|3", "|4", "|5")} - cells
    table = {cell.removeprefix("'") for row in reading.rows(csv.render(document)) for cell in row}
    assert not {(expected + end).removeprefix("'") for end in ("|3", "|4", "|5")} - table


@pytest.mark.parametrize("text", STRANGE)
def test_strange_texts(text: str) -> None:
    _check(text, DocumentType.LETTER)


@settings(max_examples=40)  # eight files each
@given(TEXTS, st.sampled_from(DocumentType))
def test_any_text(text: str, kind: DocumentType) -> None:
    _check(text, kind)


@given(st.characters(codec=None))
def test_any_letter_can_be_printed(letter: str) -> None:
    assert pdf.render(
        replace(samples.letter(), blocks=(Paragraph(letter), Heading(letter)))
    ).startswith(b"%PDF")


def test_every_letter_that_the_font_has_can_be_printed() -> None:
    letters = "".join(map(chr, range(0x20, 0x3000))) + "".join(map(chr, range(0xE000, 0x1_0000)))
    assigned = " ".join(c for c in letters if unicodedata.category(c) not in {"Cc", "Cs"})
    assert pdf.render(replace(samples.letter(), blocks=(Paragraph(assigned),))).startswith(b"%PDF")


@pytest.mark.parametrize("kind", DocumentType)
def test_a_document_with_nothing_in_it(kind: DocumentType) -> None:
    empty = replace(
        samples.report(), type=kind, parent="", agency="", number=None, symbol="", place="",
        title="", to=(), bases=(), blocks=(), authority=(), signer_title="", signer="",
        recipients=(),
        annexes=(
            Annex("", ()),
            Annex("", (Table((), ()), Table((), ((),), ()), Chart("", (), (), ""))),
        ),
    )  # fmt: skip
    assert pdf.render(empty).startswith(b"%PDF")
    assert docx.render(empty).startswith(b"PK")
    assert xlsx.render(empty).startswith(b"PK")
    assert csv.render(empty).startswith(b"\xef\xbb\xbf")

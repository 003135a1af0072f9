"""Reading the files of a document back."""

import csv
import io
from collections.abc import Iterator

import docx
from docx.document import Document as Docx
from docx.oxml.ns import qn
from pypdf import PdfReader
from python_calamine import CalamineWorkbook


def pdf(data: bytes) -> PdfReader:
    """Open a PDF."""
    return PdfReader(io.BytesIO(data))


def pdf_pages(data: bytes) -> list[str]:
    """The words of each page, a space between two."""
    return [" ".join(page.extract_text().split()) for page in pdf(data).pages]


def word(data: bytes) -> Docx:
    """Open a DOCX."""
    return docx.Document(io.BytesIO(data))


def word_texts(data: bytes) -> list[str]:
    """Every paragraph of a DOCX, those of cells among them, a line break as `LF`."""
    body = word(data).element.body
    return ["".join(_letters(paragraph)) for paragraph in body.iter(qn("w:p"))]


def _letters(paragraph: object) -> Iterator[str]:
    for each in paragraph.iter():  # type: ignore[attr-defined]  # lxml has no types here
        if each.tag == qn("w:t"):
            yield each.text or ""
        elif each.tag == qn("w:tab") and each.getparent().tag == qn("w:r"):
            yield "\t"
        elif each.tag == qn("w:br"):
            yield "\n"


def sheets(data: bytes) -> dict[str, list[list[object]]]:
    """The rows of each sheet of a workbook, by name."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {
        name: [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
        for name in book.sheet_names
    }


def rows(data: bytes) -> list[list[str]]:
    """The rows of a CSV."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))

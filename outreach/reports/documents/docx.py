"""A document as a file that Word opens, to be read, changed, numbered and signed."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime, time

import docx
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.shared import Mm
from docx.text.paragraph import Paragraph as Line

from outreach.reports.documents import docx_boxes as boxes
from outreach.reports.documents import page, wording
from outreach.reports.documents.charts import drawn, told
from outreach.reports.documents.docx_parts import described, saved
from outreach.reports.documents.docx_styles import BODY, HEADINGS, styled
from outreach.reports.documents.docx_table import table_of
from outreach.reports.documents.model import (
    Annex,
    Block,
    Chart,
    Document,
    DocumentType,
    Heading,
    Item,
    Paragraph,
    Quotation,
    Table,
)
from outreach.reports.documents.plain import each_text, plain
from outreach.reports.documents.typesetting import pictures


def render(document: Document) -> bytes:
    """Lay the document out; the same document gives the same bytes."""
    document = each_text(document, plain)
    file = docx.Document()
    styled(file)
    _properties(file, document)
    boxes.first_section(file, wording.REHEARSAL if document.rehearsal else "")
    _main(file, document)
    for n, annex in enumerate(document.annexes, 1):
        _annex(file, document, n, annex)
    return saved(file)


def _properties(file: Docx, document: Document) -> None:
    """Say whose document it is, and of when; python-docx holds no more than 255 letters."""
    known = file.core_properties
    known.title, known.author = document.title[:255], document.agency[:255]
    known.last_modified_by, known.comments = document.agency[:255], ""
    known.language = "vi-VN"
    known.created = known.modified = datetime.combine(document.on, time())


def _main(file: Docx, document: Document) -> None:
    boxes.head(file, document)
    if document.type is not DocumentType.LETTER:
        boxes.title(file, document)
    boxes.addressees(file, document.to)
    for basis in wording.ended(document.bases):
        _paragraph(file, basis).runs[0].italic = True
    last = _blocks(file, document.blocks, page.text_width())
    if last is not None:
        last.paragraph_format.keep_with_next = True  # no signature stands alone on a page
    boxes.signature(file, document)


def _annex(file: Docx, document: Document, n: int, annex: Annex) -> None:
    section = boxes.next_section(file)
    section.orientation = WD_ORIENT.LANDSCAPE if annex.landscape else WD_ORIENT.PORTRAIT
    sides = Mm(page.SHORT), Mm(page.LONG)
    section.page_width, section.page_height = sides[::-1] if annex.landscape else sides
    width = page.text_width(landscape=annex.landscape)
    number = wording.annex_number(document, n)
    boxes.centred(file, [number], bold=True)
    boxes.centred(file, page.balanced(annex.title.upper(), page.BODY, "Bold", width), bold=True)
    enclosed = page.balanced(wording.enclosed(document), page.BODY, "Italic", width)
    boxes.centred(file, enclosed, italic=True, after=12)
    _blocks(file, annex.blocks, width)


def _blocks(file: Docx, blocks: Iterable[Block], width: float) -> Line | None:
    """Write blocks one below the other; returns the last line of text, if one is the last."""
    last: Line | None = None
    for block in blocks:
        last = None
        match block:
            case Heading(text, level):
                place = min(level, len(HEADINGS)) - 1
                file.add_paragraph(text.upper() if level == 1 else text, HEADINGS[place])
            case Paragraph(text):
                last = _lines(file, text)
            case Item(text):
                last = _lines(file, f"- {text}")
            case Quotation(text):
                boxes.quotation(file, text.split("\n"))
            case Table():
                _table(file, block, width)
            case Chart():
                _chart(file, block, width)
    return last


def _paragraph(file: Docx, text: str) -> Line:
    paragraph: Line = file.add_paragraph(style=BODY)
    paragraph.add_run(text)
    return paragraph


def _lines(file: Docx, text: str) -> Line:
    """A paragraph a line: a break within a justified one would pull its words apart."""
    return [_paragraph(file, line) for line in text.split("\n")][-1]


def _table(file: Docx, table: Table, width: float) -> None:
    if table.title:
        boxes.caption(file, table.title)
    if table.columns:
        file.element.body.insert_element_before(table_of(table, width), "w:sectPr")
        boxes.spacer(file)


def _chart(file: Docx, chart: Chart, width: float) -> None:
    drawings: Sequence[bytes] = pictures(drawn(chart), width)
    for drawing in drawings:
        file.add_picture(io.BytesIO(drawing), width=Mm(width))
        described(file.inline_shapes[-1]._inline, told(chart))  # noqa: SLF001  # python-docx has no words for it

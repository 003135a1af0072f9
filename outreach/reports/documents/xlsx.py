"""A document as a workbook: its own tables first, a sheet for each annex, charts of their cells."""

import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, time

from xlsxwriter.workbook import Workbook

from outreach.reports.documents import wording
from outreach.reports.documents.model import Annex, Block, Document, Table
from outreach.reports.documents.plain import each_text, plain
from outreach.reports.documents.sheet import Sheet, Styles

_WIDE = 7  # columns from which on a sheet lies
_NAME = 31  # letters of a sheet's name, as Excel allows
_FORBIDDEN = re.compile("[][:*?/\\\\\U00010000-\U0010ffff]")  # the last: Excel counts each twice


def render(document: Document) -> bytes:
    """Write the workbook; the same document gives the same bytes. Texts are never formulas."""
    document = each_text(document, plain)
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        _properties(book, document)
        styles = Styles(book)
        names = _names([_wanted(annex) for annex in document.annexes])
        first = _sheet(book, styles, document, next(names), document.blocks)
        first.head(document)
        first.blocks(document.blocks)
        for n, annex in enumerate(document.annexes, 1):
            sheet = _sheet(book, styles, document, next(names), annex.blocks)
            sheet.annex_head(document, f"{wording.annex_number(document, n)}. {annex.title}")
            sheet.blocks(annex.blocks)
    return out.getvalue()


def _properties(book: Workbook, document: Document) -> None:
    book.set_properties(
        {
            "title": document.title,
            "author": document.agency,
            "created": datetime.combine(document.on, time()),
        }
    )


def _sheet(
    book: Workbook, styles: Styles, document: Document, name: str, blocks: Iterable[Block]
) -> Sheet:
    """A sheet for A4 with the margins of Nghị định 30/2020, printed as wide as one page."""
    blocks = tuple(blocks)
    sheet = book.add_worksheet(name)
    tables = [block for block in blocks if isinstance(block, Table)]
    if max((len(table.columns) for table in tables), default=0) > _WIDE:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=1.2, right=0.6, top=0.8, bottom=0.8)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_header('&C&"Times New Roman,Regular"&13&P')
    if document.rehearsal:
        sheet.set_footer(f'&C&"Times New Roman,Bold"{wording.REHEARSAL}')
    return Sheet(book, sheet, styles, blocks)


def _wanted(annex: Annex) -> str:
    return annex.sheet or annex.title


def _names(annexes: Iterable[str]) -> Iterator[str]:
    """Names that Excel takes, each once whatever the letters' case: the report's, the annexes'."""
    taken: set[str] = {"history"}  # kept by Excel for itself
    for n, wanted in enumerate(("Báo cáo", *annexes)):
        name = " ".join(_FORBIDDEN.sub(" ", wanted).split())[:_NAME].strip(" '")
        name = free = name or f"Phụ lục {n}"
        count = 1
        while free.casefold() in taken:
            count += 1
            free = f"{name[: _NAME - 5].rstrip()} ({count})"
        taken.add(free.casefold())
        yield free

"""A document's tables and words as one plain table, for whoever counts on with them."""

import csv
import io
from collections.abc import Iterable, Iterator

from outreach.reports.documents import wording
from outreach.reports.documents.charts import figures
from outreach.reports.documents.model import (
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Heading,
    Item,
    Kind,
    Paragraph,
    Quotation,
    Table,
    percent,
)
from outreach.reports.documents.plain import each_text, plain
from outreach.reports.files import harmless

Row = tuple[str | int, ...]


def render(document: Document) -> bytes:
    """Write one below the other what the document says (UTF-8 with BOM, CRLF, commas).

    Counts are bare digits, shares as in the document (97,98%), what is not known is empty.
    """
    document = each_text(document, plain)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in _rows(document):
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _rows(document: Document) -> Iterator[Row]:
    if document.rehearsal:
        yield (wording.REHEARSAL,)
    yield (document.agency,)
    yield (wording.type_name(document), document.sign)
    yield (document.title,)
    yield (document.place_and_date,)
    yield from _blocks(document.blocks)
    for n, annex in enumerate(document.annexes, 1):
        yield ()
        yield (f"{wording.annex_number(document, n)}. {annex.title}",)
        yield from _blocks(annex.blocks)


def _blocks(blocks: Iterable[Block]) -> Iterator[Row]:
    for block in blocks:
        match block:
            case Heading(text) | Paragraph(text) | Item(text) | Quotation(text):
                yield (text,)
            case Table():
                yield from _table(block)
            case Chart():
                yield from _table(figures(block))


def _table(table: Table) -> Iterator[Row]:
    yield ()
    if table.title:
        yield (table.title,)
    yield tuple(column.title for column in table.columns)
    for row in (*table.rows, *([] if table.total is None else [table.total])):
        yield tuple(map(_cell, table.columns, row))
    yield ()


def _cell(column: Column, cell: Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    return percent(float(cell)) if column.kind is Kind.SHARE else round(cell)

"""A document as a PDF/A that can be searched, read aloud and signed."""

from collections.abc import Iterable
from typing import Any

from outreach.reports.documents import page, wording
from outreach.reports.documents.charts import drawn, told
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
from outreach.reports.documents.tables import fitted, to_the_right, words_of
from outreach.reports.documents.typesetting import typeset

_TALL = 600  # letters of a cell, or of the last paragraph, from which on it may be split


def render(document: Document) -> bytes:
    """Lay the document out (official.typ); the same document gives the same bytes."""
    return typeset(_data(each_text(document, plain)), document.on)


def _data(document: Document) -> dict[str, Any]:
    parent, agency = document.parent.upper(), document.agency.upper()
    named = page.balanced(agency, 12, "Bold", page.HEAD[0])
    titled = page.balanced(document.title, page.BODY, "Bold", page.text_width())
    return {
        "page": {
            "top": page.TOP,
            "bottom": page.BOTTOM,
            "left": page.LEFT,
            "right": page.RIGHT,
            "indent": page.INDENT,
            "head": page.HEAD,
            "foot": page.FOOT,
            "body": page.BODY,
            "room": page.ROOM,
            "hyphens": page.width(wording.TO, page.BODY),
        },
        "letter": document.type is DocumentType.LETTER,
        "rehearsal": wording.REHEARSAL if document.rehearsal else None,
        "on": [document.on.year, document.on.month, document.on.day],
        "nation": wording.NATION,
        "motto": wording.MOTTO,
        "motto_rule": page.width(wording.MOTTO, 13, "Bold"),
        "parent": page.balanced(parent, 12, "Regular", page.HEAD[0]),
        "agency": named,
        "agency_rule": page.rule(named, 12, page.HEAD[0]),
        "author": document.agency,
        "sign": document.sign,
        "place_and_date": document.place_and_date,
        "type": wording.type_name(document).upper(),
        "title": document.title,
        "subject": page.balanced(f"V/v {document.title}", 12, "Regular", page.HEAD[0]),
        "titled": titled,
        "title_rule": page.rule(titled, page.BODY, page.text_width()),
        "to": list(document.to) if len(document.to) < 2 else wording.listed(document.to),
        "bases": wording.ended(document.bases),
        "blocks": _blocks(document.blocks, page.text_width()),
        "authority": [line.upper() for line in (*document.authority, document.signer_title)],
        "signer": document.signer,
        "recipients": wording.listed(document.recipients),
        "annexes": [_annex(document, n, annex) for n, annex in enumerate(document.annexes, 1)],
    }


def _annex(document: Document, n: int, annex: Annex) -> dict[str, Any]:
    width = page.text_width(landscape=annex.landscape)
    return {
        "number": wording.annex_number(document, n),
        "title": page.balanced(annex.title.upper(), page.BODY, "Bold", width),
        "enclosed": page.balanced(wording.enclosed(document), page.BODY, "Italic", width),
        "landscape": annex.landscape,
        "blocks": _blocks(annex.blocks, width),
    }


def _blocks(blocks: Iterable[Block], width: float) -> list[dict[str, Any]]:
    return [_block(block, width) for block in blocks]


def _block(block: Block, width: float) -> dict[str, Any]:
    match block:
        case Heading(text, level):
            return {"is": "heading", "level": level, "text": text.upper() if level == 1 else text}
        case Paragraph(text):
            return _lines("paragraph", text)
        case Item(text):
            return _lines("paragraph", f"- {text}")
        case Quotation(text):
            return _lines("quotation", text)
        case Table():
            return _table(block, width)
        case Chart():
            return {"is": "chart", "told": told(block), "pictures": drawn(block)}


def _lines(kind: str, text: str) -> dict[str, Any]:
    return {"is": kind, "lines": text.split("\n"), "short": len(text) < _TALL}


def _table(table: Table, width: float) -> dict[str, Any]:
    fit = fitted(table, width)
    rows = [*table.rows, *([] if table.total is None else [table.total])]
    return {
        "is": "table",
        "title": table.title,
        "size": fit.size,
        "widths": fit.widths,
        "head": [column.title for column in table.columns],
        "rows": [
            [
                {
                    "text": words_of(column, cell),
                    "right": to_the_right(column, cell),
                    "split": isinstance(cell, str) and len(cell) > _TALL,
                }
                for column, cell in zip(table.columns, row, strict=True)
            ]
            for row in rows
        ],
        "total": table.total is not None,
    }

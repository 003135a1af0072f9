"""Sheets as flat ODS, the one XML file of LibreOffice that a script can write by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2">
<office:automatic-styles>
<number:date-style style:name="d"><number:day number:style="long"/><number:text>/</number:text>
<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>
</number:date-style>
<number:number-style style:name="s"><number:scientific-number number:decimal-places="2"
 number:min-decimal-places="2" number:min-integer-digits="1" number:min-exponent-digits="2"/>
</number:number-style>
<number:number-style style:name="z"><number:number number:min-integer-digits="10"/>
</number:number-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="d"/>
<style:style style:name="scientific" style:family="table-cell" style:data-style-name="s"/>
<style:style style:name="ten_digits" style:family="table-cell" style:data-style-name="z"/>
<style:style style:name="hidden" style:family="table">
<style:table-properties table:display="false"/></style:style>
</office:automatic-styles>
<office:body><office:spreadsheet>
"""
_TAIL = "</office:spreadsheet></office:body></office:document>\n"


class Styled(NamedTuple):
    """A number in a format: `day`, `scientific` or `ten_digits`."""

    value: float
    style: str


class Formula(NamedTuple):
    """A formula in LibreOffice's spelling, such as `="0"&[.B2]`."""

    told: str


class Merged(NamedTuple):
    """A text over several columns and rows."""

    text: str
    columns: int
    rows: int = 1


Cell = str | float | date | Styled | Formula | Merged | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows by their number from 1, and what of it cannot be seen."""

    name: str
    rows: Mapping[int, Sequence[Cell]]
    hidden_rows: frozenset[int] = field(default_factory=frozenset)
    hidden_columns: frozenset[int] = field(default_factory=frozenset)
    hidden: bool = False


def numbered(rows: Sequence[Sequence[Cell]], first: int = 1) -> dict[int, Sequence[Cell]]:
    """Rows one below the other."""
    return dict(enumerate(rows, first))


def flat(sheets: Sequence[Sheet]) -> str:
    """The file."""
    return _HEAD + "".join(map(_table, sheets)) + _TAIL


def _table(sheet: Sheet) -> str:
    style = ' table:style-name="hidden"' if sheet.hidden else ""
    width = max((len(cells) for cells in sheet.rows.values()), default=1)
    columns = "".join(
        f"<table:table-column{_unseen(place in sheet.hidden_columns)}/>"
        for place in range(1, width + 1)
    )
    rows = "".join(
        f"<table:table-row{_unseen(number in sheet.hidden_rows)}>"
        + ("".join(map(_cell, sheet.rows.get(number, ()))) or "<table:table-cell/>")
        + "</table:table-row>\n"
        for number in range(1, max(sheet.rows, default=0) + 1)
    )
    name = quoteattr(sheet.name)
    return f"<table:table table:name={name}{style}>{columns}\n{rows}</table:table>\n"


def _unseen(hidden: bool) -> str:  # noqa: FBT001 - a cell of the table above
    return ' table:visibility="collapse"' if hidden else ""


def _cell(cell: Cell) -> str:
    """One cell, and those that it covers."""
    match cell:
        case None:
            told = ""
        case str() | Merged():
            return _words(*(cell if isinstance(cell, Merged) else Merged(cell, 1)))
        case date():
            told = f'table:style-name="day" office:value-type="date" office:date-value="{cell}"'
        case Styled(value, style):
            told = f'table:style-name="{style}" office:value-type="float" office:value="{value!r}"'
        case Formula(formula):
            told = f"table:formula={quoteattr('of:' + formula)}"
        case _:
            told = f'office:value-type="float" office:value="{cell!r}"'
    return f"<table:table-cell {told}/>"


def _words(text: str, columns: int, rows: int = 1) -> str:
    span = f'table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}"'
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    covered = "<table:covered-table-cell/>" * (columns - 1)
    told = f'{span if columns * rows > 1 else ""} office:value-type="string"'
    return f"<table:table-cell {told}>{lines}</table:table-cell>{covered}"

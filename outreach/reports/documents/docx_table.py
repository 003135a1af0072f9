"""Tables of figures in a DOCX."""

from docx.oxml.xmlchemy import BaseOxmlElement

from outreach.reports.documents.docx_parts import boxed, edge, part, run_properties, twips
from outreach.reports.documents.model import Table
from outreach.reports.documents.tables import fitted, to_the_right, words_of

_LINE = 4  # eighths of a point


def table_of(table: Table, width: float) -> BaseOxmlElement:
    """Make a table so many millimetres wide; its head comes again on every page."""
    fit = fitted(table, width)
    grid = [twips(each) for each in fit.widths]
    made = part("tbl", _properties(grid), part("tblGrid", *(part("gridCol", w=w) for w in grid)))
    head = [(column.title, "center") for column in table.columns]
    made.append(_row(head, grid, fit.size, bold=True, head=True))
    for n, row in enumerate((*table.rows, *([] if table.total is None else [table.total]))):
        cells = [
            (words_of(column, cell), "right" if to_the_right(column, cell) else "left")
            for column, cell in zip(table.columns, row, strict=True)
        ]
        made.append(_row(cells, grid, fit.size, bold=n == len(table.rows)))
    return made


def _properties(grid: list[str]) -> BaseOxmlElement:
    whole = str(sum(map(int, grid)))
    borders = boxed("tblBorders", _LINE)
    borders.extend([edge("insideH", _LINE), edge("insideV", _LINE)])
    margins = {"top": 0.6, "left": 1.6, "bottom": 0.6, "right": 1.6}
    return part(
        "tblPr",
        part("tblW", w=whole, type="dxa"),
        part("jc", val="center"),
        borders,
        part("tblLayout", type="fixed"),
        part("tblCellMar", *(part(n, w=twips(mm), type="dxa") for n, mm in margins.items())),
    )


def _row(
    cells: list[tuple[str, str]], grid: list[str], size: int, *, bold: bool, head: bool = False
) -> BaseOxmlElement:
    properties = part("trPr", part("cantSplit"))
    if head:
        properties.append(part("tblHeader"))
    made = part("tr", properties)
    for (text, align), width in zip(cells, grid, strict=True):
        cell = part("tcPr", part("tcW", w=width, type="dxa"))
        if head:
            cell.append(part("shd", val="clear", color="auto", fill="EBEBEB"))
        cell.append(part("vAlign", val="center"))
        made.append(part("tc", cell, _paragraph(text, align, size, bold=bold, head=head)))
    return made


def _paragraph(text: str, align: str, size: int, *, bold: bool, head: bool) -> BaseOxmlElement:
    run = part("r", run_properties(size, bold=bold))
    run.text = text
    # A head alone at the foot of a page helps nobody, and LibreOffice 7.4 loses all rows below it.
    together = [part("keepNext")] if head else []
    layout = part(
        "pPr",
        *together,
        part("spacing", before="0", after="0", line="240", lineRule="auto"),
        part("ind", firstLine="0"),
        part("jc", val=align),
    )
    return part("p", layout, run)

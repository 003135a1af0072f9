"""A sheet that is written from the top down: heads, tables with totals, charts of their cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from outreach.reports.documents import wording
from outreach.reports.documents.charts import figures, told
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
    shown,
)

_LINE = 17  # points
_TALLEST = 400  # points, of a row: Excel allows 409
_LONGEST = 32_767  # letters of a cell, as Excel allows
_NARROW, _BROAD = 9.0, 42.0  # widths of a column, in letters
_FONT = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
_NUMBER = "[$-42A]#,##0"  # grouped with dots, as Vietnamese write it
_NEAR_TOP = 8  # rows above a head that is kept in sight
_CELL = {"border": 1, "indent": 1}
_ALIGNED: dict[Kind, dict[str, object]] = {
    Kind.TEXT: {**_CELL, "align": "left", "text_wrap": True},
    Kind.COUNT: {**_CELL, "align": "right", "num_format": _NUMBER},
    Kind.SHARE: {**_CELL, "align": "right", "num_format": "[$-42A]0.00%"},
}
_FILLS: tuple[dict[str, object], ...] = (  # as in chart.typ: neighbours differ in grey as well
    {"fill": {"color": "#1B5E20"}},
    {"fill": {"color": "#C8E6C9"}},
    {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": "#0D47A1", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#8D2B1F"}},
    {"fill": {"color": "#F3D6C6"}},
    {"pattern": {"pattern": "dark_horizontal", "fg_color": "#000000", "bg_color": "#FFFFFF"}},
    {"fill": {"color": "#4A4A4A"}},
    {"pattern": {"pattern": "dark_vertical", "fg_color": "#6A1B9A", "bg_color": "#D9D9D9"}},
)


class Styles:
    """The formats of a workbook."""

    def __init__(self, book: Workbook) -> None:
        def style(**properties: object) -> Format:
            return book.add_format({**_FONT, **properties})

        self.centre = style(align="center", text_wrap=True)
        self.bold = style(align="center", bold=True, text_wrap=True)
        self.title = style(align="center", bold=True, font_size=14, text_wrap=True)
        self.italic = style(align="center", italic=True, text_wrap=True)
        self.rehearsal = style(
            align="center", bold=True, font_size=14, font_color="#FFFFFF", bg_color="#C00000"
        )
        self.heading = style(bold=True, text_wrap=True)
        self.text = style(text_wrap=True, valign="top")
        self.head = style(bold=True, align="center", text_wrap=True, border=1, bg_color="#EBEBEB")
        self.cells = {kind: style(**_ALIGNED[kind]) for kind in Kind}
        total = {"bold": True, "bg_color": "#F2F2F2"}
        self.totals = {kind: style(**_ALIGNED[kind], **total) for kind in Kind}


@dataclass(slots=True)
class Sheet:
    """One sheet, and the row that is written next."""

    book: Workbook
    sheet: Worksheet
    styles: Styles
    content: Sequence[Block]
    row: int = 0
    widths: list[float] = field(init=False)

    def __post_init__(self) -> None:
        """Make the columns as wide as the tables need them."""
        self.widths = _widths(self.content)
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)

    def head(self, document: Document) -> None:
        """Say whose report it is, and the nation's name and motto beside it."""
        self._rehearsal(document)
        half = max(1, len(self.widths) // 2)
        for left, left_style, right, right_style in (
            (document.parent.upper(), self.styles.centre, wording.NATION, self.styles.bold),
            (document.agency.upper(), self.styles.bold, wording.MOTTO, self.styles.bold),
            (document.sign, self.styles.centre, document.place_and_date, self.styles.italic),
        ):
            tall = max(self._lines(left, 0, half - 1), self._lines(right, half))
            self.sheet.set_row(self.row, min(_TALLEST, tall * _LINE))
            self._merged(left, left_style, 0, half - 1)
            self._merged(right, right_style, half, len(self.widths) - 1)
            self.row += 1
        self.row += 1
        self._across(wording.type_name(document).upper(), self.styles.title)
        self._across(document.title, self.styles.title)
        self.row += 1

    def annex_head(self, document: Document, title: str) -> None:
        """Say which annex it is, and of what."""
        self._rehearsal(document)
        self._across(title, self.styles.title)
        self._across(wording.enclosed(document), self.styles.italic)
        self.row += 1

    def blocks(self, blocks: Iterable[Block]) -> None:
        """Write blocks one below the other."""
        for block in blocks:
            match block:
                case Heading(text):
                    self._across(text, self.styles.heading)
                case Paragraph(text) | Quotation(text):
                    self._across(text, self.styles.text)
                case Item(text):
                    self._across(f"- {text}", self.styles.text)
                case Table():
                    self._table(block)
                case Chart():
                    self._chart(block)

    def _rehearsal(self, document: Document) -> None:
        if document.rehearsal:
            self._across(wording.REHEARSAL, self.styles.rehearsal)

    def _across(self, text: str, style: Format) -> None:
        """Write a text over all columns, in a row as high as it needs."""
        self.sheet.set_row(self.row, min(_TALLEST, (self._lines(text, 0) + 0.3) * _LINE))
        self._merged(text, style, 0, len(self.widths) - 1)
        self.row += 1

    def _merged(self, text: str, style: Format, first: int, last: int) -> None:
        if last > first:
            self.sheet.merge_range(self.row, first, self.row, last, "", style)
        self._text(first, text, style)

    def _text(self, column: int, text: str, style: Format) -> None:
        """Write a text as a text: never a formula, a number or an address."""
        cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        self.sheet.write_string(self.row, column, cut, style)

    def _lines(self, text: str, first: int, last: int | None = None) -> int:
        letters = sum(self.widths[first : None if last is None else last + 1])
        return sum(1 + int(len(line) * 1.1 / letters) for line in text.split("\n"))

    def _table(self, table: Table) -> int:
        """Write a table; returns the row of its first line."""
        self.row += 1
        if table.title:
            self._across(table.title, self.styles.bold)
        self._heading(table)
        first = self.row
        for row in table.rows:
            self._line(table.columns, row, self.styles.cells)
        if table.total is not None:
            self._total(table, first)
        self.row += 1
        return first

    def _heading(self, table: Table) -> None:
        """Write a table's head; the only table of an annex keeps it in sight, also in print."""
        columns = table.columns
        tall = max((self._lines(c.title, n, n) for n, c in enumerate(columns)), default=1)
        self.sheet.set_row(self.row, min(_TALLEST, tall * _LINE + 4))
        for n, column in enumerate(columns):
            self._text(n, column.title, self.styles.head)
        tables = [block for block in self.content if isinstance(block, Table)]
        if self.row <= _NEAR_TOP and tables == [table]:
            self.sheet.repeat_rows(self.row)
            self.sheet.freeze_panes(self.row + 1, 0)
        self.row += 1

    def _line(
        self, columns: Sequence[Column], row: Sequence[Cell], styles: dict[Kind, Format]
    ) -> None:
        texts = ((n, cell) for n, cell in enumerate(row) if isinstance(cell, str))
        tall = max((self._lines(text, n, n) for n, text in texts), default=1)
        self.sheet.set_row(self.row, min(_TALLEST, tall * _LINE))
        for n, (column, cell) in enumerate(zip(columns, row, strict=True)):
            if cell is None or isinstance(cell, str):
                self._text(n, "-" if cell is None else cell, styles[column.kind])
            else:
                self.sheet.write_number(self.row, n, float(cell), styles[column.kind])
        self.row += 1

    def _total(self, table: Table, first: int) -> None:
        """Write the total; where it is the sum of its column, as a formula that follows it."""
        assert table.total is not None
        self._line(table.columns, table.total, self.styles.totals)
        for n, column in enumerate(table.columns):
            total = table.total[n]
            if not isinstance(total, str | None) and total == _sum(table, n):
                lines = xl_range(first, n, self.row - 2, n)
                style = self.styles.totals[column.kind]
                self.sheet.write_formula(self.row - 1, n, f"=SUM({lines})", style, float(total))

    def _chart(self, chart: Chart) -> None:
        """Write the figures, and a chart that is drawn of these cells."""
        first = self._table(figures(chart))
        if chart.categories and chart.series:
            self._draw(chart, first)

    def _draw(self, chart: Chart, first: int) -> None:
        last, name = first + len(chart.categories) - 1, self.sheet.get_name()
        drawing = self.book.add_chart({"type": "bar", "subtype": "stacked"})
        for n in range(1, len(chart.series) + 1):
            drawing.add_series(
                {
                    "name": [name, first - 1, n],
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, n, last, n],
                    "gap": 40,
                    "border": {"color": "#333333", "width": 0.5},
                    **_FILLS[(n - 1) % len(_FILLS)],
                }
            )
        if chart.title:
            drawing.set_title({"name": [name, first - 2, 0], "name_font": {"size": 12}})
        else:
            drawing.set_title({"none": True})
        drawing.set_x_axis({"num_format": "[$-42A]#,##0", "name": [name, first - 1, 0]})
        drawing.set_y_axis({"reverse": True, "crossing": "max"})
        drawing.set_legend({"position": "bottom"})
        tall = 170 + 18 * len(chart.categories)
        drawing.set_size({"width": 640, "height": tall})
        self.sheet.insert_chart(self.row, 0, drawing, {"description": told(chart)})
        self.row += tall // 20 + 2


def _sum(table: Table, n: int) -> object:
    """What a column of numbers comes to; None where there is nothing to add up."""
    numbers = [row[n] for row in table.rows]
    if not numbers or any(isinstance(number, str | float) for number in numbers):
        return None
    return sum(Decimal(number) for number in numbers if isinstance(number, int | Decimal))


def _widths(blocks: Iterable[Block]) -> list[float]:
    """Widths of a sheet's columns, wide enough for every number below each other."""
    widths = [_NARROW] * 6
    for block in blocks:
        if not isinstance(block, Table | Chart):
            continue
        table = block if isinstance(block, Table) else figures(block)
        widths += [_NARROW] * (len(table.columns) - len(widths))
        for n, column in enumerate(table.columns):
            cells = [row[n] for row in (*table.rows, *filter(None, [table.total]))]
            longest = max((len(shown(cell, column.kind)) for cell in cells), default=0)
            widths[n] = max(widths[n], min(_BROAD, longest * 1.1 + 3))
    return widths

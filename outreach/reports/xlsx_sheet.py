"""The parts that the report's sheets are made of: styles, headings, tables with totals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from outreach.reports import words
from outreach.reports.monthly import MonthlyReport
from outreach.reports.sums import Sums

_NUMBER = '[$-42A]#,##0;[$-42A]-#,##0;"-"'  # grouped with dots, as Vietnamese write it
_RATE = "[$-42A]0.0%"
_LINE_HEIGHT = 17
_LETTERS_PER_WIDTH = 1.1  # of Times New Roman 11, in the column widths of Excel
_FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}


@dataclass(frozen=True, slots=True)
class Field:
    """One numeric column of a table: a count that can be summed, or a rate of two others."""

    title: str
    value: Callable[[Sums], int | Decimal | float | None]
    width: float = 10.5
    rate_of: tuple[int, int] | None = None
    """The places among the fields of what is divided and by what."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its words, then its numbers."""

    labels: tuple[str, ...]
    sums: Sums


T = TypeVar("T")


class Styles:
    """The formats of a workbook."""

    def __init__(self, book: Workbook) -> None:
        def style(**properties: object) -> Format:
            return book.add_format({**_FONT, **properties})

        self.plain = style()
        self.centre = style(align="center")
        self.bold = style(align="center", bold=True)
        self.underlined = style(align="center", bold=True, underline=1)
        self.italic = style(align="center", italic=True)
        self.title = style(align="center", bold=True, font_size=14)
        self.rehearsal = style(
            align="center", bold=True, font_size=14, font_color="#FFFFFF", bg_color="#B71C1C"
        )
        self.note = style(text_wrap=True, valign="top")
        self.head = style(bold=True, align="center", text_wrap=True, border=1, bg_color="#DCE6F1")
        self.label = style(border=1, text_wrap=True, indent=1)
        self.number = style(border=1, num_format=_NUMBER, align="right", indent=1)
        self.rate = style(border=1, num_format=_RATE, align="center")
        total = {"border": 1, "bold": True, "bg_color": "#F2F2F2", "indent": 1}
        self.total_label = style(**total)
        self.total_number = style(**total, num_format=_NUMBER, align="right")
        self.total_rate = style(**{**total, "indent": 0}, num_format=_RATE, align="center")


@dataclass(slots=True)
class Page:
    """A sheet that is written from the top down."""

    sheet: Worksheet
    styles: Styles
    widths: Sequence[float]
    row: int = 0

    def __post_init__(self) -> None:
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)

    def across(self, text: str, style: Format, first: int = 0, last: int | None = None) -> None:
        """Write a text over several columns of the present row, never as a formula."""
        end = len(self.widths) - 1 if last is None else last
        self.sheet.merge_range(self.row, first, self.row, end, "", style)
        self.sheet.write_string(self.row, first, text, style)

    def banner(self, report: MonthlyReport) -> None:
        """Say at the very top that it is a rehearsal, if it is."""
        if report.rehearsal:
            self.sheet.set_row(self.row, 24)
            self.across(words.REHEARSAL, self.styles.rehearsal)
            self.row += 1

    def title(self, report: MonthlyReport, subtitle: str = "") -> None:
        """Say what it is, of which month, as of when."""
        title = f"{words.title(report)} - {subtitle}" if subtitle else words.title(report)
        self.sheet.set_row(self.row, 22)
        self.across(title, self.styles.title)
        self.row += 1
        self.across(words.made_at(report), self.styles.italic)
        self.row += 2

    def table(
        self, heads: Sequence[str], lines: Sequence[Line], fields: Sequence[Field], total: Sums
    ) -> int:
        """Write a table with its total; returns the row of its first line."""
        self.heading([*heads, *(field.title for field in fields)], len(heads))
        first = self.row
        for line in lines:
            self._line(line, fields)
        self._total(len(heads), fields, total, first)
        return first

    def heading(self, titles: Sequence[str], frozen: int) -> None:
        """Write a table's head, which stays in sight and comes again on every printed page."""
        self.sheet.set_row(self.row, 3 * _LINE_HEIGHT)
        for column, title in enumerate(titles):
            self.sheet.write_string(self.row, column, title, self.styles.head)
        self.sheet.repeat_rows(self.row)
        self.row += 1
        self.sheet.freeze_panes(self.row, frozen)

    def labels(self, texts: Sequence[str]) -> None:
        """Write the words of a row, which is as high as the longest of them needs."""
        needed = max(
            1 + int(len(text) / (width * _LETTERS_PER_WIDTH))
            for text, width in zip(texts, self.widths, strict=False)
        )
        self.sheet.set_row(self.row, _LINE_HEIGHT * needed)
        for column, text in enumerate(texts):
            self.sheet.write_string(self.row, column, text, self.styles.label)

    def _line(self, line: Line, fields: Sequence[Field]) -> None:
        self.labels(line.labels)
        for place, field in enumerate(fields):
            if field.rate_of:
                self._rate(len(line.labels), place, field, line.sums, self.styles.rate)
            else:
                column = len(line.labels) + place
                value = _number(field, line.sums)
                self.sheet.write_number(self.row, column, value, self.styles.number)
        self.row += 1

    def _rate(self, labels: int, place: int, field: Field, sums: Sums, style: Format) -> None:
        assert field.rate_of is not None
        part, whole = (xl_rowcol_to_cell(self.row, labels + at) for at in field.rate_of)
        value = field.value(sums)
        self.sheet.write_formula(
            self.row,
            labels + place,
            f'=IF({whole}=0,"",{part}/{whole})',
            style,
            "" if value is None else value,
        )

    def _total(self, labels: int, fields: Sequence[Field], total: Sums, first: int) -> None:
        self.sheet.set_row(self.row, _LINE_HEIGHT + 2)
        for column in range(labels):
            text = "" if column else "Tổng cộng"
            self.sheet.write_string(self.row, column, text, self.styles.total_label)
        for place, field in enumerate(fields):
            column = labels + place
            if field.rate_of:
                self._rate(labels, place, field, total, self.styles.total_rate)
            else:
                self._sum(column, first, _number(field, total))
        self.row += 2

    def _sum(self, column: int, first: int, value: float) -> None:
        style = self.styles.total_number
        if first == self.row:  # a table without lines: its sum would be a sum of itself
            self.sheet.write_number(self.row, column, value, style)
            return
        lines = xl_range(first, column, self.row - 1, column)
        self.sheet.write_formula(self.row, column, f"=SUM({lines})", style, value)

    def notes(self, texts: Sequence[str], letters: int) -> None:
        """Write sentences below, each as high as it needs: `letters` fit on a line."""
        for text in texts:
            self.sheet.set_row(self.row, _LINE_HEIGHT * (1 + len(text) // letters))
            self.across(text, self.styles.note)
            self.row += 1


def _number(field: Field, sums: Sums) -> float:
    return float(field.value(sums) or 0)

"""A small table: rows of cells, each with its place as whoever made the table sees it."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from outreach.statistics.findings import Place
from outreach.statistics.sheet_words import CellFault

Value = str | int | float | date
"""What a cell holds; a text has no blanks around it, and truth is a text."""


class Cell(NamedTuple):
    """A cell that holds something, or is merged with others."""

    value: Value
    fault: CellFault | None = None
    """Why its value is not to be trusted: a formula, a merged cell, an error of Excel."""
    detail: str = ""
    """Of the fault: the merged range, the error."""


class Row(NamedTuple):
    """A row that holds something."""

    number: int
    """From 1."""
    cells: dict[int, Cell]
    """By column, from 0."""
    hidden: bool = False

    def text(self, column: int) -> str:
        """What a cell says; empty where it is; a date is ISO."""
        cell = self.cells.get(column)
        return "" if cell is None else str(cell.value)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; what is hidden in it is read too."""

    name: str
    """Empty for CSV."""
    rows: list[Row]
    visible: bool = True
    hidden_columns: frozenset[int] = frozenset()

    def place(self, row: Row, column: int | None = None, title: str = "") -> Place:
        """Say where a row, or a cell of it, stands."""
        return Place(self.name, row.number, "" if column is None else letter(column), title)


def letter(column: int) -> str:
    """The letter of a column (from 0), as spreadsheets show it."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name

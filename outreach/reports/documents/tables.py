"""How a table fits a page: the size of its letters and the widths of its columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outreach.reports.documents.fonts import face
from outreach.reports.documents.model import Cell, Column, Kind, Table, shown, widths

LONGEST = 24
"""Letters of a word; a longer one is broken."""

_SIZES = (12, 11, 10, 9, 8, 7, 6)
_POINT = 25.4 / 72
_PADDING = 4.0
"""Millimetres left and right of a cell's text together, and its lines."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The size of a table's letters in points, its columns' widths in millimetres."""

    size: int
    widths: tuple[float, ...]


def words_of(column: Column, row_cell: Cell) -> str:
    """A cell as it is printed."""
    return shown(row_cell, column.kind)


def to_the_right(column: Column, cell: Cell) -> bool:
    """Whether a cell stands at the right: numbers do, and the dash in their place."""
    return column.kind is not Kind.TEXT and not isinstance(cell, str)


def fitted(table: Table, whole: float) -> Fit:
    """Fit a table into a width: no number and no word of it is cut, the letters as large as may be.

    A table that is too wide even in the smallest letters keeps to the width: its words break.
    """
    needed = [_needed(table, n) for n in range(len(table.columns))]
    for size in _SIZES:
        least = [each * size * _POINT + _PADDING for each in needed]
        if sum(least) <= whole:
            return Fit(size, tuple(_spread(table.columns, least, whole)))
    shrunk = whole / sum(least)
    return Fit(_SIZES[-1], tuple(each * shrunk for each in least))


def _needed(table: Table, n: int) -> float:
    """The widest piece of a column that must not be broken, in shares of the letters' size."""
    column, bold, regular = table.columns[n], face("Bold"), face("Regular")
    heads = (bold.width(piece) for piece in _pieces(column.title))
    cells = [(row[n], regular) for row in table.rows]
    if table.total is not None:
        cells.append((table.total[n], bold))
    bodies = (
        font.width(piece)
        for cell, font in cells
        for piece in ([words_of(column, cell)] if to_the_right(column, cell) else _pieces(cell))
    )
    return max((*heads, *bodies), default=0.0)


def _pieces(text: Cell) -> Iterator[str]:
    for word in str(text or "").split():
        yield word[:LONGEST]


def _spread(columns: Sequence[Column], least: Sequence[float], whole: float) -> list[float]:
    """Share a width out as the columns ask for it, but to none less than it needs."""
    fixed: dict[int, float] = {}
    while True:
        free = [n for n in range(len(columns)) if n not in fixed]
        rest = whole - sum(fixed.values())
        given = dict(zip(free, widths([columns[n] for n in free], rest), strict=True))
        short = {n: least[n] for n in free if given[n] < least[n]}
        if not short:
            return [(fixed | given)[n] for n in range(len(columns))]
        fixed |= short

"""The cells of a workbook's sheet (ECMA-376 part 1, section 18.3), with what is odd in them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from itertools import islice, product
from typing import Final, NamedTuple

from outreach.statistics.findings import Finding, RefusedError
from outreach.statistics.sheet_words import CellFault, FileFault
from outreach.statistics.table import Cell, Row, Value, letter
from outreach.statistics.xlsx_parts import Attributes, Handler, is_true

_ADDRESS: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_MOST_COLUMNS: Final = 16_384
_LAST_DAY: Final = 2_958_465  # 9999-12-31
_MOST_CELLS: Final = 250_000  # a small table has 5,000 rows of 50
_MOST_COVERED: Final = 100_000  # cells of merged areas


class _Area(NamedTuple):
    """Rows from 1 and columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


class Cells(Handler):
    """Hears a sheet; `rows` gives those that hold something."""

    def __init__(
        self, texts: Sequence[str], days: AbstractSet[int], epoch: date, most_rows: int
    ) -> None:
        self._texts, self._days, self._epoch, self._most_rows = texts, days, epoch, most_rows
        self._rows: dict[int, Row] = {}
        self._row = Row(0, {})
        self._column = -1
        self._told: Attributes = {}
        self._computed = False
        self._heard = False
        self._content: list[str] = []
        self._merged: list[_Area] = []
        self._filled: list[_Area] = []
        """By one formula for all of it."""
        self._left = _MOST_CELLS
        self._hidden = bytearray(_MOST_COLUMNS)
        """1 for each column that is hidden."""

    @property
    def hidden_columns(self) -> frozenset[int]:
        """The columns that nobody sees, from 0."""
        return frozenset(column for column, hidden in enumerate(self._hidden) if hidden)

    def start(self, name: str, told: Attributes) -> None:
        """Note where a row, a cell or its content begins."""
        self._heard = name in {"v", "t"}
        if name == "row":
            number = int(told.get("r", self._row.number + 1))
            unseen = is_true(told.get("hidden")) or told.get("ht") == "0"
            self._row, self._column = Row(number, {}, unseen), -1
        elif name == "c":
            self._column = _area(told["r"]).left if "r" in told else self._column + 1
            self._told, self._computed, self._content = told, False, []
        else:
            self._aside(name, told)

    def _aside(self, name: str, told: Attributes) -> None:
        """Note what makes cells odd."""
        if name == "f":
            self._computed = True
            if told.get("t") in {"array", "dataTable"} and "ref" in told:
                self._filled.append(_area(told["ref"]))
        elif name == "mergeCell":
            self._merged.append(_area(told["ref"]))
        elif name == "col" and is_true(told.get("hidden")):
            first, last = max(0, int(told["min"]) - 1), min(int(told["max"]), _MOST_COLUMNS)
            self._hidden[first:last] = b"\x01" * (last - first)  # of no columns: nothing

    def characters(self, text: str) -> None:
        """Add to the content of a cell."""
        if self._heard:
            self._content.append(text)

    def end(self, name: str) -> None:
        """Keep a cell, or a row."""
        self._heard = False
        if name == "c":
            cell = self._cell("".join(self._content).strip())
            if cell.value != "" or cell.fault:
                self._row.cells[self._column] = cell
                self._left -= 1
                if self._left < 0:
                    raise trap(f"> {_MOST_CELLS} <c>")
        elif name == "row" and self._row.cells:
            self._rows[self._row.number] = self._row
            if len(self._rows) > self._most_rows:
                told = {"most": self._most_rows}
                raise RefusedError([Finding(FileFault.TOO_MANY_ROWS, values=told)])

    def _cell(self, content: str) -> Cell:
        kind = self._told.get("t", "n")
        if kind == "e":
            return Cell(content, CellFault.ERROR, content)
        fault = CellFault.FORMULA if self._computed else None
        if kind == "s" and content:
            return Cell(self._texts[int(content)].strip(), fault)
        if kind == "b":
            return Cell("TRUE" if is_true(content) else "FALSE", fault)
        if kind == "n" and content:
            return Cell(self._number(float(content)), fault)
        if kind == "d" and content:
            return Cell(date.fromisoformat(content[:10]), fault)
        return Cell(content, fault)

    def _number(self, number: float) -> Value:
        if int(self._told.get("s", "0")) in self._days and 1 <= number <= _LAST_DAY:
            return self._epoch + timedelta(days=int(number))
        return int(number) if number.is_integer() else number

    def rows(self) -> list[Row]:
        """The rows in their order; cells of merged and computed areas have their fault."""
        numbers = sorted(self._rows)
        left = _MOST_COVERED
        for fault, areas in (
            (CellFault.FORMULA, self._filled),
            (CellFault.MERGED, self._merged),
        ):
            for area in areas:
                cells = list(islice(self._within(area, numbers), left + 1))
                left -= len(cells)
                if left < 0:
                    raise trap("mergeCell")
                _mark(cells, fault, area)
        return [self._rows[number] for number in numbers]

    def _within(self, area: _Area, numbers: Sequence[int]) -> Iterator[tuple[Row, int]]:
        """The places of an area that lie in rows which hold something, the first one first."""
        found = numbers[bisect_left(numbers, area.top) : bisect_right(numbers, area.bottom)]
        widest = max((max(self._rows[number].cells) for number in found), default=-1)
        columns = range(area.left, min(area.right, max(widest, area.left)) + 1)
        return ((self._rows[number], column) for number, column in product(found, columns))


def trap(part: str) -> RefusedError:
    """Refuse a workbook for a part that no office's program writes so."""
    return RefusedError([Finding(FileFault.TRAP, values={"part": part})])


def _mark(cells: Sequence[tuple[Row, int]], fault: CellFault, area: _Area) -> None:
    """Give cells a fault; of a merged area only the first cell has a value."""
    if len(cells) == 1 and area.bottom == area.top and area.left == area.right:
        return
    detail = f"{letter(area.left)}{area.top}:{letter(area.right)}{area.bottom}"
    for row, column in cells:
        cell = row.cells.get(column, Cell(""))
        row.cells[column] = cell._replace(fault=cell.fault or fault, detail=cell.detail or detail)


def _area(told: str) -> _Area:
    """Read `B7` or `B7:C9`; ValueError otherwise."""
    ends = [_ADDRESS.fullmatch(end) for end in told.replace("$", "").split(":")]
    if not 1 <= len(ends) <= 2 or not ends[0] or not ends[-1]:
        raise ValueError(told)
    first, last = ends[0], ends[-1]
    return _Area(int(first[2]), _column(first[1]), int(last[2]), _column(last[1]))


def _column(letters: str) -> int:
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - ord("A") + 1
    return min(number, _MOST_COLUMNS) - 1

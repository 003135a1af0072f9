"""The table of a statement: which column tells what, and its rows made lines."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from outreach.statistics.findings import Finding, Place, RefusedError
from outreach.statistics.sheets import Row, Sheet, figure, letter
from outreach.statistics.statements import titles
from outreach.statistics.statements.beside import Beside
from outreach.statistics.statements.model import ToldLine
from outreach.statistics.statements.words import FIELDS, Caution, Fault, named
from outreach.store.statements import FIGURES, Figure

_NEEDED: Final[tuple[Figure, ...]] = ("accesses", "installs")
_PLACES: Final = ("district", "order")
_NUMBERING: Final = re.compile(r"\(?([0-9]{1,2}|[A-Za-z])\)?")
_LONGEST_FIGURE: Final = 30  # characters; a longer text is a note


class Rows:
    """A table on its way to lines; faults and cautions go to the lists given."""

    def __init__(
        self, sheet: Sheet, beside: Beside, faults: list[Finding], cautions: list[Finding]
    ) -> None:
        self._sheet, self._beside = sheet, beside
        self._faults, self._cautions = faults, cautions
        self._columns: dict[str, int] = {}
        """By what they tell."""
        self._titles: dict[int, str] = {}

    def lines(self, head: int) -> Iterator[ToldLine]:
        """Read the rows below the head, which is the row of that place.

        What else stands there is heard as a label, or told as not read.
        """
        self._head(self._sheet.rows[head], self._sheet.rows[head - 1] if head else None)
        unread: list[Place] = []
        hidden: list[Place] = []
        below = self._sheet.rows[head + 1 :]
        for n, row in enumerate(below):
            if not n and _numbers_columns(row):
                continue
            if self._beside.hear(row):
                continue
            if self._tells(row):
                yield from self._line(row)
                if row.hidden:
                    hidden.append(Place(row=row.number))
            elif not self._name(row, "district"):
                unread.append(Place(row=row.number))
        shut = self._sheet.hidden_columns & set(self._columns.values())
        hidden += [Place(column=letter(column)) for column in sorted(shut)]
        self._ask(Caution.HIDDEN, hidden)
        self._ask(Caution.NOT_READ, [*unread, *self._strangers(below)])

    def _ask(self, kind: Caution, places: Sequence[Place]) -> None:
        if places:
            where = Place(self._sheet.name)
            self._cautions.append(Finding(kind, where, {"value": tuple(places)}))

    def _head(self, row: Row, over: Row | None) -> None:
        """Find out what the columns tell; titles of places may stand one row higher."""
        found: dict[str, list[int]] = {}
        for column, field in titles.columns(row).items():
            found.setdefault(field, []).append(column)
        for column, field in titles.columns(over).items() if over else ():
            if field in _PLACES and not row.text(column):
                found.setdefault(field, []).append(column)
        self._titles = {column: row.text(column) for column in row.cells}
        self._columns = {field: columns[0] for field, columns in found.items()}
        where = self._sheet.place(row)
        for field, columns in found.items():
            if len(columns) > 1:
                told = named(field) | {"columns": ", ".join(map(letter, columns))}
                self._faults.append(Finding(Fault.TWO_COLUMNS, where, told))
        for field in _NEEDED:
            if field not in found:
                self._faults.append(Finding(Fault.NO_COLUMN, where, named(field)))
        for column, title in self._titles.items():
            if titles.in_thousands(title, title=True):
                place = self._sheet.place(row, column)
                self._faults.append(Finding(Fault.UNITS, place, {"value": title[:60]}))

    def _name(self, row: Row, field: str) -> str:
        """What a row says in the column of districts or orders; empty without that column."""
        return row.text(self._columns[field]) if field in self._columns else ""

    def _tells(self, row: Row) -> bool:
        """Whether a row is one of the table: it has what is, or should be, a figure."""
        named_by = any(self._name(row, field) for field in _PLACES)
        cells = [row.cells[self._columns[f]] for f in FIGURES if self._columns.get(f) in row.cells]
        return any(
            cell.fault is not None or named_by or _looks_like_figure(str(cell.value))
            for cell in cells
        )

    def _line(self, row: Row) -> Iterator[ToldLine]:
        """The line of a row; none where nobody can tell of what it is."""
        figures: dict[Figure, int | None] = {}
        for field in FIGURES:
            if field in self._columns:
                try:
                    figures[field] = figure(
                        self._sheet, row, self._columns[field], FIELDS[field][0]
                    )
                except RefusedError as refused:
                    self._faults += refused.findings
        district = self._district(row)
        if district is not None:
            yield ToldLine(figures, self._name(row, "order"), district, self._sheet.place(row))

    def _district(self, row: Row) -> str | None:
        """The district as it is written; empty: the whole city, which has to be said, else None."""
        told = self._name(row, "district")
        if told:
            return "" if titles.is_city(told) else told
        figures = {self._columns[field] for field in FIGURES if field in self._columns}
        says_city = any(titles.is_city(row.text(c)) for c in row.cells if c not in figures)
        if "district" in self._columns and not says_city and not self._name(row, "order"):
            self._faults.append(Finding(Fault.NO_DISTRICT, self._sheet.place(row)))
            return None
        return ""

    def _strangers(self, rows: Sequence[Row]) -> Iterator[Place]:
        """Columns that hold something beside the figures, of which nobody knows what it is."""
        filled = {c for row in rows if self._tells(row) for c in row.cells if row.text(c)}
        for column in sorted(filled - set(self._columns.values())):
            title = self._titles.get(column, "")
            if titles.column(title) is None:
                yield Place(column=letter(column), title=title)


def _looks_like_figure(text: str) -> bool:
    """Whether a text may be meant as a figure, and not as a date or a signature."""
    bare = titles.without_days(text)
    return len(text) <= _LONGEST_FIGURE and any(map(str.isdigit, bare)) and bare == text


def _numbers_columns(row: Row) -> bool:
    """Whether a row only numbers the columns: (1), (2), (3)."""
    found = [_NUMBERING.fullmatch(row.text(column)) for column in sorted(row.cells)]
    numbers = [int(m[1]) for m in found if m and m[1].isdecimal()]
    in_turn = all(after == one + 1 for one, after in pairwise(numbers))
    return None not in found and len(numbers) > 2 and in_turn

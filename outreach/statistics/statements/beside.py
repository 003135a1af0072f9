"""What stands above and below a statement's table: whose it is, of which month, and the words."""

from outreach.domain.month import Month
from outreach.statistics.findings import NOWHERE, Finding, Place, RefusedError
from outreach.statistics.sheet_words import CellFault
from outreach.statistics.sheets import Row, Sheet, figure, whole
from outreach.statistics.statements import titles
from outreach.statistics.statements.words import FIELDS, Fault


class Beside:
    """Labels with what follows them; faults go where those of the table go."""

    def __init__(self, sheet: Sheet, faults: list[Finding]) -> None:
        self._sheet, self._faults = sheet, faults
        self._texts: dict[str, tuple[str, Place]] = {}
        self._figures: dict[str, int | None] = {}
        self.months: dict[Month, Place] = {}
        """Those that are named, each where it is first."""
        self.month_is_unclear = False
        """Whether something stands for the month that is none; a fault says so."""

    def text(self, field: str) -> str:
        """What is said beside a label; empty where there is none."""
        return self._texts.get(field, ("", NOWHERE))[0]

    def place(self, field: str) -> Place:
        """Where that stands."""
        return self._texts.get(field, ("", NOWHERE))[1]

    def figure(self, field: str) -> int | None:
        """The figure beside a label; None where there is none."""
        return self._figures.get(field)

    def above(self, row: Row) -> None:
        """Hear a row above the table: a label, or a title that names the month or the units."""
        if self.hear(row):
            return
        for column in sorted(row.cells):
            told, place = row.text(column), self._sheet.place(row, column)
            if titles.in_thousands(told, title=False):
                self._faults.append(Finding(Fault.UNITS, place, {"value": told[:60]}))
            for month in titles.months_in(told):
                self.months.setdefault(month, place)

    def hear(self, row: Row) -> bool:
        """Hear a row if it begins with a label; a number may stand before that."""
        columns = sorted(row.cells)
        for n, column in enumerate(columns[:2]):
            found = titles.label(row.text(column))
            if found:
                # Cells of a merged area are empty but for the first.
                beside = next((each for each in columns[n + 1 :] if row.text(each)), column)
                field, rest = found
                if rest or beside != column:
                    self._take(field, rest, row, column if rest else beside)
                return True
        return False

    def _take(self, field: str, rest: str, row: Row, column: int) -> None:
        """Take what follows a label: the rest of its cell, or the cell of a column."""
        place = self._sheet.place(row, column)
        cell = row.cells[column]
        if field == "month":
            month = titles.month_of(rest or cell.value)
            self.month_is_unclear |= month is None or cell.fault is not None
            if cell.fault in {CellFault.FORMULA, CellFault.ERROR}:
                self._faults.append(Finding(cell.fault, place, {"value": cell.detail}))
            elif month is None:
                told = {"value": (rest or row.text(column))[:40]}
                self._faults.append(Finding(Fault.UNCLEAR_MONTH, place, told))
            else:
                self.months.setdefault(month, place)
        elif field in {"invoiced_parts", "invoiced_dong"}:
            try:
                told_figure = (
                    whole(rest, place)
                    if rest
                    else figure(self._sheet, row, column, FIELDS[field][0])
                )
                self._figures[field] = told_figure
            except RefusedError as refused:
                self._faults += refused.findings
        else:
            self._texts[field] = rest or row.text(column), place

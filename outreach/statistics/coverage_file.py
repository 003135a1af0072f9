"""A file of insured and registered people by district, XLSX or CSV, read and checked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from outreach.domain.coverage import FIGURES, Coverage
from outreach.domain.district import DistrictTable, Found
from outreach.domain.month import Month
from outreach.statistics.coverage_check import within, without
from outreach.statistics.coverage_titles import (
    DISTRICT,
    MONTH,
    column,
    columns,
    is_head,
    is_numbering,
)
from outreach.statistics.coverage_words import Fault, Note
from outreach.statistics.findings import Finding, Place, RefusedError
from outreach.statistics.sheets import Row, Sheet, figure, letter, read
from outreach.statistics.statements.titles import in_thousands, is_city, month_of, months_in

_SHOWN: Final = 5  # names in one finding
_FIGURE: Final = re.compile(r"[-(]?[0-9][0-9.,\s]*\)?")


@dataclass(frozen=True, slots=True)
class Told:
    """What a file tells."""

    lines: Mapping[str, Coverage]
    """By the title of the district."""
    city: Coverage
    notes: tuple[Finding, ...]


class _Line(NamedTuple):
    row: Row
    coverage: Coverage
    found: Found


def read_coverage(path: Path, month: Month, table: DistrictTable) -> Told:
    """Read the figures of a month; RefusedError tells all that is wrong with the file."""
    return _File(read(path, is_head), month, table).told()


class _File:
    """A sheet on its way; its faults gather."""

    def __init__(self, sheet: Sheet, month: Month, table: DistrictTable) -> None:
        self._sheet, self._month, self._table = sheet, month, table
        self._faults: list[Finding] = []
        self._columns: dict[str, int] = {}
        self._titles: dict[int, str] = {}
        self._lines: dict[str, _Line] = {}
        self._city: tuple[Row, Coverage] | None = None

    def told(self) -> Told:
        """Read all of it."""
        rows = self._sheet.rows
        at = next((n for n, row in enumerate(rows) if is_head(row)), None)
        if at is None:
            raise RefusedError([Finding(Fault.NO_HEAD, Place(self._sheet.name))])
        self._above(rows[:at])
        self._head(rows[at], rows[at - 1] if at else None)
        self._stop()
        for n, row in enumerate(rows[at + 1 :]):
            if n or not is_numbering(row):
                self._row(row)
        city = self._city[1] if self._city else Coverage()
        self._stop()
        notes = [*self._whole(city), *self._unread()]
        self._stop()
        lines = {line.found.district.title: line.coverage for line in self._lines.values()}
        return Told(lines, city, tuple(notes))

    def _stop(self) -> None:
        if self._faults:
            raise RefusedError(self._faults)

    def _fault(self, kind: Fault, place: Place, **values: object) -> None:
        self._faults.append(Finding(kind, place, values))

    def _above(self, rows: list[Row]) -> None:
        """What stands above the table may name the month."""
        for row in rows:
            said = [month for n in row.cells for month in months_in(row.text(n))]
            if said and self._month not in said:
                place = self._sheet.place(row)
                self._fault(Fault.OTHER_MONTH, place, value=said[0], told=self._month)

    def _head(self, row: Row, over: Row | None) -> None:
        """Find out what the columns tell; the district's title may stand one row higher."""
        self._titles = {n: row.text(n) for n in row.cells}
        found = columns(row)
        if DISTRICT not in found.values() and over:
            found.update((n, told) for n, told in columns(over).items() if told == DISTRICT)
        for field in (DISTRICT, MONTH, *FIGURES):
            places = sorted(n for n, told in found.items() if told == field)
            if len(places) > 1:
                where = ", ".join(map(letter, places))
                self._fault(Fault.TWO_COLUMNS, self._sheet.place(row), columns=where)
            if places:
                self._columns[field] = places[0]
        for n in found:
            title = self._titles.get(n, "")
            if in_thousands(title, title=True):
                self._fault(Fault.UNITS, self._sheet.place(row, n), value=title[:60])
        if DISTRICT not in self._columns:
            self._fault(Fault.NO_HEAD, self._sheet.place(row))

    def _row(self, row: Row) -> None:
        """Read a row of the table; what stands below it, and headings in it, have no figures."""
        name = self._name(row)
        known = self._table.find(name, self._month.first) if name else None
        if not (known or (name and is_city(name)) or self._has_figures(row)):
            return
        self._when(row)
        coverage = self._figures(row)
        self._faults += within(coverage, self._sheet.place(row))
        if name and is_city(name):
            self._of_city(row, coverage, name)
        elif known is None:
            self._unknown(row, name)
        else:
            self._of_district(_Line(row, coverage, known))

    def _name(self, row: Row) -> str:
        """The district's name; a sum's may stand in a column before it."""
        at = self._columns[DISTRICT]
        if told := row.text(at):
            return told
        before = (row.text(n) for n in sorted(row.cells) if n < at)
        return next(filter(is_city, before), "")

    def _has_figures(self, row: Row) -> bool:
        cells = (row.text(self._columns[field]) for field in FIGURES if field in self._columns)
        return any(_FIGURE.fullmatch(cell) for cell in cells)

    def _when(self, row: Row) -> None:
        """A row that tells its month must be of the month that is imported."""
        if MONTH not in self._columns or self._columns[MONTH] not in row.cells:
            return
        at = self._columns[MONTH]
        told, said = row.text(at), month_of(row.cells[at].value)
        place = self._sheet.place(row, at, self._titles[at])
        if said is None and told.lstrip("0") != str(self._month.month):
            self._fault(Fault.UNCLEAR_MONTH, place, value=told[:40])
        elif said not in {None, self._month}:
            self._fault(Fault.OTHER_MONTH, place, value=said, told=self._month)

    def _figures(self, row: Row) -> Coverage:
        told: dict[str, int | None] = {}
        for field in FIGURES:
            if field in self._columns:
                at = self._columns[field]
                try:
                    told[field] = figure(self._sheet, row, at, self._titles[at])
                except RefusedError as refused:
                    self._faults += refused.findings
        return Coverage(**told)

    def _of_city(self, row: Row, coverage: Coverage, name: str) -> None:
        if self._city:
            self._twice(row, name, self._city[0])
        self._city = row, coverage

    def _of_district(self, line: _Line) -> None:
        code = line.found.district.code
        if code in self._lines:
            self._twice(line.row, line.found.district.title, self._lines[code].row)
        self._lines[code] = line

    def _twice(self, row: Row, name: str, first: Row) -> None:
        place = self._sheet.place(row, self._columns[DISTRICT])
        self._fault(Fault.TWICE, place, value=name, first=first.number)

    def _unknown(self, row: Row, name: str) -> None:
        place = self._sheet.place(row, self._columns[DISTRICT])
        if not name:
            self._fault(Fault.NO_DISTRICT, place)
            return
        near = self._table.nearest(name, self._month.first)
        kind = Fault.UNSURE_DISTRICT if near else Fault.UNKNOWN_DISTRICT
        self._fault(kind, place, value=name[:60], near=_listed([each.title for each in near]))

    def _whole(self, city: Coverage) -> Iterator[Finding]:
        """Look at all rows together; yields what is worth a note."""
        lines = list(self._lines.values())
        told = [line.coverage for line in lines]
        if not any(each != Coverage() for each in (*told, city)):
            self._fault(Fault.NO_FIGURES, Place(self._sheet.name))
            return
        ours = [line.found.district.title for line in lines if line.found.current]
        strangers = [line.found.district.title for line in lines if not line.found.current]
        if ours and strangers:
            few = _listed(min(ours, strangers, key=len))
            self._fault(Fault.MIXED, Place(self._sheet.name), few=few)
            return
        if strangers:
            yield Finding(Note.OLD_DISTRICTS, values={"names": _listed(strangers)})
        missing = self._missing(lines)
        values = {"count": len(missing), "names": _listed(missing)}
        if missing and self._city:
            yield Finding(Note.MISSING, values=values)
        elif missing:
            self._fault(Fault.MISSING, Place(self._sheet.name), **values)
        if self._city:
            untold = [Coverage()] * len(missing)
            self._faults += without(city, [*told, *untold], self._sheet.place(self._city[0]))

    def _missing(self, lines: list[_Line]) -> list[str]:
        """The titles of the districts that have no row, if any of their time has one."""
        among = lines[0].found.among if lines else ()
        return [each.title for each in among if each.code not in self._lines]

    def _unread(self) -> Iterator[Finding]:
        strange = [
            title
            for n, title in sorted(self._titles.items())
            if title and n not in self._columns.values() and column(title) is None
        ]
        if strange:
            yield Finding(Note.NOT_READ, values={"names": _listed(strange)})


def _listed(names: list[str]) -> str:
    more = f" … +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more

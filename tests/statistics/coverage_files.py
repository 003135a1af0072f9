"""Tables of insured and registered people as clerks make them; all people are invented."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from outreach.domain.month import Month
from outreach.settings.districts import read_districts

TABLE = read_districts(Path(__file__).parents[2] / "config" / "districts.toml")
MONTH = Month(2024, 11)
"""A month of the 22 districts of 2021."""
DISTRICTS = [each.title for each in TABLE.on(MONTH.first)]
HEAD = ["Quận/huyện", "Số người tham gia", "Đã đăng ký", "Đã phê duyệt", "Chưa đăng ký"]
FIGURES = ["200.000", "150.000", "100.000", "50.000"]
Cells = Sequence[object]


def body(changes: dict[str, Cells] | None = None) -> list[Cells]:
    """A row for each district of the month, all alike but those told."""
    return [[name, *(changes or {}).get(name, FIGURES)] for name in DISTRICTS]


def city(*figures: str) -> list[Cells]:
    """The row of sums."""
    sums = figures or ("4.400.000", "3.300.000", "2.200.000", "1.100.000")
    return [["Toàn thành phố", *sums]]


def csv_file(folder: Path, rows: Iterable[Cells], name: str = "coverage.csv") -> Path:
    """Write rows as a CSV that Excel would make."""
    path = folder / name
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


def xlsx_file(folder: Path, rows: Iterable[Cells], name: str = "coverage.xlsx") -> Path:
    """Write rows as a workbook; numbers as numbers."""
    path = folder / name
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Số liệu")
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    book.close()
    return path

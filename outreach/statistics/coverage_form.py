"""The table of insured and registered people, to be filled in."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import xlsxwriter

from outreach.domain.coverage import FIGURES
from outreach.domain.district import District, DistrictKind
from outreach.statistics.coverage_words import TITLES

CITY = "Toàn thành phố"
_OF_COMMUNES = frozenset({DistrictKind.WARD, DistrictKind.COMMUNE, DistrictKind.ZONE})
_ABOVE = (
    ("Số người tham gia bảo hiểm xã hội và đăng ký tài khoản VssID",),
    ("Tháng:",),
    ("Số người tính đến ngày cuối tháng; để trống ô nếu chưa có số liệu, ghi 0 nếu bằng không.",),
)


def form(districts: Sequence[District]) -> Iterator[tuple[str, ...]]:
    """The form's rows, for CSV: what to know, titles, a row for each district, and the city's."""
    yield from _ABOVE
    communes = any(district.kind in _OF_COMMUNES for district in districts)
    place = "Phường, xã, đặc khu" if communes else "Quận/huyện"
    yield (place, *(TITLES[name][0] for name in FIGURES))
    for title in (*(district.title for district in districts), CITY):
        yield (title, *[""] * len(FIGURES))


def write_form(path: Path, districts: Sequence[District]) -> None:
    """Write the form as a workbook."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Số liệu")
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter"})
    figures = book.add_format({"num_format": "[$-42A]#,##0"})
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, len(FIGURES), 18, figures)
    titles = len(_ABOVE)
    for n, row in enumerate(form(districts)):
        for column, text in enumerate(row):
            if text:
                sheet.write_string(n, column, text, bold if n in {0, titles} else None)
    sheet.freeze_panes(titles + 1, 1)
    book.close()

"""Workbooks as programs and careless hands leave them, and files of other trades."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from tests.files.making.people import PEOPLE, people_rows


def programs() -> dict[str, bytes]:
    """All of them, by file name."""
    return {
        "inline-strings.xlsx": _made(_people, constant_memory=True),
        "no-cell-addresses.xlsx": _rewritten(_without_addresses),
        "prefixed-names.xlsx": _rewritten(_with_prefix),
        "mac-1904-dates.xlsx": _made(_born, date_1904=True),
        "last-cells-coloured.xlsx": _coloured(),
        "last-row-blank.xlsx": _made(_to_the_last_row),
        "last-column-blank.xlsx": _made(_to_the_last_column),
        "hidden-sheet-first.xlsx": _hidden_first(),
        "chart-first.xlsx": _chart_first(),
        "columns-numbered.xlsx": _made(_numbered),
        "danh sach.rar": b"Rar!\x1a\x07\x01\x00" + bytes(range(200)),
        "danh sach.7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(range(200)),
    }


def _made(fill: Callable[[Worksheet], None], **options: bool) -> bytes:
    data = io.BytesIO()
    told = {"in_memory": True, "default_date_format": "dd/mm/yyyy", **options}
    with xlsxwriter.Workbook(data, told) as book:
        fill(book.add_worksheet("DS"))
    return data.getvalue()


def _people(sheet: Worksheet) -> None:
    for line, row in enumerate(people_rows()):
        sheet.write_row(line, 0, row)


def _born(sheet: Worksheet) -> None:
    sheet.write_row(0, 0, ["Họ tên", "SĐT", "Ngày sinh"])
    for line, person in enumerate(PEOPLE, 1):
        sheet.write_row(line, 0, [person.name, person.phone])
        sheet.write_datetime(line, 2, date(1954 + line, 3, 12))


def _to_the_last_row(sheet: Worksheet) -> None:
    _people(sheet)
    sheet.write_string(1_048_575, 2, " ")


def _to_the_last_column(sheet: Worksheet) -> None:
    _people(sheet)
    for line in range(7):
        sheet.write_string(line, 16_383, " ")


def _numbered(sheet: Worksheet) -> None:
    header, *rows = people_rows()
    sheet.write_row(0, 0, header)
    sheet.write_row(1, 0, ["A", "B", 1, 2, 3])
    for line, row in enumerate(rows, 2):
        sheet.write_row(line, 0, row)


def _coloured() -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet, yellow = book.add_worksheet("DS"), book.add_format({"bg_color": "yellow"})
        _people(sheet)
        for line in (0, 3, 1_048_575):
            sheet.write_blank(line, 16_383, None, yellow)
    return data.getvalue()


def _hidden_first() -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        old = book.add_worksheet("Cũ 2019")
        old.write_row(0, 0, ["Họ tên", "SĐT"])
        old.write_row(1, 0, ["Người Đã Chuyển", "0900000999"])
        sheet = book.add_worksheet("Danh sách")
        _people(sheet)
        sheet.activate()
        sheet.set_first_sheet()
        old.hide()
    return data.getvalue()


def _chart_first() -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        chart = book.add_chart({"type": "pie"})
        chart.add_series({"values": "='Danh sách'!$A$2:$A$7"})
        book.add_chartsheet("Biểu đồ").set_chart(chart)
        _people(book.add_worksheet("Danh sách"))
    return data.getvalue()


def _rewritten(change: Callable[[str], str]) -> bytes:
    """A workbook whose sheet is written as another program would."""
    data = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_made(_people))) as source,
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = change(content.decode()).encode()
            target.writestr(name, content)
    return data.getvalue()


def _without_addresses(sheet: str) -> str:
    return re.sub('(<(?:row|c)) r="[A-Z0-9]+"', r"\1", sheet).replace("A1:E7", "A1")


def _with_prefix(sheet: str) -> str:
    spaced = re.sub("<(/?)([a-zA-Z])", r"<\1x:\2", sheet)
    return spaced.replace('xmlns="http', 'xmlns:x="http')

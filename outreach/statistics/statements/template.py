"""The form that a carrier fills in for a month; filled in and handed in, it is read as it is."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import xlsxwriter

from outreach.domain.month import Month
from outreach.statistics.statements.words import FIELDS

_HEAD: Final = (
    FIELDS["district"][0],
    FIELDS["order"][0],
    "Đã gửi (tin)",
    "Đã nhận (tin)",
    FIELDS["accesses"][0],
    FIELDS["installs"][0],
)
_BELOW: Final = ("difficulties", "causes", "invoiced_parts", "invoiced_dong")
_CITY: Final = "Toàn thành phố"
_HELP: Final = (
    "HƯỚNG DẪN",
    (
        "1. Điền số vào các cột từ “Đã gửi” đến “Lượt cài đặt”. Không đổi tên cột, không gộp ô,"
        " không dùng công thức."
    ),
    "2. Ghi số đầy đủ: 1234567 hoặc 1.234.567. Không ghi theo nghìn, không ghi đơn vị trong ô số.",
    "3. Để trống ô nếu không có số liệu; ghi 0 nếu trong tháng không có lượt nào.",
    (
        "4. “Đã gửi”, “Đã nhận”: chỉ các tin nhà mạng tự gửi theo đợt thành phố giao; ghi ở dòng"
        " của từng đợt. Không có đợt nào thì để trống."
    ),
    (
        "5. “Lượt truy cập”, “Lượt cài đặt”: của thuê bao nhà mạng trong cả tháng; ghi ở dòng “Toàn"
        " thành phố”."
    ),
    (
        "6. Có số theo quận/huyện, phường/xã thì điền thêm ở các dòng bên dưới; tổng phải bằng dòng"
        " “Toàn thành phố”. Không có thì để trống."
    ),
    (
        "7. Hai dòng “Khó khăn, vướng mắc”, “Nguyên nhân” ghi bằng lời vào ô bên phải. Không ghi số"
        " điện thoại của khách hàng."
    ),
    (
        "8. “Số tin tính cước”, “Số tiền tính cước”: theo hóa đơn tháng cho các tin thành phố gửi"
        " qua nhà mạng; không có thì để trống."
    ),
    "9. Lưu dạng .xlsx (hoặc CSV UTF-8), không đặt mật khẩu.",
)


class Form(NamedTuple):
    """What a form is filled in with beforehand."""

    carrier: str
    month: Month
    orders: Sequence[str]
    districts: Sequence[str]


def rows(form: Form) -> list[list[str]]:
    """The form row by row, as texts; the cells to be filled in are empty."""
    places = [[_CITY, ""], *([_CITY, order] for order in form.orders)]
    places += [[district, ""] for district in form.districts]
    return [
        ["SỐ LIỆU THÁNG CỦA NHÀ MẠNG"],
        ["Nhà mạng:", form.carrier],
        # The word keeps spreadsheets from making a date of it.
        ["Tháng:", f"Tháng {form.month.month:02}/{form.month.year}"],
        [],
        list(_HEAD),
        *([*place, "", "", "", ""] for place in places),
        [],
        *([f"{FIELDS[field][0]}:", ""] for field in _BELOW),
    ]


def write_form(path: Path, form: Form) -> None:
    """Write a form as a workbook with a sheet of instructions; every text stays a text."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        _figures(book, rows(form))
        _help(book, _HELP)


def _figures(book: xlsxwriter.Workbook, told: Sequence[Sequence[str]]) -> None:
    sheet = book.add_worksheet("Số liệu")
    bold = book.add_format({"bold": True})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#DDEBF7", "text_wrap": True})
    name, number = book.add_format({"border": 1}), book.add_format({"border": 1, "num_format": "0"})
    at = told.index(list(_HEAD))
    for n, row in enumerate(told):
        in_table = n > at and len(row) == len(_HEAD)
        for column, cell in enumerate(row):
            if cell:
                plain = head if n == at else name if in_table else bold if not column else None
                sheet.write_string(n, column, cell, plain)
            elif in_table:
                sheet.write_blank(n, column, None, name if column < 2 else number)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, len(_HEAD) - 1, 14)
    sheet.freeze_panes(at + 1, 2)


def _help(book: xlsxwriter.Workbook, told: Iterable[str]) -> None:
    sheet = book.add_worksheet("Hướng dẫn")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 100)
    for n, line in enumerate(told):
        sheet.write_string(n, 0, line, wrapped)

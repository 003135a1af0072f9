"""The files that clerks hand in, and what each is to be told; all of Viettel's November."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from tests.statistics.statement_files import (
    BEN_THANH,
    CITY,
    HEAD,
    SAI_GON,
    Make,
    bomb,
    city,
    raw,
    table,
    text,
    told,
    with_part,
    xlsx,
)
from tests.statistics.statement_world import ORDER, SECOND


class Case(NamedTuple):
    """A file, and pieces of the Vietnamese messages about it, one for each."""

    make: Make
    messages: Sequence[str] = ()
    carrier: str | None = None
    month: tuple[int, int] | None = None
    why: str = ""


def cell(value: object, column: str = "E") -> Make:
    """A good workbook with another value in one cell."""
    return xlsx(table(city(**{column: value})))


def _formula(book: Any, sheet: Any) -> None:
    sheet.write_formula("E6", "=50000+60000", None, 110_000)


def _empty_formula(book: Any, sheet: Any) -> None:
    sheet.write_formula("E6", "=50000+60000", None, "")


def _array(book: Any, sheet: Any) -> None:
    sheet.write_array_formula("E6:F6", "{=H6:I6}", None, 110_000)


def _merged(book: Any, sheet: Any) -> None:
    sheet.merge_range("E7:E8", 110_000)


def _hidden(book: Any, sheet: Any) -> None:
    sheet.set_row(6, None, None, {"hidden": True})
    sheet.set_column("F:F", None, None, {"hidden": True})


def _second_table(book: Any, sheet: Any) -> None:
    other = book.add_worksheet("Số liệu sửa")
    other.write_row(0, 0, HEAD)
    other.write_row(1, 0, CITY)


def _notes(book: Any, sheet: Any) -> None:
    book.add_worksheet("Ghi chú").write(0, 0, "Số liệu do phòng kỹ thuật cung cấp")


def _hidden_table(book: Any, sheet: Any) -> None:
    _second_table(book, sheet)
    book.worksheets()[1].hide()


def _error(book: Any, sheet: Any) -> None:
    sheet.write_formula("E6", "=1/0", None, "#DIV/0!")


def _dated(book: Any, sheet: Any) -> None:
    sheet.write_datetime("E6", date(2026, 5, 1), book.add_format({"num_format": "dd/mm/yyyy"}))


def _month_as_date(book: Any, sheet: Any) -> None:
    sheet.write_datetime("B3", date(2026, 11, 1), book.add_format({"num_format": "mm/yyyy"}))


def _month_formula(book: Any, sheet: Any) -> None:
    sheet.write_formula("B3", "=TODAY()", None, 46_327)


def _two_row_head(book: Any, sheet: Any) -> None:
    sheet.merge_range("A4:A5", "Quận/huyện, phường/xã")
    sheet.merge_range("C4:D4", "Tin nhắn")


def _picture() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(200)


def _locked() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")


SEMICOLONS = [*told(), HEAD, city(C="500.000", D="480.000", E="110.000", F="66.000")]
DISTRICTS = table(CITY, SAI_GON, BEN_THANH)

READ: dict[str, Case] = {
    "plain": Case(xlsx(table())),
    "csv of Excel": Case(text(table())),
    "csv without BOM": Case(text(table(), "utf-8")),
    "csv in UTF-16": Case(text(table(), "utf-16", "\t")),
    "csv in Windows-1258": Case(text(DISTRICTS, "cp1258")),
    "semicolons and dots": Case(text(SEMICOLONS, delimiter=";")),
    "commas in quotes": Case(text([*told(), HEAD, city(C="500,000", E="110,000")])),
    "numbers as texts with spaces": Case(cell("110 000")),
    "numbers as texts with hard spaces": Case(cell("110\N{NO-BREAK SPACE}000")),
    "districts that add up": Case(xlsx(DISTRICTS)),
    "a short name": Case(xlsx(table(CITY, ["P. Sài Gòn", *SAI_GON[1:]], BEN_THANH))),
    "sum called Tổng cộng": Case(xlsx(table(city(A="Tổng cộng")))),
    "empty rows between": Case(xlsx([*told(), [], HEAD, [], CITY, [], []])),
    "numbered columns": Case(xlsx(table(["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"], CITY))),
    "serial numbers": Case(xlsx([*told(), ["STT", *HEAD], [1, *CITY]])),
    "month in the title": Case(
        xlsx(
            [
                ["BÁO CÁO THÁNG 11 NĂM 2026"],
                ["TP.HCM, ngày 02 tháng 12 năm 2026"],
                ["Nhà mạng: Viettel"],
                HEAD,
                CITY,
            ]
        )
    ),
    "month as a date": Case(xlsx(table(), _month_as_date)),
    "name of the company": Case(
        xlsx(table(above=told("TẬP ĐOÀN CÔNG NGHIỆP - VIỄN THÔNG QUÂN ĐỘI")))
    ),
    "nothing above, told by hand": Case(xlsx([HEAD, CITY]), carrier="viettel", month=(2026, 11)),
    "sheet with notes": Case(xlsx(table(), _notes)),
    "hidden sheet": Case(xlsx(table(), _hidden_table)),
    "order by name": Case(
        xlsx(table(city(C=None, D=None), ["Toàn thành phố", ORDER, 500_000, 480_000]))
    ),
    "head of two rows": Case(
        xlsx([*told()[:3], ["", "Đợt", "Tin"], ["", "", *HEAD[2:]], CITY], _two_row_head)
    ),
    "words below": Case(
        xlsx(
            [
                *table(),
                [],
                ["Khó khăn, vướng mắc:", "Thuê bao tắt máy"],
                ["Nguyên nhân: chưa rõ"],
                ["Số tin tính cước", 12_000],
                ["Số tiền tính cước (đồng)", "3.600.000"],
            ]
        )
    ),
    "macro workbook by another name": Case(xlsx(table(), name="so-lieu.csv")),
}
"""Read as they are, without a question."""

ASKED: dict[str, Case] = {
    "hidden row and column": Case(
        xlsx(table(CITY, SAI_GON, BEN_THANH), _hidden),
        ["bị ẩn, vẫn được đọc: dòng 7, cột F; số liệu trong đó có đúng không"],
    ),
    "signature below": Case(
        xlsx([*table(), [], ["", "", "", "", "Người lập biểu"]]), ["không đọc nội dung ở dòng 8"]
    ),
    "strange column": Case(
        xlsx([*told(), [*HEAD, "Gửi không thành công"], [*CITY, 20_000]]),
        ["không đọc nội dung ở cột G “Gửi không thành công”"],
    ),
    "more installs": Case(
        xlsx(table(city(E=60_000, F=70_000))),
        ["số cài đặt (70.000) lớn hơn số truy cập (60.000)"],
    ),
    "jump": Case(cell(190_000), ["“Lượt truy cập” là 190.000, tháng 10/2026 là 100.000 (+90 %)"]),
    "in thousands by mistake": Case(
        xlsx(table(city(C=500, D=480, E=110, F=66))),
        [
            (
                "“Lượt truy cập” là 110, tháng 10/2026 là 100.000: nhỏ hơn khoảng 909 lần; có phải"
                " đang ghi theo nghìn không?"
            ),
            "“Lượt cài đặt” là 66",
        ],
    ),
    "sent by no order": Case(
        xlsx(table(city(E=900, F=500), above=told("Gmobile"))),
        ["tháng này thành phố không giao đợt nhắn tin nào cho nhà mạng"],
    ),
    "nothing sent": Case(
        xlsx(table(city(C=None, D=None))), [f"thành phố đã giao đợt nhắn tin {ORDER}"]
    ),
    "delivered alone": Case(
        xlsx(table(city(C=None))), ["có số đã nhận nhưng không có số đã gửi", "đợt nhắn tin"]
    ),
    "month not over": Case(
        xlsx(table(city(C=None, D=None), above=told(month="12/2026"))),
        ["tháng 12/2026 chưa hết; đây đã là số liệu cả tháng chưa?"],
    ),
    "district of old": Case(
        xlsx(table(CITY, ["Quận 3", "", None, None, 110_000, 66_000])),
        ["“Quận 3” không thuộc danh sách đơn vị hành chính của tháng này"],
    ),
}
"""Read, and asked about."""

REFUSED: dict[str, Case] = {
    # what cannot be opened
    "empty file": Case(raw(b"", "so-lieu.csv"), ["tệp không có dữ liệu"]),
    "blanks": Case(raw(b" \r\n\r\n", "so-lieu.csv"), ["tệp không có dữ liệu"]),
    "empty workbook": Case(xlsx([]), ["tệp không có dữ liệu"]),
    "password": Case(raw(_locked()), ["tệp có mật khẩu nên không mở được"]),
    "old Excel": Case(raw(_locked()[:500], "so-lieu.xls"), ["tệp Excel kiểu cũ (.xls)"]),
    "picture": Case(raw(_picture()), ["đây là hình ảnh, không phải bảng tính"]),
    "PDF": Case(raw(b"%PDF-1.7 ..."), ["đây là tệp PDF"]),
    "web page": Case(raw(b"<html><table>"), ["đây là trang web hoặc tệp XML"]),
    "cut off": Case(raw(b"PK\x03\x04" + bytes(100)), ["tệp Excel bị hỏng hoặc chép chưa hết"]),
    "too large": Case(raw(b"PK\x03\x04" + bytes(5 << 20)), ["tệp lớn hơn 5 MB"]),
    "zip bomb": Case(bomb, ["phần bên trong không bình thường"]),
    "doctype": Case(
        with_part("xl/workbook.xml", b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook'),
        ["phần bên trong không bình thường (DOCTYPE)"],
    ),
    "broken XML": Case(
        with_part("xl/worksheets/sheet1.xml", b"</sheetData>", b"<sheetData>"),
        ["tệp Excel bị hỏng"],
    ),
    "too many rows": Case(
        text([*table(), *([f"dòng {n}", 1] for n in range(5_001))]), ["bảng có hơn 5.000 dòng"]
    ),
    "stray quote": Case(
        raw('Nhà mạng,"Viettel\nTháng,11/2026\n'.encode(), "so-lieu.csv"),
        ["dòng 1: không đọc được dòng này"],
    ),
    "no known encoding": Case(
        raw(bytes(range(0x80, 0x100)) * 20, "so-lieu.csv"), ["không nhận ra bảng mã"]
    ),
    # whose, and when
    "no carrier": Case(xlsx([["Tháng 11/2026"], HEAD, CITY]), ["chưa ghi tên nhà mạng"]),
    "unknown carrier": Case(
        xlsx(table(above=told("Beeline"))),
        ["dòng 2, cột B: không có nhà mạng nào tên “Beeline”; tên phải là một trong: Viettel"],
    ),
    "another carrier's": Case(
        xlsx(table()), ["tệp ghi nhà mạng “Viettel” nhưng đang nộp cho “MobiFone”"], "MobiFone"
    ),
    "no month": Case(xlsx([["Nhà mạng: Viettel"], HEAD, CITY]), ["chưa ghi tháng báo cáo"]),
    "unclear month": Case(xlsx(table(above=told(month="tháng mười một"))), ["“tháng mười một”"]),
    "month as a formula": Case(
        xlsx(table(), _month_formula), ["dòng 3, cột B: ô này là công thức"]
    ),
    "wrong month": Case(
        xlsx(table()), ["tệp ghi tháng 11/2026 nhưng đang nộp cho tháng 10/2026"], None, (2026, 10)
    ),
    "two months": Case(
        xlsx([["THÁNG 11/2026"], *table()[1:2], ["Tháng:", "10/2026"], *table()[3:]]),
        ["ghi nhiều tháng khác nhau: 11/2026, 10/2026"],
    ),
    "month to come": Case(xlsx(table(above=told(month="01/2027"))), ["tháng 01/2027 chưa đến"]),
    "closed month": Case(
        xlsx(table(city(C=None, D=None), above=told(month="09/2026"))),
        [
            (
                "tháng 09/2026 đã khóa (“quan” khóa lúc 10:00 ngày 03/12/2026); muốn nộp hoặc sửa,"
                " hãy liên hệ “quan” để mở lại"
            )
        ],
    ),
    "second revision": Case(
        xlsx(table(city(C=None, D=None), above=told("MobiFone"))),
        ["tháng 11/2026 đã có số liệu (lần 1, nộp lúc 10:00 ngày 03/12/2026)"],
    ),
    # the table
    "no head": Case(xlsx([*told(), CITY]), ["không tìm thấy dòng tiêu đề của bảng"]),
    "missing column": Case(
        xlsx(table(CITY[:5], head=HEAD[:5])), ["dòng 5: thiếu cột “Lượt cài đặt”"]
    ),
    "two columns alike": Case(
        xlsx(table([*CITY, 5], head=[*HEAD, "Số lượt cài đặt"])), ["hai cột cùng nghĩa", "F, G"][:1]
    ),
    "two sheets": Case(
        xlsx(table(), _second_table),
        ["nhiều trang cùng có bảng số liệu: “Số liệu”, “Số liệu sửa”; hãy chỉ để lại một trang"],
    ),
    "column in thousands": Case(
        xlsx(table(head=[*HEAD[:4], "Lượt truy cập (nghìn)", HEAD[5]])),
        ["cột E: số liệu đang ghi theo nghìn hoặc triệu (“Lượt truy cập (nghìn)”)"],
    ),
    "sheet in millions": Case(
        xlsx([*told()[:3], ["Đơn vị tính: triệu lượt"], HEAD, CITY]),
        ["dòng 4, cột A: số liệu đang ghi theo nghìn hoặc triệu"],
    ),
    "no figures": Case(xlsx(table(CITY[:2])), ["không có số liệu nào; ghi 0"]),
    # the cells
    "text in a number": Case(
        cell("mười nghìn"),
        ["trang “Số liệu”, dòng 6, cột E “Lượt truy cập”: “mười nghìn” không phải số"],
    ),
    "dash": Case(cell("-"), ["“-” không phải số"]),
    "truth": Case(cell(value=True), ["“TRUE” không phải số"]),
    "negative": Case(cell(-5), ["“-5” là số âm"]),
    "negative in brackets": Case(cell("(1.234)"), ["“(1.234)” là số âm"]),
    "decimals": Case(cell(110.5), ["“110,5” là số lẻ"]),
    "decimals as text": Case(cell("12,34"), ["“12,34” là số lẻ"]),
    "scientific": Case(cell("1,1E+05"), ["“1,1E+05” viết theo kiểu lũy thừa"]),
    "wrong groups": Case(cell("1.23.456"), ["dấu phân cách không theo nhóm ba chữ số"]),
    "with its unit": Case(cell("110.000 lượt"), ["“110.000 lượt” có chữ hoặc dấu kèm theo số"]),
    "percent": Case(cell("80%"), ["“80%” có chữ hoặc dấu kèm theo số"]),
    "fullwidth digits": Case(cell("\uff11\uff12"), ["không phải 0 đến 9 thông thường"]),
    "digits too many": Case(cell("9" * 14), ["quá lớn; hãy kiểm tra lại số chữ số"]),
    "number of Excel's width": Case(cell(1e17), ["quá lớn"]),
    "formula": Case(xlsx(table(), _formula), ["dòng 6, cột E “Lượt truy cập”: ô này là công thức"]),
    "formula without a value": Case(xlsx(table(), _empty_formula), ["ô này là công thức"]),
    "formula for two cells": Case(
        xlsx(table(), _array), ["cột E “Lượt truy cập”: ô này là", "cột F “Lượt cài đặt”: ô này là"]
    ),
    "merged cells": Case(
        xlsx(table(CITY, SAI_GON, BEN_THANH), _merged),
        ["dòng 7, cột E “Lượt truy cập”: ô này bị gộp với ô khác (E7:E8)", "dòng 8, cột E"],
    ),
    "error of Excel": Case(xlsx(table(), _error), ["ô này là lỗi của Excel (#DIV/0!)"]),
    "date": Case(xlsx(table(), _dated), ["ô này là ngày tháng (01/05/2026), không phải số"]),
    # the rows
    "district twice": Case(
        xlsx(table(CITY, SAI_GON, ["p sai gon", *SAI_GON[1:]])),
        ["dòng 8: “Phường Sài Gòn” ghi hai lần (lần trước: trang “Số liệu”, dòng 7)"],
    ),
    "unknown district": Case(
        xlsx(table(CITY, ["Phường Sài Gon Mới", *SAI_GON[1:]])),
        ["dòng 7: không có quận/huyện, phường/xã nào tên “Phường Sài Gon Mới”"],
    ),
    "no district": Case(xlsx(table(CITY, [None, *SAI_GON[1:]])), ["thiếu tên quận/huyện"]),
    "sums that do not add up": Case(
        xlsx(table(CITY, SAI_GON)),
        [
            (
                "“Lượt truy cập”: tổng các quận/huyện (60.000) khác dòng toàn thành phố (110.000),"
                " lệch 50.000"
            ),
            "“Lượt cài đặt”: tổng các quận/huyện (36.000)",
        ],
    ),
    "more delivered": Case(
        xlsx(table(city(D=500_001))), ["số đã nhận (500.001) lớn hơn số đã gửi (500.000)"]
    ),
    "unknown order": Case(
        xlsx(table(city(B="dot-khac"))),
        [
            (
                "không có đợt nhắn tin nào tên “dot-khac” giao cho nhà mạng trong tháng này; các"
                f" đợt: {ORDER}"
            )
        ],
    ),
    "which of two orders": Case(
        xlsx(table(above=told("VinaPhone"))),
        [f"tháng này có nhiều đợt nhắn tin ({ORDER}, {SECOND})"],
    ),
    "sum beside the orders": Case(
        xlsx(table(CITY, ["Toàn thành phố", ORDER, 500_000, 480_000])),
        ["“Đã gửi” vừa ghi theo đợt vừa ghi ở dòng không có đợt", "“Đã nhận” vừa ghi"],
    ),
    "everything at once": Case(
        xlsx(
            table(
                city(E="mười", F=-1),
                ["Nơi khác", "", None, None, 1, 1],
                above=told("Bê", "13/2026"),
            )
        ),
        ["“mười” không phải số", "“-1” là số âm", "“Bê”", "“13/2026”"],
    ),
    "several faults of known figures": Case(
        xlsx(
            table(
                city(D=600_000, F="x"),
                ["Nơi khác", "", None, None, 1, 1],
                above=told(month="09/2026"),
            )
        ),
        ["“x” không phải số", "đã khóa", "“Nơi khác”", "(600.000)"],
    ),
}
"""Refused: every message, and no other."""

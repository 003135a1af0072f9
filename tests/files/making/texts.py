"""Text files: separators, encodings, quotes, titles, totals and what else surrounds the rows."""

import unicodedata

from tests.files.making.old_encodings import tcvn3, vni, windows_1258
from tests.files.making.people import HEADER, PEOPLE, as_csv, people_csv, people_rows

_NATION = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
_TITLE = "DANH SÁCH NGƯỜI THAM GIA BHXH, BHYT"
_TOTALS = [
    ("", "Tổng cộng:", "6", "", ""),
    ("", "", "", "", "TP. Hồ Chí Minh, ngày 15 tháng 10 năm 2026"),
    ("", "Người lập biểu", "", "", "THỦ TRƯỞNG ĐƠN VỊ"),
    ("", "(Ký, ghi rõ họ tên)", "", "", "(Ký tên, đóng dấu)"),
    ("", "Nguyễn Văn Lập", "", "", "Trần Thị Trưởng"),
]


def texts() -> dict[str, bytes]:
    """All of them, by file name."""
    return _encodings() | _quotes_and_lines() | _around_the_rows() | _monsters()


def _encodings() -> dict[str, bytes]:
    semicolons, tabs = people_csv(";"), people_csv("\t")
    return {
        "comma-utf8.csv": people_csv().encode(),
        "semicolon-utf8-bom.csv": semicolons.encode("utf-8-sig"),
        "pipe.txt": people_csv("|", "\n").encode(),
        "Excel Unicode Text.txt": b"\xff\xfe" + tabs.encode("utf-16-le"),
        "utf16be-bom.csv": b"\xfe\xff" + semicolons.encode("utf-16-be"),
        "utf16le-without-bom.txt": tabs.encode("utf-16-le"),
        "windows-1258.csv": windows_1258(semicolons),
        "Danh sách tổ 5 (TCVN3).csv": tcvn3(people_csv()).encode("latin-1"),
        "vni.csv": vni(semicolons).encode("cp1252"),
        "vni-told.csv": vni(as_csv([("sdt", "ten"), *((p.phone, p.name) for p in PEOPLE)])).encode(
            "cp1252"
        ),
        "tcvn3-saved-as-utf8.csv": tcvn3(people_csv()).encode("utf-8-sig"),
        "utf8-with-tcvn3-glued-on.csv": people_csv().encode() + _second_half_in_tcvn3(),
        "nfd-from-a-mac.csv": unicodedata.normalize("NFD", people_csv()).encode(),
    }


def _second_half_in_tcvn3() -> bytes:
    more = [("7", "Huỳnh Thị Lệ", "0900000107", "Quận 5", "Phường 9"), ("8", "Ngô Văn Sửu", "x")]
    return tcvn3(as_csv([*more, ("9", "Bui Van Tu", "0900000109", "Quan 5", "")])).encode("latin-1")


def _quotes_and_lines() -> dict[str, bytes]:
    first, *rest = people_csv().split("\r\n")
    return {
        "excel-sep-line.csv": b"\xef\xbb\xbfsep=;\r\n" + people_csv(";").encode(),
        "quoted.csv": _QUOTED.encode(),
        "stray-quote.csv": _STRAY_QUOTE.encode(),
        "blank-lines-ragged-rows.csv": _RAGGED.encode(),
        "semicolons-at-line-ends.csv": people_csv(";").replace("\r\n", ";;;\r\n").encode(),
        "old-mac-cr-only.csv": people_csv(";", "\r").encode(),
        "mixed-line-ends-last-open.csv": (
            "\n".join([first, *rest[:3]]) + "\r\n" + "\r".join(rest[3:-1])
        ).encode(),
        "nul-bytes.csv": people_csv().replace("Ánh,0", "Ánh\0,\x000").encode() + b"\0\0\0\r\n",
        "padded-columns.csv": _PADDED.encode(),
        "access-export-all-quoted.txt": _all_quoted().encode("utf-8-sig"),
    }


_QUOTED = (
    "Họ tên,Địa chỉ,SĐT,Ghi chú\r\n"
    '"Nguyễn Thị Ánh","12/3 Lê Lợi, Phường 1",0900000101,"gọi ""chị Ba"""\r\n'
    '"Trần Văn\nBình","Ấp 2\r\nXã Tân Thông Hội","0860000102","a;b|c\td"\r\n'
    'Lê Hoàng Đức,"""Nhà văn hóa""",0910000103,\r\n'
    '"",,"",""\r\n'
    'Phạm Thị Tuyết Hương,,0920000104,"\r\n\r\n"\r\n'
    'Đặng Quốc Khánh,"5"" ống",0870000105,ok\r\n'
)
_STRAY_QUOTE = (
    "Họ tên,SĐT,Ghi chú\r\n"
    "Nguyễn Thị Ánh,0900000101,\r\n"
    'Trần Văn Bình,0860000102,nhà 5" ống\r\n'
    'Lê Hoàng Đức,0910000103,"quên đóng ngoặc\r\n'
    "Phạm Thị Tuyết Hương,0920000104,\r\n"
    '"Đặng Quốc Khánh,0870000105,\r\n'
    "Võ Ngọc Yến Nhi,0993000106,\r\n"
)
_RAGGED = (
    "\r\n\r\nHọ tên;SĐT;Quận;Ghi chú\r\n"
    "\r\n"
    "Nguyễn Thị Ánh;0900000101\r\n"
    ";;;\r\n"
    "Trần Văn Bình;0860000102;Huyện Củ Chi\r\n"
    "   ;\t;\u00a0;\r\n"
    "Lê Hoàng Đức;0910000103;Quận Bình Thạnh;;;;;\r\n"
    "Phạm Thị Tuyết Hương;0920000104;Thủ Đức;khó nghe;gọi lại;sau\r\n"
    "Đặng Quốc Khánh\r\n"
    "Võ Ngọc Yến Nhi;0993000106;Nhà Bè;\r\n"
    "\r\n\r\n"
)
_PADDED = (
    "STT ; Họ và tên            ; Di động      ; Quận  \r\n"
    "1   ; Nguyễn Thị Ánh       ; 0900 000 101 ; 3     \r\n"
    "2   ; Trần  Văn Bình       ; 0860.000.102 ; Củ Chi\r\n"
    "3   ; Lê Hoàng Đức\u00a0        ; 0910-000-103 ;       \r\n"
)


def _all_quoted() -> str:
    lines = [f'"{p.phone}";"{p.name}";"{p.district}"' for p in PEOPLE]
    return "\r\n".join(['"phone_number";"customer_name";"district"', *lines, ""])


def _around_the_rows() -> dict[str, bytes]:
    first, *rest = people_csv(",").splitlines(keepends=True)
    titles = as_csv([(*_NATION[:1], "", "", "", ""), ("", _NATION[1], "", "", ""), (), (_TITLE,)])
    return {
        "titles-above.csv": (titles + people_csv()).encode("utf-8-sig"),
        "titles-above-header-told.csv": (titles + people_csv()).encode("utf-8-sig"),
        "two-row-header.csv": _TWO_ROWS.encode(),
        "totals-and-signatures.csv": (people_csv() + as_csv(_TOTALS)).encode("utf-8-sig"),
        "ward-headings-between.csv": _WARDS.encode(),
        "two-files-glued.csv": (people_csv().encode("utf-8-sig") * 2),
        "no-header.csv": "".join(rest).encode(),
        "no-header-columns-told.csv": "".join(rest).encode(),
        "only-numbers.txt": "".join(f"{p.phone}\n" for p in PEOPLE).encode(),
        "header-only.csv": first.encode(),
        "empty.csv": b"",
        "only-blank-lines.csv": b"\r\n\r\n;;;\r\n   \r\n",
        "only-titles.csv": titles.encode(),
        "header-without-a-phone.csv": as_csv(row[:2] for row in people_rows()).encode(),
    }


_TWO_ROWS = (
    "STT,Họ và tên,Điện thoại liên hệ,,Nơi cư trú,\r\n"
    ",,Cố định,Di động,Quận/Huyện,Phường/Xã\r\n"
    "1,Nguyễn Thị Ánh,028 3822 0101,0900000101,Quận 3,Phường 1\r\n"
    "2,Trần Văn Bình,,0860000102,Huyện Củ Chi,\r\n"
    "3,Lê Hoàng Đức,02838220103,,Quận Bình Thạnh,Phường 25\r\n"
    "4,Phạm Thị Tuyết Hương,,0920 000 104,,\r\n"
    "5,Đặng Quốc Khánh,,0870000105,Quận 12,Phường Thới An\r\n"
)
_WARDS = (
    "STT,Họ và tên,Số điện thoại\r\n"
    "I,PHƯỜNG VÕ THỊ SÁU,\r\n"
    "1,Nguyễn Thị Ánh,0900000101\r\n"
    "2,Trần Văn Bình,0860000102\r\n"
    ",Cộng phường Võ Thị Sáu: 2 người,\r\n"
    "II,PHƯỜNG 25,\r\n"
    "3,Lê Hoàng Đức,0910000103\r\n"
    "4,Phạm Thị Tuyết Hương,\r\n"
    ",Cộng phường 25: 2 người,\r\n"
    "Tổng cộng: 4 người (Bốn người),,\r\n"
)


def _monsters() -> dict[str, bytes]:
    header, *lines = people_csv(";").splitlines(keepends=True)
    note = "đã gọi nhiều lần, không nghe máy " * 600
    stretched = [line.replace("\r\n", ";" * 16_000 + "\r\n") for line in lines[:4]]
    return {
        "very-long-note.csv": as_csv(
            [
                (*HEADER, "Ghi chú"),
                *((*row, note[:-1]) for row in people_rows()[1:2]),
                *people_rows()[2:],
            ]
        ).encode(),
        "line-of-200000-semicolons.csv": "".join(
            [header, *lines[:2], ";" * 200_000 + "\r\n", *lines[2:]]
        ).encode(),
        "first-line-of-100000-semicolons.csv": (";" * 100_000 + "\r\n").encode(),
        "every-line-to-the-last-column.csv": "".join(
            [header.replace("\r\n", ";" * 16_000 + "\r\n"), *stretched]
        ).encode(),
    }

"""Text files about the columns and about what people type into the one of numbers."""

from collections.abc import Iterable

from tests.files.making.people import PEOPLE, as_csv, people_csv

_OLD = (
    *(120, 121, 122, 126, 128, 123, 124, 125, 127, 129),
    *range(162, 170),
    *(186, 188, 199),
)
_NEW = (
    *(*range(32, 40), 86, 96, 97, 98),
    *(81, 82, 83, 84, 85, 88, 91, 94),
    *(70, 76, 77, 78, 79, 89, 90, 93),
    *(52, 56, 58, 92),
    *(59, *range(993, 998), 87, 559),
)


def numbers() -> dict[str, bytes]:
    """All of them, by file name."""
    return {name: text.encode("utf-8-sig") for name, text in (_numbers() | _columns()).items()}


def _listed(told: Iterable[str], header: str = "Số điện thoại") -> str:
    """A numbered list of what people typed."""
    return as_csv([("STT", header), *((str(n), one) for n, one in enumerate(told, 1))], ";")


def _numbers() -> dict[str, str]:
    two = _listed(_TWO)
    return {
        "number-spellings.csv": _listed(_SPELLINGS),
        "digits-of-other-scripts.csv": _listed(_SCRIPTS),
        "invisible-marks.csv": _listed(_INVISIBLE),
        "old-11-digit-prefixes.csv": _listed(f"0{old}2000{n:03}" for n, old in enumerate(_OLD)),
        "every-prefix.csv": _listed(f"0{new:0<6}{n}" for n, new in enumerate(_NEW, 100)),
        "labels-before-numbers.csv": _listed(_LABELS),
        "two-numbers-refused.csv": two,
        "two-numbers-first.csv": two,
        "two-numbers-both.csv": two,
        "landlines.csv": _listed(_LANDLINES),
        "service-short-machine-foreign.csv": _listed(_SERVICES),
        "short-long-letters-unassigned.csv": _listed(_BROKEN),
        "words-for-no-number.csv": _listed(_NONE),
        "duplicates.csv": _listed(["0900000101", "0900000102", "84900000101", "900 000 101"] * 2),
        "rounded-by-excel.csv": _listed(_ROUNDED),
        "tricks-for-the-zero.csv": _TRICKS,
    }


_SPELLINGS = (
    "0900000101", "0900.000.102", "(090) 000-0103", "0900 000 104", "+84900000105",
    "+84 (0) 900 000 106", "0084900000107", "84900000108", "900000109", "+84-90-000-0110",
    "00 84 (0)900.000.111", "84 0900000112", "09 00 00 01 13", "0900_000_114", "0841000115",
    "84841000116", "841000117", " 0900000118 ", "0900–000–119", "'+84900000120",
)  # fmt: skip
_SCRIPTS = (
    "０９０００００１０１",
    "＋８４９０００００１０２",
    "٠٩٠٠٠٠٠١٠٣",
    "۰۹۰۰۰۰۰۱۰۴",
    "０９００ ０００ 105",
)
_INVISIBLE = (
    "\u00a00900000101\u00a0", "\u200b0900000102", "0900000103\u200b\u200d", "\ufeff0900000104",
    "\u202a0900000105\u202c", "0900\u202f000\u202f106", "0900\u2011000\u2011107", "\t0900000108",
    "0900\u00ad000109", "\u200e+84900000110\u200f",
)  # fmt: skip
_LABELS = (
    "ĐT: 0900000101", "SĐT 0900.000.102", "DĐ:0900000103", "Tel. 0900000104",
    "Mobile: +84900000105", "di động 0900 000 106", "Điện thoại: 0900000107",
)  # fmt: skip
_TWO = (
    "0900000101/0860000101", "0900000102, 0860000102", "0900000103;0860000103",
    "0900000104 hoặc 0860000104", "0900000105\n0860000105", "0900000106 0860000106",
    "0900 000 107 - 0860 000 107", "09000001080860000108", "0900000109 / 028 3822 0109",
    "02838220110 - 0900000110", "0900000111 & 0900000111", "0900000112",
)  # fmt: skip
_LANDLINES = (
    "02838220101", "028 3822 0102", "(028) 38 220 103", "+84 28 3822 0104", "024.3825.0105",
    "0251 382 0106", "(08) 38 220 107", "08-38220108", "028-38220109 (nội bộ 12)",
    "84 24 3825 0110", "0084 28 38220111", "2838220112",
)  # fmt: skip
_SERVICES = (
    "1900 9068", "19009068", "18001166", "1900.1234", "8079", "5656", "113", "0141 000 101",
    "+1 212 555 0101", "0081 90 1234 5678", "+856 20 5555 0101", "+44 20 7946 0101",
    "+8613800138000",
)  # fmt: skip
_BROKEN = (
    "090000010", "0900 001", "09000001011", "090000010111", "O900000101", "09OOOOO1O1",
    "0900000l01", "0900000101x", "xin số sau", "0300000101", "0510000101", "0950000101",
    "0400000101", "84300000101", "123456789012345678901234567890", "0900000???", "0900000101#",
)  # fmt: skip
_NONE = ("", "-", "không có", "0", "chưa có", "x", "...", "00000000", "N/A", "—")
_ROUNDED = (
    "9.01E+08", "9,01E+08", "9E+08", "8.49E+10", "9.00000101E+08", "9,00000102E+08",
    "8.4900000103E+10", "9.000001E+08", "900000104.0", "9.01e8",
)  # fmt: skip
_TRICKS = (
    "Họ tên,SĐT\r\n"
    'Nguyễn Thị Ánh,="0900000101"\r\n'
    'Trần Văn Bình,"=""0860000102"""\r\n'
    "Lê Hoàng Đức,'0910000103\r\n"
    "Phạm Thị Tuyết Hương,920000104\r\n"
    "Đặng Quốc Khánh,`0870000105\r\n"
    "Võ Ngọc Yến Nhi,\u20180993000106\r\n"
)


def _columns() -> dict[str, str]:
    plain = as_csv((f"a{n}", p.name, "x", p.phone, p.district) for n, p in enumerate(PEOPLE))
    odd = "Mã,Ai,Gì,Máy,Nơi\r\n" + plain
    return {
        "two-phone-columns.csv": _TWO_PHONES,
        "two-phone-columns-told.csv": _TWO_PHONES,
        "landline-beside-mobile.csv": _LANDLINE_BESIDE,
        "family-and-given-name.csv": _FAMILY,
        "declared-network.csv": _DECLARED,
        "columns-by-letter.csv": odd,
        "columns-by-number.csv": odd,
        "columns-by-header.csv": odd,
        "column-told-is-not-there.csv": odd,
        "so-bhxh-nam-sinh.csv": _INSURED,
        "english-header.csv": _ENGLISH,
        "header-without-accents.csv": people_csv().replace(
            "STT,Họ và tên,Số điện thoại,Quận/Huyện,Phường/Xã",
            "STT,HO VA TEN,SO DIEN THOAI,QUAN HUYEN,PHUONG XA",
        ),
        "header-with-stars-and-breaks.csv": _STARS,
        "zalo-contacts.csv": _CONTACTS,
    }


_TWO_PHONES = (
    "Họ tên,Số điện thoại 1,Số điện thoại 2\r\n"
    "Nguyễn Thị Ánh,0900000101,0860000201\r\n"
    "Trần Văn Bình,0860000102,\r\n"
    "Lê Hoàng Đức,,0910000203\r\n"
    "Phạm Thị Tuyết Hương,0920000104,0920000204\r\n"
    "Đặng Quốc Khánh,0870000105,0870000205\r\n"
)
_LANDLINE_BESIDE = (
    "Họ tên,Điện thoại bàn,Di động,Fax\r\n"
    "Nguyễn Thị Ánh,02838220101,0900000101,\r\n"
    "Trần Văn Bình,,0860000102,\r\n"
    "Lê Hoàng Đức,028 3822 0103,,028 3822 0999\r\n"
    "Phạm Thị Tuyết Hương,02838220104,0920000104,\r\n"
    "Đặng Quốc Khánh,,0870000105,\r\n"
)
_FAMILY = (
    "STT,Họ và tên đệm,Tên,SĐT\r\n"
    "1,Nguyễn Thị,Ánh,0900000101\r\n"
    "2,Trần Văn,Bình,0860000102\r\n"
    "3,,Đức,0910000103\r\n"
    "4,Phạm Thị Tuyết,Hương,0920000104\r\n"
    "5,Đặng Quốc,,0870000105\r\n"
)
_DECLARED = (
    "SĐT,Nhà mạng\r\n"
    "0900000101,Vina\r\n"
    "0900000102,VIETTEL\r\n"
    "0860000103,mobi\r\n"
    "0860000104,Viettel Telecom\r\n"
    "0860000105,VNPT\r\n"
    "0860000106,Vinaphone\r\n"
    "0860000107,Mobifone\r\n"
    "0860000108,Vietnam Mobile\r\n"
    "0860000109,VNM\r\n"
    "0860000110,G-Mobile\r\n"
    "0860000111,itel\r\n"
    "0860000112,Reddi\r\n"
    "0860000113,không rõ\r\n"
    "0860000114,\r\n"
    "0860000115,VT\r\n"
)
_INSURED = (
    "TT;Mã số BHXH;Họ tên người tham gia;Ngày sinh;Giới tính;SĐT liên hệ;Tổ dân phố;"
    "Phường/Xã;Quận/Huyện;Có smartphone;Đã cài VssID\r\n"
    "1;0100000101;Nguyễn Thị Ánh;12/03/1955;Nữ;0900000101;Tổ 5;Phường 1;Quận 3;Có;Chưa\r\n"
    "2;7900000102;Trần Văn Bình;1948;Nam;0860000102;;Xã Tân Thông Hội;Huyện Củ Chi;Không;\r\n"
    "3;100000103;Lê Hoàng Đức;01/01/1990;Nam;;Tổ 7;Phường 25;Quận Bình Thạnh;x;x\r\n"
    "4;;Phạm Thị Tuyết Hương;;;0920000104;;;;;\r\n"
    "5;0100000105;Đặng Quốc Khánh;5/9/61;nam;0870000105;Tổ 2;Phường Thới An;Quận 12;;\r\n"
)
_ENGLISH = (
    "No.,Full Name,Mobile Phone Number,District,Ward,Carrier,Date of birth,"
    "Social insurance number\r\n"
    "1,Nguyen Thi Anh,0900000101,District 3,Ward 1,Mobifone,1955-03-12,0100000101\r\n"
    "2,Tran Van Binh,0860000102,Cu Chi,,Viettel,1948,7900000102\r\n"
    "3,Le Hoang Duc,+84 91 000 0103,Binh Thanh,Ward 25,,,\r\n"
    "4,Pham Thi Tuyet Huong,,Thu Duc,,,,\r\n"
    "5,Dang Quoc Khanh,0870000105,District 12,Thoi An,iTel,1961,\r\n"
)
_STARS = (
    '"STT","Họ và tên\n(*)","Số điện thoại (*)\n(ghi đủ 10 số)","Quận / Huyện:","PHƯỜNG, XÃ"\r\n'
    "1,Nguyễn Thị Ánh,0900000101,Quận 3,Phường 1\r\n"
    "2,Trần Văn Bình,0860000102,Huyện Củ Chi,Xã Tân Thông Hội\r\n"
    "3,Lê Hoàng Đức,091 000 0103,,\r\n"
    "4,Phạm Thị Tuyết Hương,,,\r\n"
    "5,Đặng Quốc Khánh,0870000105,Quận 12,\r\n"
)
_CONTACTS = (
    "Name,Given Name,Family Name,Group Membership,Phone 1 - Type,Phone 1 - Value\r\n"
    "Cô Ánh tổ 5,Ánh,Cô,* myContacts,Mobile,+84 90 000 01 01\r\n"
    "Bình Củ Chi,Bình,,* myContacts,Mobile,086 000 0102\r\n"
    "Đức,Đức,,* myContacts,Mobile,091-000-0103\r\n"
    "UBND phường,UBND,,* myContacts,Work,028 3822 0104\r\n"
    "Khánh,Khánh,,* myContacts,Mobile,0870000105\r\n"
)

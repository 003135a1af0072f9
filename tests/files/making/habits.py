"""Text files with the habits of offices: letterheads, numbered columns, columns that look alike."""

from tests.files.making.people import PEOPLE, as_csv, people_csv, people_rows


def habits() -> dict[str, bytes]:
    """All of them, by file name."""
    told = {
        "letterhead-with-a-phone.csv": _letterhead(),
        "columns-numbered-below-header.csv": _numbered(),
        "printed-pages.csv": _pages(),
        "columns-that-look-alike.csv": _LOOK_ALIKE,
        "same-header-twice.csv": _TWICE,
        "relative-with-a-phone-too.csv": _RELATIVE,
        "wards-without-districts.csv": _NO_DISTRICT,
        "names-of-our-own-fields.csv": _OWN_FIELDS,
        "header-in-two-languages.csv": _TWO_LANGUAGES,
        "no-header-with-id-numbers.csv": _IDS,
        "all-landlines-but-one.csv": _LANDLINES,
        "words-beside-the-number.txt": _WORDS,
        "names-like-headings.csv": _NAMES,
        "relatives-phone-only.csv": _PATIENTS,
        "fathers-and-mothers-phone.csv": _PUPILS,
        "heads-of-households.csv": _HOUSEHOLDS,
    }
    return {name: text.encode("utf-8-sig") for name, text in told.items()} | {
        "two-byte-order-marks.csv": "\ufeff\ufeff".encode() + people_csv().encode(),
        "letters-lost-as-question-marks.csv": people_csv().encode("cp1252", "replace"),
        "utf8-taken-for-windows-1252.csv": _twice_encoded(people_csv()).encode("utf-8-sig"),
    }


def _twice_encoded(text: str) -> str:
    """As Windows shows UTF-8 that it takes for its own code page; its five gaps are controls."""
    gaps = {0xDC80 + n: 0x80 + n for n in range(0x80)}
    return text.encode().decode("cp1252", "surrogateescape").translate(gaps)


def _letterhead() -> str:
    head = [
        ("BẢO HIỂM XÃ HỘI QUẬN 3", "", "", "", ""),
        ("Điện thoại: 028 3822 0101", "", "", "", "Email: quan3@example.vn"),
        ("Người nhận: Trần Thị Trưởng", "", "SĐT: 0900000999", "", ""),
    ]
    foot = [("Mọi thắc mắc xin gọi 1900 9068 hoặc 0900000999", "", "", "", "")]
    return as_csv([*head, *people_rows(), *foot], ";")


def _numbered() -> str:
    header, *rows = people_rows()
    return as_csv([header, ("(1)", "(2)", "(3)", "(4)", "(5)"), *rows], ";")


def _pages() -> str:
    header, *rows = people_rows()
    page = [("", "", "", "", "Trang 1/2"), (), header]
    return as_csv([header, *rows[:3], *page, *rows[3:], ("", "", "", "", "Trang 2/2")], "\t")


_LOOK_ALIKE = (
    "Số TT;Số CCCD;Số thẻ BHYT;Họ tên;Tên ngân hàng;Số TK;Số nhà;SĐT;Số người trong hộ\r\n"
    "1;079055000101;HT2797900000101;Nguyễn Thị Ánh;Agribank;0912345678901;12;0900000101;3\r\n"
    "2;079048000102;HT2797900000102;Trần Văn Bình;;;5A;0860000102;2\r\n"
    "3;079090000103;GD4797900000103;Lê Hoàng Đức;Vietcombank;0071000000103;;;4\r\n"
    "4;079090000104;GD4797900000104;Phạm Thị Tuyết Hương;;;7/3;0920000104;1\r\n"
    "5;079061000105;;Đặng Quốc Khánh;;;9;0870000105;1\r\n"
)
_TWICE = (
    "Họ tên,SĐT,Ghi chú,Ghi chú,,\r\n"
    "Nguyễn Thị Ánh,0900000101,a,b,,\r\n"
    "Trần Văn Bình,0860000102,,c,,\r\n"
    "Lê Hoàng Đức,0910000103,,,,\r\n"
    "Phạm Thị Tuyết Hương,0920000104,d,,,\r\n"
    "Đặng Quốc Khánh,0870000105,,,x,\r\n"
)
_RELATIVE = (
    "Họ và tên,SĐT,Họ tên người thân,SĐT người thân\r\n"
    "Nguyễn Thị Ánh,,Nguyễn Văn Con,0900000201\r\n"
    "Trần Văn Bình,0860000102,,\r\n"
    "Lê Hoàng Đức,,Lê Thị Cháu,0910000203\r\n"
    "Phạm Thị Tuyết Hương,0920000104,Phạm Văn Em,0920000204\r\n"
    "Đặng Quốc Khánh,0870000105,,\r\n"
)
_NO_DISTRICT = (
    "TT,Họ, chữ đệm và tên,Phường/Xã/Đặc khu,Điện thoại di động\r\n".replace(
        "Họ, chữ đệm và tên", '"Họ, chữ đệm và tên"'
    )
    + "1,Nguyễn Thị Ánh,Phường Sài Gòn,0900000101\r\n"
    "2,Trần Văn Bình,Xã Củ Chi,0860000102\r\n"
    "3,Lê Hoàng Đức,Đặc khu Côn Đảo,0910000103\r\n"
    "4,Phạm Thị Tuyết Hương,,0920000104\r\n"
    "5,Đặng Quốc Khánh,Phường Thới An,0870000105\r\n"
)
_OWN_FIELDS = (
    "phone,full_name,district,ward,network,insurance_number,birth,gender,smartphone,installed,"
    "language,address,relative_of\r\n"
    "84900000101,Nguyễn Thị Ánh,Quận 3,Phường 1,Viettel,0100000101,1955,nữ,yes,no,vi,12 Lê Lợi,\r\n"
    "84860000102,Trần Văn Bình,,,,,,,,,,,Trần Thị Già\r\n"
    "84910000103,Lê Hoàng Đức,Quận 5,,,,1990,,,yes,en,,\r\n"
    "84920000104,,,,,,,,,,,,\r\n"
    "84870000105,Đặng Quốc Khánh,,,iTel,,,,,,,,\r\n"
)
_TWO_LANGUAGES = (
    "STT/No.;Họ và tên/Full name;Số điện thoại / Phone number;Quận (District);Phường - Ward\r\n"
    "1;Nguyễn Thị Ánh;0900000101;Quận 3;Phường 1\r\n"
    "2;Trần Văn Bình;0860000102;Củ Chi;\r\n"
    "3;Lê Hoàng Đức;0910000103;;Phường 25\r\n"
    "4;Phạm Thị Tuyết Hương;;;\r\n"
    "5;Đặng Quốc Khánh;0870000105;Quận 12;\r\n"
)
_IDS = as_csv(
    (str(n), p.name, f"0790{n}5000{n:03}", f"79000001{n:02}", f"0{n}/03/195{n}", p.phone, "Tổ 5")
    for n, p in enumerate(PEOPLE, 1)
)
_LANDLINES = (
    "Họ tên,Điện thoại\r\n"
    "Nguyễn Thị Ánh,028 3822 0101\r\n"
    "Trần Văn Bình,028 3822 0102\r\n"
    "Lê Hoàng Đức,028 3822 0103\r\n"
    "Phạm Thị Tuyết Hương,0920000104\r\n"
    "Đặng Quốc Khánh,028 3822 0105\r\n"
)
_WORDS = (
    "Số điện thoại\r\n"
    "0900000101 (con gái)\r\n"
    "0900 000 102 - chị Ba\r\n"
    "chị Tư 0900000103\r\n"
    "0900000104\r\n"
    "0900000105 gọi sau 17 giờ\r\n"
    "0900000106.\r\n"
)
_NAMES = (
    "Họ tên,SĐT\r\n"
    "Tống Công Bình,\r\n"
    "Quan Thị Trang,\r\n"
    "Xa Văn Hùng,\r\n"
    "Nguyễn Thị Ánh,0900000101\r\n"
    "Tổng cộng,\r\n"
)
_PATIENTS = (
    "HỌ TÊN NGƯỜI BỆNH|NĂM SINH|ĐT LIÊN HỆ (người nhà)|KHOA\r\n"
    "Nguyễn Thị Ánh|1955|0900000101|Nội\r\n"
    "Trần Văn Bình|1948|0860000102|Ngoại\r\n"
    "Lê Hoàng Đức|1990||Nội\r\n"
    "Phạm Thị Tuyết Hương|1961|0920000104|Mắt\r\n"
    "Đặng Quốc Khánh|1970|028 3822 0105|Mắt\r\n"
)
_PUPILS = (
    "Mã số,Tên học sinh,SĐT Cha,SĐT Mẹ\r\n"
    "1,Nguyễn Thị Ánh,0900000101,0860000201\r\n"
    "2,Trần Văn Bình,,0860000202\r\n"
    "3,Lê Hoàng Đức,0900000103,\r\n"
    "4,Phạm Thị Tuyết Hương,,0860000204\r\n"
    "5,Đặng Quốc Khánh,0900000105,0860000205\r\n"
)
_HOUSEHOLDS = (
    "Danh sách hộ nghèo năm 2026\r\n"
    "\r\n"
    "TT;Chủ hộ;Số người;Điện thoại liên lạc của hộ;Tổ;Ấp\r\n"
    "1;Nguyễn Thị Ánh;3;0900000101;5;Ấp 1\r\n"
    "2;Trần Văn Bình;2;0860000102;6;Ấp 2\r\n"
    "3;Lê Hoàng Đức;4;0910000103;6;Ấp 2\r\n"
    "4;Phạm Thị Tuyết Hương;1;;;Ấp 3\r\n"
    "5;Đặng Quốc Khánh;2;0870000105;7;Ấp 3\r\n"
    " Tổng : 5 hộ;;12;;;\r\n"
)

"""Workbooks as LibreOffice saves them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from tests.files.making.flat import (
    Cell,
    Formula,
    Merged,
    Sheet,
    Styled,
    flat,
    numbered,
)
from tests.files.making.office import convert, protected
from tests.files.making.old_encodings import tcvn3, vni
from tests.files.making.people import HEADER, PEOPLE, people_rows

_TITLES: list[list[Cell]] = [
    [Merged("ỦY BAN NHÂN DÂN QUẬN 3", 2), None, Merged("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 2)],
    [Merged("PHÒNG LAO ĐỘNG - TB&XH", 2), None, Merged("Độc lập - Tự do - Hạnh phúc", 2)],
    [],
    [Merged("DANH SÁCH NGƯỜI DÂN CHƯA CÀI ĐẶT ỨNG DỤNG VssID", 5)],
    [Merged("(Kèm theo Công văn số 123/UBND ngày 15/10/2026)", 5)],
    ["Đơn vị tính: người"],
]
_FOOT: list[list[Cell]] = [
    [Merged("Tổng cộng", 2), None, 6.0],
    [],
    [None, None, None, Merged("Quận 3, ngày 15 tháng 10 năm 2026", 2)],
    [None, "NGƯỜI LẬP BIỂU", None, Merged("CHỦ TỊCH", 2)],
    [],
    [None, "Nguyễn Văn Lập", None, Merged("Trần Thị Trưởng", 2)],
]
_GUIDE = Sheet(
    "Hướng dẫn",
    numbered([["HƯỚNG DẪN NHẬP LIỆU"], ["1. Điền đủ họ tên."], ["2. Số điện thoại đủ 10 số."]]),
)


def books() -> dict[str, bytes]:
    """All of them, by file name."""
    made: dict[str, bytes] = {}
    for suffix, sources in _sources().items():
        made |= {f"{name}.{suffix}": data for name, data in convert(sources, suffix).items()}
    plain = flat([_people()])
    made["password.xlsx"] = protected(plain, "xlsx")
    made["password.ods"] = protected(plain, "ods")
    made["scan.pdf"] = convert({"scan": plain}, "pdf")["scan"]
    return made


def _people(name: str = "Sheet1", people: Iterable[Sequence[str]] | None = None) -> Sheet:
    return Sheet(name, numbered([[*row] for row in people or people_rows()]))


def _sources() -> dict[str, dict[str, str]]:
    plain = flat([_people()])
    return {
        "xlsx": {name: flat(sheets) for name, sheets in _xlsx().items()} | {"plain": plain},
        "xlsm": {"plain": plain},
        "xls": {
            "plain": plain,
            "lost-zero": flat([_lost_zero()]),
            "vni-text": flat([_in(vni)]),
            "starts-at-c5": flat([_starts_at_c5()]),
            "dates": flat([_dates()]),
        },
        "ods": {
            "plain": plain,
            "lost-zero": flat([_lost_zero()]),
            "formulas": flat([_formulas()]),
            "starts-at-c5": flat([_starts_at_c5()]),
            "sheet-by-number": flat([_GUIDE, *_wards()]),
            "two-numbers": flat([_two_numbers()]),
        },
    }


def _xlsx() -> dict[str, list[Sheet]]:
    return {
        "lost-zero": [_lost_zero()],
        "formulas": [_formulas()],
        "errors": [_errors()],
        "dates": [_dates()],
        "date-by-accident": [_date_by_accident()],
        "hidden-rows-and-columns": [_hidden()],
        "second-sheet": [_GUIDE, _people("Danh sách"), Sheet("Sheet3", {})],
        "sheet-by-name": [_GUIDE, *_wards()],
        "two-wards-in-two-sheets": _wards(),
        "sheet-that-is-not-there": _wards(),
        "titles-merged": [_titled()],
        "totals-and-signatures": [_totals()],
        "two-row-header": [_two_rows()],
        "wards-merged-between": [_ward_headings()],
        "household-merged": [_household()],
        "starts-at-c5": [_starts_at_c5()],
        "tcvn3-text": [_in(tcvn3)],
        "mixed-unicode-and-tcvn3": [_mixed()],
        "no-header": [_people(people=people_rows()[1:])],
        "only-titles": [Sheet("Sheet1", numbered(_TITLES))],
        "empty": [Sheet("Sheet1", {}), Sheet("Sheet2", {})],
        "two-numbers": [_two_numbers()],
    }


def _lost_zero() -> Sheet:
    rows: list[Sequence[Cell]] = [["Họ và tên", "Số điện thoại", "Mã số BHXH"]]
    told: list[Cell] = [
        900000101, 860000102.0, 84910000103, Styled(920000104, "scientific"),
        Styled(870000105, "ten_digits"), "0993000106", 900000107.4, 2838220108,
        9000001.0, "900 000 110",
    ]  # fmt: skip
    rows += [[f"Người {n}", phone, 7900000100.0 + n] for n, phone in enumerate(told, 1)]
    return Sheet("Sheet1", numbered(rows))


def _formulas() -> Sheet:
    rows: list[Sequence[Cell]] = [["Họ", "Tên", "Họ và tên", "Số gốc", "SĐT"]]
    rows += [
        [
            (family := p.name.rpartition(" "))[0],
            family[2],
            Formula(f'=[.A{n}]&" "&[.B{n}]'),
            float(p.phone),
            Formula(f'="0"&[.D{n}]'),
        ]
        for n, p in enumerate(PEOPLE, 2)
    ]
    rows.append([None, None, None, None, Formula('=IF([.D9]="";"";"0"&[.D9])')])
    return Sheet("Sheet1", numbered(rows))


def _errors() -> Sheet:
    return Sheet(
        "Sheet1",
        numbered(
            [
                ["Họ tên", "SĐT", "Quận"],
                [PEOPLE[0].name, PEOPLE[0].phone, Formula("=NA()")],
                [PEOPLE[1].name, Formula("=NA()"), "Quận 3"],
                [PEOPLE[2].name, Formula("=1/0"), "Quận 3"],
                [Formula("=NA()"), PEOPLE[3].phone, "Quận 3"],
                [PEOPLE[4].name, PEOPLE[4].phone, "Quận 12"],
            ]
        ),
    )


def _dates() -> Sheet:
    return Sheet(
        "Sheet1",
        numbered(
            [
                ["Họ tên", "SĐT", "Ngày sinh", "Năm sinh"],
                [PEOPLE[0].name, PEOPLE[0].phone, date(1955, 3, 12), 1955.0],
                [PEOPLE[1].name, PEOPLE[1].phone, "01/01/1948", 1948.0],
                [PEOPLE[2].name, PEOPLE[2].phone, date(2001, 12, 31), "2001"],
                [PEOPLE[3].name, PEOPLE[3].phone, None, None],
                [PEOPLE[4].name, PEOPLE[4].phone, date(1961, 9, 5), 1961.0],
            ]
        ),
    )


def _date_by_accident() -> Sheet:
    rows: list[Sequence[Cell]] = [["Họ tên", "SĐT"]]
    rows += [[p.name, Styled(float(p.phone), "day")] for p in PEOPLE[:3]]
    rows += [[PEOPLE[3].name, date(1990, 2, 1)], [PEOPLE[4].name, PEOPLE[4].phone]]
    return Sheet("Sheet1", numbered(rows))


def _hidden() -> Sheet:
    return Sheet("Sheet1", _people().rows, frozenset({3, 5}), frozenset({4}))


def _wards() -> list[Sheet]:
    one, two = PEOPLE[:3], PEOPLE[3:]
    return [
        _people("Phường 1", [HEADER[1:3], *((p.name, p.phone) for p in one)]),
        _people("Phường 2", [HEADER[1:3], *((p.name, p.phone) for p in two)]),
    ]


def _titled() -> Sheet:
    return Sheet("Sheet1", numbered([*_TITLES, *([*row] for row in people_rows())]))


def _totals() -> Sheet:
    return Sheet("Sheet1", numbered([*([*row] for row in people_rows()), *_FOOT]))


def _two_rows() -> Sheet:
    rows: list[Sequence[Cell]] = [
        [Merged("DANH SÁCH LIÊN HỆ", 6)],
        [
            Merged("STT", 1, 2),
            Merged("Họ và tên", 1, 2),
            Merged("Điện thoại", 2),
            Merged("Nơi cư trú", 2),
        ],
        [None, None, "Cố định", "Di động", "Quận/Huyện", "Phường/Xã"],
    ]
    for n, p in enumerate(PEOPLE, 1):
        rows.append([float(n), p.name, "028 3822 0101", p.phone, p.district, p.ward])
    return Sheet("Sheet1", numbered(rows))


def _ward_headings() -> Sheet:
    rows: list[Sequence[Cell]] = [["STT", "Họ và tên", "SĐT"]]
    for roman, people in (("I", PEOPLE[:2]), ("II", PEOPLE[2:5])):
        rows.append([Merged(f"{roman}. {people[0].ward.upper()}", 3)])
        rows += [[float(n), p.name, p.phone] for n, p in enumerate(people, 1)]
    return Sheet("Sheet1", numbered(rows))


def _household() -> Sheet:
    return Sheet(
        "Sheet1",
        numbered(
            [
                ["Họ tên", "SĐT", "Quận"],
                [PEOPLE[0].name, Merged(PEOPLE[0].phone, 1, 2), Merged("Quận 3", 1, 2)],
                [PEOPLE[1].name],
                [PEOPLE[2].name, PEOPLE[2].phone, "Quận Bình Thạnh"],
                [PEOPLE[3].name, PEOPLE[3].phone, "Thành phố Thủ Đức"],
                [PEOPLE[4].name, PEOPLE[4].phone, "Quận 12"],
            ]
        ),
    )


def _starts_at_c5() -> Sheet:
    return Sheet("Sheet1", numbered([[None, None, *row] for row in people_rows()], first=5))


def _in(legacy: Callable[[str], str]) -> Sheet:
    return _people(people=[[legacy(cell) for cell in row] for row in people_rows()])


def _mixed() -> Sheet:
    rows = people_rows()
    return _people(people=[*rows[:4], *([tcvn3(cell) for cell in row] for row in rows[4:])])


def _two_numbers() -> Sheet:
    told = [
        "0900000101\n0860000101",
        "0900000102 / 0860000102",
        "0900000103",
        "0900000104 0860000104",
    ]
    return Sheet("Sheet1", numbered([["SĐT"], *([one] for one in told), [900000105.0]]))

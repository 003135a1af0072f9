"""Files opened whole: every record is a row or a reject, whatever the file, and in fixed memory."""

import csv
import io
import re
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import Reason
from outreach.domain.network import Network, PrefixTable
from outreach.files import (
    Fault,
    Reading,
    Reject,
    Row,
    TwoNumbers,
    Understanding,
    open_file,
    rows,
)


class Reader:
    """Reads bytes or text as a file."""

    def __init__(self, folder: Path, prefixes: PrefixTable) -> None:
        self.path = folder / "audience.csv"
        self.prefixes = prefixes

    def write(self, content: str | bytes) -> Path:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.path

    def __call__(
        self, content: str | bytes, two_numbers: TwoNumbers = TwoNumbers.REFUSE
    ) -> list[Row | Reject]:
        reading = Reading(two_numbers=two_numbers)
        return list(rows(self.write(content), self.prefixes, reading))

    def people(self, content: str | bytes) -> list[Row]:
        return [row for row in self(content) if isinstance(row, Row)]

    def params(self, content: str | bytes) -> list[dict[str, str]]:
        return [row.params for row in self.people(content)]

    def understood(self, path: Path, reading: Reading | None = None) -> Understanding:
        with open_file(path, self.prefixes, reading or Reading()) as file:
            return file.understanding


@pytest.fixture(scope="session")
def read(prefixes: PrefixTable, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("files"), prefixes)


def phone(n: int) -> str:
    return f"0900000{n:03}"


def test_a_whole_row(read: Reader) -> None:
    told = read(
        "\ufeffSTT,Số điện thoại,Họ và tên,Quận/Huyện,Nhà mạng,Mã số,Ghi chú\r\n"
        "1,0860000123,Nguyễn Thị An,Quận 3,vinaphone,0000000001,\r\n"
    )
    params = {"full_name": "Nguyễn Thị An", "ma_so": "0000000001"}
    assert told == [Row(2, "84860000123", Network.VIETTEL, Network.VINAPHONE, "Quận 3", params)]


def test_how_a_text_is_understood(read: Reader) -> None:
    told = read.understood(read.write("\nDanh sách\nSĐT;Tổ dân phố;;\n0900000001;5;;\n"))
    assert (told.format, told.encoding, told.delimiter) == ("CSV", "utf-8", ";")
    assert (told.header, told.member, told.sheets) == (3, "", ())
    assert [(column.place, column.header, column.role) for column in told.columns] == [
        (0, "SĐT", "phone"),
        (1, "Tổ dân phố", "to_dan_pho"),
    ]


def test_text_comes_out_in_one_form(read: Reader) -> None:
    name = "Nguyễn Thị Ánh"
    odd = unicodedata.normalize("NFD", "\u00a0\u200b Nguyễn  Thị\tÁnh \ufeff\u200d")
    assert read.params(f"sdt,ten,ghi chu\n{phone(1)},{odd},\u00a0\n") == [{"full_name": name}]


def test_white_space_in_district_and_network(read: Reader) -> None:
    [row] = read.people(f"sdt,quan,mang\n{phone(1)}, Quận\u00a03 , Viettel \n")
    assert (row.declared, row.district) == (Network.VIETTEL, "Quận 3")


def test_line_breaks_in_a_cell_become_spaces(read: Reader) -> None:
    told = read.people(f'phone,address\n{phone(1)},"Số 1\nĐường A"\n{phone(2)},x\n')
    assert [row.line for row in told] == [2, 4]
    assert told[0].params == {"address": "Số 1 Đường A"}


@pytest.mark.parametrize(
    ("told", "network"),
    [
        *[(told, Network.VIETTEL) for told in ("Viettel", "vietel", "VIETTEL TELECOM", "VT")],
        *[(told, Network.VINAPHONE) for told in ("vina", "VinaPhone", "VNPT", "VNPT-Vinaphone")],
        *[(told, Network.MOBIFONE) for told in ("mobi", "MobiFone (VMS)", "Mobifone")],
        *[(told, Network.VIETNAMOBILE) for told in ("vnmobile", "Vietnam Mobile", "VNM")],
        *[(told, Network.GMOBILE) for told in ("gtel", "Gmobile", "G-Mobile")],
        *[(told, Network.ITEL) for told in ("itel", "I-Tel")],
        *[(told, Network.WINTEL) for told in ("reddi", "Wintel")],
        *[(told, None) for told in ("không rõ", "", "SFone", "Viettel/Vina", "mobile")],
    ],
)
def test_networks_as_people_call_them(read: Reader, told: str, network: Network | None) -> None:
    [row] = read.people(f"sdt,mang\n{phone(1)},{told}\n")
    assert row.declared == network


def test_a_name_in_parts(read: Reader) -> None:
    told = read.params(
        f"Tên,Họ đệm,SĐT\nÁnh,Nguyễn  Thị,{phone(1)}\nAn,,{phone(2)}\n,,{phone(3)}\n"
    )
    assert told == [{"full_name": "Nguyễn Thị Ánh"}, {"full_name": "An"}, {}]


def test_blank_lines_are_no_rows(read: Reader) -> None:
    told = read(f"\n\nphone,name\n\n,,\n{phone(1)},An\n   \n\n{phone(2)},Bé\n,\n")
    assert [row.line for row in told] == [6, 9]


def test_bad_numbers_are_rejected_masked(read: Reader) -> None:
    told = read("phone,name\n0900000123/0900000456,An\n,Bé\n1900 9068,Chi\n028 38000123,D\n")
    assert told == [
        Reject(2, Reason.TWO_NUMBERS, "090****456"),
        Reject(3, Reason.EMPTY, "****"),
        Reject(4, Reason.SERVICE, "190****068"),
        Reject(5, Reason.LANDLINE, "028****123"),
    ]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("\x1b[2J 0900000123", "2J ****123"),
        ("0900\u202e0001234\x07", "090****234"),
        ("O900000123", "O90****123"),
        ("Nguyễn Thị An", "****"),
        ("Nguyễn Thị An 12", "****"),
        (unicodedata.normalize("NFD", "Trần Thị Ngọc Ánh 0"), "****"),
        ("N.V.A.N. 1 2", "****"),
        ("0900000123 (chị Lan)", "090****123"),
        ("Lan: 0900000123", "090****123"),
        ("an0900000123bé", "090****123"),
        (unicodedata.normalize("NFD", "0900000123 Lễ"), "090****123"),
        ("+1 202 555 0143", "+1 ****143"),
        ("=HYPERLINK(0900000123)", "090****123"),
    ],
)
def test_what_is_shown_of_a_cell_writes_no_name_and_no_control(
    read: Reader, cell: str, shown: str
) -> None:
    [reject] = read(f"SĐT;x\n{cell};An\n")
    assert isinstance(reject, Reject)
    assert reject.raw == shown


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\r\n;"'), min_size=1))
def test_no_cell_shows_a_word_or_a_number(read: Reader, cell: str) -> None:
    path = read.write(f"SĐT;x\n{cell};An\n")
    for row in rows(path, read.prefixes, Reading(encoding="utf-8")):
        if isinstance(row, Reject):
            assert row.raw.isprintable()
            assert not re.search(r"[^\W\d_]{2}|[0-9]{4}", row.raw)


@pytest.mark.parametrize(
    ("two_numbers", "told"),
    [
        (TwoNumbers.REFUSE, [Reason.TWO_NUMBERS, "84900000009"]),
        (TwoNumbers.FIRST, ["84900000123", "84900000009"]),
        (TwoNumbers.BOTH, ["84900000123", "84860000456", "84900000009"]),
    ],
)
def test_two_numbers_in_a_cell(read: Reader, two_numbers: TwoNumbers, told: list[str]) -> None:
    found = read("sdt,ten\n0900000123/0860000456,An\n0900000009,Bé\n", two_numbers)
    assert [row.msisdn if isinstance(row, Row) else row.reason for row in found] == told
    split = [row for row in found if row.line == 2 and isinstance(row, Row)]
    assert all(row.params == {"full_name": "An"} for row in split)
    assert [row.network for row in split] == [Network.MOBIFONE, Network.VIETTEL][: len(split)]


def test_two_numbers_of_which_none_is_good(read: Reader) -> None:
    [reject] = read("sdt\n02838220101/02838220102\n", TwoNumbers.BOTH)
    assert isinstance(reject, Reject)


def test_ragged_rows(read: Reader) -> None:
    told = read(f"name,phone,x\nAn,{phone(1)}\nBé,{phone(2)},1,,\nChi,{phone(3)},1,2\nDũng\n")
    assert [row.line for row in told if isinstance(row, Row)] == [2, 3]
    assert told[2:] == [Reject(4, Fault.COLUMNS, "****"), Reject(5, Reason.EMPTY, "****")]


@pytest.mark.parametrize(
    "line",
    [
        "Tổng cộng: 123,,",
        ",Tổng số,12",
        ",,Cộng",
        "TONG CONG,,5",
        "Total,,",
        ",Cộng phường 5: 2 người,",
        "Ghi chú: số liệu tạm tính,,",
        ",Người lập biểu,",
        '"(Ký, ghi rõ họ tên)",,',
        ',,"TP. Hồ Chí Minh, ngày 15 tháng 10 năm 2026"',
        "I,PHƯỜNG VÕ THỊ SÁU,",
        "Phường 25,,",
        "Mọi thắc mắc xin gọi 1900 9068,,",
        ",,Trang 1/2",
    ],
)
def test_totals_and_notes_are_no_persons(read: Reader, line: str) -> None:
    told = read(f"STT,Họ tên,SĐT\n1,An,{phone(1)}\n{line}\n2,Bé,{phone(2)}\n")
    assert [row.line for row in told] == [2, 3, 4]
    assert told[1] == Reject(3, Fault.TOTAL, "****")


@pytest.mark.parametrize(
    "line",
    [
        "2,Cộng Hòa,",
        ",Tống Công Bình,",
        "TONG CONG BINH,,",
        "3,,xin số sau",
        ",An,12",
        ",Quan Thị Bé,",
        ",Bé,0900000101 gọi sau 17 giờ",
    ],
)
def test_persons_without_a_number_are_no_totals(read: Reader, line: str) -> None:
    [reject] = read(f"STT,Họ tên,SĐT\n{line}\n")
    assert isinstance(reject, Reject)
    assert isinstance(reject.reason, Reason)


def test_a_total_with_a_phone_is_a_person(read: Reader) -> None:
    [row] = read(f"Họ tên,SĐT\nTổng,{phone(1)}\n")
    assert isinstance(row, Row)


def test_titles_again_in_the_middle(read: Reader) -> None:
    told = read(
        f"DANH SÁCH TỔ 5,\nHọ tên,SĐT\nAn,{phone(1)}\n"
        f"DANH SÁCH TỔ 5,\nHỌ TÊN ,Sđt\nBé,{phone(2)}\nAn,SĐT\n"
    )
    assert told[1:3] == [Reject(4, Fault.HEADER, "****"), Reject(5, Fault.HEADER, "****")]
    assert told[4] == Reject(7, Reason.LETTERS, "****")


def test_nul_and_undecodable_bytes(read: Reader) -> None:
    told = read(b"phone,name\n09000\x0000123,A\x00n\n0900000124,\xff\xfe\n0900000125,B\n")
    assert isinstance(told[0], Row)
    assert told[0].params == {"full_name": "An"}
    assert told[1] == Reject(3, Fault.BYTES, "****")
    assert told[2].line == 4


def test_a_stray_quote_costs_one_row(read: Reader) -> None:
    lines = [f"{phone(n)},An" for n in range(60)]
    lines[10] = f'{phone(10)},"An'
    told = read("phone,name\n" + "\n".join(lines))
    assert [row for row in told if isinstance(row, Reject)] == [Reject(12, Fault.QUOTES, "****")]
    assert [row.line for row in told] == [*range(2, 62)]


def test_old_fonts_in_one_column_beside_unicode(read: Reader) -> None:
    people = ["NguyÔn ThÞ ¸nh", "TrÇn V¨n B×nh", "§Æng Quèc Kh¸nh", "Ph¹m TuyÕt"]
    lines = "".join(f"{name},{phone(n)},Gò Vấp\n" for n, name in enumerate(people))
    told = read.people(f"Họ tên,SĐT,Quận\n{lines}")
    assert [(row.district, row.params) for row in told] == [
        ("Gò Vấp", {"full_name": name})
        for name in ["Nguyễn Thị Ánh", "Trần Văn Bình", "Đặng Quốc Khánh", "Phạm Tuyết"]
    ]
    assert any("tcvn3" in note for note in read.understood(read.path).notes)


def test_titles_in_an_old_font_above_unicode(read: Reader) -> None:
    titles = "Hä vµ tªn,Sè ®iÖn tho¹i,QuËn/HuyÖn"
    told = read.params(f"{titles}\nNguyễn Thị Ánh,{phone(1)},Gò Vấp\n")
    assert told == [{"full_name": "Nguyễn Thị Ánh"}]


def test_a_single_cell_in_an_old_font(read: Reader) -> None:
    told = read.params(f"sdt,ten\n{phone(1)},Nguyễn Ánh\n{phone(2)},§Æng Quèc Kh¸nh\n")
    assert [row["full_name"] for row in told] == ["Nguyễn Ánh", "Đặng Quốc Khánh"]


@pytest.mark.parametrize(
    "name", ["Zoë Müller", "Hà", "Võ Bé", "François Noël", "12 m²", "Bùi Đạt ½"]
)
def test_what_is_no_old_font_stays(read: Reader, name: str) -> None:
    assert read.params(f"sdt,ten\n{phone(1)},{name}\n") == [{"full_name": name}]


def test_letters_lost_before_are_noted(read: Reader) -> None:
    lines = "".join(f"{phone(n)},Nguy?n Th? Hư?ng\n" for n in range(3))
    assert any("'?'" in note for note in read.understood(read.write(f"sdt,ten\n{lines}")).notes)
    assert not read.understood(read.write(f"sdt,ten\n{phone(1)},sao? ai?\n")).notes


@pytest.mark.parametrize("content", ["", "\n\n", "\r\n \r\n"])
def test_nothing_in_the_file(read: Reader, content: str) -> None:
    with pytest.raises(BadInputError, match="empty"):
        read(content)


def test_a_header_alone_has_no_rows(read: Reader) -> None:
    assert read("phone,name\n") == []


def test_the_file_within_a_zip(read: Reader, tmp_path: Path) -> None:
    path = tmp_path / "danh-sach.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tổ 5.csv", f"sdt,ten\n{phone(1)},An\n")
    assert [row.line for row in rows(path, read.prefixes)] == [2]
    told = read.understood(path)
    assert (told.member, told.format) == ("tổ 5.csv", "CSV")


def test_a_file_that_is_not_there(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no\.csv"):
        list(rows(tmp_path / "no.csv", read.prefixes))


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[str]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(lines):
                sheet.write_row(number, 0, cells)
    return path


def test_the_sheet_that_has_the_phones(read: Reader, tmp_path: Path) -> None:
    people = [["SĐT"], [phone(1)]]
    guide = [["Hướng dẫn", "1. Số điện thoại đủ 10 số."]]
    path = workbook(tmp_path / "a.xlsx", {"Đọc": guide, "Tổ 1": people, "Tổ 2": people})
    told = read.understood(path)
    assert (told.sheet, told.format) == ("Tổ 1", "XLSX")
    assert "'Đọc' has no column of phone numbers" in told.notes[-1]
    assert "not read: 'Tổ 2'" in told.notes[-1]
    assert [row.line for row in rows(path, read.prefixes)] == [2]


def test_no_sheet_has_phones(read: Reader, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"a": [["mã"], ["1"]], "b": [["tên"], ["An"]]})
    with pytest.raises(BadInputError, match="first row reads 'mã'"):
        read.understood(path)
    with pytest.raises(BadInputError, match="first row reads 'tên'"):
        read.understood(path, Reading(sheet="b"))


_RESUMED = (
    "Danh sách\nHọ,Tên,SĐT,Quận\n"
    f'An,,{phone(1)},Quận 3\n"a\n"b",,{phone(2)},\nx,"y,\n,,0900000123/0860000456,\nTổng,,3,\n'
    f"Họ,Tên,SĐT,Quận\n\n,,1900 9068\n1,2,3,4,5\nBé,,{phone(4)},Quận\u00a05\n"
)


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("two_numbers", TwoNumbers)
def test_an_interrupted_reading_goes_on(read: Reader, size: int, two_numbers: TwoNumbers) -> None:
    path, reading = read.write(_RESUMED), Reading(two_numbers=two_numbers)
    whole: list[tuple[int, Row | Reject]] = []
    with open_file(path, read.prefixes, reading) as file:
        for batch in file.batches(1):
            whole += [(batch.position, line) for line in batch.lines]
    records = whole[-1][0]
    assert len({position for position, _ in whole}) == records
    for cut in range(records + 2):
        with open_file(path, read.prefixes, reading) as file:
            batches = list(file.batches(size, after=cut))
        told = [line for batch in batches for line in batch.lines]
        assert told == [line for position, line in whole if position > cut]
        positions = [batch.position for batch in batches]
        assert positions == sorted(set(positions))
        assert not positions or positions[-1] == records


def test_faults_have_words() -> None:
    assert all(fault.vi and fault.en for fault in Fault)


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=12)
grids = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=12)


@given(grids)
def test_rows_are_conserved(read: Reader, grid: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["phone", "b", "c"], *grid])
    told = read(text.getvalue())
    lines = [row.line for row in told]
    assert lines == sorted(set(lines))
    if not any("\n" in cell for row in grid for cell in row):
        assert len(told) <= len(grid)
        assert len(told) >= sum(any(cell.isalnum() for cell in row) for row in grid)


_STARTS = [
    b"",
    b"phone,name\n",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
    b"%PDF",
]


@given(
    start=st.sampled_from(_STARTS),
    data=st.binary(max_size=300) | st.text(max_size=100).map(str.encode),
    two_numbers=st.sampled_from(TwoNumbers),
)
def test_no_bytes_raise_anything_else(
    read: Reader, start: bytes, data: bytes, two_numbers: TwoNumbers
) -> None:
    try:
        told = read(start + data, two_numbers)
    except BadInputError:
        return
    lines = [row.line for row in told]
    assert lines == sorted(lines)


def test_a_large_file_is_read_in_fixed_memory(read: Reader, tmp_path: Path) -> None:
    def peak(people: int) -> int:
        path = tmp_path / "audience.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("phone,name\n")
            file.writelines(f"0900{n:06},Nguyễn Văn An\n" for n in range(people))
        tracemalloc.start()
        try:
            assert _count(rows(path, read.prefixes)) == people
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(60_000) < 1.1 * peak(30_000)


def test_long_cells_are_not_remembered(read: Reader, tmp_path: Path) -> None:
    path = tmp_path / "audience.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,note\n")
        file.writelines(f"0900{n:06},{n} {'ghi chú ' * 1_000}\n" for n in range(1_000))
    tracemalloc.start()
    try:
        with open_file(path, read.prefixes) as file:
            assert sum(len(batch.lines) for batch in file.batches(50)) == 1_000
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def _count(found: Iterable[Row | Reject]) -> int:
    return sum(isinstance(row, Row) for row in found)

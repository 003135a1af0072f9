"""Audience files as offices export them: every row is a recipient or a reject with its line."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaigns.audience_file import Fault, Reject, Row, read_csv
from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import Reason
from outreach.domain.network import Network, PrefixTable


@pytest.fixture(scope="session")
def read(prefixes: PrefixTable) -> "Reader":
    return Reader(prefixes)


class Reader:
    """Reads bytes or text as a file."""

    def __init__(self, prefixes: PrefixTable) -> None:
        self.prefixes = prefixes

    def __call__(self, content: str | bytes) -> list[Row | Reject]:
        data = content.encode() if isinstance(content, str) else content
        return list(read_csv(io.BytesIO(data), self.prefixes))


def phone(n: int) -> str:
    return f"0900000{n:03}"


def test_a_whole_row(read: Reader) -> None:
    told = read(
        "\ufeffSTT,Số điện thoại,Họ và tên,Quận/Huyện,Nhà mạng,Mã số,Ghi chú\r\n"
        "1,0860000123,Nguyễn Thị An,Quận 3,vinaphone,0000000001,\r\n"
    )
    params = {"stt": "1", "full_name": "Nguyễn Thị An", "ma_so": "0000000001"}
    assert told == [Row(2, "84860000123", Network.VIETTEL, Network.VINAPHONE, "Quận 3", params)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_encodings_endings(
    read: Reader, delimiter: str, encoding: str, ending: str
) -> None:
    lines = [["phone", "Họ tên, đầy đủ; x"], [phone(1), 'An "Tý", Bé; Ba|Bốn\tNăm']]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows(lines)
    [row] = read(text.getvalue().encode(encoding))
    assert isinstance(row, Row)
    assert row.params == {"ho_ten_day_du_x": lines[1][1]}


@pytest.mark.parametrize(
    "header", ["Số điện thoại", "SO DIEN THOAI", "sdt", "SĐT", "Di động", "phone_number", "Mobile"]
)
def test_names_of_the_phone_column(read: Reader, header: str) -> None:
    [row] = read(f"x,{header}\n1,{phone(1)}\n")
    assert row[1] == "84900000001"


@pytest.mark.parametrize("header", ["Họ và tên", "ho ten", "Full name", "TÊN", "name"])
def test_names_of_the_name_column(read: Reader, header: str) -> None:
    [row] = read(f"sdt,{header}\n{phone(1)},An\n")
    assert isinstance(row, Row)
    assert row.params == {"full_name": "An"}


def test_excel_says_its_delimiter(read: Reader) -> None:
    [row] = read(f"sep=;\nphone;a,b,c\n{phone(1)};x\n")
    assert row.line == 3


def test_blank_lines_are_no_rows(read: Reader) -> None:
    told = read(f"\n\nphone,name\n\n,,\n{phone(1)},An\n   \n\n{phone(2)},Bé\n,\n")
    assert [(type(row), row.line) for row in told] == [(Row, 6), (Reject, 7), (Row, 9)]


def test_bad_numbers_are_rejected_masked(read: Reader) -> None:
    told = read("phone,name\n0900000123/0900000456,An\n,Bé\n1900 9068,Chi\n028 38000123,D\n")
    assert told == [
        Reject(2, Reason.TWO_NUMBERS, "090****456"),
        Reject(3, Reason.EMPTY, "****"),
        Reject(4, Reason.SERVICE, "190****068"),
        Reject(5, Reason.LANDLINE, "028****123"),
    ]


def test_ragged_rows(read: Reader) -> None:
    told = read(f"name,phone,x\nAn,{phone(1)}\nBé,{phone(2)},1,,\nChi,{phone(3)},1,2\nDũng\n")
    assert [row.line for row in told if isinstance(row, Row)] == [2, 3]
    assert told[2:] == [Reject(4, Fault.COLUMNS, "****"), Reject(5, Reason.EMPTY, "****")]


def test_nul_and_undecodable_bytes(read: Reader) -> None:
    told = read(b"phone,name\n09000\x0000123,A\x00n\n0900000124,\xff\xfe\n0900000125,B\n")
    assert isinstance(told[0], Row)
    assert told[0].params == {"full_name": "An"}
    assert told[1] == Reject(3, Fault.BYTES, "****")
    assert told[2].line == 4


def test_a_stray_quote_costs_one_row(read: Reader) -> None:
    rows = [f"{phone(n)},An" for n in range(60)]
    rows[10] = f'{phone(10)},"An'
    told = read("phone,name\n" + "\n".join(rows))
    assert [row for row in told if isinstance(row, Reject)] == [Reject(12, Fault.QUOTES, "****")]
    assert [row.line for row in told] == [*range(2, 62)]
    numbers = [row.msisdn for row in told if isinstance(row, Row)]
    assert numbers == [f"84900000{n:03}" for n in range(60) if n != 10]


def test_a_stray_quote_meets_another(read: Reader) -> None:
    told = read(f'phone,name\n{phone(1)},"An\n{phone(2)},"Bé"\n{phone(3)},"Chi\n')
    assert [(type(row), row.line) for row in told] == [(Reject, 2), (Row, 3), (Reject, 4)]


def test_a_quoted_cell_may_have_lines(read: Reader) -> None:
    told = read(f'phone,address\n{phone(1)},"Số 1\nĐường A"\n{phone(2)},x\n')
    assert [row.line for row in told] == [2, 4]
    assert isinstance(told[0], Row)
    assert told[0].params == {"address": "Số 1\nĐường A"}


def test_an_overlong_line_is_one_reject(read: Reader) -> None:
    told = read(f"phone,name\n{phone(1)},{'x' * 200_000}\n{phone(2)},An\n")
    assert [(type(row), row.line) for row in told] == [(Reject, 2), (Row, 3)]


def test_an_overlong_line_within_quotes(read: Reader) -> None:
    told = read(f'phone,name\n{phone(1)},"x\n{"y" * 200_000}\n{phone(2)},An\n')
    assert [(type(row), row.line) for row in told] == [(Reject, 2), (Reject, 3), (Row, 4)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("mã,tên\n1,An\n", "the header reads 'mã', 'tên'; expected one called 'Số điện thoại'"),
        ("0900000123,An\n", "the header reads '090****123', 'An'"),
        ("sdt,phone\n1,2\n", "two columns mean 'phone'"),
        ("sdt,Mã số,ma so\n1,2,3\n", "two columns mean 'ma_so'"),
        ("x" * 100_000, "is this a CSV file?"),
    ],
)
def test_what_is_no_audience(read: Reader, content: str, told: str) -> None:
    with pytest.raises(BadInputError) as caught:
        read(content)
    assert told in str(caught.value)


def test_a_header_alone_has_no_rows(read: Reader) -> None:
    assert read("phone,name\n") == []


def test_faults_have_words() -> None:
    assert all(fault.vi and fault.en for fault in Fault)


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
grids = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=12)


@given(grids)
def test_rows_are_conserved(read: Reader, grid: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["phone", "b", "c"], *grid])
    told = read(text.getvalue())
    many_lines = any(cell.count("\n") + cell.count("\r") for row in grid for cell in row)
    if not many_lines:
        assert len(told) == sum(1 for row in grid if any(row))
    lines = [row.line for row in told]
    assert lines == sorted(set(lines))


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(read: Reader, data: bytes) -> None:
    told = read(b"phone,name\n" + data)
    lines = [row.line for row in told]
    assert lines == sorted(set(lines))


def test_a_path_is_read_in_fixed_memory(tmp_path: Path, prefixes: PrefixTable) -> None:
    path = tmp_path / "audience.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,name\n")
        file.writelines(f"0900{n:06},Nguyễn Văn An\n" for n in range(20_000))
    tracemalloc.start()
    try:
        assert sum(isinstance(row, Row) for row in read_csv(path, prefixes)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()

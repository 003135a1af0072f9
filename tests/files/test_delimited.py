"""Text files as rows: delimiters, quotes, line ends, bad bytes, and files meant to do harm."""

import csv
import io
import os
import tracemalloc
from collections.abc import Iterable, Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError
from outreach.files.delimited import open_text
from outreach.files.model import Fault, Reading, Record
from tests.files.test_encodings import ENCODED, cp1258
from tests.files.test_legacy import NAMES, tcvn3, vni

UTF_8 = Reading(encoding="utf-8")


class Sips(io.BytesIO):
    """A stream that gives little at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        assert size
        return super().read(min(size, self._size))


class Endless(io.BytesIO):
    """A stream of one piece of text over and over, up to so many bytes."""

    def __init__(self, piece: bytes, most: int) -> None:
        super().__init__()
        self._piece, self._left = piece * ((256 << 10) // len(piece)), most

    def read(self, _size: int | None = -1) -> bytes:
        self._left -= len(self._piece)
        return self._piece if self._left > 0 else b""


def read(data: bytes | str, reading: Reading = UTF_8) -> list[Record]:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return list(open_text(stream, reading).records)


def cells(data: bytes | str, reading: Reading = UTF_8) -> list[list[str]]:
    return [record.cells for record in read(data, reading)]


def faults(data: bytes | str) -> dict[int, Fault]:
    return {record.line: record.fault for record in read(data) if record.fault}


@pytest.mark.parametrize(("data", "encoding"), [pair for pair in ENCODED if len(pair[0]) > 200])
def test_each_encoding_comes_out_as_unicode(data: bytes, encoding: str) -> None:
    source = open_text(io.BytesIO(data), Reading())
    header, *rows = source.records
    assert (source.format, source.encoding, source.delimiter) == ("CSV", encoding, ",")
    assert header.line == 1
    assert [row.line for row in rows] == [*range(2, 52)]
    assert {row.cells[0] for row in rows} == {f"0900000{n:03}" for n in range(50)}


@pytest.mark.parametrize("name", [*NAMES, NAMES[0].upper()])
def test_old_encodings_lose_no_letter(name: str) -> None:
    for told, data in (
        ("tcvn3", tcvn3(name).encode("latin-1")),
        ("vni", vni(name).encode("latin-1")),
    ):
        assert cells(b"1,\x93" + data + b"\x94", Reading(encoding=told)) == [["1", f"“{name}”"]]
    [[_, read_back]] = cells(b"1," + cp1258(name), Reading(encoding="cp1258"))
    assert cp1258(read_back) == cp1258(name)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_endings(encoding: str, delimiter: str, ending: str) -> None:
    rows = [["Họ tên", "SĐT"], ["An, Bé", "0900000123"], [f"a{ending}b", "x"], ["c", "d"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows(rows)
    source = open_text(io.BytesIO(text.getvalue().encode(encoding)), Reading())
    assert source.delimiter == delimiter
    rows[2][0] = "a\nb"
    assert [*source.records] == [
        Record(line, row) for line, row in zip((1, 2, 3, 5), rows, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        (
            "DANH SÁCH, NĂM 2026\nPhường 5\n\nTT;Tên;SĐT\n1;An, B;0900000123\n2;Bé, C;0900000124\n",
            ";",
        ),
        ("a;b\n", ";"),
        ("Nguyễn, An;0900000123\nTrần, Bé;0900000124\n", ";"),
        ("tên, sđt\n", ","),
        ("0900000123\n0900000124\n", ","),
        ("TT,Tên,SĐT\n" + "1,An,0900000123; 0900000124\n" * 9, ","),
        ("TT|Tên|Ngày\n" + "1|An, Bé, Chi|1,5\n" * 9, "|"),
        ('"TT";"Tên"\n' + '1;"An, Bé, Chi, Dũng"\n' * 9, ";"),
        ("STT\tHọ tên\tĐịa chỉ\n" + "1\tAn\tSố 1, Lê Lợi, P.5\n" * 9, "\t"),
        ("An;0900000123,x;y\n" + "Bé;0900000124,x\n" * 9 + "Chi;1\n" * 30, ";"),
        ("\n\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_found_over_many_lines(text: str, delimiter: str) -> None:
    assert open_text(io.BytesIO(text.encode()), UTF_8).delimiter == delimiter


@pytest.mark.parametrize(
    ("line", "delimiter"), [("sep=;", ";"), ('"sep=|"', "|"), ("SEP=\t", "\t"), ("sep=^", "^")]
)
def test_excel_says_its_delimiter(line: str, delimiter: str) -> None:
    assert read(f"{line}\na{delimiter}1,2\n") == [Record(2, ["a", "1,2"])]
    assert read(f"\n{line}\r\n\r\na{delimiter}1,2\r\n") == [Record(4, ["a", "1,2"])]


@pytest.mark.parametrize("byte", [b"\xff", b"\x80", b"\xc2\xa7", b"\xe2\x80\xa6"])
def test_a_delimiter_that_is_told_is_ascii(byte: bytes) -> None:
    source = open_text(io.BytesIO(b"sep=" + byte + b"\na;b\nc;d\n"), UTF_8)
    assert source.delimiter == ";"
    assert [row.cells for row in source.records][-2:] == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("line", ["sep=", "sep=a", "sep= ", "sep=ab", 'sep="'])
def test_what_says_no_delimiter_is_a_row(line: str) -> None:
    assert [record.line for record in read(f"{line}\na,b\n")] == [1, 2]


def test_blank_rows_are_none() -> None:
    text = "a,b\n\n  \n,,\n ; \n\xa0,\n\t\nc,d\n"
    assert [record.line for record in read(text)] == [1, 8]
    assert [record.line for record in read(text + '"",""\n" ",\n"e",f')] == [1, 8, 11]


def test_ragged_rows_stay_as_they_are() -> None:
    assert cells("a,b,c\n1\n1,2,3,4\n") == [["a", "b", "c"], ["1"], ["1", "2", "3", "4"]]


@pytest.mark.parametrize("quoted", ["", '"x",y\n'])
def test_a_row_of_too_many_cells(quoted: str) -> None:
    text = f"{quoted}a,b\n{'1,' * 999}1\n{'1,' * 1000}1\nc,d\n"
    assert [len(row) for row in cells(text)][-4:] == [2, 1000, 0, 2]
    assert [*faults(text).values()] == [Fault.COLUMNS]


@pytest.mark.parametrize("quoted", ["", '"x";y\n'])
def test_empty_cells_at_the_end_are_not_too_many(quoted: str) -> None:
    text = f"{quoted}tên;sđt{';' * 16_382}\nAn;1{';' * 16_382}\n;;\n"
    assert cells(text)[-2:] == [["tên", "sđt"], ["An", "1"]]


@pytest.mark.parametrize("quoted", ["", '"x",y\n'])
def test_nul_bytes_go(quoted: str) -> None:
    assert cells(f"{quoted}09000\x0000123,A\x00n\n")[-1] == ["0900000123", "An"]


@pytest.mark.parametrize("quoted", [b"", b'"x",y\n'])
def test_bad_bytes_cost_their_row(quoted: bytes) -> None:
    data = quoted + "1,Đỗ\n".encode() + b"2,\xff\xfe\n3,Nguy\xe1\xbb\n" + "4,Lê\n".encode()
    begun = quoted.count(b"\n")
    assert faults(data) == {begun + 2: Fault.BYTES, begun + 3: Fault.BYTES}
    assert cells(data)[-1] == ["4", "Lê"]
    assert read(data, Reading()) == read(data)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("tcvn3", b"2,\x81"),
        ("cp1258", b"2,\x8a"),
        ("utf-16", b"2\x00,\x00\x00\xd8a\x00"),
        ("utf-16", b"2\x00,\x00\x00\xd8"),
        ("utf-16", b"2\x00,\x00a"),
    ],
)
def test_bad_bytes_of_other_encodings(encoding: str, data: bytes) -> None:
    [row] = read(data, Reading(encoding=encoding))
    assert row == Record(1, [], Fault.BYTES)


def test_quotes() -> None:
    text = 'a,b\n"x, y","he said ""no"""\nNguyen "Ba" An,5" \n1, "x, y"\n"1\n2",z\n'
    assert cells(text)[1:] == [
        ["x, y", 'he said "no"'],
        ['Nguyen "Ba" An', '5" '],
        ["1", "x, y"],
        ["1\n2", "z"],
    ]
    assert faults('a,b\n"x"y,z\nc,d\n') == {2: Fault.QUOTES}


def test_a_stray_quote_costs_one_row() -> None:
    rows = [f"{n},An" for n in range(30_000)]
    rows[10] = '10,"An'
    rows[20_000] = '20000,"An'
    rows[-1] = '29999,"An'
    told = read("\n".join(rows))
    assert [row.line for row in told] == [*range(1, 30_001)]
    assert [row.line for row in told if row.fault is Fault.QUOTES] == [11, 20_001, 30_000]


def test_a_stray_quote_meets_another() -> None:
    told = read('phone,name\n1,"An\n2,"Bé"\n3,"Chi\n')
    assert [(row.line, row.fault) for row in told][1:] == [
        (2, Fault.QUOTES),
        (3, None),
        (4, Fault.QUOTES),
    ]


@pytest.mark.parametrize(
    "text",
    [
        'x,y\n0900000123,"An\n0900000124,Bé"\n',
        'x,y,z\n1,"An,0900000123\n2,Bé",0900000124\n',
        'x,y,z\n1,"An,x\n2,Bé,0900000124\n3,Chi,0900000125\n4,D",0900000126\n',
    ],
)
def test_two_stray_quotes_swallow_no_row(text: str) -> None:
    told = read(text)
    assert [row.line for row in told] == [*range(1, text.count("\n") + 1)]
    assert told[1].fault is Fault.QUOTES


@pytest.mark.parametrize(
    "cell", ["Số 1, P.5\nQuận 10, TP", "0900000123\n0900000124", "An\nĐT: 0900000123, nhà riêng"]
)
def test_a_cell_may_have_lines(cell: str) -> None:
    told = read(f'a,b,c\n1,"{cell}",x\n2,y,z\n')
    assert told[1:] == [Record(2, ["1", cell, "x"]), Record(4, ["2", "y", "z"])]


def test_cells_with_lines_across_pages() -> None:
    rows = read('"a\nbc",1\n' * 100_000)
    assert [row.line for row in rows] == [*range(1, 200_000, 2)]
    assert all(row.cells == ["a\nbc", "1"] for row in rows)


def test_a_cell_of_too_many_lines() -> None:
    lines = "x\n" * 18
    assert faults(f'1,"{lines}"\n2,y\n') == {}
    assert faults(f'1,"{lines}\n\n"\n2,y\n')[1] is Fault.QUOTES


def test_overlong_lines() -> None:
    told = read(f"a,b\n1,{'x' * 200_000}\n2,An\n" + f"{'y' * 65_536}\n{'z' * 65_535}\n")
    assert [(row.line, row.fault) for row in told] == [
        (1, None),
        (2, Fault.QUOTES),
        (3, None),
        (4, Fault.QUOTES),
        (5, None),
    ]
    within = f'a,b\n1,"x\n{"y" * 200_000}\n2,An\n'
    assert faults(within) == {2: Fault.QUOTES, 3: Fault.QUOTES}
    assert cells(within)[-1] == ["2", "An"]


def test_a_pipe_is_refused() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe, pytest.raises(BadInputError, match="save it as a file"):
        open_text(pipe, Reading())


def test_the_stream_stays_open() -> None:
    stream = io.BytesIO(b"a,b\n")
    stream.read()
    assert len([*open_text(stream, Reading()).records]) == 1
    assert not stream.closed


@pytest.mark.parametrize(
    ("piece", "most"),
    [
        (b"x", 64 << 20),
        (b'"', 16 << 20),
        (b",", 16 << 20),
        (b"\0", 16 << 20),
        (b"\xff", 16 << 20),
        (b'"\n', 1 << 20),
        (b'a","""\n', 1 << 20),
        (b"\r", 1 << 20),
        (b",".ljust(60_000, b",") + b"\n", 4 << 20),
        ("0900000123,Nguyễn Văn An\n".encode(), 4 << 20),
    ],
)
def test_memory_is_bounded(piece: bytes, most: int) -> None:
    tracemalloc.start()
    try:
        for record in open_text(Endless(piece, most), UTF_8).records:
            assert len(record.cells) <= 1_000
        assert tracemalloc.get_traced_memory()[1] < 24_000_000
    finally:
        tracemalloc.stop()


plain = st.text(st.characters(exclude_characters='"\0\r', exclude_categories=["Cs"]), max_size=30)
texts = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)
messy = st.text(st.sampled_from('ab1,;|"\n\r\t ế\0'), max_size=60)
grids = st.lists(st.lists(texts, min_size=1, max_size=4), max_size=12)


def _stripped(records: Iterable[Record]) -> list[tuple[int, list[str], Fault | None]]:
    return [(line, [cell.lstrip(" ") for cell in cells], fault) for line, cells, fault in records]


def _is_blank(row: Sequence[str]) -> bool:
    return not "".join(row).strip(" \t\n\xa0\ufeff,;|")


@given(grids, st.sampled_from(",;\t|"))
def test_what_was_written_is_read(grid: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    text.write(f"sep={delimiter}\n")
    expected = []
    for row in grid:
        line = text.getvalue().count("\n") + 1
        writer.writerow(row)
        if not _is_blank(row):
            expected.append(Record(line, row))
    assert _stripped(read(text.getvalue())) == _stripped(expected)


@given(plain)
def test_quotes_elsewhere_change_nothing(text: str) -> None:
    rows = read(f"sep=;\n{text}\n")
    *same, last = read(f'sep=;\n{text}\n"x";y\n')
    assert last.cells == ["x", "y"]
    assert _stripped(same) == _stripped(rows)


@given(messy, st.integers(3, 9), st.sampled_from(["utf-8", "utf-16"]))
def test_pages_leave_no_trace(text: str, size: int, encoding: str) -> None:
    data = f"\ufeffsep=;\n{text}".encode(encoding.replace("16", "16-le"))
    reading = Reading(encoding=encoding)
    in_sips = open_text(Sips(data, size), reading).records
    assert _stripped(in_sips) == _stripped(read(data, reading))


@given(messy, st.sampled_from(["tcvn3", "vni", "cp1258", "utf-16", None]))
def test_every_line_is_accounted_for(text: str, encoding: str | None) -> None:
    with suppress(BadInputError):
        lines = [row.line for row in read(text.encode("utf-8"), Reading(encoding=encoding))]
        assert lines == sorted(set(lines))


@given(
    st.binary(max_size=400), st.sampled_from(["utf-8", "utf-16", "cp1258", "tcvn3", "vni", None])
)
def test_no_bytes_raise_anything_else(data: bytes, encoding: str | None) -> None:
    with suppress(BadInputError):
        for row in read(data, Reading(encoding=encoding)):
            assert bool(row.cells) != bool(row.fault)
            "".join(row.cells).encode()

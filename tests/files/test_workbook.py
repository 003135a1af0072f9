"""Workbooks as offices send them, and as nobody should: rows of text, or one clear word."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError
from outreach.files import insides, workbook, workbook_child, zipped
from outreach.files.formats import format_of
from outreach.files.model import Fault, Reading, Record, Source
from outreach.files.workbook import open_workbook

HERE = Path(__file__).parent / "workbooks"
NAMES = ["list.xlsx", "list.xls", "list.ods"]
A_FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@contextmanager
def opened(path: Path, sheet: str | None = None) -> Iterator[Source]:
    kind = format_of(path)
    assert kind
    with open_workbook(path, kind, Reading(sheet=sheet)) as source:
        yield source


def rows(path: Path, sheet: str | None = None) -> dict[int, list[str]]:
    """The rows of a sheet by number."""
    with opened(path, sheet) as source:
        return {record.line: record.cells for record in source.records}


def refused(path: Path, sheet: str | None = None) -> str:
    with pytest.raises(BadInputError) as told:
        rows(path, sheet)
    return str(told.value)


def written(path: Path, *sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook with these rows."""
    with xlsxwriter.Workbook(path) as book:
        for lines in sheets:
            sheet = book.add_worksheet()
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_the_same_list_from_every_format(name: str) -> None:
    yes, no = ("1", "0") if name == "list.ods" else ("TRUE", "FALSE")
    with opened(HERE / name) as source:
        assert list(source.records) == [
            Record(3, ["", "DANH SÁCH NGƯỜI THAM GIA", "", "", "", ""]),
            Record(5, ["", "Họ và tên", "Số điện thoại", "Ngày sinh", "Đã cài", "Ghi chú"]),
            Record(6, ["", "Nguyễn Thị An", "901234567", "09/03/1958", yes, "2.5"]),
            Record(7, ["", "Trần Văn Bình", "0901234568", "31/12/1960", no, "2"]),
            Record(8, ["", "Lê Thị Cúc", "901234569", "1955", "", ""]),
            Record(9, ["", "Phạm Văn Dũng", "0901234570", "01/01/1999", "", "hai\ndòng"]),
            Record(10, ["", "Đỗ Ẩn", "901234571", "", "", "02/11/2026 07:30"]),
            Record(12, ["", "Vũ Thị Em", "84901234572", "", "", ""]),
        ]
    assert source.format == name.partition(".")[2].upper()
    assert source.sheet == "Danh sách"
    assert source.sheets == ["Hướng dẫn", "Danh sách", "Quận 3", "Nháp"]
    assert source.others == ["Quận 3"]
    hidden = [] if name == "list.xls" else ["1 hidden row is read too"]
    assert list(source.notes) == [
        "other sheets hold data too and are not read: 'Quận 3'; --sheet names one",
        *hidden,
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("told", ["Quận 3", "quan 3", " QUẬN 3", "3"])
def test_a_sheet_by_name_or_number(name: str, told: str) -> None:
    with opened(HERE / name, told) as source:
        assert [record.cells for record in source.records] == [["SĐT"], ["0901234573"]]
    assert (source.sheet, source.others, source.notes) == ("Quận 3", [], [])


def test_a_hidden_sheet_is_read_when_it_is_named() -> None:
    assert rows(HERE / "list.ods", "nhap") == {1: ["bỏ"]}


@pytest.mark.parametrize("told", ["Quận 4", "0", "5", "", "9" * 5_000, "a\0b", "²"])
def test_an_unknown_sheet_lists_those_there_are(told: str) -> None:
    word = refused(HERE / "list.xls", told)
    assert "1 'Hướng dẫn', 2 'Danh sách', 3 'Quận 3', 4 'Nháp' (hidden)" in word
    assert "\0" not in word


def test_a_name_goes_before_a_number_and_the_exact_one_before_its_like(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("2", "Quận", "Quan", "quân"):
            book.add_worksheet(name).write(0, 0, f"in {name}")
    assert rows(path, "2") == {1: ["in 2"]}
    assert rows(path, "Quan") == {1: ["in Quan"]}
    assert "several like it" in refused(path, "QUAN")


def test_without_data_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Trống").write_blank(3, 3, None, book.add_format({"bold": True}))
        secret = book.add_worksheet("Kín")
        secret.write(0, 0, "x")
        secret.hide()
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Kín!$A$1:$A$2"})
        book.add_chartsheet("Đồ thị").set_chart(chart)
    word = refused(path)
    assert "any visible sheet" in word
    assert "2 'Kín' (hidden)" in word
    assert "no cell is filled in sheet '3'" in refused(path, "3")


@A_FEW
@given(numbers=st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=50))
def test_numbers_as_text_keep_their_value(tmp_path: Path, numbers: list[float]) -> None:
    told = rows(written(tmp_path / "a.xlsx", [["x", number] for number in numbers]))
    for number, (_, text) in zip(numbers, told.values(), strict=True):
        assert float(text) == pytest.approx(number, rel=1e-15)  # the writer keeps 16 digits
        if number == 0 or 1e-29 < abs(number) < 1e29:
            assert "e" not in text
        if number.is_integer() and abs(number) < 1e15:
            assert text == str(int(number))


def test_rows_of_spaces_are_blank(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", [["SĐT", ""], ["  ", "\xa0"], [], ["", "x"]])
    assert rows(path) == {1: ["SĐT", ""], 4: ["", "x"]}


def test_hidden_rows_are_counted_across_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "_CHUNK", 64)
    for name in ("list.xlsx", "list.ods"):
        with opened(HERE / name) as source:
            assert source.notes[-1] == "1 hidden row is read too"


def test_spans_and_times(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_datetime(0, 0, dt.time(7, 5), book.add_format({"num_format": "hh:mm"}))
        sheet.write_number(0, 1, 40.5, book.add_format({"num_format": "[h]:mm"}))
        sheet.write_number(0, 2, 45_000, book.add_format({"num_format": "d/m"}))
        sheet.write_string(0, 3, "'0901234567")
    assert rows(path) == {1: ["07:05", "972:00", "15/03/2023", "'0901234567"]}


CELLS = st.dictionaries(
    st.tuples(st.integers(0, 60), st.integers(0, 30)), st.sampled_from(["a", "0", " đ"]), min_size=1
)


@A_FEW
@given(cells=CELLS)
def test_rows_and_columns_are_those_the_screen_shows(
    tmp_path: Path, cells: dict[tuple[int, int], str]
) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for (row, column), text in cells.items():
            sheet.write_string(row, column, text)
    told = {
        (line - 1, place): text
        for line, row in rows(path).items()
        for place, text in enumerate(row)
        if text
    }
    assert told == cells


def test_an_overlong_row_is_a_fault_not_a_burden(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", [["SĐT"], ["x" * 30_000] * 3, ["0901234567"]])
    with opened(path) as source:
        told = list(source.records)
    assert told[1] == Record(2, [], Fault.QUOTES)
    assert told[2].line == 3


def _ods(path: Path, table: str) -> Path:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="A">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


TEXT_CELL = '<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>'


def test_repeated_rows_and_cells_are_counted(tmp_path: Path) -> None:
    gap = '<table:table-row table:number-rows-repeated="{}"><table:table-cell/></table:table-row>'
    cell = TEXT_CELL.format(' table:number-columns-repeated="2"')
    row = f"<table:table-row><table:table-cell/>{cell}</table:table-row>"
    path = _ods(tmp_path / "a.ods", gap.format(4) + row + gap.format(1_048_000))
    assert rows(path) == {5: ["", "x", "x"]}


@pytest.mark.parametrize(
    ("rows_too", "word"),
    [
        ("", "sheet 'A' of workbook 'a.ods' has a filled cell in column 16,384; expected at most"),
        (' table:number-rows-repeated="1000000000"', "workbook 'a.ods' needs more than 1,536 MB"),
    ],
)
def test_a_small_file_that_is_huge_when_opened(tmp_path: Path, rows_too: str, word: str) -> None:
    cell = TEXT_CELL.format(' table:number-columns-repeated="1000000000"')
    table = f"<table:table-row{rows_too}>{cell}</table:table-row>"
    assert word in refused(_ods(tmp_path / "a.ods", table))


def far(path: Path, row: int, column: int) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Danh sách")
        sheet.write(0, 0, "SĐT")
        sheet.write(row, column, "x")
    return path


def test_a_cell_at_the_end_of_the_world(tmp_path: Path) -> None:
    word = refused(far(tmp_path / "a.xlsx", 1_048_575, 16_383))
    assert "needs more than 1,536 MB when opened; save the sheet as CSV (UTF-8)" in word


def test_a_thousand_columns_and_no_more(tmp_path: Path) -> None:
    assert len(rows(far(tmp_path / "a.xlsx", 1, 999))[2]) == 1_000
    word = refused(far(tmp_path / "b.xlsx", 1, 1_000))
    assert "sheet 'Danh sách' of workbook 'b.xlsx' has a filled cell in column 1,001" in word


def test_memory_is_watched_where_the_system_sets_no_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "child.py"
    program.write_text(
        "import resource, runpy\n"
        "def refuse(*_): raise ValueError\n"
        "resource.setrlimit = refuse\n"
        f"runpy.run_path({workbook_child.__file__!r}, run_name='__main__')\n"
    )
    monkeypatch.setattr(workbook, "child_program", str(program))
    monkeypatch.setattr(workbook, "_MOST_MEGABYTES", 100)
    word = refused(far(tmp_path / "a.xlsx", 1_048_575, 60))
    assert "needs more than 100 MB when opened" in word


@pytest.mark.parametrize(
    ("end", "word"),
    [
        ("sys.exit(71)", "more than 1,536 MB"),
        ("os.kill(os.getpid(), signal.SIGABRT)", "more than 1,536 MB"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "more than 1,536 MB"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "more than 120 seconds"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "is damaged"),
        ("sys.exit(1)", "is damaged"),
        ("print('[[1,[', end='')", "is damaged"),
    ],
)
def test_every_death_has_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, word: str
) -> None:
    program = tmp_path / "child.py"
    program.write_text(f"import os, resource, signal, sys\n{NO_CORE}{end}\n")
    monkeypatch.setattr(workbook, "child_program", str(program))
    told = refused(HERE / "list.ods")
    assert word in told
    assert "CSV" in told


NO_CORE = "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    os.truncate(path, (100 << 20) + 1)
    assert "larger than 100 MB; save the sheet as CSV" in refused(path)


def _stuffed(path: Path, *parts: bytes) -> Path:
    written(path, [["SĐT"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts):
            archive.writestr(f"xl/worksheets/part{number}.xml", part)
    return path


def test_a_zip_bomb_is_known_by_its_real_bytes(tmp_path: Path) -> None:
    path = _stuffed(tmp_path / "a.xlsx", bytes(101 << 20))
    assert "more than 200 times its size there" in refused(path)
    declared = (101 << 20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(declared, (1_000).to_bytes(4, "little")))
    assert "more than 200 times its size there" in refused(path)


def test_a_workbook_too_large_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insides, "_MOST_BYTES", 1 << 20)
    path = _stuffed(tmp_path / "a.xlsx", b"x" * 700_000, b"y" * 700_000)
    assert "in the ZIP unpacks to more than" in refused(path)


def test_too_many_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insides, "_MOST_PARTS", 20)
    path = _stuffed(tmp_path / "a.xlsx", *[b"x"] * 20)
    assert "parts; expected at most 20" in refused(path)


def test_a_directory_that_would_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(150):
            archive.writestr(f"{number}{'x' * 30_000}", b"")
    assert "too many files" in refused(path)


@pytest.mark.parametrize("name", ["protected.xls", "protected.ods"])
def test_a_password(name: str) -> None:
    assert "is protected by a password; " in refused(HERE / name)


UNHURT: list[tuple[float, int]] = []


@settings(A_FEW, max_examples=40)
@example(name=NAMES[0], places=UNHURT, length=1.0)
@example(name=NAMES[1], places=UNHURT, length=1.0)
@example(name=NAMES[2], places=UNHURT, length=1.0)
@given(
    name=st.sampled_from([*NAMES, "protected.xls"]),
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20),
    length=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_no_damage_raises_anything_but_our_own_error(
    tmp_path: Path, name: str, places: list[tuple[float, int]], length: float
) -> None:
    data = bytearray((HERE / name).read_bytes())
    for place, value in places:
        data[int(place * (len(data) - 1))] = value
    path = tmp_path / "a"
    path.write_bytes(data[: int(length * len(data))])
    if name in NAMES and path.read_bytes() == (HERE / name).read_bytes():
        assert len(rows(path)) > 1
    with suppress(BadInputError):
        if kind := format_of(path):
            with open_workbook(path, kind, Reading()) as source:
                assert all(isinstance(cell, str) for row in source.records for cell in row.cells)


@settings(A_FEW, max_examples=25)
@example(part="xl/workbook.xml", places=[])
@given(
    part=st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml"]),
    places=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(list(b'<>"/&19E:')), st.booleans())),
)
def test_nor_does_damage_within(
    tmp_path: Path, part: str, places: list[tuple[float, int, bool]]
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(HERE / "list.xlsx") as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.infolist():
            data = bytearray(old.read(entry))
            for place, value, instead in places if entry.filename == part else []:
                spot = int(place * (len(data) - 1))
                data[spot : spot + instead] = bytes([value])
            new.writestr(entry.filename, data)
    if not places:
        assert rows(path) == rows(HERE / "list.xlsx")
    with suppress(BadInputError):
        rows(path)


def _launched(monkeypatch: pytest.MonkeyPatch) -> "list[subprocess.Popen[bytes]]":
    """Every process that is started from here on."""
    launched: list[subprocess.Popen[bytes]] = []
    launch: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def keep(*arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
        launched.append(launch(*arguments, **options))
        return launched[-1]

    monkeypatch.setattr(subprocess, "Popen", keep)
    return launched


def _long(path: Path) -> Path:
    """A list that fills any pipe."""
    return written(path, [[n, "Nguyễn Thị An", "x" * 50] for n in range(5_000)])


def test_the_process_ends_with_the_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launched = _launched(monkeypatch)
    with opened(_long(tmp_path / "a.xlsx")) as source:
        assert next(iter(source.records)).line == 1
    assert [process.returncode for process in launched] == [-signal.SIGKILL]
    assert refused(HERE / "list.xls", "x")
    assert all(process.returncode is not None for process in launched)


PARENT = """
import subprocess, sys, time
from pathlib import Path
from outreach.files import workbook
from outreach.files.model import Reading
launch = subprocess.Popen
def told(*arguments, **options):
    process = launch(*arguments, **options)
    print(process.pid, flush=True)
    return process
subprocess.Popen = told
if sys.argv[2] == "idle":
    workbook._candidates = lambda *_: time.sleep(600)
if sys.argv[2] == "opening":
    workbook.child_program = sys.argv[3]
with workbook.open_workbook(Path(sys.argv[1]), "XLSX", Reading()) as source:
    next(iter(source.records))
    print("reading", flush=True)
    time.sleep(600)
"""


SLOW = """
import python_calamine, runpy, time
class Book:
    from_path = lambda _: time.sleep(600)
python_calamine.CalamineWorkbook = Book
"""


@pytest.mark.parametrize("state", ["opening", "idle", "reading"])
def test_the_process_ends_when_its_parent_is_killed(tmp_path: Path, state: str) -> None:
    program = tmp_path / "slow.py"
    program.write_text(f"{SLOW}runpy.run_path({workbook_child.__file__!r}, run_name='__main__')")
    path = _long(tmp_path / "a.xlsx")
    command = [sys.executable, "-c", PARENT, str(path), state, str(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        if state == "reading":
            assert parent.stdout.readline() == "reading\n"
        assert _lives(child)
        parent.kill()
    while _lives(child):
        time.sleep(0.05)


def _lives(process: int) -> bool:
    """Whether a process runs; one that nobody waited for does not."""
    told = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], check=False, capture_output=True, text=True
    )
    return told.stdout.strip()[:1] not in {"", "Z"}


WITHOUT_STREAMS = """
import os, sys
from pathlib import Path
from outreach.files.model import Reading
from outreach.files.workbook import open_workbook
for number in (0, 1, 2):
    os.close(number)
os.chdir(sys.argv[3])
with open_workbook(Path(sys.argv[1]), "XLSX", Reading()) as source:
    Path(sys.argv[2]).write_text(str(sum(1 for _ in source.records)))
"""


def test_neither_streams_nor_the_folder_matter(tmp_path: Path) -> None:
    for name in ("orjson.py", "decimal.py", "threading.py"):
        (tmp_path / name).write_text("raise SystemExit(3)")
    told = tmp_path / "told"
    command: list[str | Path] = [
        sys.executable,
        "-c",
        WITHOUT_STREAMS,
        HERE / "list.xlsx",
        told,
        tmp_path,
    ]
    subprocess.run(command, check=True, cwd=HERE.parents[2])
    assert told.read_text() == "8"


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "-danh sách.xlsx", [["SĐT"]])
    monkeypatch.chdir(tmp_path)
    assert rows(Path("-danh sách.xlsx")) == {1: ["SĐT"]}

"""What a file is, whatever its name says."""

import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError
from outreach.files.formats import format_of

HERE = Path(__file__).parent / "workbooks"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refused(path: Path) -> str:
    with pytest.raises(BadInputError) as told:
        format_of(path)
    return str(told.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file under a name that lies."""
    return tmp_path / "danh-sach.xls"


@pytest.mark.parametrize("name", ["list.xlsx", "list.xls", "list.ods"])
def test_workbooks_under_a_wrong_name(path: Path, name: str) -> None:
    path.write_bytes((HERE / name).read_bytes())
    assert format_of(path) == name.partition(".")[2].upper()


def zipped(path: Path, *names: str, kind: str = "") -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
        if kind:
            archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")


def test_what_may_hold_macros_is_an_xlsm(path: Path) -> None:
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f"<Types><Override ContentType='{kind}'/></Types>")
        archive.writestr("xl/workbook.xml", "x")
    assert format_of(path) == "XLSM"


@pytest.mark.parametrize("names", [(), ("a.csv",), ("a.csv", "mimetype"), ("list.xlsx",)])
def test_any_other_zip(path: Path, names: tuple[str, ...]) -> None:
    zipped(path, *names)
    assert format_of(path) == "ZIP"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("xl/workbook.bin", "XLSB"),
        ("word/document.xml", "Word"),
        ("ppt/presentation.xml", "presentation"),
        ("Index/Document.iwa", "Numbers"),
    ],
)
def test_documents_that_are_zips(path: Path, name: str, what: str) -> None:
    zipped(path, "[Content_Types].xml", name)
    assert what in refused(path)


def test_an_open_document_of_another_kind(path: Path) -> None:
    zipped(path, kind="text")
    assert "no spreadsheet" in refused(path)


def _ole(*names: str) -> bytes:
    entries = [
        f"{name}\0".encode("utf-16-le").ljust(64, b"\0")
        + (2 * len(name) + 2).to_bytes(2, "little")
        + bytes(62)
        for name in names
    ]
    return OLE + bytes(504) + b"".join(entries)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("Root Entry", "EncryptedPackage"), "protected by a password; "),
        (("Root Entry", "WordDocument"), "a Word document"),
        (("Root Entry", "PowerPoint Document"), "a presentation"),
        (("Root Entry",), "of an unknown kind"),
    ],
)
def test_documents_that_are_ole(path: Path, names: tuple[str, ...], what: str) -> None:
    path.write_bytes(_ole(*names))
    assert what in refused(path)


def test_a_cell_that_names_another_kind(path: Path) -> None:
    path.write_bytes(_ole("Root Entry", "Workbook") + b"12" + _ole("WordDocument")[512:])
    assert format_of(path) == "XLS"


def test_excel_5_wrote_a_book(path: Path) -> None:
    path.write_bytes(_ole("Root Entry", "Book"))
    assert format_of(path) == "XLS"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("<html><table><tr><td>SĐT</td></tr></table>", "web page"),
        ("\r\n<!DOCTYPE html>", "web page"),
        ("  <TABLE border=1>", "web page"),
        ("<!-- x --><meta charset=utf-8>", "web page"),
        ("<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?>", "XML of 2003"),
        ("<?xml version='1.0'?><nguoi/>", "an XML file"),
        ("%PDF-1.7", "a PDF"),
        ("{\\rtf1", "RTF"),
        ("Rar!\x1a", "a RAR archive"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_else_is_called_a_workbook(path: Path, content: str, what: str, encoding: str) -> None:
    if encoding != "utf-8" and not content.lstrip().startswith("<"):
        return
    path.write_bytes(content.encode(encoding))
    word = refused(path)
    assert what in word
    assert "'danh-sach.xls' is " in word


@pytest.mark.parametrize(
    "content", ["", "SĐT;Họ tên\n0901234567;An\n", "<0901234567>;<An>\n", "PK;x\n", "\ufeffphone\n"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_text_whatever_its_name(path: Path, content: str, encoding: str) -> None:
    path.write_bytes(content.encode(encoding))
    assert format_of(path) is None


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "is no file" in refused(tmp_path)
    assert "is no file" in refused(tmp_path / "none")


@given(
    start=st.sampled_from([b"", b"PK\3\4", b"PK\5\6", OLE, b"<", b"\xff\xfe<\0"]),
    rest=st.binary(max_size=300),
)
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + rest)
    with suppress(BadInputError):
        assert format_of(path) in {None, "ZIP"}

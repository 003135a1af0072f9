"""What a file is, told by its content: names lie, exports in HTML are called .xls."""

import mmap
import re
import zipfile
from pathlib import Path
from typing import Final

from outreach.domain.errors import BadInputError
from outreach.files.zipped import opened_zip, shown, unpacked

MOST_BYTES: Final = 100 << 20
"""Of a workbook's file."""
SAVE_AS_CSV: Final = "save the sheet as CSV (UTF-8): CSV has no limit"
_SAMPLE: Final = 4_096
_AS_SHEET: Final = "open it in Excel or LibreOffice and save it as XLSX or as CSV (UTF-8)"
_UNPACK: Final = "unpack it and take the file within"
_PROTECTED: Final = ("protected by a password", "save it without one")
_WITH_PASSWORD: Final = re.compile(
    rb"\x09\x08(?:\x10\0\0\x06\x05\0.{12}|\x08\0\0\x05\x05\0.{4})(?:\x86\0\0\0)?\x2f\0", re.DOTALL
)
"""How the stream of an XLS begins (BOF, FILEPASS)."""
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS: Final = (
    (b"%PDF", "a PDF", "ask for the list as a spreadsheet or CSV"),
    (b"{\\rtf", "a text document (RTF)", "copy its table into a spreadsheet and save that as XLSX"),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"\x1f\x8b\x08", "a GZIP archive", _UNPACK),
    (b"\x89PNG", "a picture", "ask for the list as a spreadsheet or CSV"),
    (b"\xff\xd8\xff", "a picture", "ask for the list as a spreadsheet or CSV"),
    (b"SQLite format 3\0", "a database", "export its table as CSV"),
    (b"MIME-Version:", "a web page (MHTML) under a spreadsheet's name", _AS_SHEET),
    (b"\x09\x00\x04\x00", "a workbook of Excel before 1995", _AS_SHEET),
    (b"\x09\x02\x06\x00", "a workbook of Excel before 1995", _AS_SHEET),
    (b"\x09\x04\x06\x00", "a workbook of Excel before 1995", _AS_SHEET),
    (b"\x09\x08", "a workbook of Excel 95", _AS_SHEET),
)
_IN_OLE: Final = (
    ("WordDocument", "a Word document", "copy its table into a spreadsheet and save that as XLSX"),
    ("PowerPoint Document", "a presentation", "ask for the list as a spreadsheet or CSV"),
)
_IN_ZIP: Final = (
    ("xl/workbook.bin", "a binary workbook (XLSB)", _AS_SHEET),
    ("word/document.xml", "a Word document", "copy its table into a spreadsheet and save as XLSX"),
    ("ppt/presentation.xml", "a presentation", "ask for the list as a spreadsheet or CSV"),
    ("Index/Document.iwa", "a Numbers document", "export it from Numbers as XLSX or CSV"),
    ("index.apxl", "a presentation", "ask for the list as a spreadsheet or CSV"),
    ("Index.zip", "a Numbers document", "export it from Numbers as XLSX or CSV"),
)


def format_of(path: Path) -> str | None:
    """XLSX, XLSM, XLS, ODS or ZIP by content, None for text; all else is refused."""
    try:
        if not path.is_file():
            raise BadInputError(f"'{shown(path.name)}' is no file; save the list as a file first")
        with path.open("rb") as stream:
            start = stream.read(_SAMPLE)
    except OSError as error:
        raise BadInputError(f"'{shown(path.name)}' cannot be read: {error.strerror}") from error
    if start.startswith(_ZIP):
        return _in_zip(path)
    if start.startswith(_OLE):
        return _in_ole(path)
    for magic, what, way_out in _OTHERS:
        if start.startswith(magic):
            raise _refused(path, what, way_out)
    _check_markup(path, start)
    return None


def _refused(path: Path, what: str, way_out: str) -> BadInputError:
    return BadInputError(
        f"'{shown(path.name)}' is {what}; expected CSV, XLSX, XLSM, XLS, ODS,"
        f" or a ZIP of one of them: {way_out}"
    )


def _in_zip(path: Path) -> str:
    with opened_zip(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            kinds = _start(archive, "[Content_Types].xml")
            return "XLSM" if b"macroEnabled" in kinds else "XLSX"
        for name, what, way_out in _IN_ZIP:
            if name in names:
                raise _refused(path, what, way_out)
        if "mimetype" not in names:
            return "ZIP"
        kind, manifest = _start(archive, "mimetype"), _start(archive, "META-INF/manifest.xml")
    if b"opendocument" not in kind:
        return "ZIP"
    if b"opendocument.spreadsheet" not in kind:
        raise _refused(path, "an OpenDocument, but no spreadsheet", _AS_SHEET)
    if b"encryption-data" in manifest:
        raise _refused(path, *_PROTECTED)
    return "ODS"


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        return b""
    return next(unpacked(archive, archive.getinfo(name), MOST_BYTES, SAVE_AS_CSV), b"")


def check_size(path: Path) -> None:
    """Refuse a workbook that is too large as a file."""
    if path.stat().st_size > MOST_BYTES:
        raise BadInputError(
            f"workbook '{shown(path.name)}' is larger than {MOST_BYTES >> 20} MB; {SAVE_AS_CSV}"
        )


def _in_ole(path: Path) -> str:
    """Excel to 2003; newer workbooks under a password are wrapped the same way."""
    check_size(path)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if _has_stream(data, "EncryptedPackage") or _WITH_PASSWORD.search(data):
            raise _refused(path, *_PROTECTED)
        for name, what, way_out in _IN_OLE:
            if _has_stream(data, name):
                raise _refused(path, what, way_out)
        if _has_stream(data, "Workbook") or _has_stream(data, "Book"):
            return "XLS"
    raise _refused(path, "of an unknown kind (OLE), or damaged", _AS_SHEET)


def _has_stream(data: mmap.mmap, name: str) -> bool:
    """Whether the OLE directory names a stream; its entries are of 128 bytes each."""
    wanted = f"{name}\0".encode("utf-16-le")
    place = data.find(wanted)
    while place >= 0:
        if place % 128 == 0 and data[place + 64 : place + 66] == len(wanted).to_bytes(2, "little"):
            return True
        place = data.find(wanted, place + 1)
    return False


def _check_markup(path: Path, start: bytes) -> None:
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = start.decode("utf-16" if wide else "utf-8-sig", "replace").lstrip().lower()
    if not text.startswith("<"):
        return
    if "office:spreadsheet" in text or "excel.sheet" in text:
        raise _refused(path, "a workbook in XML of 2003", _AS_SHEET)
    if re.search(r"<(!doctype html|html|head|meta|body|style|div|table|tr)\b", text):
        raise _refused(path, "a web page (HTML) under a spreadsheet's name", _AS_SHEET)
    if text.startswith("<?xml"):
        raise _refused(path, "an XML file", "ask for the list as a spreadsheet or CSV")

"""Small tables of figures as clerks make them, with every cell's place as the clerk sees it.

    sheet = read(path, is_head)         # XLSX, or CSV in any of the usual encodings
    for row in sheet.rows:              # those that hold something; row.number from 1
        row.text(0)                     # "" where the cell is empty
        figure(sheet, row, 2, "Sent")   # whole, 0 or more; None where the cell is empty

Whatever is refused is a RefusedError whose findings say where and why in both languages.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from outreach.domain.errors import BadInputError
from outreach.files.delimited import open_text
from outreach.files.model import Reading, Record
from outreach.statistics.findings import Finding, Place, RefusedError
from outreach.statistics.numbers import whole
from outreach.statistics.sheet_words import CellFault, FileFault
from outreach.statistics.table import Cell, Row, Sheet, letter
from outreach.statistics.xlsx import sheets_of

__all__ = ["Cell", "Head", "Row", "Sheet", "figure", "letter", "read", "whole"]

MOST_BYTES: Final = 5 << 20
MOST_ROWS: Final = 5_000

Head = Callable[[Row], bool]
"""Says whether a row is the head of the table that is looked for."""

_WORKBOOK: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCKED: Final = "EncryptedPackage".encode("utf-16-le")
_OTHERS: Final = (
    (b"%PDF", "tệp PDF", "a PDF"),
    (b"\x89PNG", "hình ảnh", "a picture"),
    (b"\xff\xd8\xff", "hình ảnh", "a picture"),
    (b"GIF8", "hình ảnh", "a picture"),
    (b"{\\rtf", "tệp văn bản", "a text document"),
    (b"Rar!", "tệp nén RAR", "a RAR archive"),
    (b"7z\xbc\xaf", "tệp nén 7z", "a 7z archive"),
    (b"\x1f\x8b", "tệp nén", "a GZIP archive"),
    (b"<", "trang web hoặc tệp XML", "a web page or XML"),
)


def read(path: Path, is_head: Head) -> Sheet:
    """Read the one visible sheet that has such a head, or the first if none has.

    RefusedError: nothing in it, several such tables, too large, or a file of another kind.
    """
    sheets = [sheet for sheet in _sheets(path) if sheet.rows and sheet.visible]
    if not sheets:
        raise RefusedError([Finding(FileFault.EMPTY)])
    found = [sheet for sheet in sheets if any(map(is_head, sheet.rows))]
    if len(found) > 1:
        names = ", ".join(f"“{sheet.name}”" for sheet in found)
        raise RefusedError([Finding(FileFault.SEVERAL_TABLES, values={"sheets": names})])
    chosen = (found or sheets)[0]
    if len(chosen.rows) > MOST_ROWS:
        raise RefusedError([Finding(FileFault.TOO_MANY_ROWS, values={"most": MOST_ROWS})])
    return chosen


def figure(sheet: Sheet, row: Row, column: int, title: str = "") -> int | None:
    """A cell as a figure; None where it is empty; RefusedError says what is wrong there."""
    cell = row.cells.get(column)
    place = sheet.place(row, column, title)
    if cell is None or (cell.value == "" and cell.fault is None):
        return None
    if cell.fault:
        raise _refused(cell.fault, place, cell.detail)
    if isinstance(cell.value, date):
        raise _refused(CellFault.DATE, place, f"{cell.value:%d/%m/%Y}")
    if isinstance(cell.value, float):  # whole ones are int
        wrong = CellFault.NEGATIVE if cell.value < 0 else CellFault.DECIMAL
        raise _refused(wrong, place, f"{cell.value:.12g}".replace(".", ","))
    return whole(str(cell.value), place)


def _refused(kind: CellFault, place: Place, value: str) -> RefusedError:
    return RefusedError([Finding(kind, place, {"value": value})])


def _sheets(path: Path) -> list[Sheet]:
    if path.stat().st_size > MOST_BYTES:
        raise RefusedError([Finding(FileFault.TOO_LARGE, values={"most": MOST_BYTES >> 20})])
    data = path.read_bytes()
    if data.startswith(_WORKBOOK):
        return sheets_of(path, MOST_ROWS)
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise RefusedError([Finding(FileFault.EMPTY)])
    if start.startswith(_OLE):
        raise RefusedError(
            [Finding(FileFault.PASSWORD if _LOCKED in data else FileFault.OLD_EXCEL)]
        )
    for magic, vi, en in _OTHERS:
        if start.startswith(magic):
            raise RefusedError([Finding(FileFault.OTHER_KIND, values={"vi": vi, "en": en})])
    return [_text_sheet(path)]


def _text_sheet(path: Path) -> Sheet:
    try:
        with path.open("rb") as stream:
            return Sheet("", list(_text_rows(open_text(stream, Reading()).records)))
    except RefusedError:
        raise
    except BadInputError:
        raise RefusedError([Finding(FileFault.ENCODING)]) from None


def _text_rows(records: Iterable[Record]) -> Iterator[Row]:
    for read, record in enumerate(records):
        if read > MOST_ROWS:
            raise RefusedError([Finding(FileFault.TOO_MANY_ROWS, values={"most": MOST_ROWS})])
        if record.fault:
            told = {"vi": record.fault.vi, "en": record.fault.en}
            raise RefusedError([Finding(FileFault.CSV_ROW, Place(row=record.line), told)])
        cells = {n: Cell(cell.strip()) for n, cell in enumerate(record.cells) if cell.strip()}
        if cells:
            yield Row(record.line, cells)

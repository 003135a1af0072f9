"""Workbooks (XLSX) with small tables, read as little as figures need and as warily as strangers'.

Read here and not by the reader of audience files, because that one gives what cells show as text:
which cell is a formula, is merged, or holds 1.234 as a number, is seen in the XML only.
"""

import zipfile
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Final, TypeVar
from xml.parsers import expat

from outreach.domain.errors import BadInputError
from outreach.files.zipped import opened_zip, unpacked
from outreach.statistics.findings import Finding, RefusedError
from outreach.statistics.sheet_words import FileFault
from outreach.statistics.table import Sheet
from outreach.statistics.xlsx_cells import Cells, trap
from outreach.statistics.xlsx_parts import Book, Handler, Relations, Styles, Texts

H = TypeVar("H", bound=Handler)

_MOST_UNPACKED: Final = 32 << 20
_MOST_PARTS: Final = 1_000
_MOST_SHEETS: Final = 50
_OTHERS: Final = (
    ("xl/workbook.bin", "tệp Excel nhị phân (.xlsb)", "a binary workbook (.xlsb)"),
    ("word/document.xml", "tệp Word", "a Word document"),
    ("ppt/presentation.xml", "tệp trình chiếu", "a presentation"),
    ("content.xml", "tệp OpenDocument", "an OpenDocument"),
)


def sheets_of(path: Path, most_rows: int) -> list[Sheet]:
    """Read every sheet, hidden ones too; RefusedError where the workbook is broken or a trap."""
    try:
        with opened_zip(path) as archive:
            return _Workbook(archive).sheets(most_rows)
    except RefusedError:
        raise
    except (BadInputError, expat.ExpatError, ValueError, OverflowError, LookupError):
        raise RefusedError([Finding(FileFault.DAMAGED)]) from None


class _Workbook:
    """The parts of a workbook by name, bounded in what all of them together unpack to."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = {entry.filename: entry for entry in archive.infolist()}
        self._left = _MOST_UNPACKED
        if len(self._entries) > _MOST_PARTS:
            raise trap(f"{len(self._entries)} parts")
        if "xl/workbook.xml" not in self._entries:
            raise _other_kind(self._entries)

    def sheets(self, most_rows: int) -> list[Sheet]:
        """Read every sheet of cells."""
        book = self._parsed("xl/workbook.xml", Book())
        parts = self._parsed("xl/_rels/workbook.xml.rels", Relations()).worksheets
        texts = self._parsed("xl/sharedStrings.xml", Texts()).texts
        days = self._parsed("xl/styles.xml", Styles()).days
        sheets = []
        for name, relation, visible in book.sheets[:_MOST_SHEETS]:
            if relation in parts:
                told = Cells(texts, days, book.epoch, most_rows)
                cells = self._parsed(parts[relation], told)
                sheets.append(Sheet(name, cells.rows(), visible, cells.hidden_columns))
        return sheets

    def _parsed(self, part: str, handler: H) -> H:
        """Feed a part to a handler; one that is not there says nothing."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.StartElementHandler = lambda name, told: handler.start(_local(name), told)
        parser.EndElementHandler = lambda name: handler.end(_local(name))
        parser.CharacterDataHandler = handler.characters
        if part in self._entries:
            for piece in self._unpacked(part):
                parser.Parse(piece)
            parser.Parse(b"", True)  # noqa: FBT003 - the parser's own way to say that it is the end
        return handler

    def _unpacked(self, part: str) -> Iterator[bytes]:
        try:
            for piece in unpacked(self._archive, self._entries[part], self._left, ""):
                self._left -= len(piece)
                yield piece
        except BadInputError:
            raise trap(f"{part} > {_MOST_UNPACKED >> 20} MB") from None


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _no_doctype(*_: object) -> None:
    raise trap("DOCTYPE")


def _other_kind(names: Container[str]) -> RefusedError:
    for name, vi, en in _OTHERS:
        if name in names:
            return RefusedError([Finding(FileFault.OTHER_KIND, values={"vi": vi, "en": en})])
    told = {"vi": "tệp nén ZIP", "en": "a ZIP archive"}
    return RefusedError([Finding(FileFault.OTHER_KIND, values=told)])

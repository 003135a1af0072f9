"""Files of carriers' figures as clerks make them, good and bad; all figures are invented."""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

Cells = Sequence[object]
Make = Callable[[Path], Path]
"""Makes a file in a folder."""
Change = Callable[[Any, Any], None]
"""Changes a workbook and its first sheet before they are written."""

HEAD = ["Địa bàn", "Đợt nhắn tin", "Đã gửi", "Đã nhận", "Lượt truy cập", "Lượt cài đặt"]
CITY = ["Toàn thành phố", "", 500_000, 480_000, 110_000, 66_000]
SAI_GON = ["Phường Sài Gòn", "", None, None, 60_000, 36_000]
BEN_THANH = ["Phường Bến Thành", "", None, None, 50_000, 30_000]


def told(carrier: str = "Viettel", month: str = "Tháng 11/2026") -> list[Cells]:
    """What stands above the table."""
    return [["SỐ LIỆU CỦA NHÀ MẠNG"], ["Nhà mạng:", carrier], ["Kỳ báo cáo:", month], []]


def table(*rows: Cells, head: Cells = HEAD, above: Sequence[Cells] | None = None) -> list[Cells]:
    """A whole sheet: by default with the row of the city alone."""
    return [*(told() if above is None else above), head, *(rows or [CITY])]


def city(**changes: object) -> Cells:
    """The row of the city with other cells, by column letter."""
    row = list(CITY)
    for letter, cell in changes.items():
        row["ABCDEF".index(letter)] = cell
    return row


def xlsx(rows: Sequence[Cells], change: Change | None = None, name: str = "so-lieu.xlsx") -> Make:
    """A workbook; `change` has a hand in it."""

    def make(folder: Path) -> Path:
        path = folder / name
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet("Số liệu")
        for n, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(n, column, cell)
        if change:
            change(book, sheet)
        book.close()
        return path

    return make


def text(rows: Sequence[Cells], encoding: str = "utf-8-sig", delimiter: str = ",") -> Make:
    """A CSV."""

    def make(folder: Path) -> Path:
        path = folder / "so-lieu.csv"
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows(rows)
        path.write_bytes(encoded(out.getvalue(), encoding))
        return path

    return make


def encoded(written: str, encoding: str) -> bytes:
    """Text in an encoding; Windows-1258 has its tones as signs of their own."""
    if encoding != "cp1258":
        return written.encode(encoding)
    return b"".join(map(_cp1258, written))


_TONES = "\u0300\u0301\u0303\u0309\u0323"


def _cp1258(sign: str) -> bytes:
    parts = unicodedata.normalize("NFD", sign)
    tone = "".join(each for each in parts if each in _TONES)
    letter = "".join(each for each in parts if each not in _TONES)
    return (unicodedata.normalize("NFC", letter) + tone).encode("cp1258")


def raw(content: bytes, name: str = "so-lieu.xlsx") -> Make:
    """A file of these bytes, whatever its name says."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def with_part(part: str, old: bytes, new: bytes) -> Make:
    """A good workbook with something else in one of its parts."""

    def make(folder: Path) -> Path:
        path = xlsx(table())(folder)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return path

    return make


def bomb(folder: Path) -> Path:
    """A workbook whose sheet unpacks to 200 MB of nothing."""
    path = folder / "so-lieu.xlsx"
    with zipfile.ZipFile(xlsx(table())(folder)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet><!--" + b" " * (200 << 20) + b"--></worksheet>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path

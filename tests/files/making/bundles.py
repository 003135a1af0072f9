"""What comes from other programs: workbooks of Python reports, archives, and files in disguise."""

import io
import random
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import xlsxwriter

from tests.files.making.old_encodings import vni
from tests.files.making.people import PEOPLE, people_csv, people_rows

_BOMB = 120 * 2**20  # bytes unpacked of about 120 KiB


def bundles(books: Mapping[str, bytes]) -> dict[str, bytes]:
    """All of them, by file name; `books` are those that LibreOffice made."""
    plain = books["plain.xlsx"]
    csv = people_csv(";").encode("utf-8-sig")
    return _report_books() | _archives(plain, csv) | _disguised(plain)


def _report_books() -> dict[str, bytes]:
    return {
        "apostrophe.xlsx": _apostrophe(),
        "far-cell.xlsx": _far_cell(),
        "rich-text-filter-comment.xlsx": _rich(),
        "formula-never-calculated.xlsx": _not_calculated(),
        "vni-text.xlsx": _vni(),
    }


def _book() -> tuple[io.BytesIO, xlsxwriter.Workbook]:
    data = io.BytesIO()
    return data, xlsxwriter.Workbook(data, {"in_memory": True})


def _apostrophe() -> bytes:
    data, book = _book()
    sheet = book.add_worksheet()
    quoted = book.add_format({"quote_prefix": True, "num_format": "@"})
    for line, row in enumerate(people_rows()):
        for place, cell in enumerate(row):
            sheet.write_string(line, place, cell, quoted)
    sheet.write_string(7, 2, "'0900000107")
    book.close()
    return data.getvalue()


def _far_cell() -> bytes:
    data, book = _book()
    sheet = book.add_worksheet("Danh sách")
    for line, row in enumerate(people_rows()):
        sheet.write_row(line, 0, row)
    sheet.write_string(1_048_575, 16_383, " ")
    book.close()
    return data.getvalue()


def _rich() -> bytes:
    data, book = _book()
    sheet = book.add_worksheet("Danh sách")
    bold = book.add_format({"bold": True})
    for line, row in enumerate(people_rows()):
        sheet.write_row(line, 0, row)
    sheet.write_rich_string(1, 2, bold, "0900", "000101")
    sheet.write_rich_string(1, 1, "Nguyễn Thị ", bold, "Ánh")
    sheet.write_comment(2, 2, "0999999999 là số cũ")
    sheet.autofilter(0, 0, 6, 4)
    sheet.filter_column(3, 'x == "Quận 3"')
    for line in range(2, 7):
        sheet.set_row(line, options={"hidden": True})
    book.close()
    return data.getvalue()


def _not_calculated() -> bytes:
    data, book = _book()
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Họ tên", "Số gốc", "SĐT"])
    for line, person in enumerate(PEOPLE, 1):
        sheet.write_row(line, 0, [person.name, int(person.phone)])
        sheet.write_formula(line, 2, f'="0"&B{line + 1}', value="" if line > 2 else person.phone)
    book.close()
    return data.getvalue()


def _vni() -> bytes:
    data, book = _book()
    sheet = book.add_worksheet("DS")
    for line, row in enumerate(people_rows()):
        sheet.write_row(line, 0, [vni(cell) for cell in row])
    book.close()
    return data.getvalue()


def _zip(members: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def _archives(plain: bytes, csv: bytes) -> dict[str, bytes]:
    rubbish = struct.pack(">II", 0x00051607, 0x00020000) + b"Mac OS X        " + bytes(60)
    bomb = people_csv().encode() + b"7,,,,\r\n" * (_BOMB // 7)
    return {
        "one-csv.zip": _zip({"Danh sách Quận 3.csv": csv}),
        "one-xlsx-in-a-folder.zip": _zip({"Quan 3/": b"", "Quan 3/Danh sách.xlsx": plain}),
        "two-files.zip": _zip({"Phường 1.csv": csv, "Phường 2.csv": csv}),
        "from-a-mac.zip": _zip(
            {
                "Danh sach.csv": csv,
                "__MACOSX/": b"",
                "__MACOSX/._Danh sach.csv": rubbish,
                ".DS_Store": b"\0\0\0\1Bud1" + bytes(90),
                "Thumbs.db": bytes(50),
            }
        ),
        "empty.zip": _zip({}),
        "zip-in-a-zip.zip": _zip({"ben trong.zip": _zip({"Danh sach.csv": csv})}),
        "bomb.zip": _zip({"Danh sach.csv": bomb}),
        "bomb.xlsx": _swollen(plain),
        "password.zip": _locked(csv),
    }


def _swollen(plain: bytes) -> bytes:
    """The workbook with a sheet that unpacks to a hundred megabytes of empty rows."""
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    rows = b"<row/>" * (_BOMB // 6)
    members[sheet] = members[sheet].replace(b"</sheetData>", rows + b"</sheetData>")
    return _zip(members)


def _locked(csv: bytes) -> bytes:
    """An archive under a password, by Info-ZIP."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Danh sach.csv").write_bytes(csv)
        command = ["zip", "-q", "-P", "matkhau", "out.zip", "Danh sach.csv"]
        subprocess.run(command, cwd=folder, check=True)
        return (Path(folder) / "out.zip").read_bytes()


def _disguised(plain: bytes) -> dict[str, bytes]:
    cells = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in people_rows()
    )
    head = '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8">'
    html = f"{head}</head><body><table border=1>\n{cells}</table></body></html>\n"
    return {
        "web-page.xls": html.encode(),
        "tab-text.xls": people_csv("\t").encode("utf-8-sig"),
        "csv-named.xlsx": people_csv().encode("utf-8-sig"),
        "workbook-named.csv": plain,
        "truncated.xlsx": plain[: len(plain) // 2],
        "letter.docx": _word_letter(),
        "photo.csv": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + random.Random(4).randbytes(3000),
    }


def _word_letter() -> bytes:
    """A Word document, as far as a reader of lists looks into it."""
    words = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    lines = "".join(f"<w:p><w:r><w:t>{p.name} {p.phone}</w:t></w:r></w:p>" for p in PEOPLE)
    body = f'<w:document xmlns:w="{words}"><w:body>{lines}</w:body></w:document>'
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{types}"/>'.encode(),
            "word/document.xml": body.encode(),
        }
    )

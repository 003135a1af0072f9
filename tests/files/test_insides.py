"""What a workbook holds within, whoever made it: hidden rows counted, traps passed in one look."""

import zipfile
from pathlib import Path

import pytest

from outreach.files.insides import hidden_rows

BOOK = b'<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets>'
RELATIONS = b'<Relationship Id="rId1" Target="worksheets/sheet1.xml"/>'
SHEET = "xl/worksheets/sheet1.xml"
MANY = 100_000
"""Repeated so often, more than 1 MB; looked at anew from each place, it never ends."""


def _xlsx(path: Path, parts: dict[str, bytes]) -> Path:
    book = {"xl/workbook.xml": BOOK, "xl/_rels/workbook.xml.rels": RELATIONS}
    return _zip(path, book | parts)


def _zip(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("tag", "hidden"),
    [
        (b'<row r="1" hidden="1">', 1),
        (b'<row hidden="true" r="1">', 1),
        (b'<x:row r="1" ht="0" hidden="1" x="a/b">', 1),
        (b'<row r="1" hidden="1"/>', 0),  # holds no cell
        (b'<row r="1" hidden="0">', 0),
        (b'<row r="1" unhidden="1">', 0),
        (b'<rows hidden="1">', 0),
        (b'<col hidden="1">', 0),
    ],
)
def test_hidden_rows_of_an_xlsx(tmp_path: Path, tag: bytes, hidden: int) -> None:
    path = _xlsx(tmp_path / "a.xlsx", {SHEET: tag * 3 + b"<c><v>1</v></c></row>"})
    assert hidden_rows(path, "XLSX") == {0: hidden * 3}


@pytest.mark.parametrize(
    ("tag", "hidden"),
    [
        (b'<table:table-row table:visibility="collapse">', 1),
        (b'<table:table-row table:style-name="a/b" table:visibility="filter">', 1),
        (b'<table:table-row table:visibility="collapse"/>', 0),
        (b'<table:table-row table:visibility="visible">', 0),
        (b'<table:table-column table:visibility="collapse">', 0),
    ],
)
def test_hidden_rows_of_an_ods(tmp_path: Path, tag: bytes, hidden: int) -> None:
    content = b'<table:table table:name="a">' + tag * 2 + b"<table:table>" + tag
    path = _zip(tmp_path / "a.ods", {"content.xml": content})
    assert hidden_rows(path, "ODS") == {0: hidden * 2, 1: hidden}


@pytest.mark.parametrize(
    "text",
    [
        b"<row " + b'hidden="1" ' * MANY,
        b"<row " + b'hidden="1" ' * MANY + b"/ >",
        b'<row hidden="1" ' * MANY,
        b'hidden="1"<' + b"row" * MANY * 4,
        b'hidden="1"<row ' + b"a" * MANY * 10,
    ],
)
def test_a_hostile_xlsx_is_read_once(tmp_path: Path, text: bytes) -> None:
    assert hidden_rows(_xlsx(tmp_path / "a.xlsx", {SHEET: text}), "XLSX") == {0: 0}


@pytest.mark.parametrize(
    "text",
    [
        b"<table:table-row " + b'table:visibility="filter" ' * MANY,
        b"<table:table-row " + b'table:visibility="filter" ' * MANY + b"/ >",
        b'<table:table-row table:visibility="filter" ' * MANY,
    ],
)
def test_a_hostile_ods_is_read_once(tmp_path: Path, text: bytes) -> None:
    content = b"<table:table>" + text
    path = _zip(tmp_path / "a.ods", {"content.xml": content})
    assert hidden_rows(path, "ODS") == {0: 0}


@pytest.mark.parametrize(
    "text",
    [b"<sheet " + b"a:id=" * MANY * 2, b'<sheet a:id="' * MANY, b"<sheet " + b"a" * MANY * 10],
)
def test_a_hostile_list_of_sheets_is_read_once(tmp_path: Path, text: bytes) -> None:
    path = _xlsx(tmp_path / "a.xlsx", {"xl/workbook.xml": text})
    assert sum(hidden_rows(path, "XLSX").values()) == 0

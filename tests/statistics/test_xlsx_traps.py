"""Workbooks that are small on disk, and without end in memory or in time."""

import tracemalloc
import zipfile
from pathlib import Path

import pytest

from outreach.statistics.findings import RefusedError
from outreach.statistics.sheet_words import FileFault
from outreach.statistics.table import Sheet
from outreach.statistics.xlsx import sheets_of
from tests.statistics.statement_files import table, xlsx

ROWS = 300
MEMORY = 64 << 20
"""Bytes in which a small table is read; what such a trap asks for is hundreds of MB."""

LAST = f'<row r="{ROWS}"><c r="XFD{ROWS}"><v>1</v></c></row>'
ALL = f"A1:XFD{ROWS}"


def _rows(count: int, cells: str = "<c><v>1</v></c>") -> str:
    return "".join(f'<row r="{n}">{cells}</row>' for n in range(1, count + 1))


def _read(folder: Path, cells: str, before: str = "", after: str = "") -> list[Sheet]:
    """The sheets of a workbook with these cells, and what stands before and after them."""
    path = xlsx(table())(folder)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = f"<worksheet>{before}<sheetData>{cells}</sheetData>{after}</worksheet>"
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    tracemalloc.start()
    try:
        return sheets_of(path, 5_000)
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < MEMORY


@pytest.mark.parametrize(
    ("last", "after"),
    [
        (LAST, f'<mergeCells><mergeCell ref="{ALL}"/></mergeCells>'),
        (LAST.replace("<v>", f'<f t="array" ref="{ALL}">1</f><v>'), ""),
    ],
    ids=["merged", "computed"],
)
def test_an_area_over_everything_is_refused_before_it_is_laid_out(
    tmp_path: Path, last: str, after: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        _read(tmp_path, _rows(ROWS - 1) + last, after=after)
    (finding,) = refused.value.findings
    assert finding.kind is FileFault.TRAP


def test_more_cells_than_a_small_table_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        _read(tmp_path, _rows(50, "<c><v>1</v></c>" * 5_001))
    assert [finding.kind for finding in refused.value.findings] == [FileFault.TRAP]


def test_empty_cells_of_a_form_do_not_count(tmp_path: Path) -> None:
    cells = '<c s="1"/>' * 5_001 + "<c><v>7</v></c>"
    (sheet,) = _read(tmp_path, _rows(50, cells))
    assert [row.cells[5_001].value for row in sheet.rows] == [7] * 50


def test_hidden_columns_are_those_that_a_sheet_can_have(tmp_path: Path) -> None:
    columns = (
        '<col min="-100000" max="2" hidden="1"/><col min="5" max="5" hidden="1"/>'
        '<col min="4" max="3" hidden="1"/><col min="7" max="7"/>'
        '<col min="16384" max="900000" hidden="1"/><col min="900000" max="900001" hidden="1"/>'
    )
    (sheet,) = _read(tmp_path, _rows(1), before=f"<cols>{columns}</cols>")
    assert sheet.hidden_columns == {0, 1, 4, 16_383}

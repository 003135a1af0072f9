"""Reading an XLSX back, and reckoning the one kind of formula that ours have."""

import io
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from zipfile import ZipFile

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass
class Sheet:
    """Texts, numbers and formulas by cell, as the file has them; formulas with cached values."""

    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    formulas: dict[str, tuple[str, str]] = field(default_factory=dict)

    def reckon(self, formula: str) -> float:
        """Work out `SUM(A1:A9)`; cells without a number count nothing, as in Excel."""
        found = re.fullmatch(r"SUM\(([A-Z]+)(\d+)(?::\1(\d+))?\)", formula)
        assert found, formula
        column, first, last = found[1], int(found[2]), int(found[3] or found[2])
        return sum(self.numbers.get(f"{column}{row}", 0.0) for row in range(first, last + 1))

    def value(self, cell: str) -> float:
        """What a cell shows."""
        if cell in self.formulas:
            return self.reckon(self.formulas[cell][0])
        return self.numbers[cell]


def read(data: bytes) -> dict[str, Sheet]:
    """Read every sheet, by name."""
    with ZipFile(io.BytesIO(data)) as file:
        shared = [
            "".join(part.text or "" for part in item.iter(f"{_MAIN}t"))
            for item in ET.fromstring(file.read("xl/sharedStrings.xml"))
        ]
        book = ET.fromstring(file.read("xl/workbook.xml"))
        names = [sheet.attrib["name"] for sheet in book.iter(f"{_MAIN}sheet")]
        return {
            name: _sheet(file.read(f"xl/worksheets/sheet{n}.xml"), shared)
            for n, name in enumerate(names, start=1)
        }


def _sheet(xml: bytes, shared: list[str]) -> Sheet:
    sheet = Sheet()
    for cell in ET.fromstring(xml).iter(f"{_MAIN}c"):
        value, formula = cell.findtext(f"{_MAIN}v"), cell.findtext(f"{_MAIN}f")
        at = cell.attrib["r"]
        if formula is not None:
            sheet.formulas[at] = (formula, value or "")
        elif cell.get("t") == "s":
            sheet.texts[at] = shared[int(value or 0)]
        elif value is not None:
            sheet.numbers[at] = float(value)
    return sheet

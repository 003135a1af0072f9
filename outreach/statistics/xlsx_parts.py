"""What the parts of a workbook beside its sheets tell: names, places, texts, which cells are days.

After ECMA-376 part 1, sections 18.2 (workbook), 18.4 (shared strings), 18.8 (styles).
"""

import re
from datetime import date
from typing import Final

Attributes = dict[str, str]

_BUILT_IN_DAYS: Final = frozenset({14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)})
_LITERALS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_OF_1900, _OF_1904 = date(1899, 12, 30), date(1904, 1, 1)


def is_true(told: str | None) -> bool:
    """Whether an attribute says yes."""
    return told in {"1", "true"}


class Handler:
    """Hears the elements of a part by their local names; this one hears nothing."""

    def start(self, name: str, told: Attributes) -> None:
        """Take note of an element's beginning."""

    def end(self, name: str) -> None:
        """Take note of an element's end."""

    def characters(self, text: str) -> None:
        """Take note of a text."""


class Book(Handler):
    """The sheets in their order, and the day from which days are counted."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        """Name, relation, and whether it is seen."""
        self.epoch = _OF_1900

    def start(self, name: str, told: Attributes) -> None:
        """Note a sheet."""
        if name == "sheet":
            relation = next((told[key] for key in told if key.endswith(":id")), "")
            visible = told.get("state", "visible") == "visible"
            self.sheets.append((told.get("name", ""), relation, visible))
        elif name == "workbookPr" and is_true(told.get("date1904")):
            self.epoch = _OF_1904


class Relations(Handler):
    """Which part holds which sheet; charts are left out."""

    def __init__(self) -> None:
        self.worksheets: dict[str, str] = {}

    def start(self, name: str, told: Attributes) -> None:
        """Note a relation."""
        if name == "Relationship" and told.get("Type", "").endswith("/worksheet"):
            target = told.get("Target", "")
            part = target[1:] if target.startswith("/") else f"xl/{target}"
            self.worksheets[told.get("Id", "")] = part


class Texts(Handler):
    """The texts that cells share, by place; how they are pronounced is left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._heard = False
        self._spoken = False

    def start(self, name: str, told: Attributes) -> None:  # noqa: ARG002 - as every handler
        """Begin a text."""
        if name == "si":
            self._parts = []
        self._spoken = name == "rPh" or (self._spoken and name != "si")
        self._heard = name == "t" and not self._spoken

    def characters(self, text: str) -> None:
        """Add to the text."""
        if self._heard:
            self._parts.append(text)

    def end(self, name: str) -> None:
        """End a text."""
        self._heard = False
        if name == "rPh":
            self._spoken = False
        elif name == "si":
            self.texts.append("".join(self._parts))


class Styles(Handler):
    """Which styles show a number as a day."""

    def __init__(self) -> None:
        self.days: set[int] = set()
        self._formats: set[int] = set(_BUILT_IN_DAYS)
        self._of_cells = False
        self._next = 0

    def start(self, name: str, told: Attributes) -> None:
        """Note a format, or a style that uses one."""
        if name == "numFmt":
            code = _LITERALS.sub("", told.get("formatCode", "")).lower()
            if "y" in code or "d" in code:
                self._formats.add(int(told.get("numFmtId", "0")))
        elif name == "cellXfs":
            self._of_cells = True
        elif name == "xf" and self._of_cells:
            if int(told.get("numFmtId", "0")) in self._formats:
                self.days.add(self._next)
            self._next += 1

    def end(self, name: str) -> None:
        """End the styles of cells."""
        if name == "cellXfs":
            self._of_cells = False

"""What is wrong or odd with figures that others hand in: where, and in words of both languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from outreach.domain.errors import BadInputError
from outreach.domain.month import Month
from outreach.domain.text import dotted
from outreach.domain.window import LOCAL
from outreach.domain.worded import Worded


class Place(NamedTuple):
    """Where something stands, as whoever wrote it sees it; what does not apply is empty."""

    sheet: str = ""
    row: int = 0
    column: str = ""
    """Its letter."""
    title: str = ""
    """Of the column."""
    field: str = ""
    """Of a form, an option or a JSON body, such as `lines[2].sent`."""

    def __str__(self) -> str:
        return self._said("sheet '{}'", "row {}", "column {}")

    @property
    def vi(self) -> str:
        """The place in Vietnamese."""
        return self._said("trang “{}”", "dòng {}", "cột {}", "“{}”")

    def _said(self, sheet: str, row: str, column: str, title: str = "'{}'") -> str:
        parts = []
        if self.sheet:
            parts.append(sheet.format(self.sheet))
        if self.row:
            parts.append(row.format(self.row))
        if self.column:
            named = f" {title.format(self.title)}" if self.title else ""
            parts.append(column.format(self.column) + named)
        return ", ".join(parts) or self.field


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd; `values` fill in the words of its kind.

    Whole numbers, months, moments and places are shown as each language writes them.
    """

    kind: Worded
    place: Place = NOWHERE
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def en(self) -> str:
        """The place, and what is wrong there."""
        shown = {name: _shown(value) for name, value in self.values.items()}
        return self._said(str(self.place), self.kind.en.format(**shown))

    @property
    def vi(self) -> str:
        """The same in Vietnamese."""
        shown = {name: _shown_vi(value) for name, value in self.values.items()}
        return self._said(self.place.vi, self.kind.vi.format(**shown))

    @staticmethod
    def _said(where: str, what: str) -> str:
        return f"{where}: {what}" if where else what


def _shown(value: object) -> str:
    if isinstance(value, tuple) and not isinstance(value, Month | Place):
        return ", ".join(map(_shown, value))
    if isinstance(value, int):
        return f"{value:,}"
    return (
        f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)
    )


def _shown_vi(value: object) -> str:
    if isinstance(value, tuple) and not isinstance(value, Month | Place):
        return ", ".join(map(_shown_vi, value))
    if isinstance(value, Month):
        return f"{value.month:02}/{value.year}"
    if isinstance(value, datetime):
        return f"{value.astimezone(LOCAL):%H:%M ngày %d/%m/%Y}"
    if isinstance(value, int):
        return dotted(value)
    return value.vi if isinstance(value, Place) else str(value)


class RefusedError(BadInputError):
    """Nothing of it is taken in; `findings` are all the reasons, not only the first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(finding.en for finding in self.findings))

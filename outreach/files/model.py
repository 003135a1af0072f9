"""What a file is found to be, and what comes out of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from outreach.domain.msisdn import Reason
from outreach.domain.network import Network
from outreach.domain.worded import Worded


class Fault(Worded):
    """Why a row cannot be read at all; `Reason` says what is wrong with a number."""

    QUOTES = (
        "quotes",
        "dấu ngoặc kép không khớp, hoặc dòng quá dài",
        "stray quote, or overlong line",
    )
    COLUMNS = "columns", "nhiều cột hơn dòng tiêu đề", "more columns than the header"
    BYTES = "bytes", "ký tự không đúng bảng mã của tệp", "bytes that are not in the file's encoding"
    TOTAL = "total", "dòng tổng cộng hoặc ghi chú", "a line of totals or notes, not a person"
    HEADER = "header", "dòng tiêu đề lặp lại", "the header again"


class Row(NamedTuple):
    """A recipient as the file tells it; `line` is where the row begins."""

    line: int
    msisdn: str
    network: Network
    """By prefix."""
    declared: Network | None
    """By the file; None where it says none that we know."""
    district: str
    params: dict[str, str]
    """The other columns by role or plain name ("Tổ dân phố" is `to_dan_pho`), NFC; no blanks."""


class Reject(NamedTuple):
    """A row that is no recipient, with the number masked."""

    line: int
    reason: Reason | Fault
    raw: str


class TwoNumbers(StrEnum):
    """What to do with a cell that holds two numbers."""

    REFUSE = "refuse"
    FIRST = "first"
    BOTH = "both"
    """The row stands for two recipients, and counts as two rows."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an operator says about a file; what is left out is found out."""

    sheet: str | None = None
    """Of a workbook: its name, or its number from 1."""
    encoding: str | None = None
    """Of a text file: utf-8, utf-16, cp1258, tcvn3 or vni."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Role (`phone`, `full_name`, …) to a column: its header, its letter ("C") or number ("3")."""
    header: int | None = None
    """The line of the header; 0 says there is none."""
    two_numbers: TwoNumbers = TwoNumbers.REFUSE


class Record(NamedTuple):
    """One row of cells as text, before anything is made of them; `fault` says why it has none."""

    line: int
    cells: list[str]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file opened as rows of text."""

    format: str
    """CSV, XLSX, XLSM, XLS or ODS."""
    records: Iterable[Record]
    """Blank rows are no records."""
    encoding: str = ""
    """Of a text file."""
    delimiter: str = ""
    sheet: str = ""
    sheets: Sequence[str] = ()
    """All sheets of a workbook."""
    others: Sequence[str] = ()
    """Those of them that are seen and hold data too; none if an operator named the sheet."""
    notes: Sequence[str] = ()
    """What a reader of the dry run should know, such as "2 hidden rows are read too"."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it was taken for; an empty role is a column that is left out."""

    place: int
    """From 0."""
    header: str
    role: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """How a file was understood, before any of it is stored."""

    format: str
    member: str
    """The file's name within a ZIP, or empty."""
    encoding: str
    delimiter: str
    sheet: str
    sheets: tuple[str, ...]
    header: int
    """The line of the header; 0 when there is none."""
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


class Batch(NamedTuple):
    """Some rows of a file, and how many records below the header were consumed to their end."""

    position: int
    lines: list[Row | Reject]

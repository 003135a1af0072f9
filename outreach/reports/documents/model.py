"""An official document of Nghị định 30/2020/NĐ-CP: what it says, whatever file it becomes.

Whoever writes a document makes a `Document`; `docx`, `pdf`, `xlsx` and `csv` beside this file lay
it out. Texts are plain: nothing in them is markup, or a formula, to any of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from outreach.domain.text import dotted

Cell = str | int | Decimal | float | None
"""A text, a count, an amount in đồng, a share of 1 (shown in percent); None is shown as a dash."""


class DocumentType(StrEnum):
    """The types of Nghị định 30/2020 that are made here, by their abbreviation."""

    REPORT = "BC"
    LETTER = ""
    """A công văn, which has no abbreviation and no type name."""


class Kind(StrEnum):
    """How the cells of a column read."""

    TEXT = "text"
    COUNT = "count"
    """Of things, or đồng."""
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body, numbered by whoever writes it: `I. …` (level 1), `1. …` (level 2)."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the body."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A point of a list, set behind a hyphen."""

    text: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that are quoted as they are, line by line: the text of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` is its share of the table, beside the others'."""

    title: str
    kind: Kind = Kind.COUNT
    width: float = 1.0
    key: str = ""
    """What it shows, for whoever fills the table by it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below a head that comes again on every page; `total` is a last row, in bold."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    title: str = ""

    def __post_init__(self) -> None:
        """ValueError where a row has more or fewer cells than there are columns."""
        for row in (*self.rows, *([] if self.total is None else [self.total])):
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells below {len(self.columns)} columns")


@dataclass(frozen=True, slots=True)
class Series:
    """Values that are drawn in one colour."""

    title: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars, one a category; told apart in grey as well."""

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str

    def __post_init__(self) -> None:
        """ValueError where a series has more or fewer values than there are categories."""
        for series in self.series:
            if len(series.values) != len(self.categories):
                raise ValueError(
                    f"{len(series.values)} values of {len(self.categories)} categories"
                )


Block = Heading | Paragraph | Item | Quotation | Table | Chart


@dataclass(frozen=True, slots=True)
class Annex:
    """A Phụ lục: numbered in Roman figures where there are several, its pages counted from 1."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False
    sheet: str = ""
    """Its name as a sheet of the workbook, at most 31 letters; the title's beginning if empty."""


@dataclass(frozen=True, slots=True)
class Registered:
    """How the registry enters a document: its number, if it is given already, and its day."""

    number: int | None
    on: date


@dataclass(frozen=True, slots=True)
class Document:
    """A báo cáo or a công văn, box by box (Phụ lục I, sơ đồ bố trí)."""

    type: DocumentType
    parent: str
    """Box 2: the agency above; set in capitals."""
    agency: str
    number: int | None
    """None: the number is left open, to be given by the registry (văn thư)."""
    symbol: str
    """Box 3: what follows the number, without the type: `TTCĐS`, or `TTCĐS-CNTT` in a letter."""
    place: str
    on: date
    title: str
    """Box 5: the trích yếu, without V/v."""
    to: tuple[str, ...]
    """Box 9a, Kính gửi."""
    bases: tuple[str, ...]
    """Box 6, one Căn cứ each, without the mark at its end."""
    blocks: tuple[Block, ...]
    authority: tuple[str, ...]
    """Box 7a, above the signer's title: `KT. GIÁM ĐỐC`."""
    signer_title: str
    signer: str
    recipients: tuple[str, ...]
    """Box 9b, Nơi nhận, without hyphens and marks; the line of the archive is the last."""
    annexes: tuple[Annex, ...] = ()
    called: str = ""
    """The agency's name as it stands within a sentence; set in capitals at the head only."""
    rehearsal: bool = False
    """Made of invented figures: every page says so."""

    @property
    def sign(self) -> str:
        """Box 3 as it is printed: `Số: 05/BC-TTCĐS`; room is left for a number still to come."""
        number = f"{self.number:02}" if self.number is not None else "      "
        return f"Số: {number}/{'-'.join(filter(None, (self.type.value, self.symbol)))}"

    @property
    def place_and_date(self) -> str:
        """Box 4."""
        return f"{self.place}, {in_words(self.on)}"


def in_words(day: date) -> str:
    """A day in words: days below 10 and the months 1 and 2 have a zero before them."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def percent(share: float) -> str:
    """A share of 1 as it is written in Vietnam: 97,98%."""
    return f"{share * 100:.2f}%".replace(".", ",")


def shown(cell: Cell, kind: Kind) -> str:
    """A cell in words; what is not known is a dash."""
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if kind is Kind.SHARE:
        return percent(float(cell))
    return dotted(round(cell))


def roman(number: int) -> str:
    """1 to 39 in Roman figures, for annexes."""
    tens, ones = divmod(number, 10)
    return "X" * tens + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]


def widths(columns: Sequence[Column], whole: float) -> list[float]:
    """Share a width out."""
    total = sum(column.width for column in columns)
    return [whole * column.width / total for column in columns]

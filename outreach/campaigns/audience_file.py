"""Reading an audience file: CSV as offices export it, row by row in fixed memory."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import Bad, Reason, mask, mask_text, parse
from outreach.domain.network import Network, PrefixTable
from outreach.domain.text import plain

_LONGEST_LINE = 65_536  # characters; a longer one is no row of an audience
_MOST_LINES = 20  # of one row, by line breaks within quotes


class Fault(StrEnum):
    """Why a row cannot be read at all; `Reason` says what is wrong with a number."""

    QUOTES = "quotes"
    COLUMNS = "columns"
    BYTES = "bytes"

    @property
    def vi(self) -> str:
        """The fault in Vietnamese."""
        return _WORDS[self][0]

    @property
    def en(self) -> str:
        """The fault in English."""
        return _WORDS[self][1]


_WORDS = {
    Fault.QUOTES: ("dấu ngoặc kép không khớp, hoặc dòng quá dài", "stray quote, or overlong line"),
    Fault.COLUMNS: ("nhiều cột hơn dòng tiêu đề", "more columns than the header"),
    Fault.BYTES: ("ký tự không phải UTF-8", "bytes that are not UTF-8"),
}


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
    """`full_name` and all other columns, by plain name: "Mã số" is `ma_so`; blanks left out."""


class Reject(NamedTuple):
    """A row that is no recipient, with the number masked."""

    line: int
    reason: Reason | Fault
    raw: str


_HEADERS = {
    "phone": "phone phonenumber mobile mobilenumber mobilephone msisdn tel telephone dt sdt dtdd"
    " sodt sodtdd dienthoai sodienthoai didong sodidong sdtdidong dienthoaididong"
    " sodienthoaididong somay",
    "full_name": "fullname name customername hoten hovaten hotenkhachhang tenkhachhang ten",
    "district": "district quanhuyen quan huyen diaban",
    "network": "network carrier telco operator mang nhamang mangdidong nhamangdidong",
}
_ROLES = {alias: role for role, aliases in _HEADERS.items() for alias in aliases.split()}
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which column holds what."""

    width: int
    phone: int
    district: int | None
    network: int | None
    params: Sequence[tuple[int, str]]


def read_csv(source: Path | BinaryIO, prefixes: PrefixTable) -> Iterator[Row | Reject]:
    """Read a file, or a seekable stream of bytes, row by row; blank lines are no rows.

    UTF-8 or UTF-16, with comma, semicolon, tab or bar between the columns. The first step raises
    BadInputError when there is no column of phone numbers.
    """
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as stream:
        try:
            wide = stream.read(2) in {b"\xff\xfe", b"\xfe\xff"}
            stream.seek(0)
        except io.UnsupportedOperation:
            raise BadInputError("a pipe cannot be read twice; save it as a file first") from None
        encoding, errors = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
        text = io.TextIOWrapper(stream, encoding, errors=errors, newline="")
        try:
            yield from _read(_Lines(text), prefixes)
        finally:
            text.detach()  # the stream is the caller's


def _read(lines: "_Lines", prefixes: PrefixTable) -> Iterator[Row | Reject]:
    delimiter = _delimiter(lines)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    columns: _Columns | None = None
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except (csv.Error, _OverlongError):
            yield Reject(lines.begun, Fault.QUOTES, mask(""))
            lines.give_back()
            continue
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(cells)
        else:
            yield _row(lines.begun, cells, columns, prefixes)
    if columns is None:
        raise BadInputError("the audience file is empty; expected a header and one row a recipient")


def _row(line: int, cells: list[str], columns: _Columns, prefixes: PrefixTable) -> Row | Reject:
    whole = "".join(cells)
    if not whole.isascii() and not _is_unicode(whole):
        return Reject(line, Fault.BYTES, mask(""))
    if "\0" in whole:
        cells = [cell.replace("\0", "") for cell in cells]
    if len(cells) != columns.width:
        if any(cells[columns.width :]):
            return Reject(line, Fault.COLUMNS, mask(""))
        cells += [""] * (columns.width - len(cells))
    told = parse(cells[columns.phone], prefixes)
    if isinstance(told, Bad):
        return Reject(line, told.reason, mask(cells[columns.phone].strip()))
    return Row(
        line,
        told.msisdn,
        told.network,
        None if columns.network is None else _declared(cells[columns.network]),
        "" if columns.district is None else cells[columns.district].strip(),
        {name: value for place, name in columns.params if (value := cells[place].strip())},
    )


def _is_unicode(text: str) -> bool:
    """Whether all bytes could be decoded: those that could not are lone surrogates now."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_NETWORKS: Mapping[str, Network] = {
    alias: network for network in Network for alias in {network.title.lower(), network.name.lower()}
}


def _declared(told: str) -> Network | None:
    return _NETWORKS.get(told.strip().lower())


def _columns(header: Sequence[str]) -> _Columns:
    """Find the columns by their names; BadInputError says which names were found."""
    names = [_name(cell) for cell in header]
    named = [name for name in names if name]
    if "phone" not in named:
        raise BadInputError(
            f"no column of phone numbers: the header reads {_shown(header)};"
            " expected one called 'Số điện thoại', 'SĐT', 'Di động' or 'phone'"
        )
    if len(set(named)) < len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise BadInputError(f"two columns mean '{twice}': the header reads {_shown(header)}")
    return _Columns(
        width=len(names),
        phone=names.index("phone"),
        district=names.index("district") if "district" in names else None,
        network=names.index("network") if "network" in names else None,
        params=[
            (place, name)
            for place, name in enumerate(names)
            if name and name not in {"phone", "district", "network"}
        ],
    )


def _name(header: str) -> str:
    """The role of a column, or its name as templates write it."""
    words = re.findall("[a-z0-9]+", plain(header).lower())
    return _ROLES.get("".join(words), "_".join(words))


def _shown(header: Sequence[str]) -> str:
    """The header for an error text, short, and masked in case it is a row of data."""
    return mask_text(", ".join(f"'{cell[:40]}'" for cell in header[:20]))


def _delimiter(lines: "_Lines") -> str:
    """Take the sign that shows a column of phones, or most columns; heed Excel's `sep=`."""
    lines.begin_row()
    try:
        first = next((line for line in lines if line.strip()), "")
    except _OverlongError:
        raise BadInputError("no header within the first lines: is this a CSV file?") from None
    told = re.fullmatch("sep=(.)\\s*", first)
    if told:
        return told[1]
    lines.give_back(all_of_it=True)
    return max(_DELIMITERS, key=partial(_promise, first))


def _promise(header: str, delimiter: str) -> tuple[bool, int]:
    cells = next(csv.reader([header], delimiter=delimiter), [])
    return "phone" in map(_name, cells), len(cells)


class _OverlongError(Exception):
    """A line, or a row over many lines, that is too long to be one."""


class _Lines:
    """The lines of a file, each bounded; those of the present row can be read again."""

    def __init__(self, text: TextIO) -> None:
        self._readline = text.readline
        self._again: list[str] = []
        self._row: list[str] = []
        self._number = 0
        self.begun = 1
        """The number of the line on which the present row begins."""

    def begin_row(self) -> None:
        self._row.clear()
        self.begun = self._number + 1

    def give_back(self, *, all_of_it: bool = False) -> None:
        """Read the present row's lines again, all but the first (which a reject stands for)."""
        back = self._row if all_of_it else self._row[1:]
        self._again += back[::-1]
        self._number -= len(back)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self._again:
            line = self._again.pop()
        else:
            line = self._readline(_LONGEST_LINE)
            if len(line) == _LONGEST_LINE:
                self._pass_over(line)
        if not line:
            raise StopIteration
        self._number += 1
        self._row.append(line)
        if len(self._row) > _MOST_LINES or len(line) == _LONGEST_LINE:
            raise _OverlongError
        return line

    def _pass_over(self, line: str) -> None:
        """Leave out what is too long of a line."""
        while len(line) == _LONGEST_LINE and not line.endswith("\n"):
            line = self._readline(_LONGEST_LINE)

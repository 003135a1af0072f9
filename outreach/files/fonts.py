"""Cells in the old Vietnamese fonts, found column by column and made Unicode."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from outreach.files.legacy import Kind, convert, count, kind_of
from outreach.files.model import Record

# What Vietnamese in Unicode has not, among the signs that old fonts use.
_FOREIGN = re.compile(
    "[\xa1-\xbf\xc4-\xc7\xcb\xce-\xd1\xd6\xd8\xdb\xdc\xde\xdf\xe4-\xe7\xeb\xee-\xf1\xf6\xf8\xfb\xfc\xfe\xff]"
)
_LOST = re.compile(r"[^\W\d_]\?+[^\W\d_]")
_MANY = 3
_WORD = re.compile(r"[^\x00-@\[-`{-\x7f]{2,}")


def with_titles(head: Sequence[Record]) -> list[Record]:
    """Convert those of the first rows that are in an old font: titles are found in Unicode."""
    whole = kind_of(cell for record in head for cell in record.cells)
    kinds = (whole or kind_of(record.cells) for record in head)
    return [
        record._replace(cells=[convert(cell, kind) for cell in record.cells]) if kind else record
        for record, kind in zip(head, kinds, strict=True)
    ]


def by_column(rows: Sequence[Sequence[str]], width: int) -> dict[int, Kind]:
    """Find the columns in an old font; Unicode may stand beside them."""
    whole = kind_of(cell for row in rows for cell in row)
    if whole:
        return dict.fromkeys(range(width), whole)
    found = ((n, kind_of(row[n] for row in rows if n < len(row))) for n in range(width))
    return {place: kind for place, kind in found if kind}


def converted(records: Iterable[Record], kinds: Mapping[int, Kind]) -> Iterator[Record]:
    """Convert the cells of the columns found."""
    for record in records:
        for place, cell in enumerate(record.cells):
            if not cell.isascii() and place in kinds:
                record.cells[place] = convert(cell, kinds[place])
        yield record


def rescued(cell: str) -> str:
    """Convert a single cell in an old font among others in Unicode, where all its words fit."""
    if not _FOREIGN.search(cell):
        return cell
    words = [word for word in _WORD.findall(cell) if not word.isascii()]
    kinds = [kind for kind in Kind if words and count(words, kind) == len(words)]
    return convert(cell, kinds[0]) if len(kinds) == 1 else cell


def letters_are_lost(head: Sequence[Record]) -> bool:
    """Whether "?" stands in words, as in "Nguy?n": saved in an encoding without the letters."""
    return sum(_LOST.search(cell) is not None for record in head for cell in record.cells) >= _MANY

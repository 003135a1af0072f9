"""Files that people open: written whole or not at all, and no cell is ever run as a formula."""

import contextlib
import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

Cell = str | int

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when the block ends well, and vanishes if not.

    Only its owner can read it: an export names people.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_rows(path: Path, rows: Iterable[Sequence[Cell]]) -> int:
    """Write a CSV for spreadsheets (UTF-8 with BOM, CRLF); returns how many rows, first included.

    Commas separate: that is the list separator of Vietnamese Windows, and what every other
    reader expects; `sep=` would hide the BOM from Excel and be a row to everybody else.
    """
    count = 0
    with (
        replacing(path) as unfinished,
        unfinished.open("w", encoding="utf-8-sig", newline="") as out,
    ):
        writer = csv.writer(out, lineterminator="\r\n")
        for row in rows:
            writer.writerow([harmless(cell) for cell in row])
            count += 1
    return count


def harmless(cell: Cell) -> Cell:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS_FORMULA) else cell

"""The process that opens a workbook for `workbook`, under limits; it may die of what is in there.

Run by its path: it needs nothing of ours. Lines of JSON: out, the sheets; in, which of them to try
and how many may be tried; out, which one is read, and then its rows in batches.
"""

import datetime as dt
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, Final

import orjson
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum
from python_calamine import SheetVisibleEnum as Visible

OUT_OF_MEMORY: Final = 71
_BATCH: Final = 65_536  # characters
_LONGEST_ROW: Final = 65_536  # characters
_TICK: Final = 0.1  # seconds


def main() -> None:
    """Serve one workbook: path, format, parent's process, megabytes and seconds it may take."""
    path, kind, parent, megabytes, seconds = sys.argv[1:]
    _limit(int(megabytes) << 20, int(seconds))
    threading.Thread(target=_watch, args=(int(parent), int(megabytes) << 20), daemon=True).start()
    try:
        _serve(_opened(path, kind))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except CalamineError as error:
        if "limit exceeded" in str(error):  # its own, of cells
            os._exit(OUT_OF_MEMORY)
        raise


def _limit(memory: int, seconds: int) -> None:
    """Set the limits; a system that refuses one (macOS: memory) goes on without, see `_watch`."""
    limits = (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in limits:
        _, hard = resource.getrlimit(kind)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, hard))


def _watch(parent: int, memory: int) -> None:
    """End when the parent has, or when too much memory is in use and no limit was set."""
    unit = 1 if sys.platform == "darwin" else 1024
    while os.getppid() == parent:
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit > memory:
            os._exit(OUT_OF_MEMORY)
        time.sleep(_TICK)  # neither the memory in use nor a parent's end calls anybody
    os._exit(0)


def _opened(path: str, kind: str) -> CalamineWorkbook:
    """Open by name if that tells the truth, which makes for better errors, or else by content."""
    if path.upper().endswith(f".{kind}"):
        return CalamineWorkbook.from_path(path)
    with Path(path).open("rb") as stream:
        return CalamineWorkbook.from_filelike(stream)


def _serve(book: CalamineWorkbook) -> None:
    _say(
        [
            [sheet.name, sheet.visible == Visible.Visible, sheet.typ == SheetTypeEnum.WorkSheet]
            for sheet in book.sheets_metadata
        ]
    )
    places, sheet = _filled(book, orjson.loads(sys.stdin.buffer.readline()))
    if sheet is None:
        _say(None)
        return
    last_row, last_column = sheet.end or (0, 0)
    _say({"places": places, "rows": last_row + 1, "columns": last_column + 1})
    for batch in _batches(sheet):
        _say(batch)
    _say([])


def _filled(
    book: CalamineWorkbook, places: Sequence[int]
) -> tuple[list[int], CalamineSheet | None]:
    """Those of the sheets that hold data, and the first of them; no other stays in memory."""
    filled: list[int] = []
    first = None
    for place in places:
        sheet = book.get_sheet_by_index(place)
        if any(_rows(sheet)):
            filled.append(place)
            first = first or sheet
    return filled, first


def _say(said: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def _batches(sheet: CalamineSheet) -> Iterator[list[tuple[int, list[str]]]]:
    """Rows by their numbers; an overlong row has no cells."""
    batch: list[tuple[int, list[str]]] = []
    size = 0
    for number, cells, length in _rows(sheet):
        size += length + len(cells)
        batch.append((number, cells))
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[str], int]]:
    """The rows that are not blank: number, cells from column A on, characters in all."""
    before = [""] * (sheet.start or (0, 0))[1]
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [cell if type(cell) is str else _TEXTS.get(type(cell), str)(cell) for cell in row]
        whole = "".join(cells)
        if len(whole) > _LONGEST_ROW:
            yield number, [], 0
        elif whole and not whole.isspace():
            yield number, before + cells, len(whole)


def _number(number: float) -> str:
    if not isfinite(number):
        return ""
    if number.is_integer() and abs(number) <= 2**53:
        return str(int(number))
    text = repr(number)
    return format(Decimal(text), "f") if 1e-30 < abs(number) < 1e30 else text


def _truth(cell: object) -> str:
    return str(cell).upper()


def _date(day: dt.date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def _time(time: dt.time) -> str:
    return f"{time.hour:02}:{time.minute:02}"


def _moment(moment: dt.datetime) -> str:
    midnight = moment.time() == dt.time()
    return _date(moment) if midnight else f"{_date(moment)} {_time(moment.time())}"


def _span(span: dt.timedelta) -> str:
    hours, minutes = divmod(span // dt.timedelta(minutes=1), 60)
    return f"{hours}:{minutes:02}"


_TEXTS: Final[Mapping[type, Callable[[Any], str]]] = {
    float: _number,
    bool: _truth,
    dt.date: _date,
    dt.datetime: _moment,
    dt.time: _time,
    dt.timedelta: _span,
}
"""A cell as a person sees it, as far as it matters."""


if __name__ == "__main__":
    main()

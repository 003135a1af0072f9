"""Workbooks (XLSX, XLSM, XLS, ODS), opened by a process of their own: they may be traps.

Limits, each stated where it is met: 100 MB as a file, 1 GB within its ZIP, 1.5 GB of memory and
2 minutes of computing when opened, 1,048,576 rows, 1,000 columns. The way out is CSV.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from outreach.domain.errors import BadInputError
from outreach.domain.text import plain
from outreach.files.formats import SAVE_AS_CSV, check_size
from outreach.files.insides import hidden_rows
from outreach.files.model import Fault, Reading, Record, Source
from outreach.files.workbook_child import OUT_OF_MEMORY
from outreach.files.workbook_child import __file__ as child_program
from outreach.files.zipped import printable, shown

_MOST_MEGABYTES: Final = 1_536
_MOST_SECONDS: Final = 120
_MOST_ROWS: Final = 1_048_576
_MOST_COLUMNS: Final = 1_000
_MOST_LISTED: Final = 100
_SAVE_ANEW: Final = "open it in Excel or LibreOffice and save it as XLSX or as CSV (UTF-8)"


class _Sheet(NamedTuple):
    name: str
    visible: bool
    of_cells: bool
    """Not a chart."""


@contextmanager
def open_workbook(path: Path, kind: str, reading: Reading) -> Iterator[Source]:
    """Open a sheet as rows of text, which can be read once, as long as the context lasts."""
    check_size(path)
    hidden = hidden_rows(path, kind)
    with _child(path, kind) as child:
        sheets = [_Sheet(*told) for told in orjson.loads(child.hear())]
        child.tries_others = reading.sheet is None and len(sheets) > 1
        child.tell(_candidates(shown(path.name), sheets, reading.sheet))
        opened = orjson.loads(child.hear())
        if opened is None:
            raise BadInputError(
                f"no cell is filled in {_where(reading.sheet)} of workbook '{shown(path.name)}';"
                f" its sheets: {_listed(sheets)}"
            )
        first, *rest = opened["places"]
        others = [sheets[place].name for place in rest]
        _check_area(
            f"sheet '{printable(sheets[first].name)}' of workbook '{shown(path.name)}'", opened
        )
        yield Source(
            kind,
            _records(child),
            sheet=sheets[first].name,
            sheets=[sheet.name for sheet in sheets],
            others=others,
            notes=_notes(others, hidden.get(first, 0)),
        )


def _where(told: str | None) -> str:
    return "any visible sheet" if told is None else f"sheet '{printable(told)}'"


def _candidates(workbook: str, sheets: Sequence[_Sheet], told: str | None) -> list[int]:
    """The places of the sheets that may be meant; without a word all that are seen."""
    if told is None:
        return [n for n, sheet in enumerate(sheets) if sheet.visible and sheet.of_cells]
    names = [sheet.name for sheet in sheets]
    if told in names:
        return [names.index(told)]
    alike = [n for n, name in enumerate(names) if _key(name) == _key(told)]
    if len(alike) == 1:
        return alike
    if told.strip().isdecimal() and 1 <= int(told.strip()[:9]) <= len(sheets):
        return [int(told.strip()[:9]) - 1]
    raise BadInputError(
        f"workbook '{workbook}' has no sheet '{printable(told)}', or several like it;"
        f" expected one of its sheets, by name or number: {_listed(sheets)}"
    )


def _key(name: str) -> str:
    return plain(name).strip().lower() or name


def _listed(sheets: Sequence[_Sheet]) -> str:
    listed = ", ".join(
        f"{number} '{printable(sheet.name)}'{'' if sheet.visible else ' (hidden)'}"
        for number, sheet in enumerate(sheets[:_MOST_LISTED], 1)
    )
    return listed if len(sheets) <= _MOST_LISTED else f"{listed} … {len(sheets):,} in all"


def _check_area(sheet: str, opened: Mapping[str, int]) -> None:
    if opened["columns"] > _MOST_COLUMNS:
        raise BadInputError(
            f"{sheet} has a filled cell in column {opened['columns']:,};"
            f" expected at most {_MOST_COLUMNS:,} columns: delete the others"
        )
    if opened["rows"] > _MOST_ROWS:
        raise BadInputError(
            f"{sheet} has {opened['rows']:,} rows; expected at most {_MOST_ROWS:,}: {SAVE_AS_CSV}"
        )


def _notes(others: Sequence[str], hidden: int) -> list[str]:
    notes = []
    if others:
        names = ", ".join(f"'{printable(name)}'" for name in others[:_MOST_LISTED])
        more = " …" if len(others) > _MOST_LISTED else ""
        notes.append(
            f"other sheets hold data too and are not read: {names}{more}; --sheet names one"
        )
    if hidden:
        notes.append(f"{hidden:,} hidden row{'s are' if hidden > 1 else ' is'} read too")
    return notes


def _records(child: "_Child") -> Iterator[Record]:
    while batch := orjson.loads(child.hear()):
        for line, cells in batch:
            yield Record(line, cells, None if cells else Fault.QUOTES)


class _Child:
    """The process that has the workbook open; its death is the workbook's fault."""

    def __init__(self, process: "subprocess.Popen[bytes]", workbook: str) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._workbook = workbook
        self._to, self._from = process.stdin, process.stdout
        self.tries_others = False

    def tell(self, word: object) -> None:
        """Send a word; a dead child is noticed when it is heard."""
        with suppress(BrokenPipeError):
            self._to.write(orjson.dumps(word, option=orjson.OPT_APPEND_NEWLINE))
            self._to.flush()

    def hear(self) -> bytes:
        """The child's next word, in JSON."""
        line = self._from.readline()
        if not line.endswith(b"\n"):
            raise self._death()
        return line

    def _death(self) -> BadInputError:
        status = self._process.wait()
        other = " (or another sheet of it; --sheet names one)" if self.tries_others else ""
        if status in {OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL}:
            return BadInputError(
                f"{self._workbook}{other} needs more than {_MOST_MEGABYTES:,} MB when opened;"
                f" {SAVE_AS_CSV}"
            )
        if status == -signal.SIGXCPU:
            return BadInputError(
                f"{self._workbook}{other} takes more than {_MOST_SECONDS} seconds to open;"
                f" {SAVE_AS_CSV}"
            )
        return BadInputError(f"{self._workbook} is damaged and cannot be opened; {_SAVE_ANEW}")

    def end(self) -> None:
        """Stop the process, if it has not ended, and wait for that."""
        self._process.kill()
        with suppress(BrokenPipeError):
            self._to.close()
        self._from.close()
        self._process.wait()


@contextmanager
def _child(path: Path, kind: str) -> Iterator[_Child]:
    limits = (os.getpid(), _MOST_MEGABYTES, _MOST_SECONDS)
    child = _Child(
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", child_program, path, kind, *map(str, limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a panic speaks of cells, and those are people
            env=os.environ | {"RUST_BACKTRACE": "0"},
        ),
        f"workbook '{shown(path.name)}'",
    )
    try:
        yield child
    finally:
        child.end()

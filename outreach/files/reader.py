"""An audience file of any kind, opened: how it is understood, then its rows in fixed memory."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from outreach.domain.errors import BadInputError
from outreach.domain.network import PrefixTable
from outreach.files import columns, fonts
from outreach.files.archive import opened_member
from outreach.files.delimited import open_text
from outreach.files.formats import format_of
from outreach.files.maker import Maker
from outreach.files.model import Batch, Reading, Record, Reject, Row, Source
from outreach.files.workbook import open_workbook

_HEAD = 30  # rows among which titles and columns are found
_AT_ONCE = 50  # more do not stay in the processor's cache
_MOST_SHEETS = 10  # looked into where the first one is not understood
_LOST = (
    "letters are lost, '?' stands for them: the file was saved in an encoding that has them not;"
    " ask for it as XLSX or as CSV (UTF-8)"
)
_AS_FOUND = Reading()


class AudienceFile:
    """A file whose columns are found; its rows can be read once."""

    def __init__(
        self, source: Source, member: str, prefixes: PrefixTable, reading: Reading
    ) -> None:
        records = iter(source.records)
        head = list(islice(records, _HEAD))
        if not head:
            raise BadInputError(
                "the audience file is empty; expected a header and one row a recipient"
            )
        layout = columns.find(fonts.with_titles(head), reading, prefixes)
        below = head[layout.rows :]
        kinds = fonts.by_column([record.cells for record in below], layout.width)
        self._records: Iterator[Record] = chain(below, records)
        if kinds:
            self._records = fonts.converted(self._records, kinds)
        self._maker = Maker(layout, prefixes, reading.two_numbers)
        self.understanding = columns.understand(source, member, layout)
        if kinds:
            names = ", ".join(sorted(set(kinds.values())))
            self.add_note(f"text in old fonts ({names}) is converted to Unicode")

        if fonts.letters_are_lost(head):
            self.add_note(_LOST)

    def add_note(self, note: str) -> None:
        """Say one thing more about how the file was understood."""
        notes = (*self.understanding.notes, note)
        self.understanding = replace(self.understanding, notes=notes)

    def batches(self, size: int, after: int = 0) -> Iterator[Batch]:
        """Read on after so many records, `size` records at a time; the lines may be a few more."""
        records = islice(self._records, after, None)
        begun = position = after
        lines: list[Row | Reject] = []
        while few := list(islice(records, min(_AT_ONCE, begun + size - position))):
            position += len(few)
            lines += self._maker.lines(few)
            if position == begun + size:
                yield Batch(position, lines)
                begun, lines = position, []
        if position > begun:
            yield Batch(position, lines)


@contextmanager
def open_file(
    path: Path, prefixes: PrefixTable, reading: Reading = _AS_FOUND
) -> Iterator[AudienceFile]:
    """Open a file, whatever it is; BadInputError when it cannot be understood."""
    with ExitStack() as stack:
        yield _understood(stack, path, prefixes, reading)


def _understood(
    stack: ExitStack, path: Path, prefixes: PrefixTable, reading: Reading
) -> AudienceFile:
    """Open the first sheet that can be understood; a text has one."""
    with ExitStack() as trial:
        source, member = trial.enter_context(_source(path, reading))
        try:
            file = AudienceFile(source, member, prefixes, reading)
        except BadInputError:
            for sheet in source.others[:_MOST_SHEETS]:
                with suppress(BadInputError):
                    file = _understood(stack, path, prefixes, replace(reading, sheet=sheet))
                    file.add_note(_passed_over(source, sheet))
                    return file
            raise
        stack.push(trial.pop_all())
        return file


def _passed_over(source: Source, sheet: str) -> str:
    rest = ", ".join(f"'{other}'" for other in source.others if other != sheet)
    also = f"; other sheets hold data too and are not read: {rest}" if rest else ""
    return f"sheet '{source.sheet}' has no column of phone numbers, so '{sheet}' is read{also}"


def rows(path: Path, prefixes: PrefixTable, reading: Reading = _AS_FOUND) -> Iterator[Row | Reject]:
    """Read all rows of a file."""
    with open_file(path, prefixes, reading) as file:
        for batch in file.batches(_AT_ONCE):
            yield from batch.lines


@contextmanager
def _source(path: Path, reading: Reading) -> Iterator[tuple[Source, str]]:
    """Open what the content says the file is; of a ZIP, the file within, with its name."""
    kind = format_of(path)
    if kind == "ZIP":
        with opened_member(path) as (name, member), _source(member, reading) as (source, _):
            yield source, name
    elif kind:
        with open_workbook(path, kind, reading) as source:
            yield source, ""
    else:
        with path.open("rb") as stream:
            yield open_text(stream, reading), ""

"""Text files with a sign between the cells, page by page in fixed memory."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from outreach.domain.errors import BadInputError
from outreach.files import legacy
from outreach.files.encodings import Encoding, detect, sample
from outreach.files.model import Fault, Reading, Record, Source

_PAGE = 256 << 10  # bytes read at a time
_LONGEST_LINE = 65_536  # characters; a longer one is no row of an audience
_MOST_LINES = 20  # of one row, by line breaks within quotes
_MOST_CELLS = 1_000
_DELIMITERS = ",;\t|"
_BLANK = " \n\xa0\ufeff" + _DELIMITERS
_HEAD_PAGES = 8  # looked at for the delimiter; and of their lines:
_HEAD_LINES = 60
_HEAD_ROWS = 30
_TOLD_DELIMITER = re.compile('"?sep=([^\\w\\s"]|\t)"?', re.IGNORECASE)
_PHONES = re.compile("(?=(?:[^0-9]*[0-9]){9})[0-9\\s.,;/|()+'-]{9,60}")


class _Page(NamedTuple):
    """Some lines of a file, without their line breaks."""

    lines: list[str]
    odd: list[int]
    """Places of lines with quotes, of long ones, and of those that did not decode."""
    last: bool = False


def open_text(stream: BinaryIO, reading: Reading) -> Source:
    """Open a seekable stream of bytes as rows, which can be read once; the stream stays open.

    The delimiter is a comma, a semicolon, a tab or a bar, or what Excel's line `sep=` says.
    Line breaks within a cell are LF; blanks around a cell may be left.
    """
    if not stream.seekable():
        raise BadInputError("a pipe cannot be read twice; save it as a file first")
    start = sample(stream)
    encoding = detect(start, reading.encoding)
    stream.seek(len(encoding.bom) if start.startswith(encoding.bom) else 0)
    pages = _pages(_texts(stream, encoding))
    head = _head(pages)
    delimiter = _delimiter(head)
    records: Iterator[Record] = _records(chain(head, pages), delimiter)
    if encoding.kind:
        records = map(partial(_converted, encoding.kind), records)
    return Source("CSV", records, encoding=str(encoding), delimiter=delimiter)


def _texts(stream: BinaryIO, encoding: Encoding) -> Iterator[str]:
    """Decode page by page: line breaks are LF, NULs are gone, bad bytes are lone surrogates."""
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    lines = io.IncrementalNewlineDecoder(decoder, translate=True)
    while data := stream.read(_PAGE):
        yield lines.decode(data).replace("\0", "")
    try:
        yield lines.decode(b"", final=True)
    except UnicodeDecodeError:
        yield "\udcff"  # the half of a letter


def _pages(texts: Iterable[str]) -> Iterator[_Page]:
    """Cut texts into lines; of an overlong line only the beginning is kept."""
    rest = ""
    for text in texts:
        whole = rest + text
        lines = whole.split("\n")
        rest = lines.pop()[:_LONGEST_LINE]
        yield _Page(lines, _odd(whole, lines))
    lines = [rest] if rest else []
    yield _Page(lines, _odd(rest, lines), last=True)


def _odd(text: str, lines: list[str]) -> list[int]:
    if not _is_decoded(text):
        return list(range(len(lines)))
    if '"' not in text and max(map(len, lines), default=0) < _MOST_CELLS:
        return []
    return [n for n, line in enumerate(lines) if '"' in line or len(line) >= _MOST_CELLS]


def _is_decoded(text: str) -> bool:
    """Whether no byte of it became a lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _head(pages: Iterator[_Page]) -> list[_Page]:
    """Take the first pages, up to enough lines to tell the delimiter by."""
    head: list[_Page] = []
    lines = 0
    for page in islice(pages, _HEAD_PAGES):
        head.append(page)
        lines += sum(map(bool, page.lines))
        if lines >= _HEAD_LINES:
            break
    return head


def _delimiter(head: list[_Page]) -> str:
    """Find out the delimiter; a line that only says it is made blank."""
    for page in head:
        for place, line in enumerate(page.lines):
            told = _TOLD_DELIMITER.fullmatch(line.strip(" "))
            if told and told[1].isascii():
                page.lines[place] = ""
                return told[1]
            if line.strip(_BLANK):
                return _best_delimiter(head)
    return _DELIMITERS[0]


def _best_delimiter(head: list[_Page]) -> str:
    lines = chain.from_iterable(page.lines for page in head)
    written = list(islice((line for line in lines if line.strip(_BLANK)), _HEAD_LINES))
    return max(_DELIMITERS, key=partial(_promise, written))


def _promise(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How well a delimiter fits: by rows of one width and by a column of phones; then the width."""
    feed = _Feed(lines, range(len(lines)))
    records = islice(_with_quotes(feed, 1, delimiter, last=True), _HEAD_ROWS)
    rows = [record.cells for record in records if not record.fault]
    widths = Counter(len(cells) for cells in rows if len(cells) > 1)
    width, alike = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    phones = Counter(
        place for cells in rows for place, cell in enumerate(cells) if _PHONES.fullmatch(cell)
    )
    return alike + max(phones.values(), default=0), width


def _records(pages: Iterable[_Page], delimiter: str) -> Iterator[Record]:
    first = 1
    rest: list[str] = []
    for page in pages:
        odd = [place + len(rest) for place in page.odd]
        lines = rest + page.lines
        feed = _Feed(lines, [*range(len(rest)), *odd])
        yield from _of_lines(feed, first, delimiter, last=page.last)
        first += feed.begun
        rest = lines[feed.begun :]


def _of_lines(feed: "_Feed", first: int, delimiter: str, *, last: bool) -> Iterator[Record]:
    """Read rows: runs of plain lines at once, the others by the CSV reader."""
    while feed.begun < len(feed.lines):
        plain = feed.lines[feed.begun : feed.next_odd()]
        yield from _without_quotes(plain, first + feed.begun, delimiter)
        feed.begun += len(plain)
        before = feed.begun
        yield from _with_quotes(feed, first, delimiter, last=last)
        if feed.begun == before:
            return


def _without_quotes(lines: list[str], first: int, delimiter: str) -> Iterator[Record]:
    blank = _BLANK + delimiter
    record = Record._make  # a tenth of the whole time less than by name
    return (
        record((number, line.split(delimiter), None))
        for number, line in enumerate(lines, first)
        if line[:1] not in blank or line.strip(blank)  # "" is in every text
    )


class _Feed:
    """Lines for the CSV reader, which asks for one at a time; no row is given too many."""

    def __init__(self, lines: list[str], odd: Iterable[int]) -> None:
        self.lines = lines
        self.begun = 0
        """How many lines are before the present row."""
        self.taken = 0
        self._odd = iter([*odd, len(lines)])
        self._next_odd = next(self._odd)

    def next_odd(self) -> int:
        """The place of the next line, from the present row on, that is not plain."""
        while self._next_odd < self.begun:
            self._next_odd = next(self._odd)
        return self._next_odd

    @property
    def is_used_up(self) -> bool:
        """Whether the present row might go on if there were more lines."""
        return self.taken == len(self.lines) and self.taken - self.begun < _MOST_LINES

    def __iter__(self) -> Iterator[str]:
        self.taken = self.begun
        while self.taken < len(self.lines) and self.taken - self.begun < _MOST_LINES:
            line = self.lines[self.taken]
            if len(line) >= _LONGEST_LINE:
                return
            self.taken += 1
            yield line + "\n"


def _with_quotes(feed: _Feed, first: int, delimiter: str, *, last: bool) -> Iterator[Record]:
    """Read the rows up to the next plain line, or one at the end that may go on in the next page.

    A row that cannot be read costs its first line only, the others are read again.
    """
    while feed.begun == feed.next_odd() < len(feed.lines):
        try:
            yield from _readable(feed, first, delimiter)
        except csv.Error:
            if feed.is_used_up and not last:
                return
        if feed.begun == feed.next_odd() < len(feed.lines):
            yield Record(first + feed.begun, [], Fault.QUOTES)
            feed.begun += 1


def _readable(feed: _Feed, first: int, delimiter: str) -> Iterator[Record]:
    """Read rows up to one that cannot be read, or to a plain line."""
    for cells in csv.reader(feed, delimiter=delimiter, strict=True, skipinitialspace=True):
        if feed.taken - feed.begun > 1 and _swallows(cells, delimiter):
            return
        if record := _record(first + feed.begun, cells):
            yield record
        feed.begun = feed.taken
        if feed.begun != feed.next_odd():
            return


def _record(line: int, cells: list[str]) -> Record | None:
    """Check a row; None is a blank one."""
    whole = "".join(cells)
    if not whole.strip(_BLANK):
        return None
    if len(cells) > _MOST_CELLS:
        cells = _without_end(cells)
    if len(cells) > _MOST_CELLS:
        return Record(line, [], Fault.COLUMNS)
    if not whole.isascii() and not _is_decoded(whole):
        return Record(line, [], Fault.BYTES)
    return Record(line, cells)


def _without_end(cells: list[str]) -> list[str]:
    """Leave out empty cells at the end: some programs fill whole sheets."""
    end = next(place for place in range(len(cells), 0, -1) if cells[place - 1])
    return cells[:end]


def _swallows(cells: list[str], delimiter: str) -> bool:
    """Whether a cell of several lines holds another row: two stray quotes met."""
    parts = (
        part
        for cell in cells
        if "\n" in cell
        for line in cell.split("\n")
        if delimiter in line
        for part in line.split(delimiter)
    )
    return any(map(_PHONES.fullmatch, parts))


def _converted(kind: legacy.Kind, record: Record) -> Record:
    cells = record.cells
    for place, cell in enumerate(cells):
        if not cell.isascii():
            cells[place] = legacy.convert(cell, kind)
    return record

"""The rows of a file as they are to be stored; those of a large one from a process of its own.

Reading takes about twice as long as storing: the two run beside each other on two cores.
"""

import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import orjson

from outreach.campaigns.files import Batch, Reading, Understanding, open_file
from outreach.domain.network import PrefixTable

TOGETHER = 20
"""As many pieces are stored in one transaction."""
PIECE = 1_000
"""As many records are made a piece: few enough for the processor's cache."""
HEAD = struct.Struct(">cQ")
_ENDED = "the process that read the file was ended from outside"
UNDERSTOOD, ROWS, END, FAULT = b"U", b"R", b"E", b"F"


class Piece(NamedTuple):
    """Some rows of a file, and how many records were read up to their end."""

    position: int
    lines: list[list[Any]]
    """The six values of a `Row` or the three of a `Reject`, as JSON has them."""


Portion = Iterable[Piece]
"""What is stored in one transaction."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A file that is understood, and its portions after a position."""

    understanding: Understanding
    portions: Callable[[int], Iterator[Portion]]


def opened(
    path: Path, prefixes: PrefixTable, reading: Reading, small: int = 2_000_000
) -> AbstractContextManager[Feed]:
    """Open a file: here if it has fewer than `small` bytes, else by a process of its own."""
    size = path.stat().st_size
    return (_near if size < small else _far)(path, prefixes, reading)


@contextmanager
def _near(path: Path, prefixes: PrefixTable, reading: Reading) -> Iterator[Feed]:
    with open_file(path, prefixes, reading) as file:

        def portions(after: int) -> Iterator[Portion]:
            pieces = map(packed, file.batches(PIECE, after))
            while portion := _some(pieces):
                yield map(_piece, portion)

        yield Feed(file.understanding, portions)


def packed(batch: Batch) -> bytes:
    """Pack a batch of a file for its way."""
    return orjson.dumps(batch, default=tuple)


def _piece(content: bytes) -> Piece:
    return Piece(*orjson.loads(content))


@contextmanager
def _far(path: Path, prefixes: PrefixTable, reading: Reading) -> Iterator[Feed]:
    command = [sys.executable, "-m", "outreach.campaigns.feed_child"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,  # noqa: S603 - our own module
        ThreadPoolExecutor(1, "feed") as ahead,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            _tell(child.stdin, (path, prefixes, reading))
            understanding = pickle.loads(_frame(child.stdout)[1])  # noqa: S301 - our own child's
            yield Feed(understanding, _Portions(child.stdin, child.stdout, ahead))
        finally:
            _end(child)


@dataclass(frozen=True, slots=True)
class _Portions:
    """Asks the child for portions, and takes one in while the one before is stored."""

    request: IO[bytes]
    answer: IO[bytes]
    ahead: ThreadPoolExecutor

    def __call__(self, after: int) -> Iterator[Portion]:
        _tell(self.request, after)
        frames = takewhile(lambda frame: frame[0] == ROWS, iter(lambda: _frame(self.answer), None))
        contents = (content for _, content in frames)
        coming = self.ahead.submit(_some, contents)
        while portion := coming.result():
            coming = self.ahead.submit(_some, contents)
            yield map(_piece, portion)


def _some(contents: Iterator[bytes]) -> list[bytes]:
    return list(islice(contents, TOGETHER))


def _tell(request: IO[bytes], value: object) -> None:
    try:
        pickle.dump(value, request)
        request.flush()
    except BrokenPipeError:
        raise ChildProcessError(_ENDED) from None


def _frame(answer: IO[bytes]) -> tuple[bytes, bytes]:
    """The child's next answer; a fault of it is raised here."""
    head = answer.read(HEAD.size)
    if len(head) < HEAD.size:
        raise ChildProcessError(_ENDED)
    tag, size = HEAD.unpack(head)
    content = answer.read(size)
    if tag == FAULT:
        fault: Any = pickle.loads(content)  # noqa: S301 - our own child's
        raise fault
    return tag, content


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let the child clear up behind itself, and wait for its end."""
    child.terminate()
    with suppress(BrokenPipeError):  # of a request that it did not take
        cast("IO[bytes]", child.stdin).close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()

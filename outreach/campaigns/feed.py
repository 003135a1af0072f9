"""The rows of a file as they are to be stored; those of a large one from a process of its own.

Reading takes about twice as long as storing: the two run beside each other on two cores.
"""

import marshal
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar, cast

import orjson

from outreach.domain.network import PrefixTable
from outreach.files import Batch, Reading, Reject, Understanding, open_file

T = TypeVar("T")

TOGETHER = 5  # pieces: few enough that a sender hardly waits for its turn to write
PIECE = 1_000
"""As many records are made a piece: few enough for the processor's cache."""
HEAD = struct.Struct(">cQ")
_ENDED = "the process that read the file was ended from outside"
UNDERSTOOD, ROWS, END, FAULT = b"U", b"R", b"E", b"F"


Found = tuple[int, int, int, int | None, str, str]
"""A row as it is stored: line, number, network, declared, district, params as JSON."""


class Piece(NamedTuple):
    """Some rows of a file, and how many records were read up to their end."""

    position: int
    found: list[Found]
    rejects: list[tuple[int, str, str]]
    """Line, reason and masked number."""


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
            return together(map(piece, file.batches(PIECE, after)))

        yield Feed(file.understanding, portions)


def piece(batch: Batch) -> Piece:
    """Make of a batch of a file what is stored."""
    found: list[Found] = []
    rejects: list[tuple[int, str, str]] = []
    dumps, add = orjson.dumps, found.append
    for each in batch.lines:
        if isinstance(each, Reject):
            rejects.append((each.line, str(each.reason), each.raw))
            continue
        line, digits, network, declared, district, params = each
        other = None if declared is None else int(declared)
        add((line, int(digits), network._value_, other, district, dumps(params).decode()))
    return Piece(batch.position, found, rejects)


@contextmanager
def _far(path: Path, prefixes: PrefixTable, reading: Reading) -> Iterator[Feed]:
    command = [sys.executable, "-m", "outreach.campaigns.feed_child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603 - our own module
        request, answer = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)

        def portions(after: int) -> Iterator[Portion]:
            _tell(request, after)
            while (frame := _frame(answer))[0] == ROWS:
                yield map(_unpacked, frame[1])

        try:
            _tell(request, (path, prefixes, reading))
            yield Feed(_frame(answer)[1], portions)
        finally:
            _end(child)


def _unpacked(content: bytes) -> Piece:
    return Piece(*marshal.loads(content))  # noqa: S302 - our own child wrote it, of plain values


def together(things: Iterator[T]) -> Iterator[list[T]]:
    """Take as many as are stored in one transaction."""
    while some := list(islice(things, TOGETHER)):
        yield some


def _tell(request: IO[bytes], value: object) -> None:
    try:
        pickle.dump(value, request)
        request.flush()
    except BrokenPipeError:
        raise ChildProcessError(_ENDED) from None


def _frame(answer: IO[bytes]) -> tuple[bytes, Any]:
    """The child's next answer; a fault of it is raised here."""
    head = answer.read(HEAD.size)
    if len(head) < HEAD.size:
        raise ChildProcessError(_ENDED)
    tag, size = HEAD.unpack(head)
    said: Any = pickle.loads(answer.read(size))  # noqa: S301 - our own child wrote it, no file did
    if tag == FAULT:
        raise said
    return tag, said


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let the child clear up behind itself, and wait for its end."""
    child.terminate()
    with suppress(BrokenPipeError):  # of a request that it did not take
        cast("IO[bytes]", child.stdin).close()
    cast("IO[bytes]", child.stdout).close()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()

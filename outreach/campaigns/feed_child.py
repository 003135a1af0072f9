"""The process that reads a large file; `feed` starts it and stores what it says."""

import gc
import marshal
import os
import pickle
import signal
import sys
import traceback
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import BinaryIO

from outreach.campaigns.feed import END, FAULT, HEAD, PIECE, ROWS, UNDERSTOOD, piece, together
from outreach.campaigns.files import Batch, open_file

_AHEAD = 3  # portions


def main() -> None:
    """Take a file's path and options from standard input, and say its portions."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us hears it, and ends us
    signal.signal(signal.SIGTERM, _stop)
    gc.freeze()
    gc.set_threshold(500_000)  # rows are no cycles: looking for some takes a third of the time
    answer = sys.stdout.buffer
    try:
        _read(sys.stdin.buffer, answer)
        answer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody listens any more


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise BrokenPipeError


def _read(request: BinaryIO, answer: BinaryIO) -> None:
    try:
        path, prefixes, reading = pickle.load(request)  # noqa: S301 - who started us says it
        with open_file(path, prefixes, reading) as file:
            _say(answer, UNDERSTOOD, pickle.dumps(file.understanding))
            answer.flush()
            after = pickle.load(request)  # noqa: S301
            _say_all(answer, together(map(_packed, file.batches(PIECE, after))))
        _say(answer, END, b"")
    except (BrokenPipeError, EOFError):
        raise BrokenPipeError from None
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is told on the other side
        fault.add_note(traceback.format_exc())
        _say(answer, FAULT, pickle.dumps(fault))


def _packed(batch: Batch) -> bytes:
    return marshal.dumps(tuple(piece(batch)))  # plain values: a third faster than pickle


def _say_all(answer: BinaryIO, portions: Iterable[list[bytes]]) -> None:
    """Say portions, each while the next ones are made: who listens has other things to do too.

    There is a thread on this side, for reading in small bits would wait for the other's main
    thread each time.
    """
    with ThreadPoolExecutor(1) as voice:
        under_way: deque[Future[None]] = deque()
        for portion in portions:
            if len(under_way) == _AHEAD:
                under_way.popleft().result()
            under_way.append(voice.submit(_say, answer, ROWS, pickle.dumps(portion)))
        for said in under_way:
            said.result()


def _say(answer: BinaryIO, tag: bytes, content: bytes) -> None:
    answer.write(HEAD.pack(tag, len(content)) + content)


if __name__ == "__main__":
    main()

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
from typing import Any, BinaryIO

from outreach.campaigns.feed import END, FAULT, HEAD, PIECE, ROWS, UNDERSTOOD, piece, together
from outreach.files import Batch, open_file

_AHEAD = 3  # portions
_PATIENCE = 10
"""On a machine that is busy the engine goes first; who stores holds locks and must not wait."""


def main() -> None:
    """Take a file's path and options from standard input, and say its portions."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us hears it, and ends us
    signal.signal(signal.SIGTERM, _stop)
    os.nice(_PATIENCE)
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
        path, prefixes, reading = _heard(request)
        with open_file(path, prefixes, reading) as file:
            _say(answer, UNDERSTOOD, file.understanding)
            answer.flush()
            batches = file.batches(PIECE, _heard(request))
            _say_all(answer, together(map(_packed, batches)))
        _say(answer, END, None)
    except (BrokenPipeError, EOFError):
        raise BrokenPipeError from None
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is told on the other side
        fault.add_note(traceback.format_exc())
        _say(answer, FAULT, fault)


def _heard(request: BinaryIO) -> Any:  # noqa: ANN401 - whatever `feed` tells
    return pickle.load(request)  # noqa: S301 - from the process that started this one


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
            under_way.append(voice.submit(_say, answer, ROWS, portion))
        for said in under_way:
            said.result()


def _say(answer: BinaryIO, tag: bytes, said: object) -> None:
    content = pickle.dumps(said, pickle.HIGHEST_PROTOCOL)
    answer.write(HEAD.pack(tag, len(content)) + content)


if __name__ == "__main__":
    main()

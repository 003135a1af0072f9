"""The process that reads a large file; `feed` starts it and stores what it says."""

import gc
import os
import pickle
import signal
import sys
import traceback
from types import FrameType
from typing import BinaryIO

from outreach.campaigns.feed import END, FAULT, HEAD, PIECE, ROWS, UNDERSTOOD, packed
from outreach.campaigns.files import open_file


def main() -> None:
    """Take a file's path and options from standard input, and say its portions."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us hears it, and ends us
    signal.signal(signal.SIGTERM, _stop)
    gc.set_threshold(100_000)  # rows are no cycles: looking for some takes a third of the time
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
            for batch in file.batches(PIECE, pickle.load(request)):  # noqa: S301
                _say(answer, ROWS, packed(batch))
        _say(answer, END, b"")
    except (BrokenPipeError, EOFError):
        raise BrokenPipeError from None
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is told on the other side
        fault.add_note(traceback.format_exc())
        _say(answer, FAULT, pickle.dumps(fault))


def _say(answer: BinaryIO, tag: bytes, content: bytes) -> None:
    answer.write(HEAD.pack(tag, len(content)) + content)


if __name__ == "__main__":
    main()

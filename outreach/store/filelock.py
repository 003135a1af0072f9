"""Locks on files beside a SQLite database: whose turn it is to write, and who is its engine."""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

PATIENCE_S = 60.0
"""How long anybody waits for a turn."""

_FIRST_WAIT, _LONGEST_WAIT = 0.0001, 0.0005


class BlockedError(Exception):
    """A writer that does not come to its turn: somebody else's process hangs."""


@contextlib.contextmanager
def turn(path: Path) -> Iterator[None]:
    """Wait for the one place as a writer, asking again within half a millisecond.

    SQLite's own waiting asks up to 0.1 s apart: with an engine and a callback door on one file,
    that wait was most of what a callback took. Raises BlockedError after `PATIENCE_S`.
    """
    with path.open("a") as lock:
        deadline, wait = time.monotonic() + PATIENCE_S, _FIRST_WAIT
        while not _locked(lock):
            if time.monotonic() > deadline:
                raise BlockedError(f"another process has held {path} for a minute")
            time.sleep(wait)
            wait = min(wait * 1.5, _LONGEST_WAIT)
        yield


@contextlib.contextmanager
def sole(path: Path) -> Iterator[bool]:
    """Hold a file while the block runs; False if another process holds it."""
    with path.open("a") as lock:
        yield _locked(lock)


def is_held(path: Path) -> bool:
    """Whether some process holds a file at present."""
    if not path.exists():
        return False
    with path.open() as lock:
        try:
            # Shared, so that two who look do not take each other for the holder.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _locked(lock: IO[str]) -> bool:
    """Take a file's lock if it is free."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

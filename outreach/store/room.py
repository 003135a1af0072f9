"""Telling a disk without room from every other fault of a database."""

import sqlite3
from collections.abc import Iterator

_SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})
"""The second is how SQLite tells of a file, or a quota, at its limit."""
_POSTGRESQL = "53100"


class FullError(Exception):
    """The disk has no room for a write; nothing of it was stored."""


def is_full(fault: BaseException) -> bool:
    """Whether a fault comes of a disk without room, on whichever database."""
    return any(
        getattr(each, "sqlite_errorcode", None) in _SQLITE
        or getattr(each, "sqlstate", None) == _POSTGRESQL
        for each in causes(fault)
    )


def causes(fault: BaseException | None) -> Iterator[BaseException]:
    """A fault and what it came of, back to the first."""
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__

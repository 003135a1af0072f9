"""Telling a disk without room from every other fault of a database."""

import sqlite3

_SQLITE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE})
"""The second is how SQLite tells of a file, or a quota, at its limit."""
_POSTGRESQL = "53100"


class FullError(Exception):
    """The disk has no room for a write; nothing of it was stored."""


def is_full(fault: BaseException | None) -> bool:
    """Whether a fault comes of a disk without room, on whichever database."""
    while fault is not None:
        is_sqlite = getattr(fault, "sqlite_errorcode", None) in _SQLITE
        if is_sqlite or getattr(fault, "sqlstate", None) == _POSTGRESQL:
            return True
        fault = fault.__cause__ or fault.__context__
    return False

"""Where an audience comes from, as it is kept beside it: the file, and how it was read."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from outreach.domain.errors import BadInputError
from outreach.domain.network import PrefixTable
from outreach.files import Reading, Understanding

_BLOCK = 1 << 20


class Content(NamedTuple):
    """A file's content, before it is read as rows."""

    fingerprint: str
    """SHA-256."""
    lines: int
    """Line feeds, from which the rows of a text file can be guessed; 0 of other files."""
    stamp: tuple[int, int]
    """Size and time of change, from before it was looked at: whether it is still the same."""


def content(path: Path) -> Content:
    """Look at a file as a whole."""
    digest, lines = hashlib.sha256(), 0
    if path.exists() and not path.is_file():
        raise BadInputError(f"{path} is no file; save the list as a file first")
    try:
        before = stamp(path)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                lines += block.count(b"\n")
    except OSError as fault:
        raise BadInputError(f"{path}: cannot be read: {fault.strerror}") from None
    return Content(digest.hexdigest(), lines, before)


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of change of a file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def origin(
    understanding: Understanding, reading: Reading, not_in: Sequence[str], prefixes: PrefixTable
) -> str:
    """How a file is read, as JSON: `file`, `asked`, `not_in`, `prefixes`."""
    told = {
        "file": understanding,
        "asked": {**_fields(reading), "columns": dict(reading.columns)},
        "not_in": list(not_in),
        "prefixes": {
            "blocks": len(prefixes.blocks),
            "sha256": hashlib.sha256(repr(prefixes.blocks).encode()).hexdigest(),
        },
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def _fields(reading: Reading) -> dict[str, Any]:
    return {name: getattr(reading, name) for name in reading.__slots__}


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What of an origin is another now, in words; empty if nothing is."""
    parts = [words for part, words in _PARTS.items() if before.get(part) != now.get(part)]
    return " and ".join(parts)


_PARTS = {
    "asked": "other options",
    "not_in": "other audiences after --not-in",
    "file": "another understanding of the file",
    "prefixes": "another table of prefixes",
}

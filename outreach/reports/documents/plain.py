"""Texts as every file can carry them."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar, cast

REPLACEMENT = "\N{WHITE SQUARE}"
"""Stands where a letter cannot be: nothing vanishes unseen."""

_UNFIT = re.compile(  # what XML 1.0 has no place for, and the old control characters
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef]"
    "|["
    + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
    + "]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

T = TypeVar("T")


def plain(text: str) -> str:
    """Put letters together (NFC), make every line end one `LF`, and mark what no file can carry."""
    return _UNFIT.sub(REPLACEMENT, _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)))


def each_text(value: T, change: Callable[[str], str]) -> T:
    """The same record with every text in it changed, however deep."""
    return cast("T", _changed(value, change))


def _changed(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple):
        return tuple(_changed(each, change) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{f.name: _changed(getattr(value, f.name), change) for f in fields(value)}
        )
    return value

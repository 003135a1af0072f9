"""What people write in a cell, compared as people would: words, and places."""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from outreach.domain.text import plain

LONG = 200
"""Cells of more characters are not remembered: they are few, and would fill the memory."""

Also = ParamSpec("Also")
Answer = TypeVar("Answer")
Reader = Callable[Concatenate[str, Also], Answer]


def remembered(most: int) -> Callable[[Reader[Also, Answer]], Reader[Also, Answer]]:
    """Let what is made of a cell be remembered, for as many cells, if they are no long ones."""

    def of(read: Reader[Also, Answer]) -> Reader[Also, Answer]:
        known: Reader[Also, Answer] = lru_cache(most)(read)

        @wraps(read)
        def short(cell: str, /, *also: Also.args, **named: Also.kwargs) -> Answer:
            return (known if len(cell) <= LONG else read)(cell, *also, **named)

        return short

    return of


_KINDS = {
    "quan": r"quan\b|q\b",
    "huyen": r"huyen\b|h\b",
    "thanh_pho": r"thanh pho\b|t ?p\b",
    "thi_xa": r"thi xa\b|t ?x\b",
    "thi_tran": r"thi tran\b|t ?t\b",
    "phuong": r"phuong\b|p\b",
    "xa": r"xa\b|x\b",
    "dac_khu": r"dac khu\b|dk\b",
}
_KIND = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in _KINDS.items()))
_ABBREVIATED = re.compile(r"\b(quan|phuong|[qhpx]|tp|tx|tt)(?=[0-9])")
_CITY = re.compile(r"(?<=.) (?:thanh pho |t ?p ?)(?:ho chi minh|hcm)$")


@remembered(8_192)
def folded(told: str) -> str:
    """Words without accents, case and signs: "Đã  cài." is "da cai"."""
    return " ".join(re.findall("[a-z0-9]+", plain(told).lower()))


@remembered(8_192)
def place(told: str) -> tuple[str, str]:
    """The kind of a district or ward, empty where it is not said, and its name.

    "Quận 1", "Q.01" and "q1" are one; "Thủ Đức" says no kind, "TP. Thủ Đức" does.
    """
    words = _CITY.sub("", _ABBREVIATED.sub(r"\1 ", folded(told)))
    found = _KIND.match(words)
    kind, name = ("", words) if found is None else (found.lastgroup or "", words[found.end() :])
    name = name.strip()
    if not name:  # a kind alone is a name
        return "", words
    return kind, (name.lstrip("0") or "0") if name.isdecimal() else name

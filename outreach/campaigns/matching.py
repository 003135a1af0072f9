"""What people write in a list, compared as people would: places, years, yes and no."""

import re
from collections.abc import Callable
from datetime import date
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
}
_KIND = re.compile("|".join(f"(?P<{kind}>{form})" for kind, form in _KINDS.items()))
_ABBREVIATED = re.compile(r"\b([qhpx]|tp|tx|tt)(?=[0-9])")
_CITY = re.compile(r"(?<=.) (?:thanh pho|t ?p) (?:ho chi minh|hcm)$")
_BIRTHS = tuple(
    re.compile(form + "(?:[ T].*)?")
    for form in (
        "(?P<day>[0-9]{1,2})[-./](?P<month>[0-9]{1,2})[-./](?P<year>[0-9]{4})",
        "(?P<year>[0-9]{4})[-./](?P<month>[0-9]{1,2})[-./](?P<day>[0-9]{1,2})",
        "(?P<month>[0-9]{1,2})[-./](?P<year>[0-9]{4})",
        "(?P<year>[0-9]{4})",
    )
)
_OLDEST = 130
_YES = "co, x, v, yes, y, true, 1, roi, da, da co, da cai, da cai dat, co cai, smartphone, ok"
_NO = "khong, ko, k, no, n, false, 0, chua, chua co, chua cai, chua cai dat, khong co, khong cai"
_ANSWERS = {
    **dict.fromkeys(_YES.split(", "), True),
    **dict.fromkeys(_NO.split(", "), False),
}
_TICKS = frozenset("✓✔☑")
_GENDERS = {
    **dict.fromkeys(["nam", "m", "male", "ong", "trai"], "nam"),
    **dict.fromkeys(["nu", "f", "female", "ba", "gai"], "nu"),
}


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


@remembered(1_024)
def answer(told: str) -> bool | None:
    """Yes or no; None for what says neither."""
    return True if told.strip() in _TICKS else _ANSWERS.get(folded(told))


@remembered(1_024)
def gender(told: str) -> str | None:
    """`nam` or `nu`; None for what says neither."""
    return _GENDERS.get(folded(told))


@remembered(65_536)
def age(birth: str, today: date) -> int | None:
    """Whole years since a day of birth, of which a month or a year may be all that is said.

    What is not said counts as the first; None for no date, or one that nobody alive was born on.
    """
    found = next(filter(None, (form.fullmatch(birth.strip()) for form in _BIRTHS)), None)
    if found is None:
        return None
    said = {name: int(value) for name, value in found.groupdict().items()}
    try:
        born = date(said["year"], said.get("month", 1), said.get("day", 1))
    except ValueError:
        return None
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years if 0 <= years <= _OLDEST else None

"""A cell that should hold a phone number: its signs reduced to digits, its pieces told apart."""

import re
import unicodedata
from collections.abc import Callable, Sequence

STRANGER = "?"
"""Stands for any sign that has no place in a number."""

_SILENT_SIGNS = frozenset("_'`=\"")  # = and quotes: how exports keep a leading zero
_SILENT_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Pd", "Ps", "Pe", "Pi", "Pf"})
_KEPT = frozenset("+.,")
_BETWEEN_NUMBERS = frozenset("/;|&\\")
_MOST_SIGNS = 4096


class _Signs(dict[int, str]):
    """What each character is reduced to, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        reduced = "".join(map(_sign, unicodedata.normalize("NFKC", chr(code))))
        if len(self) < _MOST_SIGNS:  # a file of all of Unicode must not fill the memory
            self[code] = reduced
        return reduced


def _sign(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char in _KEPT:
        return char
    if char in _BETWEEN_NUMBERS:
        return "/"
    return " " if category in _SILENT_CATEGORIES or char in _SILENT_SIGNS else STRANGER


_SIGNS = _Signs()


def signs(raw: str) -> str:
    """Reduce a text to digits, "+", "." and ",", "/" between numbers, spaces, and strangers."""
    return raw.translate(_SIGNS)


# Labels are a closed list: "CMND" or a name before nine digits must not make them a phone number.
_LABELS = (
    r"(?:so )?(?:dien thoai|di dong|dt ?dd|s?dt)(?: di dong)?|so dd|dd|so may|may"
    r"|(?:tele|mobile |cell )?phone(?: number| no)?|tel|mobile|mob|cell|hp|zalo|so"
)
_LABEL = re.compile(rf"(?<![a-z0-9])(?:{_LABELS})(?![a-z])(?: ?[1-9] ?(?=:))?[ :.]*")
_OR = re.compile(r"(?<![a-z])(?:hoac|hay|va|or|and)(?![a-z])")


def without_words(raw: str) -> str:
    """Take the labels off ("ĐT:", "Tel 1:") and write "/" for them, and for "hoặc" and "or"."""
    letters = unicodedata.normalize("NFKD", raw.replace("Đ", "d").replace("đ", "d")).casefold()
    bare = " ".join("".join(c for c in letters if unicodedata.category(c) != "Mn").split())
    return _LABEL.sub("/", _OR.sub("/", bare))


_THOUSANDS = r"[0-9]{1,3}(?:,[0-9]{3}){2,4}(?=\.)|[0-9]{1,3}(?:\.[0-9]{3}){2,4}(?=,)"
_DECIMAL = re.compile(rf" *([0-9]{{9,13}}|{_THOUSANDS})[.,]0+ *")


def decimal(text: str) -> str | None:
    """The digits of a number that a spreadsheet wrote with a fraction of zeros: 901234567.0."""
    found = _DECIMAL.fullmatch(text)
    return found[1].replace(",", "").replace(".", "") if found else None


_SCIENTIFIC = re.compile(r"\s*['\"]?([0-9]{1,3})(?:[.,]([0-9]*))?[eE]\+?([0-9]{1,2})['\"]?\s*")


def scientific(raw: str) -> tuple[str, int] | None:
    """The digits of 9.01E+08, and how many more there were before a spreadsheet rounded it."""
    found = _SCIENTIFIC.fullmatch(raw)
    if found is None:
        return None
    fraction = found[2] or ""
    return found[1] + fraction, int(found[3]) - len(fraction)


def pieces(text: str) -> list[list[str]]:
    """Cut reduced signs where they must be cut, then into the groups that stand apart."""
    cut = re.split(r"[/,]|(?=\+)", text.replace(".", " "))
    return [piece.split() for piece in cut if piece.strip(" +")]


def ways(groups: Sequence[str], fits: Callable[[str], bool]) -> list[list[str]]:
    """Join groups to numbers that fit, so that none is left over: no way, the only one, or two."""
    found: list[list[list[str]]] = [[[]]]
    for end in range(1, len(groups) + 1):
        found.append([])
        for start in range(max(0, end - _LONGEST_NUMBER), end):
            number = "".join(groups[start:end]) if found[start] else ""
            if 0 < len(number) <= _LONGEST_NUMBER and fits(number):
                found[end] += [[*way, number] for way in found[start]]
        del found[end][2:]
    return found[-1]


_LONGEST_NUMBER = 15

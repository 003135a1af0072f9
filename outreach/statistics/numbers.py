"""Figures as people write them: whole numbers of things, from 0."""

import re
from typing import Final

from outreach.statistics.findings import NOWHERE, Finding, Place, RefusedError
from outreach.statistics.sheet_words import CellFault

MOST: Final = 10**12
"""No figure of a city is larger, not even in đồng."""

_SPACES: Final = "\u0020\u00a0\u2007\u2009\u202f"
_PLAIN: Final = re.compile("0|[1-9][0-9]*")
_GROUPED: Final = re.compile(rf"[1-9][0-9]{{0,2}}(?:([.,]|[{_SPACES}])[0-9]{{3}})(?:\1[0-9]{{3}})*")
_SHAPES: Final = (
    (re.compile(r"[-\u2212\u2013(][\d.,\s]*\d[\d.,\s]*\)?"), CellFault.NEGATIVE),
    (re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+"), CellFault.SCIENTIFIC),
    (re.compile(r"[0-9]+[.,][0-9]+|[0-9]{1,3}(?:(?:\.[0-9]{3})+,|(?:,[0-9]{3})+\.)[0-9]+"),
     CellFault.DECIMAL),
    (re.compile(rf"[0-9.,{_SPACES}]*[0-9][0-9.,{_SPACES}]*"), CellFault.GROUPING),
)  # fmt: skip
_WITH_WORDS: Final = re.compile(r"[0-9][0-9.,\s]*\s*[^\W\d_][^\d]*|[^\W\d_%]*[0-9][0-9.,\s]*%?")


def whole(text: str, place: Place = NOWHERE) -> int:
    """Read `1234567`, or with dots, commas or spaces between groups of three.

    RefusedError says what is wrong with anything else.
    """
    told = text.strip()
    if _PLAIN.fullmatch(told) or _GROUPED.fullmatch(told):
        digits = re.sub("[^0-9]", "", told)
        if len(digits) <= len(str(MOST)) and int(digits) <= MOST:
            return int(digits)
        kind = CellFault.TOO_LARGE
    else:
        kind = _fault(told)
    raise RefusedError([Finding(kind, place, {"value": told[:40]})])


def _fault(told: str) -> CellFault:
    """What is wrong with a text that is no whole number."""
    if any(sign.isdigit() and not "0" <= sign <= "9" for sign in told):
        return CellFault.ODD_DIGITS
    for shape, kind in _SHAPES:
        if shape.fullmatch(told):
            return kind
    return CellFault.UNIT if _WITH_WORDS.fullmatch(told) else CellFault.NOT_A_NUMBER

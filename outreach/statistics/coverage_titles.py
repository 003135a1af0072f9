"""What the titles of a table of insured and registered people mean."""

import re
from typing import Final

from outreach.domain.coverage import FIGURES
from outreach.files.titles import meaning
from outreach.statistics.statements.titles import simple
from outreach.statistics.table import Row

DISTRICT: Final = "district"
MONTH: Final = "month"

_PLACES: Final = frozenset({"don vi", "ten don vi", "don vi hanh chinh", "dia phuong", "unit"})
_MONTHS: Final = frozenset({"thang", "ky", "ky bao cao", "thang bao cao", "month"})
_BESIDE: Final = (
    "so luong tong nguoi duoc tai khoan tk vssid ung dung app bhxh bhyt bao hiem xa hoi y te va luy"
    " ke number of people accounts"
)
_FILLERS: Final = frozenset(_BESIDE.split())
"""Words of a title that do not say which figure it is."""
_FIGURES: Final = {
    **dict.fromkeys(("tham gia", "insured", "participants"), "insured"),
    **dict.fromkeys(("da dang ky", "dang ky", "registered"), "registered"),
    **dict.fromkeys(("da phe duyet", "phe duyet", "da duyet", "approved"), "approved"),
    **dict.fromkeys(("chua dang ky", "not registered", "unregistered"), "not_registered"),
}
_NUMBERING: Final = re.compile(r"\(?(?:([0-9]{1,2})|[A-Za-z])\)?(?:\s*=.*)?")


def column(title: str) -> str | None:
    """What a column tells: the district, the month, or a figure; None where nobody knows."""
    told = simple(title)
    if told in _MONTHS:
        return MONTH
    if told in _PLACES or meaning(title) in {"district", "ward"}:
        return DISTRICT
    return _FIGURES.get(" ".join(word for word in told.split() if word not in _FILLERS))


def columns(row: Row) -> dict[int, str]:
    """What the columns of a row of titles tell."""
    found = ((place, column(row.text(place))) for place in sorted(row.cells))
    return {place: field for place, field in found if field}


def is_head(row: Row) -> bool:
    """Whether a row holds the titles of such a table."""
    fields = list(columns(row).values())
    figures = sum(field in FIGURES for field in fields)
    return figures > 1 or (figures > 0 and DISTRICT in fields)


def is_numbering(row: Row) -> bool:
    """Whether a row under the titles only numbers the columns: A, B, 1, 2, 3 = 1 - 2."""
    found = [_NUMBERING.fullmatch(row.text(place)) for place in sorted(row.cells)]
    numbers = [int(each[1]) for each in found if each and each[1]]
    in_turn = len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return None not in found and in_turn

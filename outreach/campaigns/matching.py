"""What people write in a list, compared as people would: years, yes and no."""

import re
from datetime import date

from outreach.domain.written import folded, remembered

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

"""What an import of ids finds wrong with a row, and which column holds the ids."""

import re
from collections.abc import Iterable
from decimal import Decimal

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import Parsed, mask_text, parse
from outreach.domain.network import PrefixTable
from outreach.domain.worded import Worded
from outreach.files import Understanding
from outreach.files.columns import letter

ROLE = "user_id"
"""What an operator calls the column of ids."""

_TITLES = frozenset(
    {
        ROLE, "userid", "uid", "zalo_id", "zalo_uid", "zalo_user_id", "zalo_userid", "user_id_zalo",
        "id_zalo", "id_nguoi_dung", "ma_nguoi_dung", "id_nguoi_dung_zalo", "ma_nguoi_dung_zalo",
    }
)  # fmt: skip
_LONGEST = 64
_ID = re.compile(rf"[A-Za-z0-9_-]{{6,{_LONGEST}}}")
_EXPONENT = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+?[0-9]+")
_EXACT = 15
"""Digits that spreadsheets keep of a number; those after them become zeros."""
_WHOLE = 2**53
"""Up to here programs keep every whole number."""
_SELDOM = 18
"""Digits of an id beyond which two in a thousand look rounded though they are not."""


class Unfit(Worded):
    """Why the id of a row is not taken."""

    NO_ID = "no_id", "không có mã người dùng", "no user id"
    ID_ROUNDED = (
        "id_rounded",
        "mã người dùng bị bảng tính làm tròn, mất chữ số: xuất lại cột này dạng văn bản",
        "user id rounded by a spreadsheet, digits are lost: export the column as text",
    )
    ID_PHONE = "id_phone", "mã người dùng là số điện thoại", "the user id is a phone number"
    ID_FORM = "id_form", "mã người dùng có ký tự lạ hoặc quá ngắn", "not a user id"
    NUMBER_TWICE = (
        "number_twice",
        "dòng trước cho số này một mã khác",
        "an earlier row has another user id for the number",
    )
    ID_TWICE = (
        "id_twice",
        "dòng trước cho mã này một số khác",
        "an earlier row has another number for the user id",
    )


def unfit(told: str, prefixes: PrefixTable, whole: int) -> Unfit | None:
    """What is wrong with an id by itself; one of up to `whole` digits is not taken for rounded."""
    if not told:
        return Unfit.NO_ID
    if _EXPONENT.fullmatch(told) or (len(told) > whole and _is_rounded(told)):
        return Unfit.ID_ROUNDED
    if not _ID.fullmatch(told):
        return Unfit.ID_FORM
    if told.isdecimal() and len(told) < _EXACT and isinstance(parse(told, prefixes), Parsed):
        return Unfit.ID_PHONE
    return None


def whole_digits(first: Iterable[str], *, in_workbook: bool) -> int:
    """Up to how many digits an id is whole, by the first ones of its column.

    Where nearly all the long ones look rounded they were kept as numbers. In a workbook single
    cells may be numbers among texts.
    """
    rounded = [_is_rounded(each) for each in first if each.isdecimal() and len(each) > _EXACT]
    if sum(rounded) * 4 > len(rounded) * 3:
        return _EXACT
    return _SELDOM if in_workbook else _LONGEST


def _is_rounded(told: str) -> bool:
    """Whether an id is as a spreadsheet or a program leaves a number that it cannot keep whole."""
    if not (told.isdecimal() and _EXACT < len(told) <= _LONGEST):
        return False
    kept = int(told) > _WHOLE and int(Decimal(repr(float(told)))) == int(told)
    return kept or not told[_EXACT:].strip("0")


def column(file: Understanding) -> str:
    """The role of the column of ids; BadInputError where it is not certain."""
    roles = [each.role for each in file.columns]
    if ROLE in roles:
        return ROLE
    found = [role for role in roles if role in _TITLES]
    if len(found) == 1:
        return found[0]
    titles = ", ".join(
        f"{letter(each.place)} '{mask_text(each.header[:40])}'" for each in file.columns[:20]
    )
    raise BadInputError(
        f"no column is certain to hold the user ids: {titles}; say which it is, by title, letter"
        f" or number: --column {ROLE}=B"
    )

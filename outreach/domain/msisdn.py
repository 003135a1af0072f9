"""Mobile numbers of Viet Nam: read as people write them, checked, migrated, masked."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from outreach.domain.network import Network, PrefixTable


class Reason(StrEnum):
    """Why something is not a mobile number that we can write to."""

    EMPTY = "empty"
    LETTERS = "letters"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    LANDLINE = "landline"
    SERVICE = "service"
    SHORT_CODE = "short_code"
    M2M = "m2m"
    FOREIGN = "foreign"
    UNASSIGNED = "unassigned"
    TWO_NUMBERS = "two_numbers"

    @property
    def vi(self) -> str:
        """The reason in Vietnamese."""
        return _WORDS[self][0]

    @property
    def en(self) -> str:
        """The reason in English."""
        return _WORDS[self][1]


_WORDS = {
    Reason.EMPTY: ("không có số", "no number"),
    Reason.LETTERS: ("có chữ hoặc ký hiệu lạ", "has letters or other signs"),
    Reason.TOO_SHORT: ("thiếu chữ số", "too few digits"),
    Reason.TOO_LONG: ("thừa chữ số", "too many digits"),
    Reason.LANDLINE: ("số cố định", "a landline"),
    Reason.SERVICE: ("số tổng đài 1800 hoặc 1900", "a service number (1800, 1900)"),
    Reason.SHORT_CODE: ("đầu số ngắn", "a short code"),
    Reason.M2M: ("số của thiết bị (M2M)", "a machine's number (M2M)"),
    Reason.FOREIGN: ("số nước ngoài", "a foreign number"),
    Reason.UNASSIGNED: ("đầu số chưa cấp", "a prefix given to no network"),
    Reason.TWO_NUMBERS: ("có hai số trong một ô", "two numbers in one field"),
}


class Parsed(NamedTuple):
    """A number as 84 and nine digits, and the network it was first given to."""

    msisdn: str
    network: Network


@dataclass(frozen=True, slots=True)
class Bad:
    """No number that we can write to, and why."""

    reason: Reason


_CLEAN = re.compile(r"(?:0|\+?84)?([1-9][0-9]{8})")


def parse(raw: str, prefixes: PrefixTable) -> Parsed | Bad:
    """Read a number in any common spelling; numbers of before 2018 become today's."""
    found = _CLEAN.fullmatch(raw)
    if found is not None:
        msisdn = "84" + found[1]
        network = prefixes.network(msisdn)
        if network:
            return Parsed(msisdn, network)
    return _read(raw, prefixes)


_MASKED = "****"


def mask(msisdn: str) -> str:
    """Show three digits at each end, enough to compare and too few to call."""
    return f"{msisdn[:3]}{_MASKED}{msisdn[-3:]}" if len(msisdn) > 8 else _MASKED


_PHONE_IN_TEXT = re.compile(
    r"""(?<![0-9])
    (?: (?:\+|00)?84 [ .-]? (?:\(0\)|0)? | \(?0 )  # so 84, or 0, and 8 to 10 digits more
    (?:[ .()-]{0,2}[0-9]){8,10} (?![0-9])
    | (?<![0-9]) [35789][0-9]{8} (?![0-9])  # or nine digits as a spreadsheet leaves them""",
    re.VERBOSE,
)
_NOT_DIGIT = re.compile(r"[^0-9]")


def mask_text(text: str) -> str:
    """Mask whatever looks like a phone number in a free text, such as a log line."""
    return _PHONE_IN_TEXT.sub(lambda found: mask(_NOT_DIGIT.sub("", found[0])), text)


# The renumbering of 2018, national prefixes; it does not keep the order, hence a table.
_MIGRATED = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",  # MobiFone
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",  # VinaPhone
    "162": "32", "163": "33", "164": "34", "165": "35",  # Viettel
    "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59",  # Vietnamobile, Gmobile
}  # fmt: skip
_KINDS = (  # the first that fits the national number (no leading 0) names the fault
    (re.compile("1[89]00[0-9]{4,6}"), Reason.SERVICE),
    (re.compile("2[0-9]{8,9}|(?:69|80)[0-9]{5,6}"), Reason.LANDLINE),
    (re.compile("1[0-9]{8}"), Reason.M2M),
    (re.compile("[1-9][0-9]{2,5}"), Reason.SHORT_CODE),
    (re.compile("[0-9]{,8}"), Reason.TOO_SHORT),
    (re.compile("[0-9]{9}"), Reason.UNASSIGNED),
)
_SPREADSHEET_FLOAT = re.compile(r"\s*([0-9]{9,13})\.0+\s*")
_BETWEEN_NUMBERS = "/,;|&\\"
_SILENT_SIGNS = frozenset("._'`=\"")  # = and quotes: how exports keep a leading zero
_SILENT_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Pd", "Ps", "Pe", "Pi", "Pf"})


def _read(raw: str, prefixes: PrefixTable) -> Parsed | Bad:
    """Read what is not in a clean form."""
    as_float = _SPREADSHEET_FLOAT.fullmatch(raw)
    text = as_float[1] if as_float else "".join(map(_sign, unicodedata.normalize("NFKC", raw)))
    if "?" in text:
        return Bad(Reason.LETTERS)
    numbers = [piece for piece in text.replace("+", "/+").split("/") if piece.strip("+")]
    if not numbers:
        return Bad(Reason.EMPTY)
    whole = "".join(numbers)
    if (len(numbers) > 1 and max(map(len, numbers)) >= 9) or _is_two(whole, prefixes):
        return Bad(Reason.TWO_NUMBERS)
    return Bad(Reason.LETTERS) if "+" in whole[1:] else _judge(whole, prefixes)


def _sign(char: str) -> str:
    """Reduce a character to a digit, "+", "/" between numbers, "?" for a stranger, or nothing."""
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if char == "+":
        return char
    if char in _BETWEEN_NUMBERS:
        return "/"
    return "" if category in _SILENT_CATEGORIES or char in _SILENT_SIGNS else "?"


def _is_two(whole: str, prefixes: PrefixTable) -> bool:
    """Whether two mobile numbers stand side by side with no sign between them."""
    return (
        18 <= len(whole) <= 26
        and "+" not in whole[1:]
        and any(
            isinstance(_judge(whole[:cut], prefixes), Parsed)
            and isinstance(_judge(whole[cut:], prefixes), Parsed)
            for cut in range(9, len(whole) - 8)
        )
    )


def _judge(number: str, prefixes: PrefixTable) -> Parsed | Bad:
    """Judge digits that may begin with "+"."""
    national = _national(number)
    if national is None:
        return Bad(Reason.FOREIGN)
    if len(national) == 10 and national[:3] in _MIGRATED:
        national = _MIGRATED[national[:3]] + national[3:]
    if len(national) == 9 and (network := prefixes.network("84" + national)):
        return Parsed("84" + national, network)
    return Bad(next((kind for form, kind in _KINDS if form.fullmatch(national)), Reason.TOO_LONG))


def _national(number: str) -> str | None:
    """Take country code and trunk zero off; None if the country is another."""
    digits = number.removeprefix("+").removeprefix("00")
    abroad = digits != number
    if digits.startswith("84") and (abroad or len(digits) > 9):  # nine digits: VinaPhone's 084
        return digits[2:].removeprefix("0")
    if abroad and len(digits) > 6 and not digits.startswith("0"):
        return None
    return digits.removeprefix("0")

"""Mobile numbers of Viet Nam: read as people write them, checked, migrated, masked."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from outreach.domain.cell import (
    STRANGER,
    decimal,
    pieces,
    scientific,
    signs,
    ways,
    without_words,
)
from outreach.domain.network import Network, PrefixTable
from outreach.domain.worded import Worded


class Reason(Worded):
    """Why something is not a mobile number that we can write to."""

    EMPTY = "empty", "không có số", "no number"
    LETTERS = "letters", "có chữ hoặc ký hiệu lạ", "has letters or other signs"
    TOO_SHORT = "too_short", "thiếu chữ số", "too few digits"
    TOO_LONG = "too_long", "thừa chữ số", "too many digits"
    LANDLINE = "landline", "số cố định", "a landline"
    SERVICE = "service", "số tổng đài 1800 hoặc 1900", "a service number (1800, 1900)"
    SHORT_CODE = "short_code", "đầu số ngắn", "a short code"
    M2M = "m2m", "số của thiết bị (M2M)", "a machine's number (M2M)"
    FOREIGN = "foreign", "số nước ngoài", "a foreign number"
    UNASSIGNED = "unassigned", "đầu số chưa cấp", "a prefix given to no network"
    TWO_NUMBERS = "two_numbers", "có hai số trong một ô", "two numbers in one field"
    ROUNDED = (
        "rounded",
        "bảng tính đã làm tròn, mất chữ số (9.01E+08)",
        "rounded by a spreadsheet, digits are lost (9.01E+08)",
    )
    PLACEHOLDER = "placeholder", "số giả, chỉ để lấp chỗ", "a placeholder, not somebody's number"


class Parsed(NamedTuple):
    """A number as 84 and nine digits, and the network it was first given to."""

    msisdn: str
    network: Network


@dataclass(frozen=True, slots=True)
class Bad:
    """No number that we can write to, and why."""

    reason: Reason


_LONGEST_CELL = 200
_COUNTED_UP = "1234567890"
"""What people type to fill a field; only in the form of before 2018 is it nobody's number."""
_NUMBER = re.compile(
    r"(?:0|(?:\+|00)?840?)?"
    rf"(?:([1-9][0-9]{{8}})|(?!{_COUNTED_UP})"
    r"(12[0-9]|16[2-9]|18[68]|199)([0-9]{7}))"  # today's; or of before 2018
)


def parse(raw: str, prefixes: PrefixTable) -> Parsed | Bad:
    """Read a number in any common spelling; numbers of before 2018 become today's."""
    found = _NUMBER.fullmatch(raw) or _closed_up(raw)
    if found is not None:
        msisdn = "84" + (found[1] or _MIGRATED[found[2]] + found[3])
        network = prefixes.network(msisdn)
        if network:
            return tuple.__new__(Parsed, (msisdn, network))  # half the time of Parsed(…)
    return _read(raw, prefixes)


def both(raw: str, prefixes: PrefixTable) -> tuple[Parsed, ...]:
    """Give the mobile numbers of a cell that may hold several, in order, each once.

    None where it is not certain where one number ends and the next begins.
    """
    return tuple(number for number in _numbers(raw, prefixes) if isinstance(number, Parsed))


def _read(raw: str, prefixes: PrefixTable) -> Parsed | Bad:
    """Read a number as `parse` does, without its shortcuts."""
    found = _numbers(raw, prefixes)
    return found[0] if len(found) == 1 else Bad(Reason.TWO_NUMBERS)


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


class _Plain(dict[int, str]):
    """The one ASCII sign that stands for a character, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        reduced = chr(code) if code < 128 else signs(chr(code))
        plain = reduced if len(reduced) == 1 else STRANGER
        if len(self) < _MOST_PLAIN:
            self[code] = plain
        return plain


_MOST_PLAIN = 4096
_PLAIN = _Plain()


def mask_text(text: str) -> str:
    """Mask whatever looks like a phone number in a free text, in the digits of any script."""
    plain = text if text.isascii() else text.translate(_PLAIN)
    told, end = "", 0
    for found in _PHONE_IN_TEXT.finditer(plain):
        told += text[end : found.start()] + mask(_NOT_DIGIT.sub("", found[0]))
        end = found.end()
    return told + text[end:]


# The renumbering of 2018, national prefixes; it does not keep the order, hence a table.
_MIGRATED = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",  # MobiFone
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",  # VinaPhone
    "162": "32", "163": "33", "164": "34", "165": "35",  # Viettel
    "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59",  # Vietnamobile, Gmobile
}  # fmt: skip
_KINDS = (  # the first that fits the national number (no leading 0) names the fault
    (re.compile(_COUNTED_UP), Reason.PLACEHOLDER),
    (re.compile("1[89]00[0-9]{4,6}"), Reason.SERVICE),
    (re.compile("2[0-9]{8,9}|(?:69|80)[0-9]{5,6}"), Reason.LANDLINE),
    (  # area codes of before 2017, where no mobile number looks the same
        re.compile(
            "4[2-7][0-9]{7}|(?:3[01]|5[347]|6[0-4678]|7[2-5])[2-9][0-9]{6}"
            "|(?:5[01][01]|65[01]|71[01])[2-9][0-9]{6}"
        ),
        Reason.LANDLINE,
    ),
    (re.compile("1[0-9]{8}"), Reason.M2M),
    (re.compile("[1-9][0-9]{2,5}"), Reason.SHORT_CODE),
    (re.compile("[0-9]{,8}"), Reason.TOO_SHORT),
    (re.compile("[0-9]{9}"), Reason.UNASSIGNED),
)
# Ho Chi Minh City before 2017: (08) 3800 0123. Closed up it would be a mobile number of today.
_OLD_SAIGON = re.compile(r" *(?:(?:\+ *|00)?84 *)?(?:0 *)?8 +[2-7](?: *[0-9]){7} *")
_BESIDE = re.compile(
    r"(?:\+84|84|0)2[0-9]{8,9}|[2-9][0-9]{6,7}|1[89]00[0-9]{4,6}"
    rf"|(?:0|(?:\+|00)?840?)?{_COUNTED_UP}"
)
_SILENT_ASCII = bytes(code for code in range(128) if signs(chr(code)) in {" ", "."})
_FRACTION = re.compile(r"[0-9]{9}\.0")


def _closed_up(raw: str) -> re.Match[str] | None:
    """Find the number without the signs that people put between its digits."""
    if len(raw) > _LONGEST_CELL:
        return None
    text = raw if raw.isascii() else signs(raw)
    if "." in text and _FRACTION.search(text):
        return None
    closed = text.encode().translate(None, _SILENT_ASCII).decode()
    found = _NUMBER.fullmatch(closed)
    if found is not None and closed[-9] == "8" and _OLD_SAIGON.fullmatch(_spaced(text)):
        return None
    return found


def _spaced(text: str) -> str:
    return signs(text).replace(".", " ")


def _numbers(raw: str, prefixes: PrefixTable) -> tuple[Parsed | Bad, ...]:
    """Judge each number in a cell; what is there twice is there once."""
    if len(raw) > _LONGEST_CELL and len(raw := raw.strip()) > _LONGEST_CELL:
        strange = STRANGER in signs(raw[:_LONGEST_CELL])
        return (Bad(Reason.LETTERS if strange else Reason.TOO_LONG),)
    text = signs(raw)
    worded = STRANGER in text
    if worded and (exponent := scientific(raw)):
        return (_unrounded(*exponent, prefixes),)
    if worded:
        text = signs(without_words(raw))
    if STRANGER in text:
        return (Bad(Reason.LETTERS),)
    if digits := decimal(text):
        return (_judge(digits, prefixes),)
    return tuple(dict.fromkeys(_told_apart(pieces(text), prefixes, worded=worded)))


def _unrounded(digits: str, lacking: int, prefixes: PrefixTable) -> Parsed | Bad:
    """Judge digits of which a spreadsheet may have left some out."""
    if lacking > 0:
        return Bad(Reason.ROUNDED)
    return Bad(Reason.LETTERS) if lacking else _judge(digits, prefixes)


def _told_apart(
    told: list[list[str]], prefixes: PrefixTable, *, worded: bool
) -> list[Parsed | Bad]:
    """Judge the numbers of pieces; short ones are one number, unless words stand in between."""
    if not told:
        return [Bad(Reason.LETTERS if worded else Reason.EMPTY)]
    if len(told) == 1:
        return _apart(told[0], prefixes)
    if max(len("".join(groups)) for groups in told) >= _SHORTEST:
        return [number for groups in told for number in _apart(groups, prefixes)]
    whole = "".join("".join(groups) for groups in told)
    if worded or "+" in whole[1:]:
        return [Bad(Reason.LETTERS)]
    return [_judge(whole, prefixes)]


def _apart(groups: list[str], prefixes: PrefixTable) -> list[Parsed | Bad]:
    """Judge groups of digits as one number, or as several where they cannot be one."""
    if _OLD_SAIGON.fullmatch(" ".join(groups)):
        return [Bad(Reason.LANDLINE)]
    whole = "".join(groups)

    def is_mobile(number: str) -> bool:
        return len(number) >= _SHORTEST and isinstance(_judge(number, prefixes), Parsed)

    def is_number(number: str) -> bool:
        return _BESIDE.fullmatch(number) is not None or is_mobile(number)

    def is_whole(number: str) -> bool:  # glued together, bare nine digits could be anything
        return len(number) >= 10 and number[0] in "0+8" and is_mobile(number)

    if len(whole) < _SHORTEST_TWO:
        return [_judge(whole, prefixes)]
    cuts = ways(groups, is_number) or ways(whole, is_whole)
    if not cuts or max(map(len, cuts[0])) < _SHORTEST:  # local numbers alone could be anything
        return [_judge(whole, prefixes)]
    if len(cuts) > 1:  # nobody can say where the one ends
        return [Bad(Reason.TWO_NUMBERS)]
    return [_judge(number, prefixes) for number in cuts[0]]


_SHORTEST = 9
"""Digits of a mobile number without its 0."""
_SHORTEST_TWO = 16
"""Digits of a mobile number beside a local one; more than any one number has."""


def _judge(number: str, prefixes: PrefixTable) -> Parsed | Bad:
    """Judge digits that may begin with "+"."""
    national = _national(number)
    if national is None:
        return Bad(Reason.FOREIGN)
    if len(national) == 10 and national[:3] in _MIGRATED and national != _COUNTED_UP:
        national = _MIGRATED[national[:3]] + national[3:]
    if len(national) == 9 and (network := prefixes.network("84" + national)):
        return Parsed("84" + national, network)
    reason = next((kind for form, kind in _KINDS if form.fullmatch(national)), Reason.TOO_LONG)
    if reason is Reason.SHORT_CODE and number != national:  # short codes are dialled as they are
        reason = Reason.TOO_SHORT
    return Bad(reason)


def _national(number: str) -> str | None:
    """Take country code and trunk zero off; None if the country is another."""
    digits = number.removeprefix("+").removeprefix("00")
    abroad = digits != number
    if digits.startswith("84") and (abroad or len(digits) > 9):  # nine digits: VinaPhone's 084
        return digits[2:].removeprefix("0")
    if abroad and len(digits) > 6 and not digits.startswith("0"):
        return None
    return digits.removeprefix("0")

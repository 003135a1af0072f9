"""Receipts in deliver_sm and data_sm: by parameters or by words in any order (wire-formats.md 4.6).

For SMS "delivered" means that the network took the message.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from outreach.carriers.smpp.pdu import Delivered, Framer, delivered
from outreach.carriers.smpp.reference import ReferenceForm
from outreach.domain.receipt import Receipt, Status

_RECEIPTED_MESSAGE_ID = 0x001E
_NETWORK_ERROR_CODE = 0x0423
_MESSAGE_STATE = 0x0427
_IS_RECEIPT = 0x24  # bits of esm_class: a final word, or one on the way
_UCS2 = 8
_LONGEST_ID = 64

_STATES = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_STATUS = {
    "DELIVRD": Status.DELIVERED,
    **dict.fromkeys(("EXPIRED", "DELETED", "UNDELIV", "REJECTD"), Status.UNDELIVERED),
    **dict.fromkeys(("ENROUTE", "ACCEPTD"), Status.ENROUTE),
}
# Each begins with plain letters, for which a text is searched fast, and looks back afterwards.
_TEXT = re.compile(r"TEXT:(?<!\wTEXT:)")
_TEXT_LENGTH = 20
_ID = re.compile(r"ID:(?<!\wID:)\s*(\S{1,64})")
_STAT = re.compile(r"STAT:(?<!\wSTAT:)\s*([A-Z]{1,12})")
_ERR = re.compile(r"ERR:(?<!\wERR:)([!-~]{1,3})")
_DONE = re.compile(r"DONE DATE:(?<!\wDONE DATE:)\s*([0-9]{10,14})\b", re.ASCII)
_MSISDN = re.compile(r"\+?(?:84|0)([0-9]{9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReceiptReader:
    """Reads receipts of one account; `zone` is that of the SMS centre's clock."""

    zone: ZoneInfo
    form: ReferenceForm

    def receipts(self, octets: bytes) -> Sequence[Receipt]:
        """Read whole PDUs one after another; what is no receipt is left out."""
        read = (self._receipt(found) for found in map(delivered, Framer().feed(octets)) if found)
        return [receipt for receipt in read if receipt]

    def _receipt(self, found: Delivered) -> Receipt | None:
        words = _words(found)
        if not _is_receipt(found, words):
            return None
        places = _places(words)
        reference = _told(found) or _field(_ID, places)
        if reference is None:
            return None
        stat = _stat(found, places)
        return Receipt(
            _STATUS.get(stat, Status.OTHER),
            reference=self.form.of_receipt(reference),
            msisdn=_msisdn(found.source),
            code=_code(found, stat, places),
            at=_moment(_field(_DONE, places), self.zone),
        )


def _told(found: Delivered) -> str | None:
    """The id in its own parameter; None where it is empty, or longer than SMPP has ids."""
    told = found.tlvs.get(_RECEIPTED_MESSAGE_ID, b"").partition(b"\0")[0].decode("latin-1")
    return told if told.strip() and len(told) <= _LONGEST_ID else None


def is_receipt(found: Delivered) -> bool:
    """Whether it tells of a message of ours; some SMS centres forget to say so in esm_class."""
    return _is_receipt(found, _words(found))


def _is_receipt(found: Delivered, words: str) -> bool:
    return (
        found.esm_class & _IS_RECEIPT != 0
        or _RECEIPTED_MESSAGE_ID in found.tlvs
        or (_ID.search(words) is not None and _STAT.search(words) is not None)
    )


def _words(found: Delivered) -> str:
    """The text in capitals: nothing that we read of it is told by small letters.

    Some end it with a NUL, which no database takes as part of an id.
    """
    coding = "utf-16-be" if found.data_coding == _UCS2 else "latin-1"
    return found.text.decode(coding, "replace").replace("\0", " ").upper()


def _places(words: str) -> Sequence[str]:
    """Where to look for a field: before our own text that is quoted, else behind it."""
    quoted = _TEXT.search(words)
    if quoted is None:
        return (words,)
    behind = words[quoted.end() :]
    return (words[: quoted.start()], behind[_TEXT_LENGTH:], behind)


def _field(pattern: re.Pattern[str], places: Sequence[str]) -> str | None:
    """Find a field by itself, whatever stands beside it."""
    for words in places:
        if found := pattern.search(words):
            return found[1]
    return None


def _stat(found: Delivered, places: Sequence[str]) -> str:
    """The state as its seven letters; empty where none is told."""
    state = found.tlvs.get(_MESSAGE_STATE, b"")
    if len(state) == 1 and state[0] in _STATES:
        return _STATES[state[0]]
    return _field(_STAT, places) or ""


def _code(found: Delivered, stat: str, places: Sequence[str]) -> str | None:
    """The state with the carrier's own number of the fault, where there is one."""
    error = _field(_ERR, places)
    network = found.tlvs.get(_NETWORK_ERROR_CODE, b"")
    if error is None and len(network) == 3:
        error = f"{int.from_bytes(network[1:]):03d}"
    if error is None or not error.strip("0"):
        return stat or None
    return f"{stat} err:{error}".strip()


@lru_cache(1024)
def _moment(digits: str | None, zone: ZoneInfo) -> datetime | None:
    """Read YYMMDDhhmm, with seconds or with all four digits of the year, or with both.

    Twelve digits are ambiguous: the short year is tried first, for which the month of a long one
    is none from 2013 on.
    """
    for years in (2, 4):
        try:
            return _dated(digits or "", years, zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _dated(digits: str, years: int, zone: ZoneInfo) -> datetime:
    """Read digits of which so many are the year; ValueError where they are no date."""
    year, rest = digits[:years], digits[years:]
    if len(rest) not in {8, 10}:
        raise ValueError("neither minutes nor seconds at the end")
    month, day, hour, minute, second = (int(f"{rest:0<10}"[n : n + 2]) for n in range(0, 10, 2))
    century = 2000 if years == 2 else 0
    return datetime(int(year) + century, month, day, hour, minute, second, tzinfo=zone)


def _msisdn(number: str) -> str | None:
    """Turn the number that the receipt comes from, which is the recipient's, into ours."""
    found = _MSISDN.fullmatch(number)
    return f"84{found[1]}" if found else None

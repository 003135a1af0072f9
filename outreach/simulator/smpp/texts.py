"""What a submit_sm says: its letters, and which part of a long text it is (wire-formats.md 4.4)."""

import codecs
import re
from typing import Literal, NamedTuple

from outreach.simulator.smpp import pdu, status
from outreach.simulator.smpp.pdu import Submit

Alphabet = Literal["gsm", "ascii", "latin1"]

_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = dict(zip("\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", "\f^{}\\[~]|€", strict=True))
_ESCAPED = {_GSM[ord(code)]: letter for code, letter in _EXTENSION.items()}
_PAIR = re.compile("\x1b(.?)", re.DOTALL)

_UDHI = 0x40
_OCTETS = 140  # of user data in one SMS, a header included
_SAR_UDH = 6  # what the SMSC puts before a part that came with sar_*
_UCS2 = 8
_CODINGS = {0: "", 1: "ascii", 3: "latin-1", _UCS2: "utf-16-be"}


class Part(NamedTuple):
    """The letters of one PDU; `total` is 1 unless it says that it belongs to a longer text."""

    text: str
    number: int = 1
    total: int = 1


class _Place(NamedTuple):
    """Where a part stands, the octets of its header (or of the one it will get), the rest."""

    number: int
    total: int
    header: int
    octets: bytes


def read(submit: Submit, alphabet: Alphabet) -> Part | int:
    """Read one PDU's text, or say with which command_status it is refused."""
    payload = submit.tlvs.get(pdu.MESSAGE_PAYLOAD)
    if payload is not None and submit.octets:
        return status.ROPTPARNOTALLWD
    place = _place(submit, submit.octets if payload is None else payload)
    if isinstance(place, int):
        return place
    if not place.octets or (payload is None and _is_too_long(place, submit.coding)):
        return status.RINVMSGLEN
    text = _letters(place.octets, submit.coding, alphabet)
    return status.RSUBMITFAIL if text is None else Part(text, place.number, place.total)


def _place(submit: Submit, octets: bytes) -> _Place | int:
    marked = pdu.SAR_REFERENCE in submit.tlvs
    if submit.esm_class & _UDHI:
        return status.ROPTPARNOTALLWD if marked else _by_header(octets)
    return _by_sar(submit, octets) if marked else _Place(1, 1, 0, octets)


def _by_header(octets: bytes) -> _Place | int:
    """Read a user data header with one element, of an 8-bit or a 16-bit reference."""
    header = octets[: octets[0] + 1] if octets else b""
    if len(header) in {6, 7} and header[:3] in {b"\x05\x00\x03", b"\x06\x08\x04"}:
        total, number = header[-2:]
        if 1 <= number <= total:
            return _Place(number, total, len(header), octets[len(header) :])
    return status.RINVESMCLASS


def _by_sar(submit: Submit, octets: bytes) -> _Place | int:
    tlvs = submit.tlvs
    if pdu.SAR_TOTAL not in tlvs or pdu.SAR_NUMBER not in tlvs:
        return status.RMISSINGOPTPARAM
    found = tlvs[pdu.SAR_REFERENCE], tlvs[pdu.SAR_TOTAL], tlvs[pdu.SAR_NUMBER]
    if tuple(map(len, found)) != (2, 1, 1):
        return status.RINVPARLEN
    total, number = found[1][0], found[2][0]
    if not 1 <= number <= total:
        return status.RINVOPTPARAMVAL
    return _Place(number, total, _SAR_UDH, octets)


def _is_too_long(place: _Place, coding: int) -> bool:
    room = _OCTETS - place.header
    return len(place.octets) > (room * 8 // 7 if coding in {0, 1} else room)


def _letters(octets: bytes, coding: int, alphabet: Alphabet) -> str | None:
    name = _CODINGS.get(coding)
    if name is None:
        return None
    if coding == 0 and alphabet != "gsm":
        name = alphabet
    try:
        return octets.decode(name) if name else _from_gsm(octets)
    except ValueError:
        return None


def _from_gsm(octets: bytes) -> str:
    text, _ = codecs.charmap_decode(octets, "strict", _GSM)
    return _PAIR.sub(_unescape, text) if "\x1b" in text else text


def _unescape(pair: re.Match[str]) -> str:
    if pair[1] not in _ESCAPED:
        raise ValueError("an escape without a letter behind it")
    return _ESCAPED[pair[1]]

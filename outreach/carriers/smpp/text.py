"""SMS texts in octets: alphabets, and long texts in parts (wire-formats.md 4.4, 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from outreach.carriers.smpp.pdu import tlv
from outreach.domain.text import Encoding, measure, nfc, split

# GSM 03.38, a letter at the place of its code; ESC is none, so NUL holds its place.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_ESC = 0x1B
_GSM: dict[int, int | str] = {
    **{ord(letter): code for code, letter in enumerate(_BASIC)},
    **{ord(letter): f"\x1b{chr(code)}" for letter, code in _EXTENSION.items()},
}
_SAME = bytes(code for code in range(_ESC + 1, 128) if _BASIC[code] == chr(code)) + b"\n\r"
"""Octets that say the same in ASCII and in GSM 03.38."""

_UCS2 = 8
_MOST_PARTS = 255


class Alphabet(StrEnum):
    """What an SMS centre takes data_coding 0 for."""

    GSM = "gsm"
    ASCII = "ascii"
    LATIN1 = "latin1"


class LongTexts(StrEnum):
    """How the parts of a long text are told to be one."""

    UDH = "udh"
    SAR = "sar"
    PAYLOAD = "payload"


@dataclass(frozen=True, slots=True)
class Piece:
    """What one submit_sm carries; `headed` says that the octets begin with a user data header."""

    data_coding: int
    octets: bytes
    tlvs: bytes = b""
    headed: bool = False


def pieces(
    text: str,
    alphabet: Alphabet,
    long_texts: LongTexts,
    reference: int,
    encoding: Encoding = Encoding.GSM7,
) -> Sequence[Piece]:
    """Write a text as one piece, or one for each part; in UCS-2 where its letters need that, too.

    `reference` (8 bits) is common to the parts. ValueError where the alphabet lacks a letter, or
    no header could count the parts.
    """
    wide = Encoding.UCS2 in {encoding, measure(text).encoding}
    coding = _UCS2 if wide else 0
    cut = split(text, wide=wide)
    if len(cut) > _MOST_PARTS:
        raise ValueError("more parts than a header can count")
    if len(cut) == 1:
        return [Piece(coding, _octets(text, alphabet, wide=wide))]
    if long_texts is LongTexts.PAYLOAD:  # the SMS centre cuts it
        whole = _octets(text, alphabet, wide=wide)
        return [Piece(coding, b"", tlv(0x0424, whole))]
    parts = [_octets(part, alphabet, wide=wide) for part in cut]
    joined = _sar if long_texts is LongTexts.SAR else _udh
    return [joined(coding, part, reference, len(parts), n) for n, part in enumerate(parts, 1)]


def _udh(coding: int, part: bytes, reference: int, total: int, n: int) -> Piece:
    header = bytes((5, 0, 3, reference, total, n))
    return Piece(coding, header + part, headed=True)


def _sar(coding: int, part: bytes, reference: int, total: int, n: int) -> Piece:
    """Tell the SMS centre, which adds the header itself; the reference is of 16 bits here."""
    tlvs = tlv(0x020C, bytes((0, reference))) + tlv(0x020E, bytes((total,)))
    return Piece(coding, part, tlvs + tlv(0x020F, bytes((n,))))


def _octets(text: str, alphabet: Alphabet, *, wide: bool) -> bytes:
    if wide:
        return nfc(text).encode("utf-16-be", "surrogatepass")
    if alphabet is not Alphabet.GSM:
        return nfc(text).encode(alphabet.value)
    if text.isascii():
        octets = text.encode()
        if not octets.translate(None, _SAME):
            return octets
    return nfc(text).translate(_GSM).encode("latin-1")

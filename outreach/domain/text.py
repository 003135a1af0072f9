"""What an SMS text costs: its coding, its units, its parts; and how to make it cheaper."""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache


class Encoding(StrEnum):
    """How the letters travel."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a text takes: septets or UTF-16 units, and the billed parts they fill."""

    encoding: Encoding
    units: int
    segments: int


@dataclass(frozen=True, slots=True)
class Steps:
    """Units up to which 1, 2, 3 … parts are billed; a text beyond the last is refused."""

    gsm7: tuple[int, ...]
    ucs2: tuple[int, ...]

    def of(self, encoding: Encoding) -> tuple[int, ...]:
        """The steps of one encoding."""
        return self.gsm7 if encoding is Encoding.GSM7 else self.ucs2


STANDARD = Steps((160, 306, 459, 612, 765), (70, 134, 201, 268, 335))
"""What the standard gives: joined parts lose seven septets, or three UTF-16 units, to a header."""


@dataclass(frozen=True, slots=True)
class Culprit:
    """A character that forces UCS-2: its place in the NFC text and what could stand for it.

    The substitute is empty where the character can simply go, None where nothing replaces it.
    """

    position: int
    character: str
    substitute: str | None
    lossless: bool
    """The substitute says the same (a quote, a dash, a space), as `tidy` would write it."""


# GSM 03.38 without its ESC, which is no letter but the door to the second table.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_GSM = frozenset(_BASIC + _EXTENSION)
_NOT_GSM = re.compile(f"[^{re.escape(_BASIC + _EXTENSION)}]")
_EXTENDED = re.compile(f"[{re.escape(_EXTENSION)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_BASIC_ASCII = "".join(filter(str.isascii, _BASIC)).encode()
_EXTENSION_ASCII = "".join(filter(str.isascii, _EXTENSION)).encode()


def nfc(text: str) -> str:
    """Compose letters with their marks, as texts are counted and sent."""
    return unicodedata.normalize("NFC", text)


def measure(text: str) -> Measure:
    """Count what a text takes, NFC first.

    An empty text is GSM-7 and one part: nothing in it needs UCS-2, and a carrier bills the
    message it comes in (smsutil says one part as well, but UCS-2).
    """
    if text.isascii() and not text.encode().translate(None, _BASIC_ASCII):
        return _even_septets(len(text))
    text = unicodedata.normalize("NFC", text)
    encoding, units = _coding(text)
    wide = encoding is Encoding.UCS2
    if units == len(text):  # no pairs, so nothing can fall astride two parts
        return _even_utf16(units) if wide else _even_septets(units)
    single = units <= (70 if wide else 160)
    return Measure(encoding, units, 1 if single else len(_borders(text, encoding, units)) + 1)


def measure_sent(text: str) -> Measure:
    """Count what a text takes as carriers are told of it: in GSM-7 if it is ASCII, else in UCS-2.

    They know texts with accents and texts without; à, è, é, ì, ò and ù, letters of GSM-7 as well,
    would be refused or changed in one that is said to have none.
    """
    size = measure(text)
    if size.encoding is Encoding.UCS2 or text.isascii():
        return size
    text = nfc(text)
    return size if text.isascii() else _even_utf16(len(text))


def split(text: str, *, wide: bool = False) -> list[str]:
    """Cut a text, NFC first, into its parts; a pair of units stays together.

    A `wide` one travels in UCS-2, whatever it could.
    """
    text = nfc(text)
    encoding, units = _coding(text)
    if wide and encoding is Encoding.GSM7:
        encoding, units = Encoding.UCS2, len(text)
    if units <= STANDARD.of(encoding)[0]:
        return [text]
    pairs = _pairs(text, encoding)
    # every pair that ends before a border is one character in two units
    places = [unit - bisect_left(pairs, unit) for unit in _borders(text, encoding, units)]
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def billed(text: str, size: Measure, steps: Steps) -> int | None:
    """Say how many parts an account bills for a text of this size; None if it takes no such text.

    Steps below the standard leave room for the carrier's own words behind ours. So wherever a
    pair does not fit into the rest of a part, that rest counts against the step as well.
    """
    lost = 0 if size.units == len(text) else _lost(nfc(text), size)
    for parts, most in enumerate(steps.of(size.encoding), 1):
        if size.units + (lost if parts > 1 else 0) <= most:
            return parts
    return None


def left(size: Measure, steps: Steps) -> int:
    """Units that may be added at no more parts; below 0, those by which the text is too long.

    Each pair of units that will not be cut at the border of a part costs one of them.
    """
    every = steps.of(size.encoding)
    most = next((step for step in every[size.segments - 1 :] if size.units <= step), every[-1])
    return most - size.units


def plain(text: str) -> str:
    """Turn a text into ASCII that GSM-7 has: đ to d, ơ to o, curly quotes to straight ones.

    What has no equivalent (an emoji, a foreign script) is left out; "?" never stands for it.
    """
    return _NOT_PLAIN.sub(_plain_match, nfc(text))


def dotted(number: int) -> str:
    """A number as Vietnamese groups its digits: 1.234.567."""
    return f"{number:,}".replace(",", ".")


def tidy(text: str) -> str:
    """Write a text's typography plainly, which loses nothing: straight quotes, hyphens, spaces.

    What does not show goes; letters keep their accents. The text comes out in NFC.
    """
    text = nfc(text)
    if _PERHAPS.search(text) is None:
        return text
    return nfc(_TYPOGRAPHY.sub(_plain_match, text))  # what went may have parted a letter and mark


def culprits(text: str) -> list[Culprit]:
    """List the characters that force UCS-2, each with what could stand for it."""
    text = nfc(text)
    return [
        Culprit(
            found.start(),
            found[0],
            _substitute(found[0]),
            _TYPOGRAPHY.match(text, found.start()) is not None,
        )
        for found in _NOT_GSM.finditer(text)
    ]


@lru_cache(4096)
def _even_septets(units: int) -> Measure:
    return Measure(Encoding.GSM7, units, 1 if units <= 160 else -(-units // 153))


@lru_cache(4096)
def _even_utf16(units: int) -> Measure:
    return Measure(Encoding.UCS2, units, 1 if units <= 70 else -(-units // 67))


def _coding(text: str) -> tuple[Encoding, int]:
    """How an NFC text travels, and its units."""
    if text.isascii():
        rest = text.encode().translate(None, _BASIC_ASCII)
        if not rest.translate(None, _EXTENSION_ASCII):
            return Encoding.GSM7, len(text) + len(rest)
    elif _NOT_GSM.search(text) is None:
        return Encoding.GSM7, len(text) + len(_EXTENDED.findall(text))
    return Encoding.UCS2, len(text.encode("utf-16-le", "surrogatepass")) // 2


def _pairs(text: str, encoding: Encoding) -> list[int]:
    """The units at which pairs begin: escape and character, or two surrogates."""
    pair = _EXTENDED if encoding is Encoding.GSM7 else _ASTRAL
    return [found.start() + before for before, found in enumerate(pair.finditer(text))]


def _borders(text: str, encoding: Encoding, units: int) -> list[int]:
    """The units at which joined parts begin, after the first: filled as a phone does."""
    pairs = set(_pairs(text, encoding))
    joined = _JOINED[encoding]
    borders = []
    border = 0
    while units - border > joined:
        border += joined
        if border - 1 in pairs:
            border -= 1
        borders.append(border)
    return borders


def _lost(text: str, size: Measure) -> int:
    """Units that stay empty in full parts because a pair is not cut."""
    borders = _borders(text, size.encoding, size.units)
    return len(borders) * _JOINED[size.encoding] - borders[-1] if borders else 0


_JOINED = {Encoding.GSM7: 153, Encoding.UCS2: 67}
_NOT_PLAIN = re.compile(r"[^\n\r -_a-~]")
_EQUIVALENTS = {  # what compatibility decomposition does not tell
    "đ": "d",
    "Đ": "D",
    "₫": "d",
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
    "Æ": "AE",
    "ß": "ss",
    "\t": " ",
    "\xd7": "x",  # multiplication sign
    "\u2044": "/",  # fraction slash
    **dict.fromkeys("`\xb4\u02b9\u02bc\u2018\u2019\u201a\u201b\u2032\u2039\u203a", "'"),
    **dict.fromkeys("\xab\xbb\u201c\u201d\u201e\u201f", '"'),
    **dict.fromkeys("\xb7\u2022\u2023\u2212", "-"),  # dots of lists, minus sign
    **dict.fromkeys("\x85\u2028\u2029", "\n"),
}
# Quotes, dashes, the ellipsis, spaces; and what does not show: zero-width signs, soft hyphens,
# marks of direction. A joiner stays where it builds one sign of several, as in an emoji.
_SIGNS = (
    r"\t\x85\xa0\xab\xbb\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    r"`\xb4\u02b9\u02bc\u2010-\u2015\u2018-\u201f\u2026\u2032\u2039\u203a\u2212"
    r"\xad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
)
_JOINERS = r"\u200c\u200d"
_PERHAPS = re.compile(f"[{_SIGNS}{_JOINERS}]")  # one set of characters: quick to look for
_TYPOGRAPHY = re.compile(  # a joiner after Latin, its marks, another sign, or at the start
    rf"[{_SIGNS}]|(?<![^\x00-\u036f\u1e00-\u206f{_SIGNS}])[{_JOINERS}]"
)
_BY_CATEGORY = {"Pd": "-", "Zs": " "}  # dashes and spaces of every width


def _plain_match(found: re.Match[str]) -> str:
    return _plain_letter(found[0])


@cache
def _plain_letter(char: str) -> str:
    """The plain equivalent of one character, empty where there is none."""
    if char in _EQUIVALENTS:
        return _EQUIVALENTS[char]
    if unicodedata.category(char) in _BY_CATEGORY:
        return _BY_CATEGORY[unicodedata.category(char)]
    letters = unicodedata.normalize("NFKD", char)
    if letters == char:
        return char if char in _GSM and char.isascii() else ""
    return "".join(map(_plain_letter, letters))


def _substitute(char: str) -> str | None:
    """The equivalent; None for what carries a meaning and has none."""
    invisible = unicodedata.category(char) in {"Cf", "Cc", "Mn"}
    return _plain_letter(char) or ("" if invisible else None)

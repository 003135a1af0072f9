"""What an SMS text costs: its coding, its units, its parts; and how to make it cheaper."""

import re
import unicodedata
from collections.abc import Iterator
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
class Culprit:
    """A character that forces UCS-2: its place in the NFC text and what could stand for it.

    The substitute is empty where the character can simply go, None where nothing replaces it.
    """

    position: int
    character: str
    substitute: str | None


# GSM 03.38 without its ESC, which is no letter but the door to the second table.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_GSM = frozenset(_BASIC + _EXTENSION)
_NOT_GSM = re.compile(f"[^{re.escape(_BASIC + _EXTENSION)}]")
_EXTENDED = re.compile(f"[{re.escape(_EXTENSION)}]")
_BASIC_ASCII = "".join(filter(str.isascii, _BASIC)).encode()


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
    wide = _NOT_GSM.search(text) is not None
    units = _utf16_units(text) if wide else _septets(text)
    if units == len(text):  # no pairs, so nothing can fall astride two parts
        return _even_utf16(units) if wide else _even_septets(units)
    encoding = Encoding.UCS2 if wide else Encoding.GSM7
    return Measure(encoding, units, sum(1 for _ in _parts(text, units, wide=wide)))


def split(text: str) -> list[str]:
    """Cut a text, NFC first, into its parts; a pair of units stays together."""
    text = nfc(text)
    wide = _NOT_GSM.search(text) is not None
    return list(_parts(text, _utf16_units(text) if wide else _septets(text), wide=wide))


def plain(text: str) -> str:
    """Turn a text into GSM-7 without accents: đ to d, ơ to o, curly quotes to straight ones.

    What has no equivalent (an emoji, a foreign script) is left out; "?" never stands for it.
    """
    return _NOT_PLAIN.sub(_plain_match, nfc(text))


def culprits(text: str) -> list[Culprit]:
    """List the characters that force UCS-2, each with what could stand for it."""
    found = _NOT_GSM.finditer(nfc(text))
    return [Culprit(match.start(), match[0], _substitute(match[0])) for match in found]


@lru_cache(4096)
def _even_septets(units: int) -> Measure:
    return Measure(Encoding.GSM7, units, 1 if units <= 160 else -(-units // 153))


@lru_cache(4096)
def _even_utf16(units: int) -> Measure:
    return Measure(Encoding.UCS2, units, 1 if units <= 70 else -(-units // 67))


def _septets(text: str) -> int:
    return len(text) + len(_EXTENDED.findall(text))


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _parts(text: str, units: int, *, wide: bool) -> Iterator[str]:
    """Fill part after part, as a phone does."""
    single, joined = (70, 67) if wide else (160, 153)
    if units <= single:
        yield text
        return
    start = filled = 0
    for place, char in enumerate(text):
        cost = 2 if (char > "\uffff" if wide else char in _EXTENSION) else 1
        if filled + cost > joined:
            yield text[start:place]
            start, filled = place, 0
        filled += cost
    yield text[start:]


_NOT_PLAIN = re.compile(r"[^\n\r -_a-~]")
_EQUIVALENTS = {  # what compatibility decomposition does not tell
    "đ": "d",
    "Đ": "D",
    "₫": "d",
    "\t": " ",
    "\xd7": "x",  # multiplication sign
    "\u2044": "/",  # fraction slash
    **dict.fromkeys("`\xb4\u02b9\u02bc\u2018\u2019\u201a\u201b\u2032\u2039\u203a", "'"),
    **dict.fromkeys("\xab\xbb\u201c\u201d\u201e\u201f", '"'),
    **dict.fromkeys("\xb7\u2022\u2023\u2212", "-"),  # dots of lists, minus sign
    **dict.fromkeys("\x85\u2028\u2029", "\n"),
}
_BY_CATEGORY = {"Pd": "-", "Zs": " "}  # dashes and spaces of every width


def _plain_match(found: re.Match[str]) -> str:
    return _plain_letter(found[0])


@cache
def _plain_letter(char: str) -> str:
    """The GSM-7 equivalent of one character, empty where there is none."""
    if char in _EQUIVALENTS:
        return _EQUIVALENTS[char]
    if unicodedata.category(char) in _BY_CATEGORY:
        return _BY_CATEGORY[unicodedata.category(char)]
    letters = unicodedata.normalize("NFKD", char)
    if letters == char:
        return char if char in _GSM else ""
    return "".join(map(_plain_letter, letters))


def _substitute(char: str) -> str | None:
    """The equivalent; None for what carries a meaning and has none."""
    invisible = unicodedata.category(char) in {"Cf", "Cc", "Mn"}
    return _plain_letter(char) or ("" if invisible else None)

"""People's names as files write them, and as a letter writes them."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import product
from string import ascii_lowercase

from outreach.domain.text import nfc, plain, tidy

_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_LOWER = f"{ascii_lowercase}đ" + "".join(
    nfc(vowel + tone) for vowel, tone in product("aăâeêioôơuưy", _TONES)
)
LETTERS = "".join(dict.fromkeys(_LOWER + _LOWER.upper()))
"""Every letter of Vietnamese, composed."""

_SMALL, _CAPITAL = f"[{_LOWER}]", f"[{_LOWER.upper()}]"
_USUAL = re.compile(f"(?=..)(?:{_CAPITAL}{_SMALL}* )*{_CAPITAL}{_SMALL}*")
_LOUD = re.compile(f"(?=..)(?:{_CAPITAL}+ )*{_CAPITAL}+")
_LATIN = "A-Za-zÀ-ÖØ-öø-\u024f\u1e00-\u1eff"
_NAME = re.compile(f"[{_LATIN}](?:[{_LATIN}\u0300-\u036f]|[ '.-])+")
_WORD = re.compile(f"[{_LATIN}\u0300-\u036f]+")
_NUMERAL = re.compile(r"(?<= )(?:Iii?|Iv|Viii?|Ix)$")
_PARTICLE = re.compile(r"(?<= )(?:De L(?:a|os|as)|Van De[rn]|Von(?: Der)?|Dell?a?|Dos)(?= )")
_NOBODY = (
    "họ tên|họ và tên|không|không có|không có tên|không rõ|không rõ tên|không tên|chưa có"
    "|chưa có tên|chưa rõ|chưa biết|chủ hộ|con|mẹ|tên|abc|nan|nil|none|null|unknown"
    "|no name|name|full name|test|tester|testing|demo|undefined|anonymous|so dien thoai"
)
_REPEATED = {letter * times for letter in ascii_lowercase for times in range(1, 5)}
_NO_NAMES = frozenset(_NOBODY.split("|")) | frozenset(plain(_NOBODY).split("|")) | _REPEATED


def person(written: str) -> str | None:
    """A person's name as a letter would write it, NFC; None for what is no name.

    What has digits, brackets, other signs or another script in it ("Nguyễn Văn A (con)", "N/A",
    "123"), one letter repeated, and words such as "Không có tên" or "test" are no names: a text
    says its field's default rather than greet somebody by them.

    A name all in capitals, or all in small letters, is written "Nguyễn Thị Minh Khai"; a numeral
    that no Vietnamese name is spelled like stays ("John Smith III", but "Vi" and "Di" are names),
    and particles between two names are small ("Juan de la Cruz"). Mixed case is somebody's choice.
    """
    if _USUAL.fullmatch(written):
        return written if written.lower() not in _NO_NAMES else None
    if _LOUD.fullmatch(written):
        return _softened(written.title())
    name = " ".join(tidy(written).split())
    if not _NAME.fullmatch(name):
        return None
    if name.isupper() or name.islower():
        name = _WORD.sub(lambda word: word[0].capitalize(), name)
    return _softened(name)


def _softened(name: str) -> str | None:
    """Set what is no ordinary word in its own case; None for what is no name after all."""
    small = name.lower()
    if small in _NO_NAMES:
        return None
    name = _NUMERAL.sub(lambda found: found[0].upper(), name)
    return _PARTICLE.sub(lambda found: found[0].lower(), name)


def shortened(name: str, most: int) -> str:
    """Shorten a name, NFC: middle words go from the left, then the family name, then letters.

    "Nguyễn Thị Minh Khai" is at most 19 "Nguyễn Minh Khai", at most 15 "Nguyễn Khai", at most 8
    "Khai"; no letter loses its mark.
    """
    if len(name) <= most:
        return name
    family, *middle, given = words if len(words := name.split()) > 1 else ["", *words]
    for kept in range(1, len(middle) + 1):
        short = " ".join([family, *middle[kept:], given])
        if len(short) <= most:
            return short
    if len(given) <= most:
        return given
    cut = ""
    for letter in _letters(given):
        if len(cut + letter) > most:
            break
        cut += letter
    return cut


def _letters(word: str) -> Iterator[str]:
    """The letters of a word, each with its marks."""
    start = 0
    for place in range(1, len(word)):
        if not unicodedata.category(word[place]).startswith("M"):
            yield word[start:place]
            start = place
    yield word[start:]

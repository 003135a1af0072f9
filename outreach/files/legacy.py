"""Vietnamese as it was written before Unicode, and as a wrong turn leaves it, made Unicode again.

Old fonts drew Vietnamese letters in the places of Western ones, so a name set in .VnTime reads
"NguyÔn V¨n An" wherever the font is lost, and one set in VNI-Times reads "Nguyeãn Vaên An".
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from outreach.files.syllables import is_syllable

_MOST_WORDS = 2_000  # of a sample; more prove nothing more
_FEWEST_WORDS = 3  # different ones
_MOST = 0.8  # of the words must speak for a kind, and so many more than for any other:
_MARGIN = 0.3

_T = TypeVar("_T")


class Kind(StrEnum):
    """A way in which Vietnamese text is not Unicode."""

    TCVN3 = "tcvn3"
    """Fonts as .VnTime; in fonts as .VnTimeH the same letters are drawn as capitals."""
    VNI = "vni"
    """Fonts as VNI-Times: a letter, then its mark."""
    TWICE = "utf-8 twice"
    """UTF-8 taken for Windows-1252 and encoded again."""


_TCVN3 = {
    first + place: letter
    for first, letters in (
        (0xA1, "ĂÂÊÔƠƯĐăâêôơưđ"),
        (0xB5, "àảãáạ"),
        (0xBB, "ằẳẵắ"),
        (0xC6, "ặầẩẫấậè"),
        (0xCE, "ẻẽéẹềểễếệìỉ"),
        (0xDC, "ĩíịò"),
        (0xE1, "ỏõóọồổỗốộờởỡớợù"),
        (0xF1, "ủũúụừửữứựỳỷỹýỵ"),
    )
    for place, letter in enumerate(letters)
}
_FROM_TCVN3 = {code: chr(code) for code in range(256)} | _TCVN3  # a gap would be slow to fall into

# Marks as VNI has them, each with the letters that they make of the letters before them.
_VNI_MARKS = {
    0xF9: ("aeouyôö", "áéóúýớứ"),
    0xF8: ("aeouyôö", "àèòùỳờừ"),
    0xFB: ("aeouyôö", "ảẻỏủỷởử"),
    0xF5: ("aeouyôö", "ãẽõũỹỡữ"),
    0xEF: ("aeouôö", "ạẹọụợự"),
    0xE2: ("aeo", "âêô"),
    0xE1: ("aeo", "ấếố"),
    0xE0: ("aeo", "ầềồ"),
    0xE5: ("aeo", "ẩểổ"),
    0xE3: ("aeo", "ẫễỗ"),
    0xE4: ("aeo", "ậệộ"),
    0xEA: ("a", "ă"),
    0xE9: ("a", "ắ"),
    0xE8: ("a", "ằ"),
    0xFA: ("a", "ẳ"),
    0xFC: ("a", "ẵ"),
    0xEB: ("a", "ặ"),
}
_VNI_ALONE = dict(zip("ìíæóòîôöñ", "ìíỉĩịỵơưđ", strict=True))


def _vni() -> Mapping[str, str]:
    """All that stands for a letter in VNI; a mark may be of either case, the letter decides."""
    table = dict(_VNI_ALONE)
    for mark, (bases, letters) in _VNI_MARKS.items():
        for base, letter in zip(bases, letters, strict=True):
            table[base + chr(mark)] = table[base + chr(mark).upper()] = letter
    capitals = {old[0].upper() + old[1:]: letter.upper() for old, letter in table.items()}
    return table | capitals


def _with_marks(base: str) -> str:
    """The pattern of a letter and its mark."""
    marks = "".join(chr(mark) for mark, (bases, _) in _VNI_MARKS.items() if base in bases)
    return f"[{base}{base.upper()}][{marks}{marks.upper()}]"


_VNI = _vni()
_SINGLE = [old for old in _VNI if len(old) == 1]
_VNI_LETTER = re.compile("|".join([*map(_with_marks, "aeouyôö"), f"[{''.join(_SINGLE)}]"]))

_TONED = "".join(letter for letter in _TCVN3.values() if letter.upper() not in _TCVN3.values())
_ODD_CASE = re.compile(f"\\b[{_TONED}]|(?<=[^\\W\\d_])[A-ZĂÂÊÔƠƯĐ]")
_SHOUTED = re.compile("(?<=[^\\W\\d_])[A-ZĂÂÊÔƠƯĐ]")
_SMALL = re.compile("[a-z]")
_WORD = re.compile("[^\\W\\d_]+")

_CP1252 = {ord(bytes([byte]).decode("cp1252", "ignore") or chr(byte)): byte for byte in range(256)}

# Letters and marks that no old font's text and no wrong turn has.
_UNICODE_ONLY = re.compile("[ĂăĐđĨĩŨũƠơƯưẠ-ỹ\u0300\u0301\u0303\u0309\u0323]")
_OLD = re.compile("[\xa1-\xff]")
_WIDE_WORD = re.compile("[^\\x00-@\\[-`{-\\x7f]+")  # any run without ASCII signs and digits


def convert(text: str, kind: Kind) -> str:
    """Turn a cell's text into Unicode; what is no text of the kind stays as it is."""
    if text.isascii():
        return text
    if kind is Kind.TCVN3:
        return _in_its_case(text.translate(_FROM_TCVN3))
    if kind is Kind.VNI:
        return _VNI_LETTER.sub(_vni_letter, text)
    return _once(text)


def _vni_letter(found: re.Match[str]) -> str:
    return _VNI[found[0]]


def _in_its_case(text: str) -> str:
    """Give a capital to letters that TCVN3 has in small only, where their neighbours have one."""
    if text.istitle() or not _ODD_CASE.search(text):
        return text
    if not _SMALL.search(text) and _SHOUTED.search(text):
        return text.upper()
    starts = [word[0] for word in _WORD.findall(text) if word[0] not in _TONED]
    titled = bool(starts) and all(map(str.isupper, starts))
    return _WORD.sub(lambda found: _cased(found[0], titled=titled), text)


def _cased(word: str, *, titled: bool) -> str:
    if not _SMALL.search(word) and _SHOUTED.search(word):
        return word.upper()
    return word[0].upper() + word[1:] if titled else word


def _once(text: str) -> str:
    try:
        return text.translate(_CP1252).encode("latin-1").decode()
    except UnicodeError:
        return text


def kind_of(cells: Iterable[str]) -> Kind | None:
    """Find out which kind a sample of cells is written in; None when it is Unicode or unclear."""
    wide = [cell for cell in cells if not cell.isascii()]
    if any(map(_UNICODE_ONLY.search, wide)):
        return None
    found = (word for cell in wide for word in _WIDE_WORD.findall(cell) if _OLD.search(word))
    words = set(islice(found, _MOST_WORDS))
    if len(words) < _FEWEST_WORDS:
        return None
    votes: dict[Kind | None, int] = {kind: count(words, kind) for kind in Kind}
    votes[None] = sum(map(is_syllable, words))
    return clear_winner(votes, len(words))


def count(words: Iterable[str], kind: Kind) -> int:
    """How many of the words are Vietnamese syllables once they are taken for that kind."""
    return sum(_is_known(word, kind) and is_syllable(convert(word, kind)) for word in words)


def _is_known(word: str, kind: Kind) -> bool:
    if kind is Kind.TCVN3:
        return all(letter < "\x80" or ord(letter) in _TCVN3 for letter in word)
    if kind is Kind.VNI:
        return _VNI_LETTER.sub("", word).isascii()
    return _once(word) != word


def clear_winner(votes: Mapping[_T, int], voters: int) -> _T | None:
    """Name the one that nearly all vote for, and far fewer for any other."""
    best, *others = sorted(votes, key=votes.__getitem__, reverse=True)
    enough = votes[best] >= _MOST * voters
    return best if enough and votes[best] - votes[others[0]] >= _MARGIN * voters else None

"""Which encoding a text file is in, told by its bytes."""

import codecs
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import chain, islice
from typing import BinaryIO

from outreach.domain.errors import BadInputError
from outreach.files.legacy import Kind, clear_winner, count
from outreach.files.syllables import is_syllable

_SAMPLE = 256 << 10
_FURTHEST = 64 << 20  # how far into a file to look for the first accent
_MOST_WORDS = 2_000
_FEW_LINES = 0.02  # lines in no known encoding that only cost themselves
_MOST_CONTROLS = 0.05  # of the bytes of a text
_MANY_ZEROS = 0.15  # of all bytes; in UTF-16 each ASCII letter has one
_HIGH = bytes(range(0x80, 0x100))
_WORD = re.compile(rb"[A-Za-z\xa1-\xff]+")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_SAVE = (
    "save it as UTF-8 (Excel: 'CSV UTF-8'), or say which it is with --encoding"
    " (utf-8, utf-16, cp1258, tcvn3 or vni)"
)


class Encoding(StrEnum):
    """How the bytes of a file stand for letters."""

    UTF_8 = "utf-8"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    CP1258 = "cp1258"
    TCVN3 = "tcvn3"
    VNI = "vni"

    @property
    def kind(self) -> Kind | None:
        """What the text is still to be converted from."""
        return {Encoding.TCVN3: Kind.TCVN3, Encoding.VNI: Kind.VNI}.get(self)

    @property
    def codec(self) -> str:
        """Python's name for it."""
        return "cp1252" if self.kind else self.value

    @property
    def bom(self) -> bytes:
        """The mark that may stand at the beginning of a file."""
        return "\ufeff".encode(self.codec, "ignore")

    @property
    def errors(self) -> str:
        """How bytes that do not decode become lone surrogates."""
        return "surrogatepass" if self in _UTF_16 else "surrogateescape"


_UTF_16 = (Encoding.UTF_16_LE, Encoding.UTF_16_BE)
_TOLD = {"utf-8": Encoding.UTF_8} | {
    str(one): one for one in (Encoding.CP1258, Encoding.TCVN3, Encoding.VNI)
}


def sample(stream: BinaryIO) -> bytes:
    """Read the beginning of a file, and the first part further on that is not plain ASCII."""
    stream.seek(0)
    first = part = stream.read(_SAMPLE)
    read = len(first)
    while part and part.isascii() and read < _FURTHEST:
        part = stream.read(_SAMPLE)
        read += len(part)
    stream.seek(0)
    return first + part if read > len(first) else first


def detect(sample: bytes, told: str | None) -> Encoding:
    """Find out the encoding; BadInputError when nothing speaks clearly for one."""
    wide = _wide(sample)
    if told is not None:
        return _as_told(told.strip().lower(), wide or Encoding.UTF_16_LE)
    if wide:
        return wide
    if len(_CONTROL.findall(sample)) > _MOST_CONTROLS * len(sample):
        raise BadInputError(f"this is no text file; open it where it was made and {_SAVE}")
    if sample.isascii() or sample.startswith(codecs.BOM_UTF8):
        return Encoding.UTF_8
    return _by_lines(_whole(sample).splitlines())


def _as_told(told: str, wide: Encoding) -> Encoding:
    if told == "utf-16":
        return wide
    if told not in _TOLD:
        raise BadInputError(
            f"encoding '{told[:40]}' is not known; expected utf-8, utf-16, cp1258, tcvn3 or vni"
        )
    return _TOLD[told]


def _wide(sample: bytes) -> Encoding | None:
    """UTF-16 by its mark, or by the zeros in one half of its bytes."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding.UTF_16_LE if sample[0] == 0xFF else Encoding.UTF_16_BE
    upper, lower = sample[::2].count(0), sample[1::2].count(0)
    most = max(upper, lower)
    if most <= _MANY_ZEROS * len(sample) or min(upper, lower) * 10 > most:
        return None
    return Encoding.UTF_16_LE if lower > upper else Encoding.UTF_16_BE


def _whole(sample: bytes) -> bytes:
    """Leave out a letter of several bytes that the sample's end may have cut."""
    return sample.rstrip(_HIGH) if len(sample) >= _SAMPLE else sample


def _by_lines(lines: Sequence[bytes]) -> Encoding:
    """Decide by how many lines are UTF-8, and what the words of the others could be."""
    bad = [line for line in lines if not _is_utf8(line)]
    accented = sum(not line.isascii() for line in lines)
    if 2 * len(bad) <= accented:
        return Encoding.UTF_8
    words = set(islice(chain.from_iterable(map(_words, bad)), _MOST_WORDS))
    votes = _votes(words)
    if words and (winner := clear_winner(votes, len(words))):
        return winner
    if len(lines) > 2 and len(bad) <= max(1, _FEW_LINES * len(lines)):
        return Encoding.UTF_8
    told = ", ".join(f"{number} as {encoding}" for encoding, number in votes.items())
    raise BadInputError(
        f"the file's encoding is not clear: it is not UTF-8, and of {len(words)} words with accents"
        f" too few are Vietnamese, or in several encodings: {told}; {_SAVE}"
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _words(line: bytes) -> list[bytes]:
    return [word for word in _WORD.findall(line) if not word.isascii()]


def _votes(words: Iterable[bytes]) -> dict[Encoding, int]:
    old = [word.decode("latin-1") for word in words]
    return {
        Encoding.CP1258: sum(is_syllable(word.decode("cp1258", "replace")) for word in words),
        Encoding.TCVN3: count(old, Kind.TCVN3),
        Encoding.VNI: count(old, Kind.VNI),
    }

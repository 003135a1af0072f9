"""The bundled Liberation Serif, a font as wide as Times New Roman: its letters and their widths."""

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from outreach.reports.documents.plain import REPLACEMENT

FOLDER = Path(__file__).with_name("fonts")
FAMILY = "Liberation Serif"

_FILES = ("Regular", "Bold", "Italic", "BoldItalic")
_KEPT = frozenset("\n\t")


@dataclass(frozen=True, slots=True)
class Face:
    """One of the four faces: the width of each character that it has, in shares of the size."""

    widths: dict[str, float]

    def width(self, text: str) -> float:
        """How wide a text is on one line, in shares of its size (times 12 in points at size 12)."""
        replacement = self.widths[REPLACEMENT]
        return sum(self.widths.get(letter, replacement) for letter in text)


@cache
def face(name: str) -> Face:
    """Read a face: Regular, Bold, Italic or BoldItalic."""
    data = (FOLDER / f"LiberationSerif-{name}.ttf").read_bytes()
    tables = {tag: data[at : at + length] for tag, at, length in _tables(data)}
    (per_em,) = struct.unpack_from(">H", tables["head"], 18)
    (measured,) = struct.unpack_from(">H", tables["hhea"], 34)
    advances = [struct.unpack_from(">H", tables["hmtx"], 4 * n)[0] for n in range(measured)]
    return Face(
        {
            chr(code): advances[min(glyph, measured - 1)] / per_em
            for code, glyph in _glyphs(tables["cmap"])
        }
    )


@cache
def letters() -> frozenset[str]:
    """The characters that all four faces have, but for those of private use."""
    return frozenset.intersection(*(frozenset(face(name).widths) for name in _FILES)) - frozenset(
        map(chr, range(0xE000, 0xF900))
    )


def printable(text: str) -> str:
    """A text in the font's letters: what it lacks is marked, what is unseen is left out."""
    return "".join(map(_printable, text))


@cache
def _printable(letter: str) -> str:
    if letter in letters() or letter in _KEPT:
        return letter
    kind = unicodedata.category(letter)
    if kind == "Zs":
        return " "
    unseen = kind == "Cf" or unicodedata.name(letter, "").startswith("VARIATION SELECTOR")
    return "" if unseen else REPLACEMENT


def _tables(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Walk a TrueType file's directory: tag, place, length."""
    (count,) = struct.unpack_from(">H", data, 4)
    for n in range(count):
        tag, _, at, length = struct.unpack_from(">4sLLL", data, 12 + 16 * n)
        yield tag.decode("ascii"), at, length


def _glyphs(cmap: bytes) -> Iterator[tuple[int, int]]:
    """Walk the Unicode subtable of format 4 (OpenType, `cmap`): code point, glyph."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    for n in range(count):
        platform, encoding, at = struct.unpack_from(">HHL", cmap, 4 + 8 * n)
        if (platform, encoding) == (3, 1):
            yield from _segments(cmap[at:])


def _segments(table: bytes) -> Iterator[tuple[int, int]]:
    (doubled,) = struct.unpack_from(">H", table, 6)
    ends, starts, deltas, offsets = 14, 16 + doubled, 16 + 2 * doubled, 16 + 3 * doubled
    for n in range(0, doubled, 2):
        last, first, delta, offset = (
            struct.unpack_from(">H", table, part + n)[0] for part in (ends, starts, deltas, offsets)
        )
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                place = offsets + n + offset + 2 * (code - first)
                (glyph,) = struct.unpack_from(">H", table, place)
                if not glyph:
                    continue
            if glyph := (glyph + delta) & 0xFFFF:
                yield code, glyph

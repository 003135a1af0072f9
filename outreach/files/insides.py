"""What is within a workbook's ZIP, before anything opens it: its true size, and hidden rows."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from outreach.domain.errors import BadInputError
from outreach.files.formats import SAVE_AS_CSV
from outreach.files.zipped import opened_zip, shown, unpacked

_MOST_PARTS: Final = 10_000
_MOST_BYTES: Final = 1 << 30
_LONGEST_TAG: Final = 65_536
_LONGEST_PART: Final = 4 << 20
# A tag is matched whole and its attribute looked for within: in one go it takes quadratic time.
_ROW: Final = re.compile(rb"<(?:\w+:)?row\s[^<>]*>")
_HIDDEN: Final = re.compile(rb'\shidden="(?:1|true)"')
_TABLES: Final = re.compile(rb"<table:table(?:-row\s[^<>]*>|[\s>])")
_UNSEEN: Final = re.compile(rb'\stable:visibility="(?:collapse|filter)"')
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*>")
_SHEET_ID: Final = re.compile(rb'\s\w+:id="([^"]+)"')
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\s[^<>]*>")
_ATTRIBUTE: Final = re.compile(rb'\b(Id|Target)="([^"]*)"')


def hidden_rows(path: Path, kind: str) -> Mapping[int, int]:
    """Count hidden rows by the place of their sheet; a workbook too large within is refused."""
    if kind == "XLS":
        return {}
    with opened_zip(path) as archive:
        entries = archive.infolist()
        if len(entries) > _MOST_PARTS:
            raise BadInputError(
                f"workbook '{shown(path.name)}' has {len(entries):,} parts;"
                f" expected at most {_MOST_PARTS:,}: {SAVE_AS_CSV}"
            )
        counts = _counts(archive, entries)
        if kind == "ODS":
            return dict(enumerate(counts.get("content.xml", [])[1:]))
        return {place: sum(counts.get(name, [])) for place, name in _sheets(archive)}


def _counts(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]) -> dict[str, list[int]]:
    """Hidden rows in each part: before its first table, in that, in the second and so on."""
    left = _MOST_BYTES
    counts = {}
    for entry in entries:
        counts[entry.filename] = tally = [0]
        for text in _between_tags(unpacked(archive, entry, left, SAVE_AS_CSV)):
            left -= len(text)
            _count(text, tally)
    return counts


def _between_tags(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut the pieces anew so that no tag is cut."""
    rest = b""
    for piece in pieces:
        text = rest + piece
        cut = text.rfind(b"<")
        if len(text) - cut > _LONGEST_TAG:
            cut = len(text)
        yield text[:cut]
        rest = text[cut:]
    yield rest


def _count(text: bytes, tally: list[int]) -> None:
    if b'hidden="1"' in text or b'hidden="true"' in text:
        tally[-1] += sum(_hides(tag[0], _HIDDEN) for tag in _ROW.finditer(text))
    if b"<table:table" in text:
        for tag in _TABLES.finditer(text):
            if tag[0].startswith(b"<table:table-row"):
                tally[-1] += _hides(tag[0], _UNSEEN)
            else:
                tally.append(0)


def _hides(tag: bytes, attribute: re.Pattern[bytes]) -> bool:
    """Whether the tag of a row that holds something hides it."""
    return not tag.endswith(b"/>") and attribute.search(tag) is not None


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[int, str]]:
    """The parts that hold the sheets of an XLSX, by place."""
    targets = {}
    for relation in _RELATION.findall(_content(archive, "xl/_rels/workbook.xml.rels")):
        said = dict(_ATTRIBUTE.findall(relation))
        targets[said.get(b"Id")] = said.get(b"Target", b"").decode("utf-8", "replace")
    tags = _SHEET.findall(_content(archive, "xl/workbook.xml"))
    for place, told in enumerate(filter(None, map(_SHEET_ID.search, tags))):
        target = targets.get(told[1], "")
        yield place, target[1:] if target.startswith("/") else f"xl/{target}"


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        return b""
    return b"".join(unpacked(archive, archive.getinfo(name), _LONGEST_PART, SAVE_AS_CSV))

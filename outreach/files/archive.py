"""A ZIP that holds one audience file."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from outreach.domain.errors import BadInputError
from outreach.files.formats import MOST_BYTES, SAVE_AS_CSV, format_of
from outreach.files.zipped import opened_zip, shown, unpacked

_MOST_TEXT: Final = 20 << 30
_SPARE: Final = 256 << 20
_LITTER: Final = {".ds_store", "thumbs.db", "desktop.ini"}
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@contextmanager
def opened_member(path: Path) -> Iterator[tuple[str, Path]]:
    """Unpack the only file of a ZIP for as long as the context lasts: its name, and where it is."""
    with tempfile.TemporaryDirectory(prefix="outreach-") as folder:
        with opened_zip(path) as archive:
            entry = _only(archive, shown(path.name))
            name = shown(_readable(entry))
            target = Path(folder) / _harmless(name)
            _unpack(archive, entry, target)
        if format_of(target) == "ZIP":
            raise BadInputError(
                f"'{name}' in '{shown(path.name)}' is a ZIP itself;"
                " expected the list: unpack it and take the file within"
            )
        yield name, target


def _only(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    usable = [entry for entry in archive.infolist() if _is_usable(entry)]
    if not usable:
        raise BadInputError(f"'{name}' holds no file; expected the list in it")
    if len(usable) > 1:
        names = ", ".join(f"'{shown(_readable(entry))}'" for entry in usable[:10])
        more = f" and {len(usable) - 10:,} more" if len(usable) > 10 else ""
        raise BadInputError(
            f"'{name}' holds {len(usable):,} files: {names}{more};"
            " expected one: unpack it and import each by itself"
        )
    return usable[0]


def _is_usable(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.replace("\\", "/").split("/")
    return bool(parts[-1]) and "__MACOSX" not in parts and parts[-1].lower() not in _LITTER


def _readable(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; some packers write UTF-8 and do not say so."""
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _harmless(name: str) -> str:
    """A name that any file system takes, told in errors by those who read the file."""
    return name.encode()[:200].decode(errors="ignore").strip(". ") or "list"


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    free = shutil.disk_usage(target.parent).free - _SPARE
    most = min(_MOST_TEXT, max(free, 0))
    way_out = "unpack it yourself, where there is room, and take the file within"
    if next(unpacked(archive, entry, most, way_out), b"").startswith(_WORKBOOKS):
        most, way_out = min(most, MOST_BYTES), SAVE_AS_CSV
    try:
        with target.open("wb") as file:
            file.writelines(unpacked(archive, entry, most, way_out))
    except OSError as error:
        raise BadInputError(
            f"'{shown(entry.filename)}' cannot be unpacked: {error.strerror};"
            " unpack it yourself and take the file within"
        ) from error

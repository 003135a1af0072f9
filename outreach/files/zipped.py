"""ZIP files that may be hostile: a bounded directory, and real bytes counted, not declared ones."""

import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from outreach.domain.errors import BadInputError

_DIRECTORY: Final = 4 << 20
_CHUNK: Final = 1 << 20
_SMALL: Final = 100 << 20
_RATIO: Final = 200
_READABLE: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,  # zipfile's own, for a method or version that it does not know
    EOFError,
    RuntimeError,  # zipfile's own, for a password
    ValueError,
    OverflowError,
    OSError,
)


def printable(text: str) -> str:
    """A text as an error may hold it: on one line, and short."""
    clean = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return clean if len(clean) <= 80 else f"{clean[:60]}…{clean[-16:]}"


def shown(name: str) -> str:
    """The last part of a file's path as an error may hold it."""
    return printable(name.replace("\\", "/").rstrip("/").rpartition("/")[2])


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP; what is broken in it, here or in the caller's reading, raises BadInputError."""
    try:
        with _Careful(path) as stream, zipfile.ZipFile(stream) as archive:
            yield archive
    except _BROKEN as error:
        raise BadInputError(
            f"'{shown(path.name)}' is damaged, or was not copied to its end;"
            " expected a whole ZIP or workbook: copy or save it again"
        ) from error


class _Careful(io.FileIO):
    """A file of which no piece larger than a plausible ZIP directory is read at once."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _DIRECTORY:
            raise BadInputError(
                "the ZIP holds too many files, or is damaged; expected one file, or a workbook"
            )
        return super().read(size)


def unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, way_out: str
) -> Iterator[bytes]:
    """Unpack an entry piece by piece, up to `most` bytes; `way_out` says what to do beyond."""
    name = shown(entry.filename)
    if entry.flag_bits & 1:
        raise BadInputError(f"'{name}' in the ZIP is protected by a password; save it without one")
    if entry.compress_type not in _READABLE:
        raise BadInputError(
            f"'{name}' in the ZIP is compressed in an unusual way; expected 'deflate':"
            " unpack it and take the file within"
        )
    entry.file_size = sys.maxsize  # the declared size may lie: the stream ends where it ends
    total = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            total += len(piece)
            if total > most:
                raise BadInputError(
                    f"'{name}' in the ZIP unpacks to more than {most >> 20:,} MB; {way_out}"
                )
            if total > max(_SMALL, _RATIO * entry.compress_size):
                raise BadInputError(
                    f"'{name}' in the ZIP unpacks to more than {_RATIO} times its size there,"
                    f" as a trap does; {way_out}"
                )
            yield piece

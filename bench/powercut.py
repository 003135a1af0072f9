"""A power cut under the engine: what was synced is there, of what came after any sectors may be.

A library preloaded into the engine (powercut.c, built with the machine's cc) journals its writes
to the database's files and its syncs. After a kill the files are made again as a disk might have
them: everything before the last sync, and a random share of the later 512-byte sectors.
SQLite only.
"""

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bench.scene import Scene, let_work

SECTOR = 512
_HEAD = struct.Struct("=5q")
WRITE, TRUNCATE, SYNC = 1, 2, 3
DATABASE, WAL = 1, 2
_SUFFIX = {DATABASE: "", WAL: "-wal"}


class NoCompilerError(Exception):
    """This machine has no C compiler."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the journal, which ended at `end`; a sync covers what ended up to `covers`."""

    op: int
    file: int
    offset: int
    content: bytes
    covers: int
    end: int


def cut_power(stage: Scene, chance: random.Random) -> None:
    """Cut the power at a random moment, and leave the files as a disk might have them."""
    _cut(stage, chance, 0)


def cut_lying_power(stage: Scene, chance: random.Random, lost: int = 20) -> None:
    """The same with a disk that said "synced" and was not: the last syncs never happened."""
    _cut(stage, chance, lost)


def _cut(stage: Scene, chance: random.Random, lost: int) -> None:
    database = Path(os.path.realpath(stage.folder)) / "outreach.db"
    journal = stage.folder / "journal"
    journal.unlink(missing_ok=True)
    stage.house.database.close()  # what lies there now is the disk's
    before = {file: _content(database, file) for file in _SUFFIX}
    preload = {
        "LD_PRELOAD": str(_library()),
        "POWERCUT_DATABASE": str(database),
        "POWERCUT_JOURNAL": str(journal),
    }
    engine = stage.engine(**preload)
    let_work(chance, 0.5, 3.0)
    engine.kill()
    engine.wait()
    stage.house.database.close()
    records = list(_records(journal.read_bytes()))
    # Without them the files would go back to where they were, which no disk would do.
    assert any(record.op == SYNC for record in records), "the journal of the disk has no sync"
    after = rebuilt(before, records, chance, lost)
    for file, content in after.items():
        Path(f"{database}{_SUFFIX[file]}").write_bytes(content)
    Path(f"{database}-shm").unlink(missing_ok=True)
    with stage.house.database.read() as conn:
        found = conn.exec_driver_sql("PRAGMA quick_check").scalars().all()
    assert found == ["ok"], f"the database is damaged: {found[:3]}"


def rebuilt(
    before: dict[int, bytes], records: list[Record], chance: random.Random, lost: int
) -> dict[int, bytearray]:
    """The files after a cut; with `lost` syncs that never were, nothing after the others is left.

    (Whole and in order: sectors at will without a sync would damage any database.)
    """
    syncs = [record for record in records if record.op == SYNC]
    kept = syncs[: len(syncs) - lost] if lost else syncs
    covered = {
        file: max((sync.covers for sync in kept if sync.file == file), default=0)
        for file in _SUFFIX
    }
    if lost:
        covered = dict.fromkeys(_SUFFIX, kept[-1].covers if kept else 0)
    files = {file: bytearray(content) for file, content in before.items()}
    for record in records:
        if record.end <= covered[record.file]:
            _apply(files[record.file], record)
        elif not lost:
            for part in _survivors(record, chance):
                _apply(files[record.file], part)
    return files


def _survivors(record: Record, chance: random.Random) -> Iterator[Record]:
    """Those sectors of a write that reached the disk without a sync."""
    share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
    if record.op == TRUNCATE:
        yield from [record] if chance.random() < share else []
    for at in range(0, len(record.content), SECTOR):
        if chance.random() < share:
            part = record.content[at : at + SECTOR]
            yield replace(record, offset=record.offset + at, content=part)


def _apply(file: bytearray, record: Record) -> None:
    if record.op == TRUNCATE:
        del file[record.offset :]
    end = record.offset + (len(record.content) if record.op == WRITE else 0)
    if record.op != SYNC and len(file) < end:
        file.extend(bytes(end - len(file)))
    if record.op == WRITE:
        file[record.offset : end] = record.content


def _records(journal: bytes) -> Iterator[Record]:
    at = 0
    while at + _HEAD.size <= len(journal):
        op, file, offset, size, covers = _HEAD.unpack_from(journal, at)
        at += _HEAD.size
        if at + size > len(journal):
            return  # the kill met the journal itself; what it did not note never happened
        yield Record(op, file, offset, journal[at : at + size], covers, at + size)
        at += size


def _content(database: Path, file: int) -> bytes:
    path = Path(f"{database}{_SUFFIX[file]}")
    return path.read_bytes() if path.exists() else b""


@cache
def _library() -> Path:
    """Build the library, once a process."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompilerError(
            "no `cc` here: the power cut needs a C compiler; install gcc or clang"
        )
    target = Path(mkdtemp(prefix="ob-powercut-")) / "powercut.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", target, source, "-ldl"], check=True)
    return target

"""The disk full for some seconds under a running engine: it waits, and goes on when there is room.

Played by a limit on the size of files that the process may write (RLIMIT_FSIZE): SQLite meets it
as it meets a full disk, in the middle of a write. SQLite only: PostgreSQL's files are its own.
The limit is of the log too, so it always leaves room for some words.
"""

import random
import resource
import subprocess
import time

from bench.scene import Scene, let_work
from outreach.store.database import NO_ROOM

_PATIENCE = 30.0
"""Seconds until an engine that has work must have met a disk without room."""

_WORDS = 65_536
"""Bytes that the log may still grow by; what an engine with work writes is more at once."""


def fill_disk(stage: Scene, chance: random.Random) -> None:
    """Let the disk be full for some seconds, and kill the engine then or after."""
    engine = stage.engine()
    let_work(chance, 1.5, 2.5)
    told = stage.log.stat().st_size
    least, wal = told + _WORDS, (stage.folder / "outreach.db-wal").stat().st_size
    room(engine, chance.choice([least, chance.randrange(least, max(wal, least) + 1)]))
    let_work(chance, 0.5, 3.0)
    _meet(stage, engine, told)
    if chance.random() < 0.5:
        room(engine, resource.RLIM_INFINITY)
        let_work(chance, 1.5, 3.0)
        assert engine.poll() is None, f"the engine died after a full disk: {stage.log_end()}"
    engine.kill()
    engine.wait()


def _meet(stage: Scene, engine: subprocess.Popen[str], told: int) -> None:
    """Wait until the engine says that the disk is full, which it had not in its first `told` bytes.

    A database's log that begins anew within the room that is left is given less of it.
    """
    deadline = time.monotonic() + _PATIENCE
    while NO_ROOM.encode() not in stage.log.read_bytes()[told:]:
        assert engine.poll() is None, f"the engine died of a full disk: {stage.log_end()}"
        assert time.monotonic() < deadline, f"no full disk was met: {stage.log_end()}"
        room(engine, told + _WORDS)
        time.sleep(0.05)  # a process of its own: it writes, and calls nobody
    assert engine.poll() is None, f"the engine died of a full disk: {stage.log_end()}"


def room(engine: subprocess.Popen[str], size: int) -> None:
    """Let no file of a running process grow beyond so many bytes; RLIM_INFINITY ends it."""
    resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

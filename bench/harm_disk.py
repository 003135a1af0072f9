"""The disk full for some seconds under a running engine: it waits, and goes on when there is room.

Played by a limit on the size of files that the process may write (RLIMIT_FSIZE): SQLite meets it
as it meets a full disk, in the middle of a write. SQLite only: PostgreSQL's files are its own.
"""

import random
import resource
import subprocess

from bench.scene import Scene, let_work


def fill_disk(stage: Scene, chance: random.Random) -> None:
    """Let the disk be full for some seconds, and kill the engine then or after."""
    engine = stage.engine()
    let_work(chance, 1.5, 2.5)
    wal = stage.folder / "outreach.db-wal"
    room(engine, chance.choice([0, chance.randrange(wal.stat().st_size + 1)]))
    let_work(chance, 0.5, 3.0)
    assert engine.poll() is None, f"the engine died of a full disk: {stage.log_end()}"
    if chance.random() < 0.5:
        room(engine, resource.RLIM_INFINITY)
        let_work(chance, 1.5, 3.0)
        assert engine.poll() is None, f"the engine died after a full disk: {stage.log_end()}"
    engine.kill()
    engine.wait()


def room(engine: subprocess.Popen[str], size: int) -> None:
    """Let no file of a running process grow beyond so many bytes; RLIM_INFINITY ends it."""
    resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

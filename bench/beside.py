"""A campaign sends while a large file is imported, results are exported and a console reads.

    python -m bench.beside --rows 1000000 --per-second 1000

Everything is a process of its own on the same machine and the same SQLite file. The same campaign
is measured alone first, then beside the import. Exit code 1 if the sending slows to less than
half, if anything fails, or if anybody meets a locked database.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import importing
from bench.machine import about
from bench.scene import CONFIG, Scene, scene, set_limits
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel

_ALONE_S = 20.0
_LOOK_S = 0.1
_CAMPAIGN = "beside"
_SIGNS = ("locked", "BlockedError", "TimeoutError", "Traceback")
"""What no process may say."""


@dataclass(slots=True)
class Watched:
    """How long looks and turns took (ms), and what went wrong, while somebody watched."""

    reads: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    sent: int = 0

    def figures(self) -> dict[str, float]:
        """The rate of sending, and the spread of the waits."""
        return {
            "seconds": round(self.seconds, 1),
            "sent_per_s": round(self.sent / self.seconds),
            **_spread("read", self.reads),
            **_spread("turn", self.turns),
        }


def main() -> int:
    """Measure alone, then beside, and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the imported file")
    parser.add_argument("--per-second", type=int, default=1_000, help="limit of the account")
    parser.add_argument("--recipients", type=int, default=200_000, help="of the campaign")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ob-beside-") as folder:
        found = measure(Path(folder), given.rows, given.per_second, given.recipients)
    print(json.dumps(found, indent=1) if given.json else _table(found))
    return 1 if found["broken"] else 0


def measure(folder: Path, rows: int, per_second: int, recipients: int) -> dict[str, object]:
    """Send alone, then beside all others; figures of both, and what broke."""
    importing.write(folder / "audience.csv", rows)
    config = rehearsal_config(CONFIG, folder / "config")
    set_limits(config, per_second)
    with scene(folder, ["--time-scale", "0.2"], config) as stage:
        credential = _operator(stage)
        stage.people(recipients)
        stage.campaign(_CAMPAIGN, [Channel.ZALO])
        with _sending(stage):
            # Alone is a span of time: nothing happens in it that could be waited for.
            alone = _while(stage, lambda: time.sleep(_ALONE_S))
            with _others(stage) as exports:
                beside = _while(stage, lambda: _import(stage, credential))
                over = stage.states().get("pending", 0) == 0
        broken = [*_complaints(stage), *alone.faults, *beside.faults]
    if over:
        broken.append("the campaign ended before the import: more --recipients")
    if beside.sent / beside.seconds * 2 < alone.sent / alone.seconds:
        broken.append("sending slowed to less than half")
    return {
        "machine": about(),
        "rows": rows,
        "per_second": per_second,
        "alone": alone.figures(),
        "beside": beside.figures(),
        "rows_per_s": round(rows / beside.seconds),
        "exports": len(exports),
        "broken": broken,
    }


def _operator(stage: Scene) -> str:
    """Make the people of the installation; returns the operator's credential."""
    admin = stage.ask("user", "add", "quan", "--role", "admin")["credential"]
    added = stage.ask("user", "add", "an", "--role", "operator", credential=admin)
    return str(added["credential"])


@contextlib.contextmanager
def _sending(stage: Scene) -> Iterator[None]:
    """Let the campaign be sent meanwhile."""
    with stage.log.open("a") as log, stage.at_work(log):
        while _requests(stage) < 100:
            time.sleep(0.1)  # the ledger is asked: the simulator calls nobody
        yield


def _import(stage: Scene, credential: str) -> None:
    file = str(stage.folder / "audience.csv")
    stage.ask("audience", "import", file, "--name", "districts", credential=credential)


@contextlib.contextmanager
def _others(stage: Scene) -> Iterator[list[int]]:
    """Export over and over, and watch as a console does; gives the rows of each export."""
    stop = threading.Event()
    exports: list[int] = []

    def export() -> None:
        while not stop.is_set():
            out = stage.folder / "results.csv"
            done = stage.ask("campaign", "results", _CAMPAIGN, "--out", str(out))
            exports.append(done["rows"])
            out.unlink()

    exporting = threading.Thread(target=export)
    with stage.log.open("a") as log:
        console = stage.outreach("campaign", "status", _CAMPAIGN, "--watch", "--json", log=log)
    exporting.start()
    try:
        yield exports
    finally:
        stop.set()
        exporting.join()
        console.terminate()
        console.wait(30)


def _while(stage: Scene, work: Callable[[], None]) -> Watched:
    """Watch the sending while something is done."""
    watched, stop = Watched(), threading.Event()
    watching = threading.Thread(target=_watch, args=(stage, watched, stop))
    began, before = time.monotonic(), _requests(stage)
    watching.start()
    try:
        work()
    finally:
        stop.set()
        watching.join()
    watched.seconds, watched.sent = time.monotonic() - began, _requests(stage) - before
    return watched


def _watch(stage: Scene, watched: Watched, stop: threading.Event) -> None:
    """Look at the figures as a console does, and wait for a turn to write as the engine does."""
    database = stage.house.database
    while not stop.wait(_LOOK_S):
        try:
            began = time.perf_counter()
            stage.states()
            stage.waiting()
            watched.reads.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            with database.write():
                watched.turns.append((time.perf_counter() - began) * 1000)
        except Exception as fault:  # noqa: BLE001 - "locked" or any other: each is a finding, and the watch goes on
            watched.faults.append(f"{type(fault).__name__}: {fault}")


def _spread(name: str, found: Sequence[float]) -> dict[str, float]:
    ordered = sorted(found)
    return {
        f"{name}_p50_ms": round(ordered[len(ordered) // 2], 1),
        f"{name}_p99_ms": round(ordered[len(ordered) * 99 // 100], 1),
        f"{name}_max_ms": round(ordered[-1], 1),
    }


def _requests(stage: Scene) -> int:
    zalo = stage.town.get("/ledger/summary")["dialects"].get("zalo", {})
    return int(zalo.get("requests", 0))


def _complaints(stage: Scene) -> list[str]:
    """Lines of the log that speak of locks or faults, and calls of carriers that were not taken."""
    lines = stage.log.read_text().splitlines()
    found = [line for line in lines if any(sign in line for sign in _SIGNS)]
    zalo = stage.town.get("/ledger/summary")["dialects"]["zalo"]
    if failed := zalo["receipts"].get("failed", 0):
        found.append(f"{failed} receipts were not taken at once")
    return found


def _table(found: Mapping[str, object]) -> str:
    alone, beside = found["alone"], found["beside"]
    assert isinstance(alone, dict)
    assert isinstance(beside, dict)
    lines = [
        f"limit {found['per_second']:,} messages/s, {found['exports']} exports",
        f"{found['rows']:,} rows imported at {found['rows_per_s']:,}/s",
        f"{'':<14}{'alone':>10}{'beside':>10}",
        *(f"{name:<14}{value:>10,}{beside[name]:>10,}" for name, value in alone.items()),
    ]
    broken = found["broken"]
    assert isinstance(broken, list)
    return "\n".join([*lines, *(f"BROKEN: {each}" for each in broken[:20])])


if __name__ == "__main__":
    sys.exit(main())

"""The engine alone: sending, taking receipts in, settling; durable, without a network.

    python -m bench.throughput --messages 1000000
    python -m bench.throughput --messages 300000 --database postgresql --processes 2

Everything of the engine is real (senders, words, keys, settling, the database in full durability);
only the network is left out, so the figure is what the house itself costs a message. The carrier
accepts at once, and says of each message that it was delivered.
"""

import argparse
import asyncio
import contextlib
import cProfile
import io
import json
import pstats
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from bench.machine import about, peak_rss_mb
from bench.postgres import DATABASES, cpu_s, fresh_database
from bench.site import CAMPAIGN, Site, prepare, receipt, site
from outreach.store import inbox, tally, work
from outreach.store.database import Database

_LOAD = 100
"""Calls that come in together."""
_SHUFFLED = 5_000
"""Receipts come in any order within so many messages."""
_AGO_MS = 1_000

Figures = dict[str, Any]


def main() -> None:
    """Run once and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--in-flight", type=int, default=3_000)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stage", choices=_STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        print(json.dumps(_work(given)))
        return
    with tempfile.TemporaryDirectory(prefix="ob-throughput-") as folder:
        found = measure(given, Path(folder))
    print(json.dumps(found, indent=1) if given.json else _table(found))


def measure(given: argparse.Namespace, folder: Path) -> Figures:
    """Plan, send, take in and settle so many; rates a second, CPU microseconds a message."""
    with fresh_database(given.database, folder) as url:
        planned = prepare(url, given.messages)
        stages = {stage: _staged(given, url, stage) for stage in _STAGES}
        with contextlib.closing(Database(url)) as database, database.read() as conn:
            states: dict[str, int] = {}
            for figure in tally.figures(conn):
                label = str(figure.group.state.label)
                states[label] = states.get(label, 0) + figure.messages
        bare = round(_bare(folder, given.messages)) if given.database == "sqlite" else None
    return {
        "machine": about(),
        "database": given.database,
        "processes": given.processes,
        "in_flight": given.in_flight,
        "messages": given.messages,
        "plan_s": round(planned, 2),
        "stages": stages,
        "states": states,
        "bare_sqlite_per_s": bare,
    }


def _staged(given: argparse.Namespace, url: str, stage: str) -> Figures:
    """Let every process do its part of a stage; figures over all of them."""
    command = [sys.executable, "-m", "bench.throughput", "--stage", stage, "--url", url]
    for name in ("messages", "in_flight", "processes"):
        command += [f"--{name.replace('_', '-')}", str(getattr(given, name))]
    command += ["--profile"] if given.profile else []
    before = cpu_s(url)
    processes = [
        subprocess.Popen([*command, "--part", str(part)], stdout=subprocess.PIPE)
        for part in range(given.processes)
    ]
    told = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise RuntimeError(f"a process of the stage '{stage}' failed")
    found: list[Figures] = [json.loads(each) for each in told]
    server = cpu_s(url) - before
    ended, began = max(each["ended"] for each in found), min(each["began"] for each in found)
    return {
        "per_s": round(given.messages / (ended - began)),
        "cpu_us": {
            "loop": _us(sum(each["loop_s"] for each in found), given.messages),
            "database": _us(sum(each["database_s"] for each in found), given.messages),
            "server": _us(server, given.messages),
        },
        "share_of_each": [each["did"] for each in found],
        "peak_rss_mb": max(each["peak_rss_mb"] for each in found),
    }


def _us(seconds: float, messages: int) -> float:
    return round(seconds * 1e6 / messages, 1)


def _work(given: argparse.Namespace) -> Figures:
    """One process's part of a stage: when it was at work (monotonic s), and what it took."""
    with site(given.url, given.in_flight) as here:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the high-water mark anew
        began, loop, process = time.monotonic(), time.thread_time(), time.process_time()
        did = uvloop.run(_profiled(here, _STAGES[given.stage](here, given), given))
        ended = time.monotonic()
        loop, process = time.thread_time() - loop, time.process_time() - process
    return {
        "began": began,
        "ended": ended,
        "did": did,
        "loop_s": loop,
        "database_s": process - loop,
        "peak_rss_mb": peak_rss_mb(),
    }


async def _send(here: Site, given: argparse.Namespace) -> int:
    """Let the sender work until nothing is left to send; returns how many it sent."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(here.sender.run())
        while await _asked(here, lambda conn: work.left(conn, CAMPAIGN)) != work.Left(0, 0, 0):
            await asyncio.sleep(0.05)
            if given.part == 0:
                await asyncio.wrap_future(here.writer.submit(tally.fold))
        here.sender.stop()
        await running
    return here.carrier.taken


async def _take_in(here: Site, given: argparse.Namespace) -> int:
    """Take in the calls about this part of the messages, in loads; returns how many."""
    chance = random.Random(given.part)
    numbers = range(given.part + 1, given.messages + 1, given.processes)
    for first in range(0, len(numbers), _SHUFFLED):
        some = list(numbers[first : first + _SHUFFLED])
        chance.shuffle(some)
        for load in range(0, len(some), _LOAD):
            at = int(here.clock().timestamp() * 1000) - _AGO_MS
            calls = [(1, at, receipt(n)) for n in some[load : load + _LOAD]]
            await asyncio.wrap_future(here.writer.submit(partial(inbox.put, calls=calls)))
    return len(numbers)


async def _settle(here: Site, given: argparse.Namespace) -> int:
    """Settle until no call is left; returns how many were looked at."""
    looked = 0
    while True:
        settled = await here.settler.settle()
        looked += settled
        if given.part == 0:
            await asyncio.wrap_future(here.writer.submit(tally.fold))
        if not settled:
            if not await _asked(here, inbox.waiting):
                return looked
            await asyncio.sleep(0.02)


_STAGES: dict[str, Callable[[Site, argparse.Namespace], Coroutine[Any, Any, int]]] = {
    "send": _send,
    "take in": _take_in,
    "settle": _settle,
}


async def _asked(here: Site, look: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - what `look` says
    def ask() -> object:
        with here.database.read() as conn:
            return look(conn)

    return await asyncio.to_thread(ask)


def _bare(folder: Path, messages: int, batch: int = 1_000) -> float:
    """The baseline: the rows that sending writes, by bare sqlite3 with as many commits; per s."""
    conn = sqlite3.connect(folder / "bare.db", isolation_level=None)
    conn.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
        "CREATE TABLE message (id INTEGER PRIMARY KEY, state INTEGER, parts INTEGER, day INTEGER);"
        "CREATE TABLE attempt (message INTEGER, n INTEGER, account INTEGER, outcome INTEGER,"
        " reference TEXT, at INTEGER, took INTEGER, PRIMARY KEY (message, n)) WITHOUT ROWID;"
    )
    ids = range(1, messages + 1)
    conn.execute("BEGIN")
    conn.executemany("INSERT INTO message VALUES (?, 0, 0, 0)", ((n,) for n in ids))
    conn.execute("COMMIT")
    began = time.monotonic()
    for first in range(1, messages + 1, batch):
        run = range(first, min(first + batch, messages + 1))
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(
            "UPDATE message SET state = 1, parts = 2, day = 20261120 WHERE id = ?",
            ((n,) for n in run),
        )
        conn.executemany(
            "INSERT INTO attempt VALUES (?, 1, 1, 1, ?, 1, 1)", ((n, f"r{n:020}") for n in run)
        )
        conn.execute("COMMIT")
    took = time.monotonic() - began
    conn.close()
    return messages / took


async def _profiled(here: Site, stage: Coroutine[Any, Any, int], given: argparse.Namespace) -> int:
    """Do a stage; where it is wanted, profile both threads and tell where the time went."""
    if not given.profile:
        return await stage
    loop, database = cProfile.Profile(), cProfile.Profile()
    await asyncio.wrap_future(here.writer.submit(lambda _: database.enable()))
    loop.enable()
    did = await stage
    loop.disable()
    await asyncio.wrap_future(here.writer.submit(lambda _: database.disable()))
    for name, profile in (("loop", loop), ("database", database)):
        told = io.StringIO()
        pstats.Stats(profile, stream=told).sort_stats("tottime").print_stats(22)
        print(f"--- {given.stage}, {name} thread\n{told.getvalue()}", file=sys.stderr)
    return did


def _table(found: Mapping[str, Any]) -> str:
    lines = [
        f"{found['messages']:,} messages on {found['database']}, processes: {found['processes']}",
        f"{found['states']}",
        f"planned in {found['plan_s']} s",
        f"{'':<9}{'per s':>9}{'loop µs':>9}{'database µs':>13}{'server µs':>11}{'MB':>6}",
    ]
    for name, of in found["stages"].items():
        cpu = of["cpu_us"]
        lines.append(
            f"{name:<9}{of['per_s']:>9,}{cpu['loop']:>9}{cpu['database']:>13}"
            f"{cpu['server']:>11}{of['peak_rss_mb']:>6}"
        )
    if bare := found["bare_sqlite_per_s"]:
        ratio = found["stages"]["send"]["per_s"] / bare
        lines.append(f"bare sqlite3 writes what sending writes at {bare:,}/s: {ratio:.2f} of it")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

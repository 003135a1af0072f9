"""Every stage of a campaign, measured end to end, in one table: what it does, takes and weighs.

    python -m bench.stages --mode cluster --messages 100000
    python -m bench.stages --mode embedded --messages 1000000 --stages plan,smpp,report

Each stage has an installation of its own, durable, and is compared with a baseline of the same run.
CPU is of each process a message, in microseconds; memory is the peak of each; `idle` is how many
cores of the machine had nothing to do meanwhile: where it is near nothing, the cores are the limit.
"""

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from bench import stages_house, stages_sending
from bench.machine import about
from bench.stages_works import CLUSTER, WAYS, Figures

_STAGES: dict[str, Callable[[Path, str, int], Iterator[tuple[str, Figures]]]] = {
    "import": stages_house.read_in,
    "plan": stages_house.plan,
    "http": stages_sending.http,
    "lists": stages_sending.by_lists,
    "smpp": stages_sending.by_smpp,
    "callbacks": stages_sending.callbacks,
    "report": stages_house.report,
}
_TARGETS = {
    "import": 150_000,
    "plan": 100_000,
    "http": 2_500,
    "lists": 8_000,
    "smpp": 8_000,
    "callbacks": 4_000,
}
"""A second, in a cluster."""
_PACKAGES = ("sqlalchemy", "psycopg", "celery", "redis", "uvloop", "httpx")


def main() -> int:
    """Measure the stages that are wanted and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--mode", choices=sorted(WAYS), default=CLUSTER)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument(
        "--stages", default=",".join(_STAGES), help="with commas; callbacks are settled too"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    wanted = given.stages.split(",")
    if unknown := set(wanted) - _STAGES.keys():
        parser.error(f"no stage is called {', '.join(unknown)}; there are {', '.join(_STAGES)}")
    found = measure(given.mode, given.messages, wanted)
    print(json.dumps(found, indent=1) if given.json else _table(found))
    return 0


def measure(mode: str, messages: int, wanted: list[str]) -> Figures:
    """Figures of each stage, one after the other."""
    stages: dict[str, Figures] = {}
    for stage in wanted:
        with tempfile.TemporaryDirectory(prefix="ob-stages-") as folder:
            for name, figures in _STAGES[stage](Path(folder), mode, messages):
                figures["load"] = round(os.getloadavg()[0], 1)
                stages[name] = figures
                print(f"{name}: {figures['per_s']:,}/s", file=sys.stderr, flush=True)
    whole = sum(each["seconds"] for each in stages.values())
    for each in stages.values():
        each["share"] = round(each["seconds"] / whole, 3)
    return {
        "machine": {**about(), **_versions()},
        "mode": mode,
        "messages": messages,
        "stages": stages,
    }


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in _PACKAGES}
    return {"system": platform.release(), "sqlite": sqlite3.sqlite_version, **packages}


def _table(found: Figures) -> str:
    head = (
        f"{'':<17}{'per s':>9}{'wanted':>9}{'s':>8}{'share':>7}{'ratio':>7}  {'load':>5}{'idle':>6}"
    )
    lines = [
        f"{found['mode']}, {found['messages']:,} messages",
        ", ".join(f"{name} {value}" for name, value in found["machine"].items()),
        f"{head}  baseline; CPU µs a message; peak MB",
    ]
    return "\n".join([*lines, *(_line(name, each) for name, each in found["stages"].items())])


def _line(name: str, each: Figures) -> str:
    wanted, base = _TARGETS.get(name), each.get("baseline_per_s")
    told = [f"{each['baseline']} {base:,}/s"] if base else []
    told += [
        ", ".join(f"{who} {value}" for who, value in each[what].items())
        for what in ("cpu_us", "peak_rss_mb")
        if what in each
    ]
    target = f"{wanted:,}" if wanted else ""
    ratio = f"{each['per_s'] / base:.2f}" if base else ""
    return (
        f"{name:<17}{each['per_s']:>9,}{target:>9}{each['seconds']:>8}{each['share']:>7.1%}"
        f"{ratio:>7}  {each['load']:>5}{each.get('idle_cores', ''):>6}  {'; '.join(told)}"
    )


if __name__ == "__main__":
    sys.exit(main())

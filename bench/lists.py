"""A campaign of equal texts over an account that takes lists, durable on SQLite.

    python -m bench.lists --messages 200000
    python -m bench.lists --messages 200000 --account vnpt

The simulator and the engine (`outreach run`) are processes of their own on the same cores; the
engine begins to ask about lists meanwhile. Rates are of wall time, from the first message that left
to the last that was recorded; the split is of CPU time a message.
"""

import argparse
import json
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.machine import about, cpu_s_by_thread
from bench.scene import CONFIG, Scene, scene
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel, Network

NETWORKS = {
    "esms_ads": [(Network.VIETTEL, 86), (Network.VINAPHONE, 91)],
    "vnpt": [(Network.VINAPHONE, 91)],
}
"""Whose people each account is given, with a prefix of theirs."""
_TAKEN = ("accepted", "delivered", "undelivered", "unconfirmed")
_APPROVALS = "[account.approvals]"
_NO_LIMIT = 'limits = [{ unit = "parts", amount = 1000000, per = "second" }]'


def main() -> None:
    """Run once and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--account", choices=sorted(NETWORKS), default="esms_ads")
    parser.add_argument("--faults", default="none")
    parser.add_argument("--in-flight", type=int, help="as large as a third of it may lists be")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ob-lists-") as folder:
        found = measure(Path(folder), given.account, given.messages, given.faults, given.in_flight)
    print(json.dumps(found, indent=1) if given.json else _table(found))


def measure(
    folder: Path, account: str, messages: int, faults: str, in_flight: int | None = None
) -> dict[str, object]:
    """Send so many messages in lists; rates a second, and CPU microseconds a message by stage.

    `in_flight` stands in the place of the account's own.
    """
    config = rehearsal_config(CONFIG, folder / "config")
    only_lists(config, account, in_flight)
    with scene(folder, ["--faults", faults], config) as stage:
        stage.people(messages, networks=NETWORKS[account])
        stage.campaign("bench", [Channel.SMS])
        engine = stage.outreach("run", "--web", "none")
        processes = {"engine": engine.pid, "simulator": stage.town.process.pid}
        try:
            figures = _watch(stage, messages, processes)
        finally:
            engine.terminate()
            engine.wait(60)
        said = stage.town.get("/ledger/summary")["dialects"][account]
        calls = _calls(stage)
    return {
        "machine": about(),
        "account": account,
        "messages": messages,
        "faults": faults,
        **figures,
        "calls_per_thousand": round(calls * 1000 / messages, 2),
        "at_the_carrier": {name: said[name] for name in ("requests", "accepted", "repeated_texts")},
    }


def only_lists(config: Path, account: str, in_flight: int | None) -> None:
    """Leave one account, and measure what we can do, not what a contract allows."""
    accounts = config / "accounts"
    approved = (accounts / "esms.toml").read_text(encoding="utf-8").partition(_APPROVALS)[2]
    for path in accounts.glob("*.toml"):
        if path.stem != account:
            path.unlink()
    path = accounts / f"{account}.toml"
    block = path.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
    if account == "esms_ads":  # which has no text of ours
        block = block.partition(_APPROVALS)[0] + _APPROVALS + approved
    limits = re.compile(r"^limits = \[.*?^\]$", re.DOTALL | re.MULTILINE)
    block, found = limits.subn(_NO_LIMIT, block)
    assert found == 1, f"{path}: no limits"
    if in_flight is not None:
        block = re.sub(r"^in_flight = \d+", f"in_flight = {in_flight}", block, flags=re.MULTILINE)
    path.write_text(block, encoding="utf-8")


def _watch(stage: Scene, messages: int, processes: Mapping[str, int]) -> dict[str, object]:
    while stage.states().get("pending", 0) == messages:
        time.sleep(0.02)  # a process of its own: it writes, and calls nobody
    began, before = time.monotonic(), cpu_s_by_thread(processes)
    while stage.campaign_state() == "running":
        time.sleep(0.1)  # each look costs the engine's cores some milliseconds
    took = time.monotonic() - began
    spent = {name: cpu - before.get(name, 0.0) for name, cpu in cpu_s_by_thread(processes).items()}
    states = stage.states()
    return {
        "accepted_per_s": round(sum(states.get(each, 0) for each in _TAKEN) / took),
        "states": states,
        "cpu_us_per_message": {
            name: round(seconds * 1e6 / messages, 1) for name, seconds in sorted(spent.items())
        },
    }


def _calls(stage: Scene) -> int:
    """How many lists were taken: each has a reference of its own."""
    with stage.house.database.read() as conn:
        return int(
            conn.exec_driver_sql("SELECT COUNT(DISTINCT reference) FROM attempt").scalar_one()
        )


def _table(found: Mapping[str, object]) -> str:
    cpu, carrier = found["cpu_us_per_message"], found["at_the_carrier"]
    assert isinstance(cpu, dict)
    assert isinstance(carrier, dict)
    lines = [
        f"{found['messages']:,} messages in lists of {found['account']}, faults {found['faults']}",
        f"                    {found['states']}",
        f"accepted, durable   {found['accepted_per_s']:>8,} /s",
        f"calls a thousand    {found['calls_per_thousand']:>8}",
        "at the carrier      " + ", ".join(f"{name} {count:,}" for name, count in carrier.items()),
        "CPU a message, µs:",
    ]
    return "\n".join([*lines, *(f"  {name:<18}{micros:>8}" for name, micros in cpu.items())])


if __name__ == "__main__":
    main()

"""Sending end to end over SMPP, durable on SQLite, receipts settled; and what each process costs.

    python -m bench.smpp --messages 200000

The SMSC (the simulator), the engine (`outreach run`, which holds the bind and stores what comes on
it) and the door (`outreach serve`, which settles that) are processes of their own on the same
cores. Exit code 1 if anybody was asked for
twice, or if a message has no end.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.machine import about, cpu_s_by_thread
from bench.scene import CONFIG, Scene, scene
from bench.trial import read_ledger
from outreach.campaigns.templates import TemplateSet
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel
from outreach.simulator.smpp import SmppConfig

TARGET = 8_000
"""Settled messages a second."""
_PURPOSE = "install-guide"  # what scenes send
_QUIET, _PATIENCE = 10, 300
"""Seconds without a message settled, and in all, after which the rest is not waited for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to measure."""

    messages: int
    binds: int
    window: int
    in_flight: int
    parts: int


def main() -> int:
    """Run once and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--binds", type=int, default=1)
    parser.add_argument("--window", type=int, default=1_000)
    parser.add_argument("--in-flight", type=int, default=3_000)
    parser.add_argument("--parts", type=int, choices=(1, 3), default=1, help="plain, accented")
    parser.add_argument("--json", action="store_true")
    given = vars(parser.parse_args())
    as_json = given.pop("json")
    with tempfile.TemporaryDirectory(prefix="ob-smpp-") as folder:
        found = measure(Path(folder), Wish(**given))
    print(json.dumps(found, indent=1) if as_json else _table(found))
    return 1 if found["broken"] else 0


def measure(folder: Path, wish: Wish) -> dict[str, object]:
    """Send so many messages; rates a second of wall time, CPU by process and thread."""
    config = rehearsal_config(CONFIG, folder / "config")
    only_smpp(config, wish)
    with scene(folder, ["--time-scale", "0.2"], config) as stage:
        stage.people(wish.messages)
        stage.campaign("bench", [Channel.SMS])
        with stage.at_work() as processes:
            figures = _watch(stage, wish, processes)
        stage.town.process.terminate()  # so that its ledger is whole
        stage.town.process.wait(30)
        broken = _broken(stage, wish)
    return {"machine": about(), **figures, "broken": broken}


def only_smpp(config: Path, wish: Wish) -> None:
    """Leave one account in a copied configuration, and a text of as many parts as are wished."""
    texts = config.parent / "templates" / "messages"
    if wish.parts == 1:
        plain = (texts / _PURPOSE / "sms_plain.j2").read_text(encoding="utf-8")
        plain = plain.replace("{{ full_name }}", "{{ full_name | plain }}")
        (texts / _PURPOSE / "sms.j2").write_text(plain, encoding="utf-8")
    one_account(config / "accounts", wish, TemplateSet.load(texts, _PURPOSE).words(Channel.SMS))


def one_account(accounts: Path, wish: Wish, words: str) -> None:
    """Leave one account in a copied configuration: SMPP to every network, without a limit.

    `words` is the fingerprint of the texts that it has approved.
    """
    for path in accounts.glob("*.toml"):
        if path.name != "smpp.toml":
            path.unlink()
    path = accounts / "smpp.toml"
    block = path.read_text(encoding="utf-8")
    smsc = SmppConfig()
    for name, value in {
        "enabled": "true",
        "networks": '["Viettel", "VinaPhone", "MobiFone"]',
        "limits": '[{ unit = "parts", amount = 100000, per = "second" }]',
        "in_flight": wish.in_flight,
        "binds": wish.binds,
        "window": wish.window,
        "timeout_seconds": 10,
        "receipt_deadline_hours": 1,
        "system_id": f'"{smsc.system_id}"',
        "password": f'"{smsc.password}"',
        _PURPOSE: f'{{ state = "approved", words = "{words}" }}',
    }.items():
        block, found = re.subn(rf"^{name} = .*$", f"{name} = {value}", block, flags=re.MULTILINE)
        assert found == 1, f"{path}: no {name}"
    path.write_text(block, encoding="utf-8")


def _watch(stage: Scene, wish: Wish, processes: Mapping[str, int]) -> dict[str, object]:
    while stage.states().get("pending", 0) == wish.messages:
        time.sleep(0.02)  # until the first are recorded
    began, before = time.monotonic(), cpu_s_by_thread(processes)
    sent = settled = moved = began
    seen = 0
    while seen < wish.messages:
        time.sleep(0.2)  # each look costs the engine's cores some milliseconds
        states, now = stage.states(), time.monotonic()
        final = sum(states.get(name, 0) for name in ("delivered", "undelivered", "rejected"))
        if states.get("pending", 0):
            sent = now
        if final > seen:
            seen, settled, moved = final, now, now
        if now - (began + _PATIENCE if states.get("pending", 0) else moved) > _QUIET:
            break
    wall = max(settled - began, 0.001)
    spent = {
        name: cpu - before.get(name, 0.0)
        for name, cpu in sorted(cpu_s_by_thread(processes).items())
    }
    return {
        "messages": wish.messages,
        "parts": wish.parts,
        "sent_per_s": round(wish.messages / max(sent - began, 0.001)),
        "settled_per_s": round(seen / wall),
        "states": stage.states(),
        "cores": {name: round(seconds / wall, 2) for name, seconds in spent.items()},
        "cpu_us_per_message": {
            name: round(seconds * 1e6 / wish.messages, 1) for name, seconds in spent.items()
        },
    }


def _broken(stage: Scene, wish: Wish) -> list[str]:
    """Lay the SMSC's ledger beside our figures."""
    [(twice, parts)] = read_ledger(
        stage.ledger,
        "SELECT COUNT(*) FILTER (WHERE taken > 1), COUNT(*) FROM (SELECT SUM(accepted) AS taken"
        " FROM request WHERE dialect = 'smpp' GROUP BY msisdn, text)",
    )
    states = stage.states()
    found = [f"{twice} parts were taken twice"] if twice else []
    if sum(states.values()) != wish.messages:
        found.append(f"{sum(states.values())} of {wish.messages} messages are in the figures")
    if parts != wish.messages * wish.parts:
        found.append(f"{parts} of {wish.messages * wish.parts} parts reached the SMSC")
    if left := states.get("pending", 0):
        found.append(f"{left} messages are still to be sent")
    return found


def _table(found: Mapping[str, object]) -> str:
    settled, cores, cpu = found["settled_per_s"], found["cores"], found["cpu_us_per_message"]
    assert isinstance(settled, int)
    assert isinstance(cores, dict)
    assert isinstance(cpu, dict)
    broken = found["broken"]
    assert isinstance(broken, list)
    lines = [
        f"{found['messages']:,} messages of {found['parts']} part(s) over SMPP",
        f"sent and recorded   {found['sent_per_s']:>8,} /s",
        f"receipts settled    {settled:>8,} /s  (target {TARGET:,}: {settled / TARGET:.0%})",
        f"results             {found['states']}",
        f"{'CPU':<20}{'cores':>8}{'µs a message':>14}",
        *(f"  {name:<18}{cores[name]:>8}{cpu[name]:>14}" for name in cores),
        *(f"BROKEN: {each}" for each in broken),
        f"broken promises     {len(broken):>8}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

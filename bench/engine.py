"""Sending end to end over loopback HTTP, durable, receipts settled; and where the time goes.

    python -m bench.engine --messages 20000 --channel zalo

The simulator, the engine (`outreach run`) and the callback door (`outreach serve`) are processes
of their own on the same cores. Rates are of wall time; the split is of CPU time a message.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import uvloop

from bench.machine import about, cpu_s_by_thread
from bench.scene import CONFIG, Scene, scene
from outreach.carriers.http import Http
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel

_CHANNELS = {
    "zalo": [Channel.ZALO],
    "sms": [Channel.SMS],
    "both": [Channel.ZALO, Channel.SMS],
}


def main() -> None:
    """Run once and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--channel", choices=_CHANNELS, default="zalo")
    parser.add_argument("--faults", default="none")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ob-engine-") as folder:
        found = measure(Path(folder), given.messages, given.channel, given.faults)
    print(json.dumps(found, indent=1) if given.json else _table(found))


def measure(folder: Path, messages: int, channel: str, faults: str) -> dict[str, object]:
    """Send so many messages; rates a second, and CPU microseconds a message by stage."""
    config = rehearsal_config(CONFIG, folder / "config")
    lift_limits(config)
    simulator = ["--faults", faults, "--time-scale", "0.2"]
    with scene(folder, simulator, config) as stage:
        stage.people(messages)
        alone = uvloop.run(bare(f"{stage.town.url}/zalo/message/template"))
        began = time.monotonic()
        stage.campaign("bench", _CHANNELS[channel])
        planned = time.monotonic() - began
        with stage.at_work() as processes:
            figures = _watch(stage, messages, processes)
    return {
        "machine": about(),
        "messages": messages,
        "channel": channel,
        "faults": faults,
        "preflight_and_plan_s": round(planned, 2),
        "bare_client_per_s": round(alone),
        **figures,
    }


async def bare(url: str, calls: int = 10_000, in_flight: int = 100) -> float:
    """The baseline: the same client and carrier with nothing stored; calls a second."""
    http = Http(timedelta(seconds=10), in_flight)
    rest = iter(range(calls))

    async def caller() -> None:
        for _ in rest:
            await http.post(url, json={"phone": "84900000000"}, headers={"access_token": "none"})

    began = time.monotonic()
    await asyncio.gather(*(caller() for _ in range(in_flight)))
    await http.aclose()
    return calls / (time.monotonic() - began)


def lift_limits(config: Path) -> None:
    """Measure what we can do, not what a contract allows."""
    for path in (config / "accounts").glob("*.toml"):
        path.write_text(path.read_text().replace("amount = 1500", "amount = 100000"))


def _watch(stage: Scene, messages: int, processes: Mapping[str, int]) -> dict[str, object]:
    while stage.states().get("pending", 0) == messages:
        time.sleep(0.02)
    began, before = time.monotonic(), cpu_s_by_thread(processes)
    while stage.campaign_state() == "running":
        time.sleep(0.1)
    sent = time.monotonic() - began
    while stage.campaign_state() != "settled" or stage.waiting():
        time.sleep(0.25)  # each look costs the engine's cores some milliseconds
        if _final(stage) >= messages and not stage.waiting():
            break
    settled = time.monotonic() - began
    spent = {name: cpu - before.get(name, 0.0) for name, cpu in cpu_s_by_thread(processes).items()}
    return {
        "sent_per_s": round(messages / sent),
        "settled_per_s": round(messages / settled),
        "states": stage.states(),
        "cpu_us_per_message": {
            name: round(seconds * 1e6 / messages) for name, seconds in sorted(spent.items())
        },
    }


def _final(stage: Scene) -> int:
    states = stage.states()
    return sum(states.get(name, 0) for name in ("delivered", "undelivered"))


def _table(found: Mapping[str, object]) -> str:
    settled, bare = found["settled_per_s"], found["bare_client_per_s"]
    assert isinstance(settled, int)
    assert isinstance(bare, int)
    lines = [
        f"{found['messages']:,} messages, channel {found['channel']}, faults {found['faults']}",
        f"sent and recorded   {found['sent_per_s']:>8,} /s",
        f"receipts settled    {found['settled_per_s']:>8,} /s",
        f"bare client         {bare:>8,} /s  (settled / bare: {settled / bare:.2f})",
        f"check, price, plan  {found['preflight_and_plan_s']:>8} s",
        "CPU a message, µs:",
    ]
    cpu = found["cpu_us_per_message"]
    assert isinstance(cpu, dict)
    lines += [f"  {name:<18}{micros:>8}" for name, micros in cpu.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""Whether `campaign status` tells a campaign's end: asked on its way, compared with what came.

    python -m bench.eta --messages 12000 --per-second 100

Accounts are limited, so that the pace is the contract's and not this machine's. What counts is the
error against the time that was left.
"""

import argparse
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from bench.scene import CONFIG, Scene, scene, set_limits
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel

_LOOKS = (0.25, 0.5, 0.75)
_CHANNELS = {"sms": [Channel.SMS], "both": [Channel.ZALO, Channel.SMS]}


def main() -> None:
    """Run once and print a line a look."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=12_000)
    parser.add_argument("--per-second", type=int, default=100)
    parser.add_argument("--channel", choices=_CHANNELS, default="sms")
    parser.add_argument("--faults", default="none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ob-eta-") as name:
        folder = Path(name)
        config = rehearsal_config(CONFIG, folder / "config")
        set_limits(config, given.per_second)
        with scene(folder, ["--faults", given.faults, "--time-scale", "0.1"], config) as stage:
            stage.people(given.messages)
            stage.campaign("bench", _CHANNELS[given.channel])
            _tell(*_asked(stage, given.messages))


def _asked(stage: Scene, messages: int) -> tuple[list[tuple[float, float, float]], float]:
    """Per look: when it was, and in how many seconds it saw the end; then when the end was."""
    engine = stage.engine()
    began, looks = time.monotonic(), list[tuple[float, float, float]]()
    try:
        while stage.campaign_state() == "running":
            sent = 1 - stage.states().get("pending", 0) / messages
            if len(looks) < len(_LOOKS) and sent >= _LOOKS[len(looks)]:
                at, left = time.monotonic() - began, _left(stage)
                looks.append((_LOOKS[len(looks)], at, left.total_seconds()))
            time.sleep(0.25)  # each look costs the engine's cores some milliseconds
    finally:
        engine.terminate()
        engine.wait(30)
    return looks, time.monotonic() - began


def _left(stage: Scene) -> timedelta:
    status = stage.ask("campaign", "status", "bench")
    return datetime.fromisoformat(status["eta"]) - datetime.fromisoformat(status["at"])


def _tell(looks: list[tuple[float, float, float]], end: float) -> None:
    print("sent   seconds left: told, came   error")
    for share, at, told in looks:
        came = end - at
        print(f"{share:4.0%}   {told:18.1f}, {came:4.1f}   {(told - came) / came:+6.1%}")


if __name__ == "__main__":
    main()

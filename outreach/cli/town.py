"""A town to rehearse in: simulated carriers in their own process, and settings that point there."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from outreach.domain.holidays import Holidays
from outreach.domain.window import LOCAL
from outreach.simulator.accounts import variables


@dataclass(frozen=True, slots=True)
class Town:
    """Simulated carriers at an address, as a process that can be asked and ended."""

    url: str
    process: subprocess.Popen[str]
    lines: Mapping[str, str]
    """Where the carriers without HTTP listen, by account."""

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Read one of the simulator's own JSON pages."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def post(self, path: str, body: Mapping[str, object]) -> None:
        """Tell the simulator something."""
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.url}{path}",
            json.dumps(body).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            pass


@contextlib.contextmanager
def town(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Iterator[Town]:
    """Start the simulator with these arguments, and end it with the block."""
    process = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "outreach.simulator", "--leash", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(environ),
        start_new_session=True,  # Ctrl-C is for us; we end it in order
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the simulator did not start; its words are above")
        told = json.loads(line)
        yield Town(told["url"], process, told["lines"])
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


_PATIENCE = {
    "timeout_seconds = 10": "timeout_seconds = 3",
    "receipt_deadline_hours = 72": "receipt_deadline_hours = 0.002",
    "[account.options]": "[account.options]\npull_every_seconds = 2",
}


def rehearsal_config(config: Path, target: Path, joining: Collection[str] = ()) -> Path:
    """Copy the settings and the texts, with a rehearsal's patience: seconds, not days.

    `joining` are accounts that take part though no new installation has them enabled.
    """
    shutil.copytree(config, target)
    shutil.copytree(config.parent / "templates", target.parent / "templates")
    for path in (target / "accounts").glob("*.toml"):
        block = path.read_text(encoding="utf-8")
        for usual, quick in _PATIENCE.items():
            block = block.replace(usual, quick)
        if path.stem in joining:
            block = block.replace("enabled = false\n", "")
        path.write_text(block, encoding="utf-8")
    return target


def shift_to(hour: int, closed: Holidays) -> float:
    """Seconds from now to a local hour of today, or of the last day that was no holiday.

    So rehearsals run at any time as if by day.
    """
    now = datetime.now(LOCAL)
    day = now.date()
    while day in closed:
        day -= timedelta(days=1)
    return (datetime.combine(day, time(hour), LOCAL) - now).total_seconds()


def environment(
    simulator: str,
    data: Path,
    callback_url: str,
    secrets: tuple[str, str],
    config: Path = Path("config"),
    lines: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """The variables with which an installation sends to the simulator and is called back.

    `secrets` are the key secret and the callback token; the files of `config` say which variables
    its accounts need, `lines` are those of the town.
    """
    return {
        **variables(config, simulator, lines),
        "OUTREACH_DATA": str(data),
        "OUTREACH_KEY_SECRET": secrets[0],
        "OUTREACH_CALLBACK_TOKEN": secrets[1],
        "OUTREACH_CALLBACK_URL": callback_url,
    }

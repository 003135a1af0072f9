"""`python -m outreach.simulator`: carriers in a process of their own.

What came is told by URL/ledger/summary and URL/ledger/duplicates (who was asked for twice, when,
with what answer) and by the tables request, query and receipt of the --ledger; POST to
URL/control/faults changes the plan. `outreach simulator --credentials` prints the variables with
which an installation sends here.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from outreach.simulator.config import SimulatorConfig, called_back, load_dialects
from outreach.simulator.faults import PRESETS, load_faults
from outreach.simulator.simulator import run

_USUAL = Path("config/accounts")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="outreach.simulator",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default="none", help=f"{', '.join(PRESETS)}, .toml or .json")
    parser.add_argument("--ledger", type=Path, help="SQLite file; in memory without it")
    parser.add_argument("--time-scale", type=float, default=1.0, help="multiplies receipt times")
    parser.add_argument(
        "--accounts",
        type=Path,
        help=f"TOML file, one table an account; or a folder of accounts' files such as {_USUAL}",
    )
    parser.add_argument("--leash", action="store_true", help="end when standard input closes")
    parser.add_argument("--callbacks", metavar="URL", help="our door; {account} is the carrier's")
    return parser


def read_arguments(arguments: Sequence[str] | None = None) -> SimulatorConfig:
    """Turn a command line into a config."""
    given = _parser().parse_args(arguments)
    config = SimulatorConfig(
        port=given.port,
        seed=given.seed,
        faults=load_faults(given.faults),
        ledger=given.ledger,
        time_scale=given.time_scale,
    )
    accounts = given.accounts or (_USUAL if _USUAL.is_dir() else None)
    dialects = load_dialects(accounts) if accounts else config.dialects
    if given.callbacks:
        dialects = called_back(dialects, given.callbacks)
    return replace(config, dialects=dialects)


def _wait_for_the_end_of_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    if "--leash" in sys.argv:
        # Whoever started us may be killed; its end of the pipe closes all the same.
        threading.Thread(target=_wait_for_the_end_of_input, daemon=True).start()
    run(read_arguments())

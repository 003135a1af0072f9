"""The engine harmed again and again under load, faults on, duplicate refusal off.

    python -m bench.kills --kills 200
    python -m bench.kills --fault disk --kills 20

Exit code 1 if a promise broke: nobody is asked for twice, an end of the engine leaves at most one
window unknown, everything else comes to its end, no acknowledged receipt is lost.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.harm_clock import latest, step_clock
from bench.harm_disk import fill_disk
from bench.postgres import QUICK, postgres
from bench.powercut import NoCompilerError, cut_lying_power, cut_power
from bench.scene import Scene, let_work
from bench.trial import Findings, Harm, Plan, trial


def kill(stage: Scene, chance: random.Random) -> None:
    """Kill the engine at a random moment of its first seconds."""
    engine = stage.engine()
    let_work(chance, 0.3, 2.5)
    engine.kill()
    engine.wait()


@dataclass(frozen=True, slots=True)
class _Fault:
    """A harm, how often it is done unless told, how many recipients a round takes, and the end."""

    harm: Harm
    rounds: int
    recipients: int
    last: Callable[[Scene], subprocess.Popen[str]] = Scene.engine


_FAULTS = {
    "kill": _Fault(kill, 200, 170),
    "disk": _Fault(fill_disk, 30, 600),
    "clock": _Fault(step_clock, 30, 600, latest),
    "power": _Fault(cut_power, 30, 500),
    "lying": _Fault(cut_lying_power, 10, 500),
}


def main() -> int:
    """Run one trial and print what came of it."""
    given = _given()
    fault = _FAULTS[given.fault]
    rounds = given.kills or fault.rounds
    recipients = given.recipients or 2_000 + rounds * fault.recipients
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    print(f"seed {seed}, {rounds} rounds of {given.fault}, {recipients} recipients", flush=True)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ob-kills-") as folder,
            _DATABASES[given.database]() as url,
        ):
            plan = Plan(
                harm=fault.harm,
                rounds=rounds,
                recipients=recipients,
                seed=seed,
                url=url,
                last=fault.last,
            )
            found = trial(Path(folder), plan)
    except NoCompilerError as fault:
        print(fault, file=sys.stderr)
        return 2
    print(json.dumps(asdict(found), indent=1) if given.json else _table(found))
    return 1 if found.broken else 0


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--fault", choices=_FAULTS, default="kill")
    parser.add_argument("--kills", type=int, help="rounds; 200 kills without it")
    parser.add_argument("--recipients", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--database", choices=_DATABASES, default="sqlite")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.fault != "kill" and given.database != "sqlite":
        parser.error(f"--fault {given.fault} is for SQLite: PostgreSQL's files are its own")
    return given


_DATABASES: dict[str, Callable[[], AbstractContextManager[str | None]]] = {
    "sqlite": nullcontext,
    "postgresql": lambda: postgres(QUICK),
}


def _table(found: Findings) -> str:
    states = ", ".join(f"{name} {count:,}" for name, count in sorted(found.states.items()))
    lines = [
        f"rounds              {found.rounds:>8,}   in {found.seconds:.0f} s",
        f"requests            {found.requests:>8,}   as the carriers counted them",
        f"left unknown        {found.interrupted:>8,}   {found.window} a round at most",
        f"results             {states}",
        *(f"BROKEN: {each}" for each in found.broken[:20]),
        f"broken promises     {len(found.broken):>8,}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

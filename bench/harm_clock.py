"""The clock stepped by up to an hour either way: between two runs, and under a running engine."""

import random
import subprocess
from pathlib import Path

from bench.scene import Scene, let_work
from bench.stepped import VARIABLE, step

_HOUR = 3_600.0
_STEPS = (-_HOUR, 0.0, _HOUR)


def step_clock(stage: Scene, chance: random.Random) -> None:
    """Start at one time, step to another under the running engine, and kill it after."""
    engine = _engine(stage, chance.choice(_STEPS))
    for _ in range(2):
        let_work(chance, 0.3, 2.0)
        step(_clock(stage), chance.choice(_STEPS))
    let_work(chance, 0.3, 2.0)
    assert engine.poll() is None, f"the engine died of a step: {stage.log_end()}"
    engine.kill()
    engine.wait()


def latest(stage: Scene) -> subprocess.Popen[str]:
    """Start an engine at the latest of all times, at which everything that waits is due.

    What began to wait in the later hour would wait an hour longer in the earlier one.
    """
    return _engine(stage, max(_STEPS))


def _engine(stage: Scene, at: float) -> subprocess.Popen[str]:
    step(_clock(stage), at)
    return stage.engine("bench.stepped", **{VARIABLE: str(_clock(stage))})


def _clock(stage: Scene) -> Path:
    return stage.folder / "clock"

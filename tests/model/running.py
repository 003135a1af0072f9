"""Runs histories under hypothesis."""

import logging
import traceback
from collections import Counter

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Histories
from tests.model.people import COUNTS
from tests.model.quick import prepared


def counted(examples: int, steps: int, number: int, *, quick: bool) -> tuple[Counter[str], str]:
    """Run histories; returns what happened, and the smallest history that breaks a promise."""
    logging.disable(logging.CRITICAL)  # carriers fail, and adapters raise, all the time
    try:
        run(Histories, examples=examples, steps=steps, number=number, quick=quick)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is told with its history
        history = "\n".join(getattr(fault, "__notes__", ()))
        return COUNTS, f"seed {number}:\n{traceback.format_exc()}\n{history}"
    return COUNTS, ""


def run(
    machine: type[Histories],
    *,
    examples: int,
    steps: int,
    number: int | None = None,
    quick: bool = False,
) -> None:
    """Run histories, from a seed or of any; raises what a history came to that breaks a promise."""
    phases = [Phase.generate] if quick else [Phase.generate, Phase.shrink]
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=phases,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    # A class of its own, so that one run's seed is not the next one's.
    chosen_machine = type(machine.__name__, (machine,), {})
    if number is not None:
        chosen_machine = seed(number)(chosen_machine)
    with prepared():
        run_state_machine_as_test(chosen_machine, settings=chosen)

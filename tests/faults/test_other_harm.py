"""A disk that is full for a while, a clock that steps, a power cut: the promises hold in each."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bench.harm_clock import latest, step_clock
from bench.harm_disk import fill_disk
from bench.powercut import cut_power
from bench.trial import Harm, Plan, trial

SEED = random.SystemRandom().randrange(10**6)


def _plan(harm: Harm) -> Plan:
    print(f"seed {SEED}")
    return Plan(harm=harm, rounds=2, recipients=3_000, seed=SEED)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_full_disk_stops_the_sending_and_loses_nothing(tmp_path: Path) -> None:
    assert trial(tmp_path, _plan(fill_disk)).broken == ()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_clock_that_steps_by_an_hour_loses_nothing(tmp_path: Path) -> None:
    plan = replace(_plan(step_clock), last=latest)
    assert trial(tmp_path, plan).broken == ()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("cc") is None, reason="the power cut needs a C compiler")
def test_a_power_cut_costs_no_more_than_a_kill(tmp_path: Path) -> None:
    assert trial(tmp_path, _plan(cut_power)).broken == ()

"""The engine killed at random moments, faults on, duplicate refusal off: nobody is asked twice.

OUTREACH_KILLS and OUTREACH_KILL_RECIPIENTS make it longer; the seed is printed and may be given
as OUTREACH_KILL_SEED. `python -m bench.kills` runs the same for as long as one likes.
"""

import os
import random
from pathlib import Path

import pytest

from bench.kills import kill
from bench.trial import Plan, trial

KILLS = int(os.environ.get("OUTREACH_KILLS", "8"))
RECIPIENTS = int(os.environ.get("OUTREACH_KILL_RECIPIENTS", "5000"))
SEED = int(os.environ.get("OUTREACH_KILL_SEED", str(random.SystemRandom().randrange(10**6))))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_kill_makes_anybody_get_it_twice(tmp_path: Path, database_url: str) -> None:
    print(f"seed {SEED}, {KILLS} kills, {RECIPIENTS} recipients")
    plan = Plan(harm=kill, rounds=KILLS, recipients=RECIPIENTS, seed=SEED, url=database_url)
    found = trial(tmp_path, plan)
    print(found)
    assert found.broken == ()

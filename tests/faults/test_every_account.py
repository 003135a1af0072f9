"""Every account at once, every fault on, kills: conservation, at most once, never over a limit.

OUTREACH_EVERY_SEED, OUTREACH_EVERY_RECIPIENTS and OUTREACH_EVERY_KILLS change it;
`python -m bench.every_account` runs the same with more people.
"""

import os
from pathlib import Path

import pytest

from bench.every_account import Plan, every_account

SEED = int(os.environ.get("OUTREACH_EVERY_SEED", "1"))
RECIPIENTS = int(os.environ.get("OUTREACH_EVERY_RECIPIENTS", "1600"))
KILLS = int(os.environ.get("OUTREACH_EVERY_KILLS", "3"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_promise_breaks_over_every_account_with_every_fault(tmp_path: Path) -> None:
    found = every_account(tmp_path, Plan(recipients=RECIPIENTS, kills=KILLS, seed=SEED))
    print(found.table())
    assert found.broken == ()

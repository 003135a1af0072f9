"""kill -9 at random moments, faults on, duplicate refusal off: nobody is asked for twice.

OUTREACH_KILLS and OUTREACH_KILL_RECIPIENTS make it longer; the seed is printed and may be given
as OUTREACH_KILL_SEED.
"""

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest

from bench.scene import CONFIG, Scene, scene
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel
from outreach.reports import differences
from outreach.settings import load

KILLS = int(os.environ.get("OUTREACH_KILLS", "8"))
RECIPIENTS = int(os.environ.get("OUTREACH_KILL_RECIPIENTS", "6000"))
SEED = int(os.environ.get("OUTREACH_KILL_SEED", str(random.SystemRandom().randrange(10**6))))

FAULTS = """
latency_ms = [5, 60]
throttled = 0.002
refused = 0.01
dropped_before = 0.001
error_before = 0.001
dropped_after = 0.001
error_after = 0.001
unanswered = 0.001
refuse_duplicates = false
undelivered = 0.03
receipt_ms = [100, 1500]
receipt_lost = 0.01
receipt_doubled = 0.05
receipt_shuffle_ms = 500
receipt_first = 0.02
ported = 0.01
no_zalo = 0.3
zalo_refuses = 0.02
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_kill_makes_anybody_get_it_twice(tmp_path: Path) -> None:
    print(f"seed {SEED}, {KILLS} kills, {RECIPIENTS} recipients")
    chance = random.Random(SEED)
    faults = tmp_path / "faults.toml"
    faults.write_text(FAULTS)
    config = rehearsal_config(CONFIG, tmp_path / "config")
    with scene(tmp_path, ["--seed", str(SEED), "--faults", str(faults)], config) as stage:
        stage.people(RECIPIENTS)
        stage.campaign("c", [Channel.ZALO, Channel.SMS])
        kills = _kill_often(stage, chance)
        _to_the_end(stage)
        states = stage.states()
        print(f"killed {kills} times: {states}")
        with stage.house.database.read() as conn:
            assert differences(conn, 1) == []
            interrupted = conn.exec_driver_sql(
                "SELECT COUNT(*) FROM attempt WHERE code = 'interrupted'"
            ).scalar_one()
        window = sum(account.in_flight for account in load(config, stage.environ).accounts)
        print(f"{interrupted} left unknown by kills, at most {window} each")
        assert sum(states.values()) == RECIPIENTS
        assert interrupted <= kills * window
        assert not {"pending"} & set(states)
    assert _asked_twice(stage.ledger) == []


def _kill_often(stage: Scene, chance: random.Random) -> int:
    kills = 0
    while kills < KILLS and stage.campaign_state() == "running":
        engine = stage.outreach("run", "--port", str(stage.port))
        time.sleep(chance.uniform(0.5, 5.0))
        engine.kill()
        engine.wait()
        kills += 1
    return kills


def _to_the_end(stage: Scene) -> None:
    engine = stage.outreach("run", "--port", str(stage.port))
    try:
        deadline = time.monotonic() + 300
        while stage.campaign_state() != "settled":
            assert engine.poll() is None, "the engine died"
            assert time.monotonic() < deadline, f"not settled: {stage.states()}"
            time.sleep(0.2)
    finally:
        engine.terminate()
        assert engine.wait(30) == 0


def _asked_twice(ledger: Path) -> list[tuple[object, ...]]:
    """Requests for somebody after one that was accepted, or whose answer was lost on the way."""
    with sqlite3.connect(ledger) as conn:
        rows = conn.execute(
            "SELECT later.dialect, later.key, first.dialect, first.key, first.accepted, first.cut"
            " FROM request first JOIN request later ON later.msisdn = first.msisdn"
            " AND later.rowid > first.rowid WHERE first.accepted = 1 OR first.cut <> ''"
        ).fetchall()
    conn.close()
    return rows

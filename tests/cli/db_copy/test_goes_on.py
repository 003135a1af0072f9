"""A campaign that is half sent goes on in PostgreSQL, as real processes do it."""

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench.kills import kill
from bench.scene import CONFIG, scene, set_limits
from bench.trial import asked_twice, first_tokens, read_ledger, to_the_end
from outreach.bootstrap import open_house
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel
from outreach.reports import differences
from outreach.settings import load

PEOPLE = 300
PER_SECOND, IN_FLIGHT = 40, 24
"""So slow that a killed engine leaves most of the work."""


def _asked(folder: Path) -> object:
    return read_ledger(folder / "ledger.db", "SELECT COUNT(*) FROM request")


@pytest.mark.slow
def test_nobody_is_sent_to_twice_and_nobody_is_lost(tmp_path: Path, empty: str) -> None:
    config = rehearsal_config(CONFIG, tmp_path / "config")
    set_limits(config, PER_SECOND, IN_FLIGHT)
    with scene(tmp_path, ["--seed", "7"], config) as stage:
        stage.people(PEOPLE)
        stage.campaign("moved", [Channel.ZALO, Channel.SMS])
        first_tokens(stage)
        kill(stage, random.Random(7))
        before = stage.states()
        assert 0 < before["pending"] < PEOPLE
        stage.house.close()
        copying = stage.outreach("db", "copy", "--to", empty)
        assert copying.wait(60) == 0
        asked = _asked(tmp_path)
        left_on = stage.engine()
        time.sleep(2)  # the file's own engine would send in it
        left_on.terminate()
        assert left_on.wait(30) == 0
        assert _asked(tmp_path) == asked
        there = {**stage.environ, "OUTREACH_DATABASE_URL": empty}
        moved = replace(stage, environ=there, house=open_house(load(config, there)))
        assert moved.states() == before
        set_limits(config, 1_000)
        to_the_end(moved, moved.engine())
        after = moved.states()
        with moved.house.database.read() as conn:
            assert differences(conn, 1) == []
        moved.house.close()
    assert asked_twice(tmp_path / "ledger.db") == []
    assert sum(after.values()) == PEOPLE
    assert "pending" not in after
    window = sum(account.in_flight for account in load(config, there).accounts)
    assert after.get("unknown", 0) <= window

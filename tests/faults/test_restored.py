"""A copy that is restored believes unsent what was sent after it: paused, it sends nothing."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bench.scene import CONFIG, OPERATOR, Scene, scene, set_limits
from bench.trial import asked_twice, read_ledger
from outreach.campaigns import everything
from outreach.campaigns.control import Wish
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel
from outreach.domain.rules import Rules
from outreach.domain.window import LEGAL

_PEOPLE, _PER_SECOND = 1_500, 50


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_paused_copy_sends_nothing_of_what_runs_or_begins_by_itself(tmp_path: Path) -> None:
    config = rehearsal_config(CONFIG, tmp_path / "config")
    set_limits(config, _PER_SECOND)
    with scene(tmp_path, ["--seed", "1"], config) as stage:
        clock = stage.house.settings.clock
        stage.people(_PEOPLE)
        stage.people(_PEOPLE, "others", first=_PEOPLE)
        begins = int((clock() + timedelta(seconds=8)).timestamp() * 1000)
        later = Rules(starts_at=begins)
        stage.launch(Wish("later", "others", "install-guide", [Channel.SMS], LEGAL, rules=later))
        stage.campaign("now", [Channel.SMS])
        engine, database, copy = stage.engine(), tmp_path / "outreach.db", tmp_path / "copy.db"
        _until(lambda: _asked(stage, 0, _PEOPLE) > 50)
        _copy(database, copy)
        _until(lambda: _asked(stage, _PEOPLE, 2 * _PEOPLE) > 50)
        engine.terminate()
        assert engine.wait(30) == 0

        _copy(copy, database)
        everything.pause(stage.house.database, OPERATOR, "restored", clock)
        asked = _asked(stage, 0, 2 * _PEOPLE)
        assert asked_twice(stage.ledger) == []
        engine = stage.engine()
        time.sleep(5)  # both campaigns would send in it, as they do below
        assert engine.poll() is None
        assert _asked(stage, 0, 2 * _PEOPLE) == asked

        everything.resume(stage.house.database, OPERATOR, clock)
        _until(lambda: len(asked_twice(stage.ledger)) > 50)
        engine.kill()
        engine.wait()


def _asked(stage: Scene, first: int, end: int) -> int:
    """How often carriers were asked for people of an audience, by where it begins and ends."""
    [(found,)] = read_ledger(
        stage.ledger,
        "SELECT COUNT(*) FROM request WHERE CAST(msisdn AS INTEGER) % 10000000"
        f" BETWEEN {first} AND {end - 1}",
    )
    return int(found)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _until(reached: Callable[[], bool], patience_s: float = 60.0) -> None:
    deadline = time.monotonic() + patience_s
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # the ledger is asked: the simulator calls nobody

"""A cluster as it is run: real processes, real servers, a campaign from its begin to its end."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bench.cluster import Cluster, Service, cluster
from bench.scene import CONFIG, set_limits
from bench.server import Server
from bench.trial import (
    FAULTS,
    broken_inside,
    broken_outside,
    count,
    first_tokens,
    kept_calls,
    trust_no_carrier,
)
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel
from outreach.store import accounts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PEOPLE = 1_500
_PATIENCE = 240.0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cluster]:
    """Two workers, beat and web, a campaign under way with all that carriers do."""
    (tmp_path / "faults.toml").write_text(FAULTS)
    config = rehearsal_config(CONFIG, tmp_path / "config")
    set_limits(config, 100, 24)
    trust_no_carrier(config)
    with cluster(
        tmp_path, ["--seed", "5", "--faults", str(tmp_path / "faults.toml")], config
    ) as it:
        it.stage.people(PEOPLE)
        it.stage.campaign("cluster", [Channel.ZALO, Channel.SMS])
        first_tokens(it.stage)
        it.start()
        yield it


def _accepted(running: Cluster) -> int:
    dialects = running.stage.town.get("/ledger/summary")["dialects"]
    return sum(its["accepted"] for its in dialects.values())


def _goes_on(running: Cluster) -> None:
    """Wait until messages leave again; the ledger is asked, for the simulator calls nobody."""
    before, until = _accepted(running), time.monotonic() + 60
    while _accepted(running) < before + 20:
        assert time.monotonic() < until, [each.log.read_text()[-500:] for each in running.services]
        time.sleep(0.2)


def _screens_show_it(running: Cluster) -> None:
    """What all processes say of their accounts is in the database, where screens look."""
    stage = running.stage
    until = time.monotonic() + 30
    while True:
        with stage.house.database.read() as conn:
            pulses = {pulse.account: pulse for pulse in accounts.pulses(conn)}
        if any(pulse.per_minute for pulse in pulses.values()):
            break
        assert time.monotonic() < until, pulses
        time.sleep(0.2)  # it is written once a second
    assert set(pulses) == set(stage.house.numbers.values())
    assert {pulse.breaker for pulse in pulses.values()} == {"closed"}
    assert stage.house.database.engine_runs()


def _settled(running: Cluster) -> None:
    """Wait for the end; the database is asked, for the workers are other processes."""
    until = time.monotonic() + _PATIENCE
    while not _is_settled(running):
        assert time.monotonic() < until, running.stage.states()
        time.sleep(0.5)
    for service in running.services:
        service.stop()


def _is_settled(running: Cluster) -> bool:
    try:
        return running.stage.campaign_states() == {"settled"}
    except OperationalError:
        return False  # a session that the restart of the server has ended


def _broken(running: Cluster) -> list[str]:
    stage = running.stage
    return [*broken_inside(stage, PEOPLE), *broken_outside(stage.ledger, kept_calls(stage))]


def test_a_second_beat_and_doubled_bells_change_nothing(running: Cluster) -> None:
    second = Service("beat-2", ("workers", "beat"), running.stage)
    second.start()
    try:
        _goes_on(running)
        _screens_show_it(running)
        _settled(running)
    finally:
        second.stop()
    assert _broken(running) == []
    assert count(running.stage, "attempt WHERE code = 'interrupted'") == 0


def test_each_part_stopped_and_started_in_turn(running: Cluster) -> None:
    parts: list[Service | Server] = [*running.services, running.redis, running.postgres]
    for part in parts:
        part.stop()
        part.start()
        _goes_on(running)
    _settled(running)
    assert _broken(running) == []


def test_a_quiet_end_leaves_nothing_unknown(running: Cluster) -> None:
    for worker in running.workers:
        _goes_on(running)
        worker.stop()
        worker.start()
    _settled(running)
    assert _broken(running) == []
    assert count(running.stage, "attempt WHERE code = 'interrupted'") == 0

"""A spending ceiling over several processes, one of which is killed on the way."""

import time
from pathlib import Path

import pytest

from bench.cluster import Cluster, Service, cluster
from bench.scene import CONFIG, set_limits
from bench.trial import trust_no_carrier
from outreach.campaigns.control import Wish
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel
from outreach.domain.rules import Rules
from outreach.domain.window import LEGAL
from outreach.store import seats

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PEOPLE, CEILING = 3_000, 2_000_000


def _asked(running: Cluster) -> dict[str, int]:
    dialects = running.stage.town.get("/ledger/summary")["dialects"]
    return {name: its["requests"] for name, its in dialects.items()}


def _spent(running: Cluster) -> int:
    """Đồng, every request at its full price, though some were refused."""
    accounts = {each.name: each for each in running.stage.house.settings.accounts}
    with running.stage.house.database.read() as conn:
        parts = conn.exec_driver_sql("SELECT MAX(parts) FROM message").scalar_one()
    return int(
        sum(
            accounts[name].price_per_part * parts * count for name, count in _asked(running).items()
        )
    )


def _both_at_work(running: Cluster) -> None:
    """Wait until each of two processes has a seat at both accounts."""
    wanted = [f"send.{account} {n}" for account in ("viettel", "esms") for n in (0, 1)]
    until = time.monotonic() + 60
    while True:
        with running.stage.house.database.read() as conn:
            if len(seats.held(conn, wanted)) == len(wanted):
                return
        assert time.monotonic() < until, "some seats stay free"
        time.sleep(0.2)  # nobody tells when a seat is taken


def _paused(running: Cluster) -> bool:
    return running.stage.campaign_state() == "paused"


def test_nothing_leaves_beyond_it_and_little_is_left(tmp_path: Path) -> None:
    config = rehearsal_config(CONFIG, tmp_path / "config")
    set_limits(config, 100, 24)
    trust_no_carrier(config)
    with cluster(tmp_path, ["--seed", "5", "--faults", "none"], config) as running:
        running.stage.people(PEOPLE)
        wish = Wish("ceiling", "people", "install-guide", [Channel.SMS], LEGAL,
                    rules=Rules(budget=CEILING))  # fmt: skip
        running.start()
        _both_at_work(running)
        running.stage.launch(wish)
        killed: Service | None = None
        until = time.monotonic() + 120
        while not _paused(running):
            assert time.monotonic() < until, running.stage.states()
            if killed is None and _spent(running) > CEILING // 4:
                killed = running.workers[0]
                killed.kill()
                killed.start()
            time.sleep(0.2)  # the ledger is asked: the simulator calls nobody
        time.sleep(2.0)  # what was on its way arrives
        spent = _spent(running)
    assert spent <= CEILING
    assert spent > CEILING * 8 // 10

"""One campaign under harm, round after round, and which promises it broke: for tests and commands.

Nothing here looks inside the engine: it is started as its users start it, and what it did is read
from the carriers' own ledger of requests and from the database.
"""

import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scene import CONFIG, Scene, scene, set_limits
from outreach.cli.town import rehearsal_config
from outreach.domain.key import KeySeal
from outreach.domain.network import Channel
from outreach.reports import differences
from outreach.settings import load

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

PER_SECOND, IN_FLIGHT = 100, 24
"""Of each account: slow enough that there is work in every round, fast enough to be under load."""

_AT_LAST = 1_000
"""The limit once the harm is done: what is left must only come to its end."""

_PATIENCE, _PER_RECIPIENT = 300.0, 0.05
"""Seconds that the end may take, whatever else the machine does."""

Harm = Callable[[Scene, random.Random], None]
"""One round: starts the engine, harms it, and leaves no engine behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often which harm is done, and to how many recipients; `url` names another database."""

    harm: Harm
    rounds: int
    recipients: int
    seed: int
    url: str | None = None
    last: Callable[[Scene], subprocess.Popen[str]] = Scene.engine
    """Starts the engine that is left in peace until the campaign is settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a trial came to; `broken` says in words which promises did not hold."""

    rounds: int
    seconds: float
    requests: int
    interrupted: int
    """Messages left unknown by an end of the engine."""
    window: int
    """The most that one end may leave unknown."""
    states: Mapping[str, int]
    broken: tuple[str, ...]


def trial(folder: Path, plan: Plan) -> Findings:
    """Send a campaign of two channels through all rounds to its end, and look at what became."""
    chance = random.Random(plan.seed)
    config, simulator = rough(folder, plan.seed, PER_SECOND, IN_FLIGHT)
    began = time.monotonic()
    with scene(folder, simulator, config, plan.url) as stage:
        stage.people(plan.recipients)
        stage.campaign("trial", [Channel.ZALO, Channel.SMS])
        first_tokens(stage)
        rounds = 0
        while rounds < plan.rounds and stage.campaign_state() == "running":
            plan.harm(stage, chance)
            rounds += 1
        set_limits(config, _AT_LAST)
        to_the_end(stage, plan.last(stage))
        window = sum(account.in_flight for account in load(config, stage.environ).accounts)
        interrupted = count(stage, "attempt WHERE code = 'interrupted'")
        broken = broken_inside(stage, plan.recipients)
        if rounds < plan.rounds:
            broken.append(f"the work ended after {rounds} of {plan.rounds} rounds: more recipients")
        kept = kept_calls(stage)
        states = stage.states()
    if interrupted > rounds * window:
        broken.append(f"{interrupted} left unknown in {rounds} rounds, at most {window} each")
    broken += broken_outside(folder / "ledger.db", kept)
    return Findings(
        rounds=rounds,
        seconds=time.monotonic() - began,
        requests=read_ledger(folder / "ledger.db", "SELECT COUNT(*) FROM request")[0][0],
        interrupted=interrupted,
        window=window,
        states=states,
        broken=tuple(broken),
    )


def rough(folder: Path, seed: int, per_second: int, in_flight: int) -> tuple[Path, list[str]]:
    """Settings with these limits, and what makes a simulator misbehave in every way."""
    faults = folder / "faults.toml"
    faults.write_text(FAULTS)
    config = rehearsal_config(CONFIG, folder / "config")
    set_limits(config, per_second, in_flight)
    trust_no_carrier(config)
    return config, ["--seed", str(seed), "--faults", str(faults)]


def trust_no_carrier(config: Path) -> None:
    """Say in the settings what the simulator plays: no carrier refuses a request that repeats."""
    path = config / "accounts" / "esms.toml"
    told = "[account.options]\nduplicate_window_hours = 0"
    path.write_text(path.read_text(encoding="utf-8").replace("[account.options]", told))


def first_tokens(stage: Scene) -> None:
    """Let the engine send its first messages and stop it quietly.

    Zalo's first refresh token is spent in doing so, and the next is stored. Who is killed between
    the two needs a human to authorise the account anew: no program can mend it (wire-formats 1.10).
    """
    engine = stage.engine()
    while not stage.town.get("/ledger/summary")["dialects"].get("zalo", {}).get("accepted"):
        assert engine.poll() is None, f"the engine died: {stage.log_end()}"
        time.sleep(0.05)  # the ledger is asked: the simulator calls nobody
    engine.terminate()
    assert engine.wait(30) == 0


def to_the_end(stage: Scene, engine: subprocess.Popen[str]) -> None:
    """Let an engine run until every campaign is settled, and stop it quietly."""
    try:
        left = stage.states().get("pending", 0)
        deadline = time.monotonic() + _PATIENCE + left * _PER_RECIPIENT
        while stage.campaign_states() != {"settled"}:
            assert engine.poll() is None, f"the engine died: {stage.log_end()}"
            assert time.monotonic() < deadline, f"not settled: {stage.states()}"
            time.sleep(0.2)  # the database is asked: the engine is another process
    finally:
        engine.terminate()
        assert engine.wait(30) == 0


def broken_inside(stage: Scene, recipients: int) -> list[str]:
    """What the database itself shows to be wrong."""
    states = stage.states()
    broken = []
    if sum(states.values()) != recipients:
        broken.append(f"{recipients} recipients, {sum(states.values())} results")
    if states.get("pending"):
        broken.append(f"{states['pending']} never came to an end")
    with stage.house.database.read() as conn:
        broken += [f"the figures differ from a recount: {each}" for each in differences(conn, 1)]
    return broken


@dataclass(frozen=True, slots=True)
class KeptCalls:
    """What became of the carriers' calls, and how to know whom one is about."""

    seal: KeySeal
    settled: Mapping[int, int]
    """By message."""
    waiting: Sequence[bytes]
    """Those that are not settled yet, as they came."""

    def lost(self, acknowledged: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Which of the receipts (key, the carrier's reference) that we took are not there."""
        calls: dict[int, list[tuple[str, str]]] = {}
        for key, reference in acknowledged:
            if (known := self.seal.decode(key)) is None:
                yield f"a receipt that is nobody's was acknowledged: {key}"
            else:
                calls.setdefault(known.message, []).append((key, reference))
        for message, its in calls.items():
            there = self.settled.get(message, 0)
            if there < len(its):
                names = {name.encode() for call in its for name in call if name}
                there += sum(any(name in call for name in names) for call in self.waiting)
            if there < len(its):
                yield f"message {message}: {len(its)} receipts acknowledged, {there} kept"


def kept_calls(stage: Scene) -> KeptCalls:
    """Look what the database has of them; what we asked the carriers for is none of them."""
    with stage.house.database.read() as conn:
        called = conn.exec_driver_sql(
            "SELECT message, COUNT(*) FROM receipt WHERE message IS NOT NULL"
            " AND effect NOT IN ('pulled', 'asked') GROUP BY message"
        )
        settled = {int(message): int(number) for message, number in called}
        waiting = conn.exec_driver_sql("SELECT body FROM inbox").scalars().all()
    return KeptCalls(stage.house.seal, settled, [bytes(body) for body in waiting])


def broken_outside(ledger: Path, kept: KeptCalls) -> list[str]:
    """What the carriers' own record shows to be wrong."""
    broken = [f"asked for twice: {row}" for row in asked_twice(ledger)]
    acknowledged = read_ledger(ledger, "SELECT key, reference FROM receipt WHERE status = 200")
    if not acknowledged:
        broken.append("no receipt came: there was nothing to lose")
    return broken + list(kept.lost([(key, reference) for key, reference in acknowledged]))


def asked_twice(ledger: Path) -> list[tuple[Any, ...]]:
    """Requests for somebody after one that was accepted, or whose answer was lost on the way."""
    return read_ledger(
        ledger,
        "SELECT later.dialect, later.key, first.dialect, first.key, first.accepted, first.cut"
        " FROM request first JOIN request later ON later.msisdn = first.msisdn"
        " AND later.rowid > first.rowid WHERE first.accepted = 1 OR first.cut <> ''",
    )


def read_ledger(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask the carriers' own record."""
    conn = sqlite3.connect(path)
    try:
        return conn.execute(sql).fetchall()
    finally:
        conn.close()


def count(stage: Scene, what: str) -> int:
    """How many rows there are of a table, or of a part of one."""
    with stage.house.database.read() as conn:
        return int(conn.exec_driver_sql(f"SELECT COUNT(*) FROM {what}").scalar_one())

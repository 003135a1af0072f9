"""A cluster harmed in every way at random moments, and the ledgers compared: `make chaos`.

    python -m bench.chaos --rounds 10 --seed 7

Real processes and servers: two workers, beat, web, PostgreSQL, Redis, the simulator, with proxies
of ours between them. In each round one to three things happen (`chaos_harms`); at its end all is
mended, as a supervisor would do it. Exit code 1 if a promise broke:

1. conservation: recipients are the sum of results, the figures equal a recount;
2. at most once: nobody is asked for again who was taken, or may have been; what is left unknown
   is at most a window for each harm that ends work;
3. never over the limit, where the bytes leave;
4. every acknowledged receipt is kept, whatever their order.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from bench.chaos_harms import ALL, SPARES_WORK, Lines
from bench.cluster import Cluster, Service, cluster
from bench.proxy import Proxy
from bench.scene import CONFIG, free_port, let_work, set_limits
from bench.stepped import VARIABLE, step
from bench.trial import (
    FAULTS,
    broken_inside,
    broken_outside,
    count,
    first_tokens,
    read_ledger,
    trust_no_carrier,
)
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel
from outreach.settings import load

T = TypeVar("T")

_PER_SECOND, _IN_FLIGHT, _AT_LAST = 60, 24, 500
_RECIPIENTS = 450
"""A round takes so many at most."""
_LATEST = 3_600.0
_PATIENCE = 400.0
_UNSEEN = 0.1
"""Seconds by which the proxy may see a call late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to; `broken` says in words which promises did not hold."""

    seed: int
    rounds: Sequence[str]
    seconds: float
    requests: int
    interrupted: int
    """Messages left unknown by harm."""
    allowed: int
    """The most that the harm done may leave unknown."""
    busiest: dict[str, int]
    """Calls in the busiest second of each dialect, where they leave us; the limit is the same."""
    states: dict[str, int]
    broken: Sequence[str]


def main() -> int:
    """Run once and print what came of it, a line of JSON for each run with --json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=10, help="in each run")
    parser.add_argument("--runs", type=int, default=1, help="each with a campaign of its own")
    parser.add_argument("--seed", type=int, help="of the first run; the next has the next number")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    broken = 0
    for run in range(given.runs):
        folder = Path(tempfile.mkdtemp(prefix="ob-chaos-"))
        try:
            found = chaos(folder, given.rounds, seed + run, quiet=given.json)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(json.dumps(asdict(found)) if given.json else _table(found), flush=True)
        broken += len(found.broken)
    return 1 if broken else 0


def chaos(folder: Path, rounds: int, seed: int, *, quiet: bool = False) -> Outcome:
    """Send a campaign of two channels through so many rounds to its end, and look at it."""
    chance, began = random.Random(seed), time.monotonic()
    config = _config(folder)
    recipients = rounds * _RECIPIENTS
    simulator = ["--seed", str(seed), "--faults", str(folder / "faults.toml")]
    with cluster(folder, simulator, config, port=free_port()) as found:
        stage = found.stage
        stage.people(recipients)
        stage.campaign("chaos", [Channel.ZALO, Channel.SMS])
        first_tokens(stage)
        with _lines(found) as lines:
            told, ends = _rounds(found, lines, rounds, chance, quiet=quiet)
            broken = [] if len(told) == rounds else [f"the work ended after {len(told)} rounds"]
            broken += _above(lines.carriers)
            busiest = {name: most for name, most, _ in _busiest(lines.carriers)}
            set_limits(config, _AT_LAST)
            _to_the_end(found, lines)
        window = sum(account.in_flight for account in load(config, stage.environ).accounts)
        interrupted, allowed = count(stage, "attempt WHERE code = 'interrupted'"), ends * window
        broken += broken_inside(stage, recipients)
        kept = count(stage, "receipt") + count(stage, "inbox")
        states = stage.states()
    if interrupted > allowed:
        broken.append(f"{interrupted} left unknown, at most {allowed} may be")
    broken += broken_outside(folder / "ledger.db", kept)
    return Outcome(
        seed=seed,
        rounds=told,
        seconds=time.monotonic() - began,
        requests=read_ledger(folder / "ledger.db", "SELECT COUNT(*) FROM request")[0][0],
        interrupted=interrupted,
        allowed=allowed,
        busiest=busiest,
        states=states,
        broken=broken,
    )


def _rounds(
    found: Cluster, lines: Lines, rounds: int, chance: random.Random, *, quiet: bool
) -> tuple[list[str], int]:
    """Do harm, round after round, while there is work; what was done, and how many end work."""
    found.start()
    told: list[str] = []
    ends = 0
    while len(told) < rounds and _patiently(found.stage.campaign_state) == "running":
        words, more = _round(found, lines, chance)
        ends += more
        told.append(words)
        if not quiet:
            print(f"{len(told):>4}  {words}", flush=True)
    return told, ends


def _config(folder: Path) -> Path:
    (folder / "faults.toml").write_text(FAULTS)
    config = rehearsal_config(CONFIG, folder / "config")
    set_limits(config, _PER_SECOND, _IN_FLIGHT)
    trust_no_carrier(config)
    return config


@contextmanager
def _lines(found: Cluster) -> Iterator[Lines]:
    """Put a proxy into every line, and a clock of its own into every service."""
    stage, carriers = found.stage, Proxy(_port(found.stage.town.url))
    lines = Lines({}, {}, carriers, Proxy(found.port, stage.port), {})
    with ExitStack() as stack:
        for service in found.services:
            _joined(service, found, lines)
        for proxy in lines.proxies:
            stack.callback(proxy.close)
        yield lines
        found.close()


def _joined(service: Service, found: Cluster, lines: Lines) -> None:
    """Have a service go by proxies, and by a clock that can be stepped."""
    assert isinstance(lines.database, dict)
    assert isinstance(lines.board, dict)
    assert isinstance(lines.clocks, dict)
    name, environ = service.name, service.environ
    there, here = f":{_port(found.stage.town.url)}", f":{lines.carriers.port}"
    environ.update({key: value.replace(there, here) for key, value in environ.items()})
    if name != "beat":
        lines.database[name] = Proxy(found.postgres.port)
        environ["OUTREACH_DATABASE_URL"] = found.postgres.url.replace(
            f":{found.postgres.port}", f":{lines.database[name].port}"
        )
        lines.clocks[name] = found.stage.folder / f"{name}.clock"
        step(lines.clocks[name], 0.0)
        environ[VARIABLE] = str(lines.clocks[name])
        module = ["bench.stepped"] if name == "web" else ["bench.stepped", "workers"]
        service.command[2:3] = module
    if name != "web":
        lines.board[name] = Proxy(found.redis.port)
        environ["OUTREACH_REDIS_URL"] = f"redis://127.0.0.1:{lines.board[name].port}/0"


def _round(found: Cluster, lines: Lines, chance: random.Random) -> tuple[str, int]:
    """Let one to three things happen, and mend them; what was done, and how many end work."""
    told, windows = [], 0
    for _ in range(chance.choice([1, 1, 2, 3])):
        let_work(chance, 0.3, 2.0)
        harm = chance.choice(ALL)
        told.append(harm(found, lines, chance))
        windows += harm not in SPARES_WORK
    let_work(chance, 0.5, 3.0)
    _mended(found, lines)
    let_work(chance, 1.0, 3.0)
    return ", ".join(told), windows


def _mended(found: Cluster, lines: Lines) -> None:
    """What a supervisor does: whatever does not run is started."""
    lines.heal()
    for server in (found.postgres, found.redis):
        if not server.processes():
            server.start()
    found.start()


def _to_the_end(found: Cluster, lines: Lines) -> None:
    """Leave it in peace until the campaign is settled, at the latest of all clocks."""
    for clock in lines.clocks.values():
        step(clock, _LATEST)
    for worker in found.workers:
        worker.stop()  # it comes back with the limits of the end
    _mended(found, lines)
    until = time.monotonic() + _PATIENCE
    while _patiently(found.stage.campaign_states) != {"settled"}:
        if time.monotonic() > until:
            logs = "".join(each.log.read_text()[-3000:] for each in found.services)
            raise AssertionError(f"not settled: {found.stage.states()}; {logs}")
        _mended(found, lines)
        time.sleep(0.5)  # the database is asked: the workers are other processes
    for service in found.services:
        service.stop()


def _patiently(look: Callable[[], T]) -> T:
    """Look at the database, which may have gone and come back meanwhile."""
    until = time.monotonic() + 30
    while True:
        try:
            return look()
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)  # it tells nobody when it is back


def _above(carriers: Proxy) -> list[str]:
    """Where more left than a limit allows; every account has the same one."""
    return [
        f"{name}: {most} calls within {1 - _UNSEEN:.1f} s, with a limit of {_PER_SECOND} a second"
        for name, _, most in _busiest(carriers)
        if most > _PER_SECOND
    ]


def _busiest(carriers: Proxy) -> Iterator[tuple[str, int, int]]:
    """Each dialect, its busiest second, and the most within a second less what is not seen."""
    calls: dict[str, list[float]] = {}
    for at, begins in list(carriers.seen):
        if begins.startswith(b"POST /"):
            name = begins.split(b"/")[1].split()[0].decode()
            calls.setdefault(name, []).append(at)
    for name, moments in calls.items():
        yield name, _most(moments, 1.0), _most(moments, 1 - _UNSEEN)


def _most(moments: Sequence[float], seconds: float) -> int:
    window: deque[float] = deque()
    most = 0
    for at in moments:
        window.append(at)
        while at - window[0] >= seconds:
            window.popleft()
        most = max(most, len(window))
    return most


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


def _table(found: Outcome) -> str:
    states = ", ".join(f"{name} {number:,}" for name, number in sorted(found.states.items()))
    busiest = ", ".join(f"{name} {most}" for name, most in sorted(found.busiest.items()))
    return "\n".join(
        [
            f"seed {found.seed}: {len(found.rounds)} rounds in {found.seconds:.0f} s",
            f"requests        {found.requests:>8,}   as the carriers counted them",
            f"left unknown    {found.interrupted:>8,}   of at most {found.allowed:,}",
            f"busiest second  {busiest}   (limit {_PER_SECOND} while harm was done)",
            f"results         {states}",
            *(f"BROKEN: {each}" for each in found.broken[:20]),
            f"broken promises {len(found.broken):>8,}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

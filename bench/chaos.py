"""A cluster harmed in every way at random moments, and the ledgers compared: `make chaos`.

    python -m bench.chaos --rounds 10 --seed 7

Real processes and servers: two workers, beat, web, PostgreSQL, Redis, the simulator, with proxies
of ours between them. In each round one to three things happen (`chaos_harms`); at its end all is
mended, as a supervisor would do it. Exit code 1 if a promise broke:

1. conservation: recipients are the sum of results, the figures equal a recount;
2. at most once: nobody is asked for again who was taken, or may have been; what is left unknown
   is at most a window for each harm that ends work;
3. never over the limit, where the bytes leave;
4. every acknowledged receipt is kept, message by message, whatever their order.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from bench.chaos_harms import ALL, SPARES_WORK
from bench.chaos_lines import Lines, lines_of
from bench.cluster import Cluster, cluster
from bench.proxy import Proxy
from bench.scene import let_work, set_limits
from bench.server import free_port
from bench.stepped import step
from bench.trial import (
    broken_inside,
    broken_outside,
    count,
    first_tokens,
    kept_calls,
    read_ledger,
    rough,
)
from bench.windows import most
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
        with tempfile.TemporaryDirectory(prefix="ob-chaos-") as folder:
            found = chaos(Path(folder), given.rounds, seed + run, quiet=given.json)
        print(json.dumps(asdict(found)) if given.json else _table(found), flush=True)
        broken += len(found.broken)
    return 1 if broken else 0


def chaos(folder: Path, rounds: int, seed: int, *, quiet: bool = False) -> Outcome:
    """Send a campaign of two channels through so many rounds to its end, and look at it."""
    chance, began = random.Random(seed), time.monotonic()
    recipients = rounds * _RECIPIENTS
    config, simulator = rough(folder, seed, _PER_SECOND, _IN_FLIGHT)
    with cluster(folder, simulator, config, port=free_port()) as found:
        stage = found.stage
        stage.people(recipients)
        stage.campaign("chaos", [Channel.ZALO, Channel.SMS])
        first_tokens(stage)
        with lines_of(found) as lines:
            told, ends = _rounds(found, lines, rounds, chance, quiet=quiet)
            broken = [] if len(told) == rounds else [f"the work ended after {len(told)} rounds"]
            moments = _moments(lines.carriers)
            broken += _above(moments)
            busiest = {name: most(rows, 1.0) for name, rows in moments.items()}
            set_limits(config, _AT_LAST)
            _to_the_end(found, lines)
        window = sum(account.in_flight for account in load(config, stage.environ).accounts)
        interrupted, allowed = count(stage, "attempt WHERE code = 'interrupted'"), ends * window
        broken += broken_inside(stage, recipients)
        kept = kept_calls(stage)
        states = stage.states()
    if interrupted > allowed:
        broken.append(f"{interrupted} left unknown, at most {allowed} may be")
    broken += broken_outside(folder / "ledger.db", kept)
    return Outcome(
        seed=seed,
        rounds=told,
        seconds=round(time.monotonic() - began, 1),
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


def _moments(carriers: Proxy) -> dict[str, list[tuple[float, int]]]:
    """When calls left for each dialect, one at a time."""
    found: dict[str, list[tuple[float, int]]] = {}
    for at, begins in list(carriers.seen):
        if begins.startswith(b"POST /"):
            name = begins.split(b"/")[1].split()[0].decode()
            found.setdefault(name, []).append((at, 1))
    return found


def _above(moments: Mapping[str, Sequence[tuple[float, int]]]) -> Iterator[str]:
    """Where more left than a limit allows; every account has the same one."""
    seconds = 1 - _UNSEEN
    for name, rows in moments.items():
        if (calls := most(rows, seconds)) > _PER_SECOND:
            allowed = f"with a limit of {_PER_SECOND} a second"
            yield f"{name}: {calls} calls within {seconds:.1f} s, {allowed}"


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

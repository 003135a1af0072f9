"""Runs thousands of histories: python -m tests.model --examples 10000 --seed 1 --processes 2."""

import argparse
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.model.running import counted


def main() -> int:
    """Run, and say how often everything happened; 1 if a history broke a promise."""
    wanted = argparse.ArgumentParser(prog="python -m tests.model")
    wanted.add_argument("--examples", type=int, default=1_000)
    wanted.add_argument("--steps", type=int, default=40)
    wanted.add_argument("--seed", type=int, default=random.randrange(2**32))
    wanted.add_argument("--processes", type=int, default=1, help="each has a seed of its own")
    wanted.add_argument("--quick", action="store_true", help="do not shrink what fails")
    said = wanted.parse_args()
    print(f"{said.examples} histories of at most {said.steps} steps, seed {said.seed}", flush=True)
    began = time.perf_counter()
    share = -(-said.examples // said.processes)
    fresh = get_context("spawn")
    with ProcessPoolExecutor(said.processes, mp_context=fresh) as pool:
        runs = [
            pool.submit(counted, share, said.steps, said.seed + n, quick=said.quick)
            for n in range(said.processes)
        ]
        results = [each.result() for each in runs]
    counts: Counter[str] = sum((counts for counts, _ in results), Counter())
    broken = [told for _, told in results if told]
    print(*broken, sep="\n", end="\n" if broken else "")
    tell(counts, time.perf_counter() - began)
    return 1 if broken else 0


def tell(counts: Counter[str], seconds: float) -> None:
    """Print what happened."""
    for name, count in sorted(counts.items()):
        print(f"{count:>9,}  {name}")
    histories = counts["histories"] or 1
    print(f"{histories:,} histories in {seconds:.0f} s, {seconds / histories * 1000:.0f} ms each")


if __name__ == "__main__":
    sys.exit(main())

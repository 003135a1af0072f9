"""kill -9 at random moments of real imports: what is stored in the end is the same.

OUTREACH_IMPORT_KILLS makes it longer; the seed is printed, OUTREACH_IMPORT_SEED gives it again.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from outreach.domain.network import PrefixTable
from outreach.store import schema
from outreach.store.database import Database
from tests.campaigns.conftest import ROOT
from tests.campaigns.imports import HEADER, Importer, stored

KILLS = int(os.environ.get("OUTREACH_IMPORT_KILLS", "6"))
SEED = int(os.environ.get("OUTREACH_IMPORT_SEED", str(random.SystemRandom().randrange(10**6))))
ROWS = 200_000

IMPORT = """
import sys
from pathlib import Path
from outreach.campaigns.audience import Wish, import_file
from outreach.settings import prefixes
from outreach.store.database import Database
from tests.campaigns.imports import AN, NOW
print("begins", flush=True)
table = prefixes(Path(sys.argv[3]))
import_file(Database(sys.argv[1]), table, AN, Wish("quan-1", Path(sys.argv[2])), NOW)
print("done", flush=True)
"""


def messy(chance: random.Random) -> list[str]:
    """Rows of which a third repeat a number, and some are bad."""
    rows = []
    for n in range(ROWS):
        number = chance.randrange(n + 1) if n % 3 == 0 else n
        name = f"Người {chance.randrange(4)}"
        rows.append(f"{'0123' if n % 50 == 7 else f'0325{number:06}'};{name};;Quận {n % 4}")
    return rows


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_leave_no_trace(
    database: Database, database_url: str, prefixes: PrefixTable, tmp_path: Path
) -> None:
    print(f"seed {SEED}, {KILLS} kills")
    chance = random.Random(SEED)
    path = tmp_path / "people.csv"
    path.write_text("\n".join([HEADER, *messy(chance)]), encoding="utf-8")
    whole = f"sqlite:///{tmp_path / 'whole.db'}"
    calm = Database(whole)
    schema.upgrade(calm)
    began = time.monotonic()
    Importer(calm, prefixes, tmp_path)(path)
    takes = time.monotonic() - began
    kills = 0
    while end_of(database_url, path, chance.uniform(0, takes / 2) if kills < KILLS else 300):
        kills += 1
    print(f"an import takes {takes:.1f} s; it was killed {kills} times")
    assert kills
    assert stored(database, "quan-1") == stored(calm, "quan-1")
    calm.close()


def end_of(url: str, path: Path, patience: float) -> int:
    """Import, and kill it after so many seconds; returns the exit code, 0 where it was done."""
    networks = ROOT / "config" / "networks.toml"
    command = [sys.executable, "-c", IMPORT, url, str(path), str(networks)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stdout.readline() == b"begins\n"
        try:
            code = running.wait(patience)
        except subprocess.TimeoutExpired:
            running.kill()
            code = running.wait()
        done = running.stdout.read() == b"done\n"
    assert code in {0, -signal.SIGKILL}
    return 0 if done else code

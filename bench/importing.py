"""Reading and importing an audience file as districts send them: rows a second, and memory.

    python -m bench.importing --rows 1000000
    python -m bench.importing --rows 1000000 --database postgresql

Every stage runs in a process of its own: the csv module alone on the same file (the baseline),
our reading with all its checks, and the import into a fresh database, which reads in a second
process. Memory is the peak of all processes of a stage together, a server's not among them.
"""

import argparse
import csv
import gc
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.machine import about, peak_rss_mb
from bench.postgres import DATABASES, fresh_database
from bench.scene import CONFIG, OPERATOR
from outreach import settings
from outreach.campaigns.audience import Wish, import_file
from outreach.domain.network import PrefixTable
from outreach.files import Row, rows
from outreach.store import schema
from outreach.store.database import Database

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi")
_MIDDLE = ("Văn", "Thị", "Minh", "Ngọc", "Hữu", "Thị Thu", "Quốc", "Thanh", "Thị Kim", "Đức")
_GIVEN = ("An", "Bình", "Châu", "Dũng", "Đức", "Giang", "Hạnh", "Khai", "Linh", "Mai", "Quỳnh")
_DISTRICTS = ("Quận 1", "Quận 3", "Bình Thạnh", "Gò Vấp", "TP Thủ Đức", "Củ Chi", "Nhà Bè", "")
_PREFIXES = ("086", "096", "097", "032", "035", "090", "093", "070", "091", "094", "081", "092")
_BEFORE_2018 = {"032": "0162", "035": "0165", "070": "0120", "081": "0127"}
_BAD = (
    "",
    "không có",
    "028 3822 1234",
    "1900 9068",
    "0912 345",
    "+1 202 555 0143",
    "01234567890123",
)
_FORMS: tuple[Callable[[str], str], ...] = (
    lambda number: f"{number[:4]}.{number[4:7]}.{number[7:]}",
    lambda number: f"+84{number[1:]}",
    lambda number: f"84 {number[1:3]} {number[3:]}",
    lambda number: number[1:],
    lambda number: _BEFORE_2018.get(number[:3], number[:3]) + number[3:],
    *(str for _ in range(3)),
)
_AGAIN, _SHARED, _BAD_ROWS, _NFD, _SPACES = 0.03, 0.02, 0.03, 0.10, 0.05
_STAGES = ("csv", "read", "import")


def main() -> None:
    """Make the file, run each stage, and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stage", choices=_STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stage:
        print(json.dumps(_measure(given.stage, given.folder, given.url)))
        return
    found = measure(given.rows, given.database)
    print(json.dumps(found, indent=1) if given.json else _table(found))


def measure(number: int, database: str) -> dict[str, object]:
    """Write a file of so many rows and measure every stage on it."""
    with tempfile.TemporaryDirectory(prefix="ob-importing-") as name:
        folder = Path(name)
        write(folder / "audience.csv", number)
        with fresh_database(database, folder) as url:
            stages = {stage: _in_a_process(stage, folder, url) for stage in _STAGES}
        size = round((folder / "audience.csv").stat().st_size / 1e6)
    told = {"machine": about(), "database": database, "rows": number, "file_mb": size}
    return {**told, "stages": stages}


def write(path: Path, number: int) -> None:
    """Write an invented file, the same every time.

    Of a hundred rows three repeat a person, and two name another one behind the same phone.
    """
    chance = random.Random(7)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["STT", "Họ và tên", "Số điện thoại", "Quận/Huyện", "Mã số BHXH"])
        writer.writerows(_people(number, chance))


def _people(number: int, chance: random.Random) -> Iterator[tuple[object, ...]]:
    for n in range(1, number + 1):
        draw = chance.random()
        who = chance.randrange(1, n + 1) if draw < _AGAIN else n
        phone = chance.randrange(1, n + 1) if _AGAIN <= draw < _AGAIN + _SHARED else who
        yield (
            n,
            _name(who),
            _phone(phone, chance),
            _DISTRICTS[who % len(_DISTRICTS)],
            f"79{who:08d}",
        )


def _name(who: int) -> str:
    """A person's name, spelled the same each time."""
    chance = random.Random(who)
    name = " ".join(map(chance.choice, (_FAMILY, _MIDDLE, _GIVEN)))
    if chance.random() < _NFD:
        name = unicodedata.normalize("NFD", name)
    if chance.random() < _SPACES:
        name = chance.choice((f" {name} ", name.replace(" ", "  "), f'{name}, "{name[-1]}"'))
    return name


def _phone(n: int, chance: random.Random) -> str:
    if chance.random() < _BAD_ROWS:
        return chance.choice(_BAD)
    number = f"{_PREFIXES[n % len(_PREFIXES)]}{n:07d}"
    return chance.choice(_FORMS)(number)


def _in_a_process(stage: str, folder: Path, url: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.importing", "--stage", stage]
    command += ["--folder", str(folder), "--url", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _measure(stage: str, folder: Path, url: str) -> dict[str, float]:
    run: dict[str, Callable[[Path, PrefixTable], dict[str, int]]] = {
        "csv": _csv_alone,
        "read": _read,
        "import": partial(_import, url=url),
    }
    prefixes = settings.prefixes(CONFIG / "networks.toml")
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)  # as the commands do
    began, cpu = time.perf_counter(), _cpu()
    counted = run[stage](folder, prefixes)
    seconds = time.perf_counter() - began
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {
        **counted,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(_cpu() - cpu, 2),
        "rows_per_s": round(counted["rows"] / seconds),
        "peak_rss_mb": peak_rss_mb() + children,
    }


def _cpu() -> float:
    """Seconds of computing by this process and those that it has waited for."""
    return sum(os.times()[:4])


def _csv_alone(folder: Path, _: PrefixTable) -> dict[str, int]:
    with (folder / "audience.csv").open(encoding="utf-8-sig", newline="") as file:
        return {"rows": sum(1 for _ in csv.reader(file)) - 1}


def _read(folder: Path, prefixes: PrefixTable) -> dict[str, int]:
    good = bad = 0
    for line in rows(folder / "audience.csv", prefixes):
        if isinstance(line, Row):
            good += 1
        else:
            bad += 1
    return {"rows": good + bad, "rejected": bad}


def _import(folder: Path, prefixes: PrefixTable, *, url: str) -> dict[str, int]:
    database = Database(url)
    schema.upgrade(database)
    wish = Wish("bench", folder / "audience.csv")
    audience = import_file(database, prefixes, OPERATOR, wish, now=0)
    database.close()
    return {
        "rows": audience.rows,
        "imported": audience.imported,
        "joined": audience.joined,
        "rejected": audience.rejected,
    }


def _table(found: dict[str, object]) -> str:
    stages = found["stages"]
    assert isinstance(stages, dict)
    base = stages["csv"]["rows_per_s"]
    lines = [
        f"{found['rows']:,} rows, {found['file_mb']} MB, {found['database']}",
        f"{'':<8}{'rows/s':>10}{'seconds':>9}{'CPU s':>8}{'of csv':>8}{'MB':>6}",
    ]
    lines += [
        f"{name:<8}{of['rows_per_s']:>10,}{of['seconds']:>9}{of['cpu_seconds']:>8}"
        f"{of['rows_per_s'] / base:>8.2f}{of['peak_rss_mb']:>6}"
        for name, of in stages.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

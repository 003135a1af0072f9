"""The stages that need no carrier: import, plan and report."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from bench import importing, reporting
from bench.postgres import fresh_database
from bench.site import prepare
from bench.stages_works import DATABASE, Figures
from outreach.store.database import Database

_BARE = (
    "CREATE TABLE bare (id BIGINT PRIMARY KEY, recipient BIGINT NOT NULL, account INT NOT NULL,"
    " state INT NOT NULL, parts INT NOT NULL)"
)
_COPIED = "INSERT INTO bare SELECT id, id, 1, 0, 0 FROM recipient"


def read_in(folder: Path, mode: str, messages: int) -> Iterator[tuple[str, Figures]]:
    """A messy file of so many rows; the baseline is the csv module alone."""
    del folder  # it has one of its own
    found = importing.measure(messages, DATABASE[mode])
    stages = found["stages"]
    assert isinstance(stages, dict)
    own, alone = stages["import"], stages["csv"]
    yield (
        "import",
        {
            "per_s": own["rows_per_s"],
            "seconds": own["seconds"],
            "cpu_us": {"import": round(own["cpu_seconds"] * 1e6 / messages, 1)},
            "peak_rss_mb": {"import": own["peak_rss_mb"]},
            "baseline": "csv module",
            "baseline_per_s": alone["rows_per_s"],
        },
    )


def plan(folder: Path, mode: str, messages: int) -> Iterator[tuple[str, Figures]]:
    """One message for everybody; the baseline is one INSERT … SELECT of as many bare rows."""
    with fresh_database(DATABASE[mode], folder) as url:
        seconds = prepare(url, messages)
        alone = _copied(url)
    yield (
        "plan",
        {
            "per_s": round(messages / seconds),
            "seconds": round(seconds, 2),
            "baseline": "INSERT … SELECT",
            "baseline_per_s": round(messages / alone),
        },
    )


def _copied(url: str) -> float:
    with contextlib.closing(Database(url)) as database:
        with database.write() as conn:
            conn.execute(text(_BARE))
        began = time.monotonic()
        with database.write() as conn:
            conn.execute(text(_COPIED))
        return time.monotonic() - began


def report(folder: Path, mode: str, messages: int) -> Iterator[tuple[str, Figures]]:
    """A month's edition made and proved; the baseline is one GROUP BY over all messages."""
    with fresh_database(DATABASE[mode], folder) as url:
        found = reporting.measure(folder, url, messages, districts=22)
    seconds = found["issue"]["seconds"] + found["verify"]["seconds"]
    yield (
        "report",
        {
            "per_s": round(messages / seconds),
            "seconds": round(seconds, 2),
            "cpu_us": {
                name: round(found[name]["cpu"] * 1e6 / messages, 1) for name in ("issue", "verify")
            },
            "peak_rss_mb": {name: found[name]["peak_rss_mb"] for name in ("issue", "verify")},
            "baseline": "GROUP BY",
            "baseline_per_s": round(messages / max(found["baseline"]["seconds"], 0.001)),
        },
    )

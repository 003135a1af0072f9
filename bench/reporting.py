"""The official report over millions of messages: seconds and memory of its figures and its proof.

    python -m bench.reporting --messages 10000000 --districts 168

A database is filled with messages of one month in every state, their tallies and a million
people who installed the app; then the ledger, an issued edition (all its files) and its proof are
made, each in a process of its own. The baseline is one GROUP BY over all messages.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from bench.machine import about, peak_rss_mb
from bench.postgres import DATABASES, fresh_database
from bench.scene import CONFIG
from outreach import settings
from outreach.cli.office import Office
from outreach.cli.report_options import setting
from outreach.cli.town import environment
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.month import Month
from outreach.reports import issuing, ledgers, verifying
from outreach.reports.issuing import Signing
from outreach.reports.ledgers import Setting
from outreach.store import districts, schema
from outreach.store.database import Database

MONTH = Month(2026, 10)
NOW = datetime(2026, 11, 3, 3, tzinfo=UTC)
_CAMPAIGNS = 4
_WINDOW = 500_000
_ONE_IN = 10
"""So many people to one who has installed the app."""

_MESSAGES = """
INSERT INTO message (id, recipient, account, network, state, generation, parts, day, superseded,
 reason, district)
WITH RECURSIVE n (n) AS (SELECT CAST(:first AS BIGINT)
 UNION ALL SELECT n + 1 FROM n WHERE n < :last)
SELECT CAST(:base AS BIGINT) + n, CAST(:base AS BIGINT) + n,
 1 + n / 7 % 10, 1 + n / 7 % 5, s, 0, 1 + n % 3,
 20261001 + (CAST(:campaign AS BIGINT) - 1) * 7 + n * 7 / (CAST(:each AS BIGINT) + 1), 0,
 CASE WHEN s BETWEEN 3 AND 7 THEN 'code ' || (n % 7) END,
 1 + n / 60 % CAST(:districts AS BIGINT)
FROM (SELECT n, CASE n % 20 WHEN 0 THEN 3 WHEN 1 THEN 4 WHEN 2 THEN 5 WHEN 3 THEN 6 WHEN 4 THEN 7
 WHEN 5 THEN 1 WHEN 6 THEN 10 ELSE 2 END AS s FROM n)
"""
_TALLIES = """
INSERT INTO tally SELECT :campaign, account, network, state, COALESCE(reason, ''), day,
 CASE state WHEN 2 THEN day WHEN 3 THEN day ELSE 0 END, 1, COUNT(*), SUM(parts) FROM message
 WHERE id > :base AND id < :end GROUP BY account, network, state, reason, day
"""
_DISTRICTS = """
INSERT INTO district_tally SELECT :campaign, account, network, state, day, 1, district, COUNT(*),
 SUM(parts) FROM message WHERE id > :base AND id < :end
 GROUP BY account, network, state, day, district
"""
_INSTALLED = """
INSERT INTO registration
 SELECT 84000000000 + CAST(:campaign AS BIGINT) * 100000000 + id % 100000000, 2, day, id, 1
 FROM message WHERE id > :base AND id < :end AND id % CAST(:one_in AS BIGINT) = 2
"""
_INSTALLED_TALLY = """
INSERT INTO response_tally SELECT 202610, 2, :campaign, account, network, district, COUNT(*)
 FROM message WHERE id > :base AND id < :end AND id % CAST(:one_in AS BIGINT) = 2
 GROUP BY account, network, district
"""


def main() -> None:
    """Fill a database and measure each stage in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--districts", type=int, default=22)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.stage:
        _measure(told.stage, told.folder, told.url)
        return
    with tempfile.TemporaryDirectory(prefix="ob-reporting-") as name:
        folder = Path(name)
        with fresh_database(told.database, folder) as url:
            print(json.dumps({**about(), **measure(folder, url, told.messages, told.districts)}))


def measure(folder: Path, url: str, messages: int, districts: int) -> dict[str, Any]:
    """Fill a fresh database, and measure every stage on it."""
    began = time.monotonic()
    with _open(folder, url) as office:
        _fill(office.database, messages, districts)
    found: dict[str, Any] = {"filled_s": round(time.monotonic() - began, 1)}
    for stage in _STAGES:
        arguments = ["--stage", stage, "--folder", str(folder), "--url", url]
        done = subprocess.run(
            [sys.executable, "-m", "bench.reporting", *arguments],
            check=True,
            stdout=subprocess.PIPE,
        )
        found[stage] = json.loads(done.stdout)
    return found


def _measure(stage: str, folder: Path, url: str) -> None:
    with _open(folder, url) as office:
        told = replace(setting(office), now=NOW)
        began, cpu = time.monotonic(), time.process_time()
        found = _STAGES[stage](office.database, told)
        seconds, busy = time.monotonic() - began, time.process_time() - cpu
    measured = {"seconds": round(seconds, 2), "cpu": round(busy, 2), "peak_rss_mb": peak_rss_mb()}
    print(json.dumps({**measured, **found}))


def _baseline(database: Database, _: Setting) -> dict[str, object]:
    sql = text("SELECT network, state, COUNT(*) FROM message GROUP BY 1, 2")
    with database.read() as conn:
        rows = conn.execute(sql).all()
    return {"messages": sum(row[2] for row in rows)}


def _ledger(database: Database, told: Setting) -> dict[str, object]:
    with database.read() as conn:
        made = ledgers.of_month(conn, MONTH, told)
    return {"messages": made.total.messages, "installed": made.entry.answers.installed}


def _issue(database: Database, told: Setting) -> dict[str, object]:
    terms = told.reporting.editions[-1]
    edition, files = issuing.issue(database, MONTH, terms, told, Signing("an", NOW.date(), 5))
    return {
        "data_kb": len(edition.data) // 1024,
        "files": {name.rpartition(".")[2]: len(body) // 1024 for name, body in files.items()},
    }


def _verify(database: Database, told: Setting) -> dict[str, object]:
    with database.read() as conn:
        found = verifying.verify(conn, MONTH, told, None, lambda _, __: None)
    return {"messages": found.messages, "holds": found.holds}


_STAGES: dict[str, Callable[[Database, Setting], dict[str, object]]] = {
    "baseline": _baseline,
    "ledger": _ledger,
    "issue": _issue,
    "verify": _verify,
}


@contextmanager
def _open(folder: Path, url: str) -> Iterator[Office]:
    """An installation in a folder, at the present schema."""
    environ = environment("http://127.0.0.1:9", folder, "http://127.0.0.1:9", _SECRETS, CONFIG)
    told = settings.load(CONFIG, {**os.environ, **environ, "OUTREACH_DATABASE_URL": url})
    database = Database(told.database_url)
    schema.upgrade(database)
    try:
        yield Office(told, database)
    finally:
        database.close()


_SECRETS = ("benchmark key secret", "benchmark-callback-token")


def _fill(database: Database, messages: int, units: int) -> None:
    each = messages // _CAMPAIGNS
    with database.write() as conn:
        districts.numbers(conn, (f"Phường {n}" for n in range(1, units + 1)))
    for campaign in range(1, _CAMPAIGNS + 1):
        base = campaign * CAMPAIGN_SPAN
        told = {"campaign": campaign, "base": base, "each": each}
        for first in range(1, each + 1, _WINDOW):
            span = {"first": first, "last": min(first + _WINDOW - 1, each)}
            with database.write() as conn:
                conn.execute(text(_MESSAGES), {**span, **told, "districts": units})
        told = {"campaign": campaign, "base": base, "end": base + CAMPAIGN_SPAN}
        with database.write() as conn:
            _campaign(conn, campaign, each)
            conn.execute(text(_TALLIES), told)
            conn.execute(text(_DISTRICTS), told)
            conn.execute(text(_INSTALLED), {**told, "one_in": _ONE_IN})
            conn.execute(text(_INSTALLED_TALLY), {**told, "one_in": _ONE_IN})


def _campaign(conn: Connection, number: int, recipients: int) -> None:
    began = int(datetime(2026, 10, 1, 1, tzinfo=UTC).timestamp() * 1000)
    conn.execute(
        text(
            "INSERT INTO campaign (id, name, state, audience, parent_states, purpose, template,"
            " routes, opens, closes, author, recipients, planned_to, created_at, started_at)"
            " VALUES (:id, :name, 'settled', 1, '', 'install-guide', '{}', '[]', '07:00', '22:00',"
            " 'an', :recipients, 0, :at, :at)"
        ),
        {"id": number, "name": f"wave {number}", "recipients": recipients, "at": began},
    )


if __name__ == "__main__":
    main()

"""Importing the numbers that are not to be messaged."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from outreach.campaigns.audience_file import Reject, Row, read_csv
from outreach.domain.network import PrefixTable
from outreach.store import audit, suppressions
from outreach.store.database import Database
from outreach.store.suppressions import Suppression
from outreach.store.users import User

_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rows of a suppression file."""

    rows: int
    added: int
    known: int
    rejected: int


def import_suppressions(
    database: Database,
    prefixes: PrefixTable,
    user: User,
    path: Path,
    reason: str,
    now: int,
) -> Imported:
    """Add every number of a file, for all campaigns; a number known keeps its first entry."""
    rows = added = rejected = 0
    for batch in _batches(read_csv(path, prefixes)):
        good = [line for line in batch if isinstance(line, Row)]
        rows += len(batch)
        rejected += len(batch) - len(good)
        entries = [
            Suppression(int(row.msisdn), suppressions.ALL, reason, path.name, now) for row in good
        ]
        with database.write() as conn:
            added += suppressions.add(conn, entries)
    with database.write() as conn:
        detail = {"rows": rows, "added": added, "reason": reason}
        entry = audit.Entry(now, user.name, "suppression.import", f"file:{path.name}", detail)
        audit.write(conn, entry)
    return Imported(rows, added, rows - rejected - added, rejected)


def _batches(lines: Iterator[Row | Reject]) -> Iterator[list[Row | Reject]]:
    while found := list(islice(lines, _BATCH)):
        yield found

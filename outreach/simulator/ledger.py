"""The ledger: every send and query as it came, every receipt as it went; append-only SQLite."""

import asyncio
import contextlib
import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

FLUSH_S = 0.05

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS request (
  at REAL NOT NULL, dialect TEXT NOT NULL, key TEXT NOT NULL, msisdn TEXT NOT NULL,
  text INTEGER NOT NULL, accepted INTEGER NOT NULL, code TEXT NOT NULL,
  reference TEXT NOT NULL, cut TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS query (
  at REAL NOT NULL, dialect TEXT NOT NULL, what TEXT NOT NULL, about TEXT NOT NULL,
  code TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS receipt (
  at REAL NOT NULL, dialect TEXT NOT NULL, key TEXT NOT NULL, msisdn TEXT NOT NULL,
  reference TEXT NOT NULL, attempt INTEGER NOT NULL, status INTEGER NOT NULL);
"""

# CROSS JOIN keeps this order of the tables: one walk through millions, whatever SQLite guesses.
_DUPLICATES = """
WITH twice AS (
  SELECT dialect, msisdn, text, count(*) AS requests, sum(accepted) AS taken
  FROM request GROUP BY dialect, msisdn, text HAVING count(*) > 1
  ORDER BY taken DESC, requests DESC LIMIT ?)
SELECT request.* FROM request CROSS JOIN twice USING (dialect, msisdn, text)
ORDER BY taken DESC, requests DESC, dialect, msisdn, text, request.rowid
"""


class RequestRow(NamedTuple):
    """One send as it arrived: `at` epoch seconds, `text` a 63-bit hash, `cut` how it broke."""

    at: float
    dialect: str
    key: str
    msisdn: str
    text: int
    accepted: bool
    code: str
    reference: str
    cut: str


class QueryRow(NamedTuple):
    """A request that sends nothing: what for, about which reference, number or day, the answer."""

    at: float
    dialect: str
    what: str
    about: str
    code: str


class ReceiptRow(NamedTuple):
    """One try at a callback: `status` is HTTP's, 0 a time-out, -1 no connection or a broken one."""

    at: float
    dialect: str
    key: str
    msisdn: str
    reference: str
    attempt: int
    status: int


class DuplicateRow(NamedTuple):
    """A text that was requested more than once for a number; `keys` joined by commas."""

    dialect: str
    msisdn: str
    text: int
    keys: str
    requests: int
    accepted: int
    tries: Sequence[RequestRow]  # in order of arrival


def text_hash(text: str) -> int:
    """Return 63 bits that stand for a text, the same in every process."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


class _Seen:
    """How often each of millions of things came: about 100 bytes a thing."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}  # small ints are shared: 2 * requests + accepted
        self.repeated = 0

    def arrive(self, thing: int) -> int:
        """Count an arrival and return how many came before."""
        mark = self._seen.get(thing, 0) + 2
        self._seen[thing] = mark
        if mark >> 1 == 2:
            self.repeated += 1
        return (mark >> 1) - 1

    def accept(self, thing: int) -> bool:
        """Mark as accepted and say whether it already was."""
        mark = self._seen[thing]
        self._seen[thing] = mark | 1
        return bool(mark & 1)


@dataclass
class _Counts:
    requests: int = 0
    accepted: int = 0
    accepted_again: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    queries: int = 0
    receipts: Counter[str] = field(default_factory=Counter)
    per_second: Counter[int] = field(default_factory=Counter)
    pairs: _Seen = field(default_factory=_Seen)
    keys: _Seen = field(default_factory=_Seen)


_REQUESTS = "SELECT * FROM request WHERE ?1 IS NULL OR dialect = ?1 ORDER BY rowid"
_QUERIES = "SELECT * FROM query WHERE ?1 IS NULL OR dialect = ?1 ORDER BY rowid"
_RECEIPTS = "SELECT * FROM receipt WHERE ?1 IS NULL OR dialect = ?1 ORDER BY rowid"


class Ledger:
    """Counts in memory and rows on disk; without a path the rows stay in memory too."""

    def __init__(self, path: Path | None = None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._requests: list[RequestRow] = []
        self._queries: list[QueryRow] = []
        self._receipts: list[ReceiptRow] = []
        self._counts: defaultdict[str, _Counts] = defaultdict(_Counts)

    def arrive(self, dialect: str, at: float, key: str, msisdn: str, text: int) -> int:
        """Count a send where its bytes arrive; return how many of this text this number had."""
        counts = self._counts[dialect]
        counts.requests += 1
        counts.per_second[int(at)] += 1
        if key:
            counts.keys.arrive(text_hash(key))
        return counts.pairs.arrive(text_hash(msisdn) ^ text)

    def record(self, row: RequestRow) -> None:
        """Write down what became of a send that arrived."""
        counts = self._counts[row.dialect]
        if row.accepted:
            counts.accepted += 1
            counts.accepted_again += counts.pairs.accept(text_hash(row.msisdn) ^ row.text)
        elif row.code:
            counts.refused[row.code] += 1
        if row.cut:
            counts.cuts[row.cut] += 1
        self._requests.append(row)

    def query(self, dialect: str) -> None:
        """Count a request that sends nothing and has no row: a bind."""
        self._counts[dialect].queries += 1

    def queried(self, row: QueryRow) -> None:
        """Write down a request that sends nothing, and what it was answered."""
        self._counts[row.dialect].queries += 1
        self._queries.append(row)

    def receipt(self, row: ReceiptRow) -> None:
        """Write down one try at a callback."""
        self._counts[row.dialect].receipts["delivered" if row.status == 200 else "failed"] += 1
        self._receipts.append(row)

    def flush(self) -> None:
        """Bring rows to the file; after this they outlive the process, if not the power."""
        if not self._requests and not self._queries and not self._receipts:
            return
        requests, self._requests = self._requests, []
        queries, self._queries = self._queries, []
        receipts, self._receipts = self._receipts, []
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO request VALUES (?,?,?,?,?,?,?,?,?)", requests)
        self._db.executemany("INSERT INTO query VALUES (?,?,?,?,?)", queries)
        self._db.executemany("INSERT INTO receipt VALUES (?,?,?,?,?,?,?)", receipts)
        self._db.execute("COMMIT")

    async def keep_flushing(self) -> None:
        """Flush every 50 ms until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            self.flush()

    def close(self) -> None:
        """Flush and close the file."""
        with contextlib.closing(self._db):
            self.flush()

    def requests(self, dialect: str | None = None) -> list[RequestRow]:
        """Read all sends in order of arrival."""
        return [_request(row) for row in self._read(_REQUESTS, dialect)]

    def queries(self, dialect: str | None = None) -> list[QueryRow]:
        """Read all requests that sent nothing, in order of arrival."""
        return [QueryRow._make(row) for row in self._read(_QUERIES, dialect)]

    def receipts(self, dialect: str | None = None) -> list[ReceiptRow]:
        """Read all tries at callbacks in order."""
        return [ReceiptRow._make(row) for row in self._read(_RECEIPTS, dialect)]

    def duplicates(self, limit: int = 1000) -> list[DuplicateRow]:
        """Read the texts that were requested more than once for a number, worst first."""
        self.flush()
        rows = map(_request, self._db.execute(_DUPLICATES, (limit,)))
        groups = groupby(rows, key=lambda row: (row.dialect, row.msisdn, row.text))
        return [_duplicate(*pair, list(tries)) for pair, tries in groups]

    def per_second(self, dialect: str) -> dict[int, int]:
        """Return sends by whole epoch second of arrival."""
        return dict(self._counts[dialect].per_second)

    def peak(self, dialect: str, seconds: float = 1.0) -> int:
        """Return the most sends that arrived in any window of that length, wherever it starts."""
        window: deque[float] = deque()
        most = 0
        for at in sorted(row.at for row in self.requests(dialect)):
            window.append(at)
            while at - window[0] >= seconds:
                window.popleft()
            most = max(most, len(window))
        return most

    def summary(self) -> dict[str, dict[str, object]]:
        """Return the counts of every dialect that was spoken."""
        return {name: _figures(counts) for name, counts in self._counts.items()}

    def _read(self, query: str, dialect: str | None) -> Iterable[tuple[object, ...]]:
        self.flush()
        return self._db.execute(query, (dialect,))


def _request(row: Iterable[Any]) -> RequestRow:
    found = RequestRow._make(row)
    return found._replace(accepted=bool(found.accepted))


def _duplicate(dialect: str, msisdn: str, text: int, tries: Sequence[RequestRow]) -> DuplicateRow:
    keys = ",".join(dict.fromkeys(each.key for each in tries))
    taken = sum(each.accepted for each in tries)
    return DuplicateRow(dialect, msisdn, text, keys, len(tries), taken, tries)


def _figures(counts: _Counts) -> dict[str, object]:
    return {
        "requests": counts.requests,
        "accepted": counts.accepted,
        "accepted_again": counts.accepted_again,
        "refused": dict(counts.refused),
        "cuts": dict(counts.cuts),
        "queries": counts.queries,
        "repeated_texts": counts.pairs.repeated,
        "repeated_keys": counts.keys.repeated,
        "receipts": dict(counts.receipts),
        "peak_second": max(counts.per_second.values(), default=0),
    }

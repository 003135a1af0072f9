"""The tables on SQLite, through the standard library's driver."""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from bench import workload
from bench.tables_sql import KEY, NAMES, SqlTables
from bench.workload import Chunk, Delta, Layout, Message, Turn

RECIPIENT = {
    "id": "id INTEGER PRIMARY KEY, msisdn INT, network INT, declared INT, learned INT,"
    " district TEXT, params TEXT)",
    "pair": "audience INT, n INT, msisdn INT, network INT, declared INT, learned INT,"
    " district TEXT, params TEXT, PRIMARY KEY (audience, n)) WITHOUT ROWID",
}
ATTEMPT = {
    "pair": "message INT, n INT, account INT, outcome INT, code TEXT, reference TEXT, at INT,"
    " took_ms INT, PRIMARY KEY (message, n)) WITHOUT ROWID",
    "packed": "id INTEGER PRIMARY KEY, account INT, outcome INT, code TEXT, reference TEXT,"
    " at INT, took_ms INT)",
}
RECEIPT = {
    "key": "message INT, at INT, status INT, code TEXT, PRIMARY KEY (message, at, status))"
    " WITHOUT ROWID",
    "bare": "message INT, at INT, status INT, code TEXT)",
}
COLUMNS = ", ".join(f"{name} INT" for name in workload.DELTA_COLUMNS)
SUMS = "sum(messages), sum(parts), sum(cost)"
SCHEMA = f"""
CREATE TABLE message (id INTEGER PRIMARY KEY, recipient INT, account INT, network INT, channel INT,
  parts INT, state INT, generation INT, day INT);
CREATE TABLE suppression (msisdn INTEGER PRIMARY KEY);
CREATE TABLE chunk (id INTEGER PRIMARY KEY, campaign INT, account INT, first INT, last INT,
  started_to INT, recorded_to INT, lease_owner TEXT, lease_until INT);
CREATE TABLE reference (account INT, reference TEXT, part INT, message INT,
  PRIMARY KEY (account, reference, part)) WITHOUT ROWID;
CREATE TABLE inbox (id INTEGER PRIMARY KEY, account INT, at INT, body BLOB);
CREATE TABLE tally_delta (id INTEGER PRIMARY KEY, {COLUMNS});
CREATE TABLE tally ({COLUMNS}, PRIMARY KEY ({KEY})) WITHOUT ROWID;
CREATE TABLE contact (msisdn INT, at INT, PRIMARY KEY (msisdn, at)) WITHOUT ROWID;
CREATE TABLE due (account INT, at INT, message INT, why INT, lease_owner TEXT, lease_until INT,
  PRIMARY KEY (account, at, message)) WITHOUT ROWID;
"""
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "cache_size = -262144",
    "wal_autocheckpoint = 20000",
    "temp_store = FILE",
)


@contextmanager
def opened(layout: Layout) -> Iterator["SqliteTables"]:
    """Yield the tables in a temporary file."""
    with tempfile.TemporaryDirectory(prefix="ob-sqlite-") as folder:
        connection = sqlite3.connect(Path(folder) / "bench.db", isolation_level=None)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        try:
            yield SqliteTables(connection, layout)
        finally:
            connection.close()


class SqliteTables(SqlTables[sqlite3.Connection]):
    place = "?"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        yield
        self.db.execute("COMMIT")

    def create(self) -> None:
        self.db.executescript(SCHEMA)
        for name, shapes in (("recipient", RECIPIENT), ("attempt", ATTEMPT), ("receipt", RECEIPT)):
            self.db.execute(f"CREATE TABLE {name} ({shapes[getattr(self.layout, name)]}")

    def copy_in(self, rows: int) -> None:
        with self.transaction():
            self._insert("suppression", 1, workload.suppressed(rows))
        source = self.recipients(rows)
        width = 8 if self.layout.recipient == "pair" else 7
        while block := list(islice(source, 10_000)):
            with self.transaction():
                self._insert("recipient", width, block)

    def _insert(self, table: str, width: int, rows: Iterable[Sequence[object]]) -> None:
        places = ", ".join("?" * width)
        self.db.executemany(f"INSERT INTO {table} VALUES ({places})", rows)

    def plan(self, account: int, networks: Sequence[int], before: int) -> int:
        order = {"id": "r.id", "pair": "r.audience, r.n"}[self.layout.recipient]
        wanted = ", ".join(map(str, networks))
        with self.transaction():
            done = self.db.execute(
                "INSERT INTO message"
                f" SELECT {workload.MESSAGE_BASE + before} + row_number() OVER (ORDER BY {order}),"
                f" {self.recipient}, {account}, r.network, {workload.SMS}, 2 + r.msisdn % 2,"
                f" {workload.PENDING}, 0, 0 FROM recipient r"
                f" WHERE coalesce(r.learned, r.declared, r.network) IN ({wanted})"
                " AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.msisdn = r.msisdn)"
                f" ORDER BY {order}"
            )
            self.db.execute(self.planned_deltas, [workload.MESSAGE_BASE + before])
        return done.rowcount

    def tidy(self) -> None:
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def add_chunks(self, made: Sequence[Chunk]) -> None:
        rows = (
            (one.id, workload.CAMPAIGN, one.account, one.first, one.last, one.first - 1,
             one.first - 1, None, 0)
            for one in made
        )  # fmt: skip
        with self.transaction():
            self._insert("chunk", 9, rows)

    def turn(self, turn: Turn) -> list[Message]:
        with self.transaction():
            if turn.answers:
                self._record(turn.answers)
            rows = self.db.execute(self.next_messages, (turn.recorded + 1, turn.started)).fetchall()
            self.db.execute(
                "UPDATE chunk SET recorded_to = ?, started_to = ? WHERE id = ?",
                (turn.recorded, turn.started, turn.chunk.id),
            )
        return [row[:5] for row in rows]

    def _record(self, answers: Sequence[Message]) -> None:
        width = 7 if self.layout.attempt == "packed" else 8
        self._insert("attempt", width, self.attempts(answers))
        self._move_answered(answers)
        self._add_deltas(workload.recorded(answers))

    def _move_answered(self, answers: Sequence[Message]) -> None:
        moves = [(workload.answer(one[0]), one[0]) for one in answers]
        if self.layout.update == "range":
            moves = [move for move in moves if move[0] != workload.ACCEPTED]
        set_state = f"UPDATE message SET state = ?, day = {workload.DAY} WHERE"
        self.db.executemany(f"{set_state} id = ?", moves)
        if self.layout.update == "range":
            self.db.execute(
                f"{set_state} id BETWEEN ? AND ? AND state = {workload.PENDING}",
                (workload.ACCEPTED, answers[0][0], answers[-1][0]),
            )

    def _add_deltas(self, deltas: Sequence[Delta]) -> None:
        places = ", ".join("?" * len(workload.DELTA_COLUMNS))
        self.db.executemany(f"INSERT INTO tally_delta ({NAMES}) VALUES ({places})", deltas)

    def arrive(self, receipts: Sequence[tuple[int, bytes]]) -> None:
        with self.transaction():
            self.db.executemany(
                f"INSERT INTO inbox (account, at, body) VALUES (?, {workload.START_MS}, ?)",
                receipts,
            )

    def settle(self) -> int:
        with self.transaction():
            inbox = self.db.execute(
                f"SELECT id, at, body FROM inbox ORDER BY id LIMIT {workload.SETTLE_BATCH}"
            ).fetchall()
            keys = sorted(map(workload.key_of, inbox))
            found = self.db.execute(
                "SELECT m.id, m.state, m.account, m.network, m.parts FROM json_each(?) j"
                " CROSS JOIN message m ON m.id = j.value",
                [json.dumps(keys)],
            ).fetchall()
            self._apply(workload.settle(inbox, found))
            self.db.execute("DELETE FROM inbox WHERE id <= ?", [inbox[-1][0]])
        return len(inbox)

    def _apply(self, settled: workload.Settled) -> None:
        self.db.executemany(
            "UPDATE message SET state = ? WHERE id = ?",
            ((state, message) for message, state in settled.moves),
        )
        self._insert("receipt", 4, settled.receipts)
        self._add_deltas(settled.deltas)

    def fold(self) -> int:
        with self.transaction():
            self.db.execute(
                f"INSERT INTO tally SELECT {KEY}, {SUMS} FROM tally_delta WHERE true GROUP BY {KEY}"
                " ON CONFLICT DO UPDATE SET messages = messages + excluded.messages,"
                " parts = parts + excluded.parts, cost = cost + excluded.cost"
            )
            done = self.db.execute("DELETE FROM tally_delta WHERE true")
        return done.rowcount

    def fill_references(self, rows: int) -> None:
        with self.transaction():
            self.db.execute(
                "INSERT INTO reference WITH RECURSIVE made(n) AS"
                " (SELECT 1 UNION ALL SELECT n + 1 FROM made WHERE n < ?)"
                " SELECT 1, hex(randomblob(16)), 1, n FROM made ORDER BY 2",
                [rows],
            )

    def add_references(self, rows: Sequence[tuple[int, str, int, int]]) -> None:
        with self.transaction():
            self._insert("reference", 4, rows)

    def add_contacts(self, rows: Sequence[tuple[int, int]]) -> None:
        with self.transaction():
            self._insert("contact", 2, rows)

    def fill_due(self, rows: int) -> None:
        for block in workload.due_blocks(rows):
            with self.transaction():
                self._insert("due", 6, block)

    def claim_due(self, account: int) -> list[tuple[int, int, int]]:
        with self.transaction():
            return self.db.execute(
                "UPDATE due SET lease_owner = 'bench', lease_until = ?"
                " WHERE (account, at, message) IN (SELECT account, at, message FROM due"
                f" WHERE account = ? AND lease_until < ? ORDER BY at LIMIT {workload.SUB_BATCH})"
                " RETURNING account, at, message",
                (workload.START_MS + 60_000, account, workload.START_MS),
            ).fetchall()

    def drop_due(self, rows: Sequence[tuple[int, int, int]]) -> None:
        with self.transaction():
            self.db.executemany(
                "DELETE FROM due WHERE account = ? AND at = ? AND message = ?", rows
            )

    def sizes(self) -> dict[str, float]:
        self.tidy()
        rows = self.db.execute("SELECT name, sum(pgsize) / 1e6 FROM dbstat GROUP BY name")
        return {name: round(size, 1) for name, size in rows if size > 0.1}

    def about(self) -> dict[str, str]:
        return {"sqlite": sqlite3.sqlite_version, "settings": "; ".join(PRAGMAS)}

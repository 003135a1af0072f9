"""The tables on PostgreSQL, through psycopg: COPY, arrays and pipelines."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import psycopg

from bench import workload
from bench.machine import peak_rss_mb
from bench.postgres import DURABLE, postgres
from bench.tables_sql import KEY, NAMES, SqlTables
from bench.workload import Chunk, Delta, Layout, Message, Row, Turn

RECIPIENT = {
    "id": "id bigint PRIMARY KEY, msisdn bigint, network smallint, declared smallint,"
    " learned smallint, district text, params text",
    "pair": "audience int, n int, msisdn bigint, network smallint, declared smallint,"
    " learned smallint, district text, params text, PRIMARY KEY (audience, n)",
}
ATTEMPT = {
    "pair": "message bigint, n smallint, account smallint, outcome smallint, code text,"
    " reference text, at bigint, took_ms int, PRIMARY KEY (message, n)",
    "packed": "id bigint PRIMARY KEY, account smallint, outcome smallint, code text,"
    " reference text, at bigint, took_ms int",
}
RECEIPT = {
    "key": "message bigint, at bigint, status smallint, code text,"
    " PRIMARY KEY (message, at, status)",
    "bare": "message bigint, at bigint, status smallint, code text",
}
WIDE = ("messages", "parts", "cost")
COLUMNS = ", ".join(
    f"{name} {'bigint' if name in WIDE else 'int'}" for name in workload.DELTA_COLUMNS
)
SCHEMA = f"""
CREATE TABLE suppression (msisdn bigint PRIMARY KEY);
CREATE TABLE chunk (id int PRIMARY KEY, campaign int, account smallint, first bigint, last bigint,
  started_to bigint, recorded_to bigint, lease_owner text, lease_until bigint)
  WITH (fillfactor = 50);
CREATE TABLE reference (account smallint, reference text, part smallint, message bigint,
  PRIMARY KEY (account, reference, part));
CREATE TABLE inbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account smallint, at bigint,
  body bytea);
CREATE TABLE tally_delta (id bigint GENERATED ALWAYS AS IDENTITY, {COLUMNS});
CREATE TABLE tally ({COLUMNS}, PRIMARY KEY ({KEY}));
CREATE TABLE contact (msisdn bigint, at bigint, PRIMARY KEY (msisdn, at));
CREATE TABLE due (account smallint, at bigint, message bigint, why smallint, lease_owner text,
  lease_until bigint, PRIMARY KEY (account, at, message));
"""
RELATIONS = """
SELECT relname, pg_relation_size(oid) / 1e6 FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
"""


@contextmanager
def opened(layout: Layout) -> Iterator["PostgresTables"]:
    """Yield the tables on a throw-away server."""
    with postgres() as url, psycopg.connect(url, autocommit=True, prepare_threshold=0) as db:
        yield PostgresTables(db, layout)


class PostgresTables(SqlTables[psycopg.Connection]):
    place = "%s"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Send the statements inside without waiting for each other's answers, and commit."""
        with self.db.pipeline(), self.db.transaction():
            yield

    def create(self) -> None:
        self.db.execute(SCHEMA, prepare=False)
        for name, shapes in (("recipient", RECIPIENT), ("attempt", ATTEMPT), ("receipt", RECEIPT)):
            self.db.execute(f"CREATE TABLE {name} ({shapes[getattr(self.layout, name)]})")
        by_range = self.layout.partition == "yes"
        filled = f" WITH (fillfactor = {self.layout.fillfactor})"
        self.db.execute(
            "CREATE TABLE message (id bigint PRIMARY KEY, recipient int, account smallint,"
            " network smallint, channel smallint, parts smallint, state smallint,"
            " generation smallint, day int)" + (" PARTITION BY RANGE (id)" if by_range else filled)
        )
        for campaign in range(workload.CAMPAIGN - 10, workload.CAMPAIGN + 1) if by_range else ():
            bounds = f"FROM ({campaign * 10**9}) TO ({(campaign + 1) * 10**9})"
            self.db.execute(
                f"CREATE TABLE message_{campaign} PARTITION OF message FOR VALUES {bounds}{filled}"
            )

    def copy_in(self, rows: int) -> None:
        self._copy("suppression", ["bigint"], workload.suppressed(rows))
        key = ["int4", "int4"] if self.layout.recipient == "pair" else ["bigint"]
        types = [*key, "bigint", "int2", "int2", "int2", "text", "text"]
        self._copy("recipient", types, self.recipients(rows))

    def _copy(self, table: str, types: Sequence[str], rows: Iterable[Row]) -> None:
        with self.db.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def _insert(self, table: str, types: str, rows: Iterable[Sequence[object]]) -> None:
        """Insert rows as an array for each column, of types that are parted by spaces."""
        arrays = ", ".join(f"%b::{each}[]" for each in types.split())
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.db.execute(f"INSERT INTO {table} SELECT * FROM unnest({arrays})", columns)

    def plan(self, account: int, networks: Sequence[int], before: int) -> int:
        key = self.recipient
        base = workload.MESSAGE_BASE + before
        with self.db.transaction():
            done = self.db.execute(
                f"INSERT INTO message SELECT {base} + row_number() OVER (ORDER BY {key}),"
                f" {key}, {account}, r.network, {workload.SMS}, 2 + mod(r.msisdn, 2),"
                f" {workload.PENDING}, 0, 0 FROM recipient r"
                " WHERE coalesce(r.learned, r.declared, r.network) = ANY(%s)"
                " AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.msisdn = r.msisdn)"
                f" ORDER BY {key}",
                [list(networks)],
            )
            self.db.execute(self.planned_deltas, [base])
        return done.rowcount

    def tidy(self) -> None:
        self.db.execute("VACUUM (ANALYZE) message, recipient, suppression")

    def add_chunks(self, made: Sequence[Chunk]) -> None:
        with self.db.transaction(), self.db.cursor().copy("COPY chunk FROM STDIN") as copy:
            for one in made:
                before = one.first - 1
                copy.write_row(
                    (one.id, workload.CAMPAIGN, one.account, one.first, one.last, before, before,
                     None, 0)
                )  # fmt: skip

    def turn(self, turn: Turn) -> list[Message]:
        with self.transaction():
            if turn.answers:
                self._record(turn.answers)
            rows = self.db.execute(self.next_messages, (turn.recorded + 1, turn.started))
            self.db.execute(
                "UPDATE chunk SET recorded_to = %s, started_to = %s WHERE id = %s",
                (turn.recorded, turn.started, turn.chunk.id),
            )
        return [row[:5] for row in rows.fetchall()]

    def _record(self, answers: Sequence[Message]) -> None:
        key = "bigint" if self.layout.attempt == "packed" else "bigint smallint"
        types = f"{key} smallint smallint text text bigint int"
        self._insert("attempt", types, self.attempts(answers))
        self._move_answered(answers)
        self._add_deltas(workload.recorded(answers))

    def _move_answered(self, answers: Sequence[Message]) -> None:
        moves = [(one[0], workload.answer(one[0])) for one in answers]
        if self.layout.update == "range":
            moves = [move for move in moves if move[1] != workload.ACCEPTED]
        if moves:
            self._move(moves, workload.PENDING, f", day = {workload.DAY}")
        if self.layout.update == "range":
            self.db.execute(
                f"UPDATE message SET state = {workload.ACCEPTED}, day = {workload.DAY}"
                f" WHERE id BETWEEN %s AND %s AND state = {workload.PENDING}",
                (answers[0][0], answers[-1][0]),
            )

    def _move(self, moves: Sequence[tuple[int, int]], was: int, also: str = "") -> psycopg.Cursor:
        """Compare and set: fewer rows moved than given means a rival, and to start anew."""
        ids, states = zip(*moves, strict=True)
        return self.db.execute(
            f"UPDATE message m SET state = v.state{also}"
            " FROM unnest(%b::bigint[], %b::smallint[], %b::smallint[]) v(id, state, was)"
            " WHERE m.id = v.id AND m.state = v.was",  # no constant: its statistics lag behind
            (list(ids), list(states), [was] * len(ids)),
        )

    def _add_deltas(self, deltas: Sequence[Delta]) -> None:
        types = " ".join("bigint" if each in WIDE else "int" for each in workload.DELTA_COLUMNS)
        self._insert(f"tally_delta ({NAMES})", types, deltas)

    def arrive(self, receipts: Sequence[tuple[int, bytes]]) -> None:
        accounts, bodies = zip(*receipts, strict=True)
        self.db.execute(
            f"INSERT INTO inbox (account, at, body) SELECT a, {workload.START_MS}, b"
            " FROM unnest(%b::smallint[], %b::bytea[]) v(a, b)",
            (list(accounts), list(bodies)),
        )

    def settle(self) -> int:
        with self.db.transaction():
            inbox = self.db.execute(
                f"SELECT id, at, body FROM inbox ORDER BY id LIMIT {workload.SETTLE_BATCH}"
            ).fetchall()
            found = self.db.execute(
                "SELECT id, state, account, network, parts FROM message"
                " WHERE id = ANY(%b::bigint[]) ORDER BY id",
                [sorted(map(workload.key_of, inbox))],
            ).fetchall()
            settled = workload.settle(inbox, found)
            with self.db.pipeline():
                moved = self._apply(settled)
                self.db.execute(
                    "DELETE FROM inbox WHERE id = ANY(%b::bigint[])", [[row[0] for row in inbox]]
                )
            assert moved.rowcount == len(settled.moves)
        return len(inbox)

    def _apply(self, settled: workload.Settled) -> psycopg.Cursor:
        moved = self._move(settled.moves, workload.ACCEPTED)
        self.db.execute(
            "INSERT INTO receipt SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::smallint[],"
            " %b::text[])" + (" ON CONFLICT DO NOTHING" if self.layout.receipt == "key" else ""),
            [list(column) for column in zip(*settled.receipts, strict=True)],
        )
        self._add_deltas(settled.deltas)
        return moved

    def fold(self) -> int:
        """Fold exactly the rows that are deleted: others may commit meanwhile, with lower ids."""
        before = self.db.execute("SELECT count(*) FROM tally_delta").fetchone()
        self.db.execute(
            f"WITH gone AS (DELETE FROM tally_delta RETURNING {NAMES}) INSERT INTO tally"
            f" SELECT {KEY}, sum(messages), sum(parts), sum(cost) FROM gone GROUP BY {KEY}"
            f" ON CONFLICT ({KEY}) DO UPDATE SET messages = tally.messages + excluded.messages,"
            " parts = tally.parts + excluded.parts, cost = tally.cost + excluded.cost"
        )
        assert before
        return int(before[0])

    def fill_references(self, rows: int) -> None:
        self.db.execute(
            "INSERT INTO reference SELECT 1, upper(md5(n::text)), 1, n"
            f" FROM generate_series(1, {rows}) n ORDER BY 2"
        )

    def add_references(self, rows: Sequence[tuple[int, str, int, int]]) -> None:
        self._insert("reference", "smallint text smallint bigint", rows)

    def add_contacts(self, rows: Sequence[tuple[int, int]]) -> None:
        self._insert("contact", "bigint bigint", rows)

    def fill_due(self, rows: int) -> None:
        """Fill it, and forbid the plan that sorts the whole queue when statistics lag behind."""
        for block in workload.due_blocks(rows):
            self._insert("due", "smallint bigint bigint smallint text bigint", block)
        self.db.execute("ANALYZE due")
        self.db.execute("SET enable_bitmapscan = off")

    def claim_due(self, account: int) -> list[tuple[int, int, int]]:
        return self.db.execute(
            "UPDATE due SET lease_owner = 'bench', lease_until = %s WHERE ctid = ANY(ARRAY("
            "SELECT ctid FROM due WHERE account = %s AND lease_until < %s ORDER BY at, message"
            f" LIMIT {workload.SUB_BATCH} FOR UPDATE SKIP LOCKED))"
            " RETURNING account, at, message",
            (workload.START_MS + 60_000, account, workload.START_MS),
        ).fetchall()

    def drop_due(self, rows: Sequence[tuple[int, int, int]]) -> None:
        self.db.execute(
            "DELETE FROM due d USING unnest(%b::smallint[], %b::bigint[], %b::bigint[]) v(a, t, m)"
            " WHERE (d.account, d.at, d.message) = (v.a, v.t, v.m)",
            [list(column) for column in zip(*rows, strict=True)],
        )

    def sizes(self) -> dict[str, float]:
        return {
            name: round(float(size), 1) for name, size in self.db.execute(RELATIONS) if size > 0.1
        }

    def about(self) -> dict[str, str]:
        updates = self.db.execute(
            "SELECT sum(n_tup_hot_upd) * 100.0 / sum(n_tup_upd), pg_backend_pid(),"
            " current_setting('server_version'), current_setting('wal_compression'),"
            " pg_current_wal_lsn() - '0/0'::pg_lsn FROM pg_stat_user_tables"
            " WHERE relname LIKE 'message%'"
        ).fetchone()
        assert updates
        hot, backend, version, compression, written = updates
        settings = "; ".join(f"{name} = {value}" for name, value in DURABLE.items())
        return {
            "postgresql": version,
            "settings": f"{settings}; wal_compression = {compression}",
            "hot_updates_of_message_percent": f"{hot:.0f}",
            "wal_written_mb": f"{written / 10**6:.0f}",
            "backend_peak_rss_mb_with_shared_buffers": f"{peak_rss_mb(backend)}",
        }

"""The tables on PostgreSQL, through psycopg: COPY, arrays and pipelines."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from bench import workload
from bench.machine import peak_rss_mb
from bench.postgres import DURABLE, postgres
from bench.workload import Chunk, Delta, Layout, Message, Turn

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
JOIN = {
    "id": f"r.id = m.recipient + {workload.RECIPIENT_BASE}",
    "pair": f"r.audience = {workload.AUDIENCE} AND r.n = m.recipient",
}
WIDE = ("messages", "parts", "cost")
COLUMNS = ", ".join(
    f"{name} {'bigint' if name in WIDE else 'int'}" for name in workload.DELTA_COLUMNS
)
NAMES = ", ".join(workload.DELTA_COLUMNS)
KEY = ", ".join(workload.DELTA_KEY)
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


class PostgresTables:
    def __init__(self, connection: psycopg.Connection, layout: Layout) -> None:
        self.db = connection
        self.layout = layout
        self.next_messages = (
            "SELECT m.id, m.state, m.account, m.network, m.parts, r.msisdn, r.district, r.params"
            f" FROM message m JOIN recipient r ON {JOIN[layout.recipient]}"
            " LEFT JOIN suppression s ON s.msisdn = r.msisdn"
            f" WHERE m.id BETWEEN %s AND %s AND m.state = {workload.PENDING} AND s.msisdn IS NULL"
            f" ORDER BY m.id LIMIT {workload.SUB_BATCH}"
        )

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
        pair = self.layout.recipient == "pair"
        types = ["bigint", "int2", "int2", "int2", "text", "text"]
        source = workload.recipients(rows)
        if pair:
            made = ((workload.AUDIENCE, *row) for row in source)
            self._copy("recipient", ["int4", "int4", *types], made)
        else:
            keyed = ((workload.RECIPIENT_BASE + int(row[0] or 0), *row[1:]) for row in source)
            self._copy("recipient", ["bigint", *types], keyed)

    def _copy(
        self, table: str, types: Sequence[str], rows: Iterator[tuple[int | str | None, ...]]
    ) -> None:
        with self.db.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def plan(self, account: int, networks: Sequence[int], before: int) -> int:
        key = {"id": f"r.id - {workload.RECIPIENT_BASE}", "pair": "r.n"}[self.layout.recipient]
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
            self.db.execute(
                f"INSERT INTO tally_delta ({NAMES}) SELECT {workload.CAMPAIGN}, network, account,"
                f" channel, state, 0, 0, 0, count(*), sum(parts), sum(parts) * {workload.PRICE}"
                " FROM message WHERE id > %s GROUP BY network, account, channel, state",
                [base],
            )
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

    def claim(self, chunk: int) -> bool:
        done = self.db.execute(
            "UPDATE chunk SET lease_owner = 'bench', lease_until = %s"
            " WHERE id = %s AND lease_until < %s",
            (workload.START_MS + 60_000, chunk, workload.START_MS),
        )
        return done.rowcount == 1

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
        columns = [list(column) for column in zip(*map(workload.attempt, answers), strict=True)]
        if self.layout.attempt == "packed":
            messages, numbers, *rest = columns
            ids = [int(m or 0) * 16 + int(n or 0) for m, n in zip(messages, numbers, strict=True)]
            columns, keys = [ids, *rest], "%b::bigint[]"
        else:
            keys = "%b::bigint[], %b::smallint[]"
        self.db.execute(
            f"INSERT INTO attempt SELECT * FROM unnest({keys}, %b::smallint[], %b::smallint[],"
            " %b::text[], %b::text[], %b::bigint[], %b::int[])",
            columns,
        )
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
        columns = [list(column) for column in zip(*deltas, strict=True)]
        arrays = ", ".join(
            "%b::bigint[]" if name in WIDE else "%b::int[]" for name in workload.DELTA_COLUMNS
        )
        self.db.execute(
            f"INSERT INTO tally_delta ({NAMES}) SELECT * FROM unnest({arrays})", columns
        )

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

    def figures(self) -> dict[tuple[int, int, int], int]:
        rows = self.db.execute(
            f"SELECT account, network, state, sum(messages)::bigint FROM (SELECT {NAMES} FROM tally"
            f" UNION ALL SELECT {NAMES} FROM tally_delta) every"
            " GROUP BY account, network, state HAVING sum(messages) <> 0"
        )
        return {(a, n, s): count for a, n, s, count in rows}

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

    def recount(self) -> dict[tuple[int, int, int], int]:
        rows = self.db.execute(
            "SELECT account, network, state, count(*), sum(parts) FROM message"
            f" WHERE id BETWEEN {workload.MESSAGE_BASE} AND {workload.MESSAGE_BASE + 10**9 - 1}"
            " GROUP BY account, network, state"
        )
        return {(a, n, s): count for a, n, s, count, _ in rows}

    def fill_references(self, rows: int) -> None:
        self.db.execute(
            "INSERT INTO reference SELECT 1, upper(md5(n::text)), 1, n"
            f" FROM generate_series(1, {rows}) n ORDER BY 2"
        )

    def add_references(self, rows: Sequence[tuple[int, str, int, int]]) -> None:
        self.db.execute(
            "INSERT INTO reference SELECT * FROM unnest(%b::smallint[], %b::text[],"
            " %b::smallint[], %b::bigint[])",
            [list(column) for column in zip(*rows, strict=True)],
        )

    def fill_contacts(self) -> None:
        self.db.execute("INSERT INTO contact SELECT msisdn, 1 FROM recipient ORDER BY msisdn")

    def add_contacts(self, rows: Sequence[tuple[int, int]]) -> None:
        self.db.execute(
            "INSERT INTO contact SELECT * FROM unnest(%b::bigint[], %b::bigint[])",
            [list(column) for column in zip(*rows, strict=True)],
        )

    def fill_due(self, rows: int) -> None:
        """Fill it, and forbid the plan that sorts the whole queue when statistics lag behind."""
        for block in workload.due_blocks(rows):
            self.db.execute(
                "INSERT INTO due SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bigint[],"
                " %b::smallint[], %b::text[], %b::bigint[])",
                [list(column) for column in zip(*block, strict=True)],
            )
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

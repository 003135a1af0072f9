"""What the tables are asked in the same words on SQLite and on PostgreSQL."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from bench import workload
from bench.workload import Layout, Message, Row

NAMES = ", ".join(workload.DELTA_COLUMNS)
KEY = ", ".join(workload.DELTA_KEY)
_JOIN = {
    "id": f"r.id = m.recipient + {workload.RECIPIENT_BASE}",
    "pair": f"r.audience = {workload.AUDIENCE} AND r.n = m.recipient",
}


class Answer(Protocol):
    """What a driver says of a statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    """What both drivers have; outside of a transaction each statement is one of its own."""

    def execute(self, query: str, params: Sequence[Any] = ..., /) -> Answer: ...


C = TypeVar("C", bound=Connection)


class SqlTables(Generic[C]):
    place: ClassVar[str]
    """Stands for a value in a statement."""

    def __init__(self, connection: C, layout: Layout) -> None:
        self.db = connection
        self.layout = layout
        self.recipient = {"id": f"r.id - {workload.RECIPIENT_BASE}", "pair": "r.n"}[
            layout.recipient
        ]
        self.next_messages = (
            "SELECT m.id, m.state, m.account, m.network, m.parts, r.msisdn, r.district, r.params"
            f" FROM message m JOIN recipient r ON {_JOIN[layout.recipient]}"
            " LEFT JOIN suppression s ON s.msisdn = r.msisdn"
            f" WHERE m.id BETWEEN {self.place} AND {self.place} AND m.state = {workload.PENDING}"
            f" AND s.msisdn IS NULL ORDER BY m.id LIMIT {workload.SUB_BATCH}"
        )
        self.planned_deltas = (
            f"INSERT INTO tally_delta ({NAMES}) SELECT {workload.CAMPAIGN}, network, account,"
            f" channel, state, 0, 0, 0, count(*), sum(parts), sum(parts) * {workload.PRICE}"
            f" FROM message WHERE id > {self.place} GROUP BY network, account, channel, state"
        )

    def claim(self, chunk: int) -> bool:
        done = self.db.execute(
            f"UPDATE chunk SET lease_owner = 'bench', lease_until = {self.place}"
            f" WHERE id = {self.place} AND lease_until < {self.place}",
            (workload.START_MS + 60_000, chunk, workload.START_MS),
        )
        return done.rowcount == 1

    def figures(self) -> dict[tuple[int, int, int], int]:
        rows = self.db.execute(
            "SELECT account, network, state, CAST(sum(messages) AS bigint) FROM"
            f" (SELECT {NAMES} FROM tally UNION ALL SELECT {NAMES} FROM tally_delta) every"
            " GROUP BY account, network, state HAVING sum(messages) <> 0"
        )
        return {(a, n, s): count for a, n, s, count in rows.fetchall()}

    def recount(self) -> dict[tuple[int, int, int], int]:
        rows = self.db.execute(
            "SELECT account, network, state, count(*), sum(parts) FROM message"
            f" WHERE id BETWEEN {workload.MESSAGE_BASE} AND {workload.MESSAGE_BASE + 10**9 - 1}"
            " GROUP BY account, network, state"
        )
        return {(a, n, s): count for a, n, s, count, _ in rows.fetchall()}

    def fill_contacts(self) -> None:
        self.db.execute("INSERT INTO contact SELECT msisdn, 1 FROM recipient ORDER BY msisdn")

    def recipients(self, rows: int) -> Iterator[Row]:
        """The audience under the layout's key."""
        if self.layout.recipient == "pair":
            return ((workload.AUDIENCE, *row) for row in workload.recipients(rows))
        base = workload.RECIPIENT_BASE
        return ((base + int(row[0] or 0), *row[1:]) for row in workload.recipients(rows))

    def attempts(self, answers: Sequence[Message]) -> Iterator[Row]:
        """The attempts behind answers under the layout's key."""
        made = map(workload.attempt, answers)
        if self.layout.attempt == "packed":
            return ((int(m or 0) * 16 + int(n or 0), *rest) for m, n, *rest in made)
        return made

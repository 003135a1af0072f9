"""The carriers' own ids of what they took, for later words that name nothing else.

Text in no order is dear to keep (docs/adr/0001): only accounts whose capabilities say
`by_reference` have rows here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from json import dumps
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import Event
from outreach.domain.receipt import Status
from outreach.store import tables
from outreach.store.arrays import array, numbers
from outreach.store.bulk import Row, bulk_insert, bulk_update
from outreach.store.record import Result, Taken
from outreach.store.sql import Fetched, for_update, select_among
from outreach.store.work import Ticket

_SHARE = 5_000
"""Rows that are looked through at once for old ones."""

Place = tuple[int, str, int]
"""A row's primary key: account, reference, number."""

_Row = tuple[int, str, int, int, int, int, int, int]

Name = tuple[str, int | None]
"""A reference, and the number that was named with it, if one was."""


class Named(NamedTuple):
    """What a reference stands for: a message as it was submitted, or one part of it."""

    account: int
    message: int
    generation: int
    part: int
    """Counts from 1; 0 where the id is the whole message's."""
    parts: int
    """How many have an id of their own."""


class Heard(NamedTuple):
    """What a word comes to: an event of the message, or, where it is of a part only, an effect."""

    event: Event | None
    effect: str = ""


def keep(conn: Connection, results: Sequence[Result], taken: Sequence[Taken]) -> None:
    """Keep the ids of what was accepted; of two messages under one id the newer has it."""
    rows = [
        row for each in taken for row in _rows(each.ticket, each.references or (each.reference,))
    ]
    for result in results:
        if result.event is Event.ACCEPT and result.attempt is not None:
            rows += _rows(result.ticket, (result.attempt.reference,))
    newest = {row[:3]: row for row in rows}
    # In one order, so that two who are told the same ids never wait for each other.
    bulk_insert(conn, tables.reference, _COLUMNS, [newest[key] for key in sorted(newest)], _AGAIN)


_COLUMNS = ("account", "reference", "msisdn", "message", "generation", "part", "parts", "status")
_AGAIN = (
    "ON CONFLICT (account, reference, msisdn)"
    " DO UPDATE SET message = excluded.message, generation = excluded.generation,"
    " part = excluded.part, parts = excluded.parts, status = CASE"
    # The same message accepted again: what was heard of its part meanwhile stays.
    " WHEN reference.message = excluded.message AND reference.part = excluded.part"
    " AND reference.generation = excluded.generation THEN reference.status ELSE 0 END"
)


def _rows(ticket: Ticket, references: Iterable[str | None]) -> list[_Row]:
    """One row for the message, or one for each part; a carrier may give all parts one id."""
    own = list(dict.fromkeys(filter(None, references)))
    message, generation = ticket.message, ticket.generation
    if len(own) == 1:
        return [(ticket.account, own[0], ticket.msisdn, message, generation, 0, 1, 0)]
    return [
        (ticket.account, each, ticket.msisdn, message, generation, part, len(own), 0)
        for part, each in enumerate(own, 1)
    ]


def find(conn: Connection, account: int, names: Collection[Name]) -> dict[Name, Named]:
    """What names stand for; one that stands for nothing, or for several, is left out."""
    exact = [(reference, msisdn) for reference, msisdn in names if msisdn is not None]
    bare = [reference for reference, msisdn in names if msisdn is None]
    found: dict[Name, Named] = {
        (row[0], row[1]): Named(account, *row[2:]) for row in _exact(conn, account, exact)
    }
    if bare:
        rows = select_among(
            conn,
            "SELECT reference, MIN(message), MIN(generation), MIN(part), MIN(parts) FROM reference"
            " WHERE account = :account AND reference {among}"
            " GROUP BY reference HAVING COUNT(*) = 1",
            bare,
            account=account,
        )
        found |= {(row[0], None): Named(account, *row[1:]) for row in rows}
    return found


def _exact(conn: Connection, account: int, names: Sequence[tuple[str, int]]) -> Sequence[Fetched]:
    if not names:
        return ()
    if conn.dialect.name == "sqlite":
        # A cross join is read in its order: one seek for each name.
        asked = (
            "(SELECT value ->> 0 AS reference, value ->> 1 AS msisdn FROM json_each(:names)) AS n"
            " CROSS JOIN reference AS r"
        )
        told: dict[str, object] = {"names": dumps(names)}
    else:
        asked = (
            "unnest(CAST(:texts AS text[]), CAST(:numbers AS bigint[])) AS n(reference, msisdn)"
            " JOIN reference AS r ON TRUE"
        )
        texts, msisdns = zip(*names, strict=True)
        told = {"texts": array(texts), "numbers": numbers(msisdns)}
    sql = (
        "SELECT DISTINCT r.reference, r.msisdn, r.message, r.generation, r.part, r.parts"
        f" FROM {asked}"
        " WHERE r.account = :account AND r.reference = n.reference AND r.msisdn = n.msisdn"
    )
    return conn.execute(text(sql), {"account": account, **told}).all()


def hear(conn: Connection, words: Sequence[tuple[Named, Status]]) -> list[Heard]:
    """Say what words are for their messages, in order; what is heard of parts is kept.

    A message is delivered when all its parts are, and is not as soon as one is not; the first
    final word on a part stays.
    """
    parts = _Parts(conn, {named.message for named, _ in words if named.part})
    heard = [
        parts.hear(named, status) if named.part else Heard(status.event) for named, status in words
    ]
    parts.store(conn)
    return heard


_FAILED = frozenset({Status.UNDELIVERED, Status.REFUSED})
_FINAL = _FAILED | {Status.DELIVERED}


class _Parts:
    """What has been heard of the parts of some messages."""

    def __init__(self, conn: Connection, messages: Collection[int]) -> None:
        self._known: defaultdict[tuple[int, int, int], dict[int, Status]] = defaultdict(dict)
        self._changed: list[Row] = []
        if not messages:
            return
        lock = for_update(conn)
        rows = select_among(
            conn,
            "SELECT account, message, generation, part, status FROM reference"
            f" WHERE message {{among}} AND part > 0 ORDER BY message, part{lock}",
            sorted(messages),
        )
        for account, message, generation, part, status in rows:
            self._known[account, message, generation][part] = Status(status)

    def hear(self, named: Named, status: Status) -> Heard:
        """Take a word on a part."""
        if status not in _FINAL:
            return Heard(status.event)
        submitted = (named.account, named.message, named.generation)
        known = self._known[submitted]
        before = known.get(named.part, Status.OTHER)
        if before in _FINAL and (before in _FAILED) is not (status in _FAILED):
            return Heard(None, "contradicts")
        if before not in _FINAL:
            known[named.part] = status
            self._changed.append((int(status), *submitted, named.part))
        if status in _FAILED:
            return Heard(status.event)
        if sum(each is Status.DELIVERED for each in known.values()) == named.parts:
            return Heard(Event.DELIVERED)
        return Heard(None, "repeated" if before in _FINAL else "part")

    def store(self, conn: Connection) -> None:
        """Write down what was new."""
        bulk_update(
            conn,
            "UPDATE reference SET status = ? WHERE account = ? AND message = ? AND generation = ?"
            " AND part = ? AND part > 0",
            self._changed,
        )


def tidy(conn: Connection, after: Place, before: int) -> Place | None:
    """Look through the next rows and drop those of campaigns settled before a time (ms).

    Returns the place reached; None at the end, or where no campaign is so old.
    """
    settled = text("SELECT id FROM campaign WHERE settled_at < :before")
    old = set(conn.execute(settled, {"before": before}).scalars())
    if not old:
        return None
    rows = conn.execute(
        text(
            "SELECT account, reference, msisdn, message FROM reference"
            " WHERE (account, reference, msisdn) > (:account, :reference, :msisdn)"
            " ORDER BY account, reference, msisdn LIMIT :most"
        ),
        {"account": after[0], "reference": after[1], "msisdn": after[2], "most": _SHARE},
    ).all()
    bulk_update(
        conn,
        "DELETE FROM reference WHERE account = ? AND reference = ? AND msisdn = ?",
        [tuple(row[:3]) for row in rows if row[3] // CAMPAIGN_SPAN in old],
    )
    return (rows[-1][0], rows[-1][1], rows[-1][2]) if rows else None

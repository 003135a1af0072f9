"""What carriers tell of persons: the network of a number, and whether a channel leads to it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, text

from outreach.domain.network import Channel, Network
from outreach.domain.reach import Lesson, Reach
from outreach.store import accounts, tables
from outreach.store.bulk import Row, bulk_change, bulk_update
from outreach.store.sql import select_among

TAUGHT = frozenset({Channel.ZALO})
"""The channels of which something is told: who writes by another one does not look anything up."""

NO_ACCOUNT = "known: no Zalo account"
REFUSES = "known: refuses Zalo"
NO_ADDRESS = "no user id known"

_ABSENT_FOR_MS = int(timedelta(days=30).total_seconds() * 1000)
"""How long it is believed that somebody has no account.

A month: people install Zalo, and numbers get new owners, but hardly between two reminders.
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A lesson, and the account whose carrier told it when (ms)."""

    lesson: Lesson
    channel: Channel
    account: int
    at: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one number on one channel."""

    address: str
    """The carrier's own id of the person; empty where nobody told it."""
    why_not: str
    """Why nothing is to be sent there; empty where nothing speaks against it."""


NOTHING = Known("", "")


def of(
    conn: Connection, channel: Channel, account: int, msisdns: Collection[int], now: int
) -> dict[int, Known]:
    """What an account knows by now (ms) of those numbers of which it knows anything.

    Accounts of one official account know the same; what another one was told is none of theirs,
    for its ids are others, and who refuses it has not refused us.
    """
    rows = select_among(
        conn,
        "SELECT msisdn, address, reach, at FROM reach WHERE msisdn {among} AND channel = :channel"
        " AND account = :account",
        sorted(msisdns),
        channel=int(channel),
        account=_whose(conn, account),
    )
    return {row[0]: Known(row[1] or "", _why_not(Reach(row[2]), now - row[3])) for row in rows}


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is kept of one number for one account."""

    account: int
    channel: Channel
    address: str
    address_at: int
    """When (ms) the id was told; 0 for never."""
    reach: Reach
    at: int
    """When (ms) that was told; 0 for never."""

    def why_not(self, now: int) -> str:
        """Why nothing is to be sent there at a time (ms); empty where nothing speaks against it."""
        return _why_not(self.reach, now - self.at)


def kept(conn: Connection, msisdn: int) -> list[Kept]:
    """All that is kept of a number, by account."""
    rows = conn.execute(
        text(
            "SELECT account, channel, address, address_at, reach, at FROM reach"
            " WHERE msisdn = :msisdn ORDER BY account"
        ),
        {"msisdn": msisdn},
    )
    return [
        Kept(row[0], Channel(row[1]), row[2] or "", row[3], Reach(row[4]), row[5]) for row in rows
    ]


def owners(
    conn: Connection, channel: Channel, account: int, addresses: Collection[str]
) -> dict[str, int]:
    """Whose each of those ids is that an account knows."""
    ours = (int(channel), _whose(conn, account))
    held = _held(conn, sorted(addresses))
    return {address: msisdn for (address, *where), msisdn in held.items() if tuple(where) == ours}


def forget(conn: Connection, msisdn: int) -> int:
    """Keep nothing of a number any more; returns for how many accounts something was kept."""
    done = conn.execute(text("DELETE FROM reach WHERE msisdn = :msisdn"), {"msisdn": msisdn})
    return done.rowcount


def share(conn: Connection, account: int, whose: int) -> None:
    """Have an account know the people of another one; what it knew itself is known to both."""
    if not accounts.share(conn, account, whose):
        return
    rows = conn.execute(
        text(
            "DELETE FROM reach WHERE account = :account"
            " RETURNING msisdn, channel, address, address_at, reach, at"
        ),
        {"account": account},
    ).all()
    told = [(str(row[0]), Channel(row[1]), *row[2:]) for row in rows]
    _of_both(conn, [Told(Lesson(n, its), way, whose, at) for n, way, its, at, *_ in told if its])
    _of_numbers(
        conn, [Told(Lesson(n, None, Reach(r)), way, whose, at) for n, way, *_, r, at in told]
    )


def _why_not(reach: Reach, age: int) -> str:
    match reach:
        case Reach.OPEN:
            return ""
        case Reach.ABSENT:
            return NO_ACCOUNT if age < _ABSENT_FOR_MS else ""
        case Reach.REFUSES:
            return REFUSES


def learn(conn: Connection, rows: Sequence[Told]) -> None:
    """Keep what was told, the latest word of each person; an id without a number is nobody's.

    The order in which words are heard does not matter: an older one never takes the place of a
    newer one, be it of the number or of the id. For an id alone its number has to be known by then.
    """
    whose = accounts.whose(conn)
    told = [replace(each, account=whose.get(each.account, each.account)) for each in rows]
    for run in _runs(sorted(told, key=lambda told: told.at)):
        lesson = run[0].lesson
        if lesson.address is None:
            _of_numbers(conn, run)
        elif lesson.msisdn is None:
            _of_addresses(conn, run)
        else:
            _of_both(conn, run)


def _whose(conn: Connection, account: int) -> int:
    return accounts.whose(conn).get(account, account)


def _runs(rows: Sequence[Told]) -> Iterator[list[Told]]:
    """Lessons that can be kept by the same statements, in order; no id twice in one run."""
    run: list[Told] = []
    seen: set[str] = set()
    for told in rows:
        kind, address = _kind(told.lesson), told.lesson.address
        if run and (kind != _kind(run[0].lesson) or address in seen):
            yield run
            run, seen = [], set()
        run.append(told)
        seen |= {address} if address else set()
    if run:
        yield run


def _kind(lesson: Lesson) -> tuple[bool, bool]:
    return lesson.msisdn is None, lesson.address is None


def _of_numbers(conn: Connection, run: Sequence[Told]) -> None:
    bulk_update(
        conn,
        "INSERT INTO reach (msisdn, channel, account, address_at, reach, at)"
        " VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT (msisdn, channel, account)"
        " DO UPDATE SET reach = excluded.reach, at = excluded.at WHERE reach.at <= excluded.at",
        [
            (*_key(told), told.lesson.reach.value, told.at)
            for told in run
            if told.lesson.reach is not None
        ],
    )


def _of_addresses(conn: Connection, run: Sequence[Told]) -> None:
    rows: list[Row] = [
        (reach.value, told.at, int(told.channel), told.account, told.lesson.address, told.at)
        for told in run
        if (reach := told.lesson.reach) is not None
    ]
    bulk_update(
        conn,
        "UPDATE reach SET reach = ?, at = ?"
        " WHERE channel = ? AND account = ? AND address = ? AND at <= ?",
        rows,
    )


def _of_both(conn: Connection, run: Sequence[Told]) -> None:
    """The id is the number's from then on, whoever had it; nothing speaks against somebody new."""
    bulk_update(
        conn,
        "UPDATE reach SET address = NULL WHERE channel = ? AND account = ? AND address = ?"
        " AND msisdn <> ? AND address_at <= ?",
        [
            (int(told.channel), told.account, told.lesson.address, _number(told), told.at)
            for told in run
        ],
    )
    # What others still hold was told of them later.
    held = _held(conn, [str(told.lesson.address) for told in run])
    rows: list[Row] = [(*_key(told), _own(told, held), told.at, Reach.OPEN.value) for told in run]
    bulk_update(
        conn,
        "INSERT INTO reach (msisdn, channel, account, address, address_at, reach, at)"
        " VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (msisdn, channel, account)"
        " DO UPDATE SET address = excluded.address, address_at = excluded.address_at"
        " WHERE reach.address_at <= excluded.address_at",
        rows,
    )
    _of_numbers(conn, run)


def _held(conn: Connection, addresses: Sequence[str]) -> dict[tuple[str, int, int], int]:
    """Whose each of the ids is, by id, channel and account."""
    rows = select_among(
        conn,
        "SELECT address, channel, account, msisdn FROM reach WHERE address {among}",
        addresses,
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _own(told: Told, held: Mapping[tuple[str, int, int], int]) -> str | None:
    """The id that was told of a number; None where it is somebody else's."""
    address = str(told.lesson.address)
    whose = held.get((address, int(told.channel), told.account), _number(told))
    return address if whose == _number(told) else None


def _key(told: Told) -> tuple[int, int, int]:
    return _number(told), int(told.channel), told.account


def _number(told: Told) -> int:
    return int(told.lesson.msisdn or 0)


@dataclass(frozen=True, slots=True)
class Moved:
    """A recipient whom an account's carrier told (ms) to be on another network than we thought."""

    recipient: int
    network: Network
    account: int
    at: int


def learn_networks(conn: Connection, rows: Sequence[Moved]) -> None:
    """Take recipients to be on other networks from now on."""
    latest = {each.recipient: each for each in rows}
    bulk_change(
        conn,
        tables.recipient,
        ("learned", "learned_from", "learned_at"),
        ("id",),
        [
            (int(each.network), each.account, each.at, recipient)
            for recipient, each in sorted(latest.items())
        ],
    )

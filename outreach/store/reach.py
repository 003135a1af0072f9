"""What carriers tell of persons: the network of a number, and whether a channel leads to it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from outreach.domain.network import Channel, Network
from outreach.domain.reach import Lesson, Reach
from outreach.store.database import Row, bulk_update
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


def of(conn: Connection, channel: Channel, msisdns: Collection[int], now: int) -> dict[int, Known]:
    """What is known by now (ms) of those numbers of which anything is."""
    rows = select_among(
        conn,
        "SELECT msisdn, address, reach, at FROM reach WHERE msisdn {among} AND channel = :channel",
        sorted(msisdns),
        channel=int(channel),
    )
    return {row[0]: Known(row[1] or "", _why_not(Reach(row[2]), now - row[3])) for row in rows}


def _why_not(reach: Reach, age: int) -> str:
    match reach:
        case Reach.OPEN:
            return ""
        case Reach.ABSENT:
            return NO_ACCOUNT if age < _ABSENT_FOR_MS else ""
        case Reach.REFUSES:
            return REFUSES


def learn(conn: Connection, rows: Sequence[Told]) -> None:
    """Keep what was told, the latest word of each person; an id without a number is nobody's."""
    for run in _runs(sorted(rows, key=lambda told: told.at)):
        lesson = run[0].lesson
        if lesson.address is None:
            _of_numbers(conn, run)
        elif lesson.msisdn is None:
            _of_addresses(conn, run)
        else:
            _of_both(conn, run)


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


_NEWER = (
    " ON CONFLICT (msisdn, channel) DO UPDATE SET reach = excluded.reach, at = excluded.at,"
    " account = excluded.account WHERE reach.at <= excluded.at"
)


def _of_numbers(conn: Connection, run: Sequence[Told]) -> None:
    bulk_update(
        conn,
        f"INSERT INTO reach (msisdn, channel, reach, at, account) VALUES (?, ?, ?, ?, ?){_NEWER}",
        [
            (_number(told), int(told.channel), told.lesson.reach.value, told.at, told.account)
            for told in run
            if told.lesson.reach is not None
        ],
    )


def _of_addresses(conn: Connection, run: Sequence[Told]) -> None:
    rows: list[Row] = [
        (reach.value, told.at, told.account, int(told.channel), told.lesson.address, told.at)
        for told in run
        if (reach := told.lesson.reach) is not None
    ]
    bulk_update(
        conn,
        "UPDATE reach SET reach = ?, at = ?, account = ?"
        " WHERE channel = ? AND address = ? AND at <= ?",
        rows,
    )


def _of_both(conn: Connection, run: Sequence[Told]) -> None:
    """The id is the number's from now on, whoever had it; nothing speaks against somebody new."""
    bulk_update(
        conn,
        "UPDATE reach SET address = NULL WHERE channel = ? AND address = ? AND msisdn <> ?",
        [(int(told.channel), told.lesson.address, _number(told)) for told in run],
    )
    bulk_update(
        conn,
        "INSERT INTO reach (msisdn, channel, address, reach, at, account)"
        " VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (msisdn, channel) DO UPDATE SET address = excluded.address",
        [
            (
                _number(told), int(told.channel), told.lesson.address, Reach.OPEN.value, told.at,
                told.account,
            )
            for told in run
        ],
    )  # fmt: skip
    _of_numbers(conn, run)


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
    bulk_update(
        conn,
        "UPDATE recipient SET learned = ?, learned_from = ?, learned_at = ? WHERE id = ?",
        [
            (int(each.network), each.account, each.at, each.recipient)
            for each in sorted(rows, key=lambda each: each.recipient)
        ],
    )

"""Asks carriers that do not call back: a day's failures, pulled now and then."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from outreach.carriers.base import Adapter, Pulled, PullError
from outreach.domain.message import State
from outreach.domain.receipt import Receipt
from outreach.domain.window import Clock, day_number, day_of_number, number_of_day
from outreach.observe import RECEIPTS
from outreach.store import inbox, messages
from outreach.store.database import Database, Writer
from outreach.store.inbox import Settled
from outreach.store.messages import Change
from outreach.store.sql import select_among

log = logging.getLogger(__name__)

_DAYS_BACK = 3


@dataclass(frozen=True, slots=True)
class Polled:
    """An account whose failures have to be asked for, and how often."""

    name: str
    adapter: Adapter
    every: timedelta


class Poll:
    """Pulls the failures of the last days for every account that needs it."""

    def __init__(
        self, database: Database, writer: Writer, accounts: Mapping[int, Polled], clock: Clock
    ) -> None:
        self._database = database
        self._writer = writer
        self._accounts = {
            number: each for number, each in accounts.items() if isinstance(each.adapter, Pulled)
        }
        self._clock = clock

    async def poll(self) -> int:
        """Ask for every day that is due; returns how many messages were moved.

        Accounts are asked side by side: one that waits for its turn keeps nobody waiting.
        """
        moved = await asyncio.gather(
            *(self._poll(number, polled) for number, polled in self._accounts.items())
        )
        return sum(moved)

    async def _poll(self, number: int, polled: Polled) -> int:
        days = await asyncio.to_thread(self._days, number, polled.every)
        return sum([await self._pull(number, polled, day) for day in days])

    def _days(self, number: int, every: timedelta) -> list[date]:
        now = self._clock()
        days = [day_number(now - timedelta(days=back)) for back in range(_DAYS_BACK)]
        before = int((now - every).timestamp() * 1000)
        with self._database.read() as conn:
            due = _due(conn, number, days, before)
        return [day_of_number(day) for day in due]

    async def _pull(self, number: int, polled: Polled, day: date) -> int:
        assert isinstance(polled.adapter, Pulled)
        try:
            failures = await polled.adapter.failures(day)
        except PullError as fault:
            log.warning("account %s: failures of %s not pulled: %s", polled.name, day, fault)
            return 0
        # Matching by number alone scans a day's messages: never on the writer.
        matched = await asyncio.to_thread(self._match, number, number_of_day(day), failures)
        job = self._writer.submit(
            lambda conn: self._store(conn, number, number_of_day(day), matched, len(failures))
        )
        moved = await asyncio.wrap_future(job)
        RECEIPTS.labels(polled.name, "moved").inc(moved)
        return moved

    def _match(
        self, number: int, day: int, failures: Sequence[Receipt]
    ) -> list[tuple[int, Receipt]]:
        with self._database.read() as conn:
            return _matching(conn, number, day, failures)

    def _store(
        self,
        conn: Connection,
        number: int,
        day: int,
        matched: Sequence[tuple[int, Receipt]],
        failures: int,
    ) -> int:
        now = self._clock()
        changes = [
            Change(message, receipt.status.event, receipt.code, day_number(now))
            for message, receipt in matched
            if receipt.status.event is not None
        ]
        effects = messages.apply(conn, changes, day_number(now))
        at = int(now.timestamp() * 1000)
        history = [
            Settled(message, number, at, int(receipt.status), receipt.code, "pulled")
            for message, receipt in matched
        ]
        inbox.settle(conn, [], history)
        conn.execute(
            text("DELETE FROM pulled WHERE account = :account AND day = :day"),
            {"account": number, "day": day},
        )
        conn.execute(
            text(
                "INSERT INTO pulled (account, day, at, failures)"
                " VALUES (:account, :day, :at, :failures)"
            ),
            {"account": number, "day": day, "at": at, "failures": failures},
        )
        return sum(isinstance(effect.outcome, State) for effect in effects)


def _due(conn: Connection, account: int, days: Sequence[int], before: int) -> list[int]:
    """Days on which the account took messages and was not asked since `before` (ms)."""
    rows = select_among(
        conn,
        "SELECT DISTINCT d.day FROM (SELECT day, account, state FROM tally"
        " UNION ALL SELECT day, account, state FROM tally_delta) d"
        " LEFT JOIN pulled p ON p.account = d.account AND p.day = d.day"
        " WHERE d.account = :account AND d.state = :accepted AND d.day {among}"
        " AND (p.at IS NULL OR p.at <= :before)",
        days,
        account=account,
        accepted=int(State.ACCEPTED),
        before=before,
    )
    return [row[0] for row in rows]


def _matching(
    conn: Connection, account: int, day: int, failures: Sequence[Receipt]
) -> list[tuple[int, Receipt]]:
    """Find the accepted messages of that day to those numbers: no key, no reference, one scan."""
    by_number = {int(receipt.msisdn): receipt for receipt in failures if receipt.msisdn}
    rows = select_among(
        conn,
        "SELECT m.id, r.msisdn FROM message m JOIN recipient r ON r.id = m.recipient"
        " WHERE m.account = :account AND m.day = :day AND m.state = :accepted"
        " AND r.msisdn {among}",
        list(by_number),
        account=account,
        day=day,
        accepted=int(State.ACCEPTED),
    )
    return [(row[0], by_number[row[1]]) for row in rows]

"""What accounts have spent of their long limits, written down before it is used.

A second's limit is kept over a restart by a second of silence. Nobody wants to be silent for an
hour or a day, so units of longer limits are reserved here, a block at a time, before they leave.
A run that is killed has used at most what it reserved.
"""

import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from outreach.domain.limit import BUCKETS, Limit
from outreach.domain.window import Clock
from outreach.store.database import Writer

GOOD_FOR = 3
"""A block may be used in the bucket of its reservation and the two after it."""

_KEPT_SPANS = 40
_EVER = 2**62
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_CLOCK = 0
"""No account's number: its row tells how far the ledger's time is ahead of the monotonic clock."""


@dataclass(slots=True)
class Block:
    """Reserved units that may still be used."""

    units: int
    starts_at: int
    """ms, the key of its row: a bucket of a period, or the start of a day or month."""
    until: float
    """Monotonic seconds; infinite for a quota, whose units are good for their day or month."""


class SpentTable:
    """The record of one account; moments of rolling limits are monotonic seconds outside of it."""

    def __init__(
        self,
        writer: Writer,
        account: int,
        ahead: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ahead` is what `seconds_ahead` said when the process began."""
        self._writer = writer
        self._account = account
        self._ahead = ahead
        self._monotonic = monotonic

    def lately(self, conn: Connection, limit: Limit) -> list[tuple[float, int]]:
        """What a rolling limit may have spent: pairs of (latest moment, units), in order."""
        now = self._now_ms()
        self._bring_back(conn, limit, now)
        good_for = GOOD_FOR * bucket_ms(limit)
        return [
            (min(starts_at + good_for, now) / 1000 - self._ahead, units)
            for starts_at, units in self._rows(conn, limit)
        ]

    def used(self, conn: Connection, limit: Limit) -> list[tuple[datetime, int]]:
        """What a quota has used: pairs of (start of its day or month, units)."""
        return [
            (datetime.fromtimestamp(starts_at / 1000, UTC), units)
            for starts_at, units in self._rows(conn, limit)
        ]

    def begins(self, limit: Limit, wall: datetime) -> datetime | None:
        """The start of a quota's present day or month; None where the wall clock tells nothing."""
        return limit.begins(wall) if limit.span else None

    def reserve(self, limit: Limit, units: int, begins: datetime | None) -> Future[Block]:
        """Write units down as spent; `begins` is the start of a quota's day or month."""
        return self._writer.submit(lambda conn: self._reserve(conn, limit, units, begins))

    def give_back(self, limit: Limit, block: Block) -> Future[None]:
        """Take back what was not used of a block."""
        return self._writer.submit(
            lambda conn: self._add(conn, limit, block.starts_at, -block.units)
        )

    def _reserve(
        self, conn: Connection, limit: Limit, units: int, begins: datetime | None
    ) -> Block:
        if begins is not None:
            starts_at, until = int(begins.timestamp() * 1000), math.inf
            self._delete(conn, limit, 0, starts_at - _KEPT_SPANS * period_ms(limit))
        else:
            # The moment at which the writer comes to it: waiting in its queue costs no validity.
            now, width = self._now_ms(), bucket_ms(limit)
            starts_at = now // width * width
            until = (starts_at + GOOD_FOR * width) / 1000 - self._ahead
            self._delete(conn, limit, 0, now - period_ms(limit) - 2 * GOOD_FOR * width)
        self._add(conn, limit, starts_at, units)
        return Block(units, starts_at, until)

    def _bring_back(self, conn: Connection, limit: Limit, now: int) -> None:
        """Take what a clock that was moved back since left in the future as spent just now."""
        later = sum(units for starts_at, units in self._rows(conn, limit) if starts_at > now)
        if later:
            self._delete(conn, limit, now + 1, _EVER)
            self._add(conn, limit, now, later)

    def _rows(self, conn: Connection, limit: Limit) -> list[tuple[int, int]]:
        rows = conn.execute(
            text(f"SELECT starts_at, units FROM spent WHERE {KEY} ORDER BY starts_at"),
            self._key(limit),
        )
        return [(row[0], row[1]) for row in rows]

    def _add(self, conn: Connection, limit: Limit, starts_at: int, units: int) -> None:
        conn.execute(
            text(
                "INSERT INTO spent (account, unit, period, starts_at, units)"
                " VALUES (:account, :unit, :period, :starts_at, :units)"
                " ON CONFLICT (account, unit, period, starts_at)"
                " DO UPDATE SET units = spent.units + excluded.units"
            ),
            {**self._key(limit), "starts_at": starts_at, "units": units},
        )

    def _delete(self, conn: Connection, limit: Limit, first: int, end: int) -> None:
        conn.execute(
            text(f"DELETE FROM spent WHERE {KEY} AND starts_at >= :first AND starts_at < :end"),
            {**self._key(limit), "first": first, "end": end},
        )

    def _key(self, limit: Limit) -> dict[str, object]:
        return key(self._account, limit)

    def _now_ms(self) -> int:
        return int((self._monotonic() + self._ahead) * 1000)


KEY = "account = :account AND unit = :unit AND period = :period"
"""SQL that names the rows of an account's limit; its parameters are those of `key`."""


def key(account: int, limit: Limit) -> dict[str, object]:
    """What the rows of an account's limit have in common."""
    return {
        "account": account,
        "unit": f"{limit.unit} {limit.scope}",
        "period": int(limit.period.total_seconds()),
    }


def seconds_ahead(
    conn: Connection,
    clock: Clock,
    monotonic: Callable[[], float] = time.monotonic,
    boot: str | None = None,
) -> float:
    """How far the ledger's time is ahead of the monotonic clock; call once a process.

    While the machine is up the answer stays the same, so no step of the wall clock matters. After
    the machine was started anew (and where it tells no boot id) the wall clock has to be believed:
    moved back, it makes us wait for a period at most; moved ahead while nothing ran, it hides what
    left just before.
    """
    boot = boot or _boot_id()
    mine = {"account": _CLOCK, "unit": f"clock {boot}"}
    row = conn.execute(
        text("SELECT units FROM spent WHERE account = :account AND unit = :unit"), mine
    ).one_or_none()
    if boot and row is not None:
        return float(row[0]) / 1000
    ahead = int((clock().timestamp() - monotonic()) * 1000)
    conn.execute(text("DELETE FROM spent WHERE account = :account"), {"account": _CLOCK})
    conn.execute(
        text(
            "INSERT INTO spent (account, unit, period, starts_at, units)"
            " VALUES (:account, :unit, 0, 0, :ahead)"
        ),
        {**mine, "ahead": ahead},
    )
    return ahead / 1000


def _boot_id() -> str | None:
    """Which start of the machine this is; None where that is not told."""
    return _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else None


def period_ms(limit: Limit) -> int:
    """The length of a limit's window, ms."""
    return int(limit.period.total_seconds() * 1000)


def bucket_ms(limit: Limit) -> int:
    """The length of the time whose reservations are counted together, ms."""
    return period_ms(limit) // BUCKETS

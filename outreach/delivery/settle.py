"""Applies the carriers' later words: each call once, forward only, in any order."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from outreach.carriers.base import Adapter, ForgedError, Pushed
from outreach.delivery.calls import unpack
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.message import Move, State
from outreach.domain.receipt import Receipt, Status
from outreach.domain.window import Clock, day_number
from outreach.observe import RECEIPTS
from outreach.store import inbox, messages
from outreach.store.database import Job, T, Writer
from outreach.store.inbox import Call, Settled
from outreach.store.messages import AT_LEAST, Change, Effect
from outreach.store.tally import Reasons

log = logging.getLogger(__name__)

BATCH = 1_000
_CLAIM = timedelta(seconds=30)
_FIRST_WAIT_MS = 500
_LONGEST_WAIT_MS = 3_600_000
_TRIES = 24
"""Half a second, doubling to an hour: about half a day for a word that overtook its answer."""


@dataclass(frozen=True, slots=True)
class _Word:
    """One receipt of one call, and the change it would be; None where it moves nothing."""

    call: Call
    receipt: Receipt
    change: Change | None
    effect: str = "unmatched"


class Settler:
    """Takes calls out of the inbox in batches and moves the messages they speak of."""

    def __init__(
        self,
        writer: Writer,
        adapters: Mapping[int, tuple[str, Adapter]],
        seal: KeySeal,
        send_class: SendClass,
        clock: Clock,
    ) -> None:
        self._writer = writer
        self._adapters = adapters
        self._seal = seal
        self._send_class = send_class
        self._clock = clock
        self._reasons = Reasons()

    async def settle(self) -> int:
        """Settle one batch; returns how many calls were looked at."""
        now = self._now_ms()
        until = now + int(_CLAIM.total_seconds() * 1000)
        calls = await self._write(lambda conn: inbox.take(conn, now, BATCH, until))
        if calls:
            await self._settle_all(calls)
        return len(calls)

    async def _settle_all(self, calls: Sequence[Call]) -> None:
        """Settle calls together; where one of them cannot be stored, each by itself."""
        read = {call.id: self._read(call) for call in calls}
        words = [word for found in read.values() if found for word in found]
        unread = {call for call, found in read.items() if found is None}
        try:
            await self._write(lambda conn: self._apply(conn, calls, words, unread))
        except DBAPIError:
            if len(calls) == 1:
                # It stays in the inbox and is looked at again; the others go on.
                log.exception("call %d could not be settled", calls[0].id)
                return
            for call in calls:
                await self._settle_all([call])

    async def _write(self, job: Job[T]) -> T:
        return await asyncio.wrap_future(self._writer.submit(job))

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _read(self, call: Call) -> list[_Word] | None:
        """Read one call into words; None when our own reading failed."""
        if call.account not in self._adapters:
            return []
        name, adapter = self._adapters[call.account]
        if not isinstance(adapter, Pushed):
            return []
        try:
            receipts = adapter.receipts(unpack(call.body))
        except ForgedError:
            RECEIPTS.labels(name, "forged").inc()
            return []
        except Exception:
            # A fault in our reading, not the carrier's: the call waits for a reading that works.
            log.exception("a callback of account %s could not be read", name)
            RECEIPTS.labels(name, "unreadable").inc()
            return None
        return [self._word(call, receipt) for receipt in receipts]

    def _word(self, call: Call, receipt: Receipt) -> _Word:
        key = self._seal.decode(receipt.key) if receipt.key else None
        if key is None or key.send_class is not self._send_class:
            return _Word(call, receipt, None)
        event = receipt.status.event
        if event is None:
            return _Word(call, receipt, None, "unlisted")
        failed = receipt.status in {Status.UNDELIVERED, Status.REFUSED}
        reason = self._reasons.keep(receipt.code[:80]) if failed and receipt.code else None
        came = day_number(datetime.fromtimestamp(call.at / 1000, UTC))
        change = Change(key.message, event, reason, came, key.generation, parts=AT_LEAST)
        return _Word(call, receipt, change)

    def _apply(
        self, conn: Connection, calls: Sequence[Call], words: Sequence[_Word], unread: set[int]
    ) -> None:
        moving = [word for word in words if word.change is not None]
        changes = [word.change for word in moving if word.change is not None]
        effects = messages.apply(conn, changes, day_number(self._clock()))
        early = {
            word.call.id
            for word, effect in zip(moving, effects, strict=True)
            if effect.outcome is Move.WAIT and word.call.tries < _TRIES
        } | unread
        now = self._now_ms()
        inbox.postpone(
            conn, [(call.id, now + _wait_ms(call.tries)) for call in calls if call.id in early]
        )
        outcomes = [*zip(moving, map(_effect, effects), strict=True)]
        outcomes += [(word, word.effect) for word in words if word.change is None]
        settled = [
            self._settled(word, effect) for word, effect in outcomes if word.call.id not in early
        ]
        inbox.settle(conn, [call.id for call in calls if call.id not in early], settled)

    def _settled(self, word: _Word, effect: str) -> Settled:
        name, _ = self._adapters[word.call.account]
        RECEIPTS.labels(name, effect).inc()
        return Settled(
            word.change.message if word.change else None,
            word.call.account,
            word.call.at,
            int(word.receipt.status),
            word.receipt.code,
            effect,
        )


def _wait_ms(tries: int) -> int:
    return int(min(_FIRST_WAIT_MS * 2**tries, _LONGEST_WAIT_MS))


def _effect(effect: Effect) -> str:
    """One word for the history: what a receipt came to."""
    match effect.outcome:
        case None:
            return "unmatched"
        case State():
            return "moved"
        case Move.NONE:
            return "repeated"
        case Move.STALE:
            return "stale"
        case Move.WAIT:
            return "unmatched"
        case Move.CONTRADICTION:
            return "contradicts"

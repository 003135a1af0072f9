"""Applies the carriers' later words: each call once, forward only, in any order."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from outreach.carriers.base import Adapter
from outreach.delivery.words import Reader, Spoken, Word
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.message import Move, State
from outreach.domain.window import Clock, day_number
from outreach.observe import RECEIPTS
from outreach.store import inbox, messages, reach
from outreach.store.database import Job, T, Writer
from outreach.store.inbox import Call, Settled, TakenOverError
from outreach.store.messages import Effect
from outreach.store.reach import Moved

log = logging.getLogger(__name__)

BATCH = 1_000
"""Calls that are claimed together."""
WORDS = 2_000
"""Receipts and lessons that are stored together."""
_CLAIM_MS = 30_000
_FIRST_WAIT_MS = 500
_LONGEST_WAIT_MS = 3_600_000
_TRIES = 24
"""Half a second, doubling to an hour: about half a day for a word that overtook its answer."""


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
        self._reader = Reader(adapters, seal, send_class)
        self._clock = clock
        self._ahead: list[Call] = []
        """Claimed with what was settled last."""
        self._claimed_until = 0

    async def settle(self) -> int:
        """Settle one batch; returns how many calls were looked at."""
        calls, self._ahead = self._ahead, []
        if self._now_ms() >= self._claimed_until - _CLAIM_MS // 2:
            calls = []  # they may be another's before we are through with them
        if not calls:
            calls = await self._write(self._take)
        if calls:
            await self._settle_all(calls)
        return len(calls)

    async def give_back(self) -> None:
        """Leave what was claimed ahead to whoever settles next."""
        if calls := self._ahead:
            self._ahead = []
            now = self._now_ms()
            await self._write(partial(inbox.give_back, calls=calls, now=now))

    def _take(self, conn: Connection) -> list[Call]:
        now = self._now_ms()
        self._claimed_until = now + _CLAIM_MS
        return inbox.take(conn, now, BATCH, self._claimed_until)

    async def _settle_all(self, calls: Sequence[Call]) -> None:
        """Read and settle calls, a share at a time: one may bring many words, and others wait.

        The last share claims the next calls, a transaction less, if there are likely to be many.
        """
        spoken: dict[Call, Spoken | None] = {}
        words = 0
        for call in calls:
            said = self._reader.read(call)
            count = len(said.words) + len(said.lessons) if said else 0
            if spoken and words + count > WORDS:
                await self._settle_some(spoken)
                spoken, words = {}, 0
            spoken[call] = said
            words += count
        await self._settle_some(spoken, goes_on=len(calls) >= BATCH)

    async def _settle_some(
        self, spoken: Mapping[Call, Spoken | None], *, goes_on: bool = False
    ) -> None:
        """Settle calls together; where one of them cannot be stored, each by itself."""
        try:
            told, ahead = await self._write(partial(self._apply, spoken=spoken, goes_on=goes_on))
            self._ahead = ahead
            for (name, effect), count in told.items():
                RECEIPTS.labels(name, effect).inc(count)
        except (DBAPIError, TakenOverError) as fault:
            if len(spoken) > 1:
                for call, said in spoken.items():
                    await self._settle_some({call: said})
            elif isinstance(fault, DBAPIError):
                # It stays in the inbox and is looked at again; the others go on.
                log.exception("call %d could not be settled", next(iter(spoken)).id)

    async def _write(self, job: Job[T]) -> T:
        return await asyncio.wrap_future(self._writer.submit(job))

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _apply(
        self, conn: Connection, spoken: Mapping[Call, Spoken | None], *, goes_on: bool
    ) -> tuple[Counter[tuple[str, str]], list[Call]]:
        """Do what calls say, and keep it; a call of which a part is too early waits for that.

        Returns what there was to count, and the next calls where it `goes_on`.
        """
        heard = [each for each in spoken.values() if each is not None]
        words = self._reader.found(conn, [word for each in heard for word in each.words])
        effects = self._move(conn, words)
        reach.learn(conn, [told for each in heard for told in each.lessons])
        waiting = {call.id for call, each in spoken.items() if each is None}
        settled: defaultdict[int, dict[int, Settled]] = defaultdict(dict)
        for word, effect in zip(words, effects, strict=True):
            if word.call.tries < _TRIES and _is_early(word, effect):
                waiting.add(word.call.id)
            else:
                settled[word.call.id][word.place] = self._settled(word, effect)
        now = self._now_ms()
        inbox.postpone(
            conn,
            [
                (call, now + _wait_ms(call.tries), settled[call.id].keys())
                for call in spoken
                if call.id in waiting
            ],
        )
        done = [call for call in spoken if call.id not in waiting]
        said = [each for call in spoken for each in settled[call.id].values()]
        inbox.settle(conn, done, said)
        told = Counter((self._adapters[each.account][0], each.effect) for each in said)
        return told, self._take(conn) if goes_on else []

    def _move(self, conn: Connection, words: Sequence[Word]) -> list[Effect | None]:
        """Move the messages that words speak of, and learn where their numbers are."""
        changes = [word.change for word in words if word.change is not None]
        came = iter(messages.apply(conn, changes, day_number(self._clock())))
        effects = [next(came) if word.change is not None else None for word in words]
        moved = [
            Moved(effect.found.recipient, network, word.call.account, word.call.at)
            for word, effect in zip(words, effects, strict=True)
            if (network := word.receipt.network)
            and effect is not None
            and effect.found is not None
            and network is not effect.found.network
        ]
        reach.learn_networks(conn, moved)
        return effects

    @staticmethod
    def _settled(word: Word, effect: Effect | None) -> Settled:
        told = word.effect if effect is None else _effect(effect)
        receipt, call = word.receipt, word.call
        return Settled(word.message, call.account, call.at, int(receipt.status), receipt.code, told)


def _is_early(word: Word, effect: Effect | None) -> bool:
    """Whether a word has overtaken its answer, or what names its message."""
    return word.name is not None if effect is None else effect.outcome is Move.WAIT


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

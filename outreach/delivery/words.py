"""Carriers' calls as words about messages and persons, and whom each word means."""

import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from outreach.carriers.base import Adapter, ForgedError, Pushed, Teaches
from outreach.delivery.calls import unpack
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.message import Event
from outreach.domain.network import Channel
from outreach.domain.receipt import Receipt, Status
from outreach.domain.window import day_number_at
from outreach.observe import RECEIPTS
from outreach.store import references
from outreach.store.inbox import Call
from outreach.store.messages import AT_LEAST, Change
from outreach.store.reach import Told
from outreach.store.references import Name
from outreach.store.tally import Reasons

log = logging.getLogger(__name__)

_FORGED, _UNREADABLE = "forged", "unreadable"
"""What the metric calls a call that came to nothing."""

_NUMBER = re.compile("[0-9]{1,18}", re.ASCII)
_FAILED = frozenset({Status.UNDELIVERED, Status.REFUSED})


class Word(NamedTuple):
    """One receipt of one call, and the change it would be; None where it moves nothing."""

    call: Call
    place: int
    """Among the receipts of its call."""
    receipt: Receipt
    message: int | None = None
    change: Change | None = None
    effect: str = "unmatched"
    """What it comes to where there is no change."""
    name: Name | None = None
    """By what its message is to be found; None once it is, or where that is not by reference."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a call says of messages, and of persons."""

    words: Sequence[Word] = ()
    lessons: Sequence[Told] = ()


@dataclass(frozen=True, slots=True)
class _Carrier:
    """One account's adapter by what it can do: asked once, for asking costs as much as reading."""

    name: str
    channel: Channel
    by_reference: bool
    pushed: Pushed | None
    teaches: Teaches | None


def _carrier(name: str, adapter: Adapter) -> _Carrier:
    capabilities = adapter.capabilities
    return _Carrier(
        name,
        capabilities.channel,
        capabilities.by_reference,
        adapter if isinstance(adapter, Pushed) else None,
        adapter if isinstance(adapter, Teaches) else None,
    )


class Reader:
    """Understands the calls of every account."""

    def __init__(
        self, adapters: Mapping[int, tuple[str, Adapter]], seal: KeySeal, send_class: SendClass
    ) -> None:
        self._carriers = {number: _carrier(*each) for number, each in adapters.items()}
        for name, _ in adapters.values():
            for effect in (_FORGED, _UNREADABLE):
                RECEIPTS.labels(name, effect)  # from 0 on, so that the first ones are growth too
        self._seal = seal
        self._send_class = send_class
        self._reasons = Reasons()

    def read(self, call: Call) -> Spoken | None:
        """Read one call, but for what is settled of it; None when our own reading failed."""
        carrier = self._carriers.get(call.account)
        if carrier is None:
            return Spoken()
        try:
            return self._read(call, carrier)
        except ForgedError:
            RECEIPTS.labels(carrier.name, _FORGED).inc()
            return Spoken()
        except Exception:
            # A fault in our reading, not the carrier's: the call waits for a reading that works.
            log.exception("a callback of account %s could not be read", carrier.name)
            RECEIPTS.labels(carrier.name, _UNREADABLE).inc()
            return None

    def _read(self, call: Call, carrier: _Carrier) -> Spoken:
        said = unpack(call.body)
        receipts = carrier.pushed.receipts(said) if carrier.pushed else ()
        lessons = carrier.teaches.lessons(said) if carrier.teaches else ()
        return Spoken(
            [
                self._word(call, place, receipt, by_reference=carrier.by_reference)
                for place, receipt in enumerate(receipts)
                if place not in call.heard
            ],
            [Told(lesson, carrier.channel, call.account, call.at) for lesson in lessons],
        )

    def _word(self, call: Call, place: int, receipt: Receipt, *, by_reference: bool) -> Word:
        name = _name(receipt) if by_reference and not receipt.key else None
        key = self._seal.decode(receipt.key) if receipt.key else None
        if name is None and (key is None or key.send_class is not self._send_class):
            return Word(call, place, receipt)
        event = receipt.status.event
        if event is None:
            return Word(call, place, receipt, effect="unlisted")
        if key is None:
            return Word(call, place, receipt, name=name)
        change = self._change(call, receipt, key.message, key.generation, event)
        return Word(call, place, receipt, key.message, change)

    def _change(
        self, call: Call, receipt: Receipt, message: int, generation: int, event: Event
    ) -> Change:
        failed = receipt.status in _FAILED
        reason = self._reasons.keep(receipt.code[:80]) if failed and receipt.code else None
        came = day_number_at(call.at)
        return Change(message, event, reason, came, generation, parts=AT_LEAST)

    def found(self, conn: Connection, words: Sequence[Word]) -> list[Word]:
        """Find the messages of words that name them by reference, those of an account at once."""
        names: defaultdict[int, set[Name]] = defaultdict(set)
        for word in words:
            if word.name is not None:
                names[word.call.account].add(word.name)
        known = {
            (account, name): named
            for account, asked in names.items()
            for name, named in references.find(conn, account, asked).items()
        }
        meant = [known.get((word.call.account, word.name)) if word.name else None for word in words]
        told = [
            (named, word.receipt.status)
            for word, named in zip(words, meant, strict=True)
            if named is not None
        ]
        heard = iter(references.hear(conn, told))
        return [
            word if named is None else self._heard(word, named, next(heard))
            for word, named in zip(words, meant, strict=True)
        ]

    def _heard(self, word: Word, named: references.Named, heard: references.Heard) -> Word:
        call, place, receipt = word.call, word.place, word.receipt
        if heard.event is None:
            return Word(call, place, receipt, named.message, effect=heard.effect)
        change = self._change(call, receipt, named.message, named.generation, heard.event)
        return Word(call, place, receipt, named.message, change)


def _name(receipt: Receipt) -> Name | None:
    """By what a receipt without our key is found; a number in an odd form says nothing."""
    if not receipt.reference:
        return None
    number = receipt.msisdn or ""
    return receipt.reference, int(number) if _NUMBER.fullmatch(number) else None

"""What a carrier's answers about single messages come to: states, counts, history."""

from collections.abc import Sequence

from sqlalchemy import Connection

from outreach.delivery.inquiry import Inquiry
from outreach.delivery.tools import Tools
from outreach.domain.message import Event, Move, State
from outreach.domain.receipt import Receipt, Status
from outreach.domain.window import day_number
from outreach.store import inbox, messages, reach, references
from outreach.store.asking import Unheard
from outreach.store.inbox import Settled
from outreach.store.messages import AT_LEAST, Change, Effect
from outreach.store.reach import Moved

_FAILED = frozenset({Status.UNDELIVERED, Status.REFUSED})
_FINAL = _FAILED | {Status.DELIVERED}


class Answers:
    """Applies what one account's carrier answered."""

    def __init__(self, tools: Tools, account: int) -> None:
        self._tools = tools
        self._account = account

    def apply(self, conn: Connection, inquiry: Inquiry) -> int:
        """Move messages and keep the history of those that moved; how many did.

        That one is still under way is said of millions: it is no history.
        """
        heard = [
            (receipt, self._change(unheard.message, unheard.generation, event, receipt))
            for unheard, receipt in inquiry.words
            if (event := _news(unheard, receipt)) is not None
        ]
        heard += self._of_others(conn, inquiry.others)
        now = self._tools.clock()
        effects = messages.apply(conn, [change for _, change in heard], day_number(now))
        history = [
            self._settled(receipt, effect, word)
            for (receipt, _), effect in zip(heard, effects, strict=True)
            if (word := _effect(effect))
        ]
        inbox.settle(conn, [], history)
        reach.learn_networks(conn, self._elsewhere([receipt for receipt, _ in heard], effects))
        return sum(isinstance(effect.outcome, State) for effect in effects)

    def _elsewhere(self, receipts: Sequence[Receipt], effects: Sequence[Effect]) -> list[Moved]:
        """The recipients who are told to be on another network than we thought."""
        at = self._tools.now_ms()
        return [
            Moved(effect.found.recipient, receipt.network, self._account, at)
            for receipt, effect in zip(receipts, effects, strict=True)
            if receipt.network and effect.found and receipt.network is not effect.found.network
        ]

    def _of_others(
        self, conn: Connection, others: Sequence[Receipt]
    ) -> list[tuple[Receipt, Change]]:
        """The final words on messages that were not asked about, found by reference and number."""
        named: dict[references.Name, Receipt] = {
            (receipt.reference, int(receipt.msisdn)): receipt
            for receipt in others
            if receipt.reference and receipt.msisdn and receipt.status in _FINAL
        }
        found = references.find(conn, self._account, named)
        words = [(named[name], what) for name, what in found.items()]
        events = references.hear(conn, [(what, receipt.status) for receipt, what in words])
        return [
            (receipt, self._change(what.message, what.generation, told.event, receipt))
            for (receipt, what), told in zip(words, events, strict=True)
            if told.event is not None
        ]

    def _change(self, message: int, generation: int, event: Event, receipt: Receipt) -> Change:
        failed = receipt.status in _FAILED
        reason = self._tools.reason(receipt.code[:80]) if failed and receipt.code else None
        today = day_number(self._tools.clock())
        return Change(message, event, reason, today, generation, parts=AT_LEAST)

    def _settled(self, receipt: Receipt, effect: Effect, word: str) -> Settled:
        message, status = effect.change.message, int(receipt.status)
        at = self._tools.now_ms()
        return Settled(message, self._account, at, status, receipt.code, word)


def _news(unheard: Unheard, receipt: Receipt) -> Event | None:
    """What a word tells that was not known: that it is under way, only of an unknown message."""
    under_way = receipt.status is Status.ENROUTE
    return None if under_way and unheard.state is State.ACCEPTED else receipt.status.event


def _effect(effect: Effect) -> str:
    """A word for the history, where the answer is worth one."""
    if isinstance(effect.outcome, State):
        return "asked"
    return "contradicts" if effect.outcome is Move.CONTRADICTION else ""

"""One connection to the SMSC: what comes on it, and what is said there."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from outreach.simulator.smpp import pdu, status
from outreach.simulator.smpp.habits import Habits
from outreach.simulator.smpp.outbox import Outbox
from outreach.simulator.smpp.pdu import BadLengthError, Pdu, Reader
from outreach.simulator.smpp.receipts import Receipt

_SUBMITS = frozenset({pdu.BIND_TRANSMITTER, pdu.BIND_TRANSCEIVER})
_RECEIVES = frozenset({pdu.BIND_RECEIVER, pdu.BIND_TRANSCEIVER})
_BINDS = _SUBMITS | _RECEIVES
_VERSION = pdu.tlv(pdu.SC_INTERFACE_VERSION, b"\x34")
_LAST_SEQUENCE = 0x7FFFFFFF


class Exchange(Protocol):
    """The SMSC behind its connections."""

    habits: Habits
    outbox: Outbox
    lines: set["Line"]

    def admit(self, body: bytes) -> int:
        """Judge a bind by its body: the command_status of the answer."""

    def submitted(self, line: "Line", asked: Pdu) -> None:
        """Take a submit_sm and see to its answer."""


class Line(asyncio.Protocol):
    """A connection, bound or not; what it says in one turn leaves in one write."""

    def __init__(self, exchange: Exchange) -> None:
        self.bound = 0
        self.submits = 0
        self.waiting = 0  # submits that have no answer yet
        self.unanswered: dict[int, tuple[Receipt, float]] = {}
        self._exchange = exchange
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._sequence = 0
        self._paused = False
        self._reading = False  # what is said while reading leaves together
        self._enquired = False
        self._idle: asyncio.TimerHandle | None = None
        self._heard: Mapping[int, Callable[[Pdu], None]] = {
            **dict.fromkeys(_BINDS, self._bind),
            pdu.SUBMIT_SM: self._submit,
            pdu.DELIVER_SM | pdu.RESPONSE: self._delivered,
            pdu.ENQUIRE_LINK: self._enquire,
            pdu.ENQUIRE_LINK | pdu.RESPONSE: self._alive,
            pdu.UNBIND: self._unbind,
            pdu.UNBIND | pdu.RESPONSE: self._unbound,
            pdu.GENERIC_NACK: self._nacked,
        }

    @property
    def ready(self) -> bool:
        """Whether one receipt more may be sent now."""
        return not self._paused and len(self.unanswered) < self._exchange.habits.receipt_window

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._exchange.lines.add(self)
        self._ask_later()

    def connection_lost(self, _fault: Exception | None) -> None:
        self._transport = None
        self._exchange.lines.discard(self)
        self._exchange.outbox.leave(self)
        if self._idle is not None:
            self._idle.cancel()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._exchange.outbox.hand_out()

    def data_received(self, data: bytes) -> None:
        self._reading = True
        try:
            for each in self._reader.feed(data):
                if self._transport is None:
                    break
                self._heard.get(each.command, self._strange)(each)
        except BadLengthError:
            self.say(pdu.GENERIC_NACK, status.RINVCMDLEN, 0)
            self.hang_up()
        self._reading = False
        self.flush()
        if self._transport is not None and self.bound in _RECEIVES:
            self._exchange.outbox.join(self)

    def say(self, command: int, code: int, sequence: int, body: bytes = b"") -> None:
        """Have a PDU leave with the next flush."""
        self._out.append(pdu.write(command, code, sequence, body))

    def flush(self) -> None:
        """Write what was said."""
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def hang_up(self) -> None:
        """End the connection after what was said."""
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """End the connection at once, as a fault would."""
        self._out.clear()
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def ask_to_unbind(self) -> None:
        """Say politely that the connection is to end."""
        self.say(pdu.UNBIND, 0, self._number())
        self.flush()

    def answer(self, code: int, sequence: int, body: bytes) -> None:
        """Answer a submit, now or long after it came."""
        self.waiting -= 1
        self.say(pdu.SUBMIT_SM | pdu.RESPONSE, code, sequence, body)
        if not self._reading:
            self.flush()

    def deliver(self, receipt: Receipt, at: float) -> None:
        """Have a receipt leave with the next flush."""
        sequence = self._number()
        self.unanswered[sequence] = (receipt, at)
        self.say(pdu.DELIVER_SM, 0, sequence, receipt.body)

    def _number(self) -> int:
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence

    def _bind(self, asked: Pdu) -> None:
        code = status.RALYBND if self.bound else self._exchange.admit(asked.body)
        name = self._exchange.habits.system_id.encode() + b"\0"
        self.say(asked.command | pdu.RESPONSE, code, asked.sequence, name + _VERSION)
        if code == status.ROK:
            self.bound = asked.command

    def _submit(self, asked: Pdu) -> None:
        if self.bound in _SUBMITS:
            self.submits += 1
            self._exchange.submitted(self, asked)
        else:
            self.say(asked.command | pdu.RESPONSE, status.RINVBNDSTS, asked.sequence)

    def _delivered(self, answer: Pdu) -> None:
        self._exchange.outbox.answered(self, answer.sequence, answer.status)

    def _nacked(self, answer: Pdu) -> None:
        self._exchange.outbox.answered(self, answer.sequence, answer.status or status.RINVCMDID)

    def _enquire(self, asked: Pdu) -> None:
        self.say(asked.command | pdu.RESPONSE, 0, asked.sequence)

    def _alive(self, _answer: Pdu) -> None:
        self._enquired = False

    def _unbind(self, asked: Pdu) -> None:
        self.say(asked.command | pdu.RESPONSE, 0, asked.sequence)
        self.hang_up()

    def _unbound(self, _answer: Pdu) -> None:
        self.hang_up()

    def _strange(self, asked: Pdu) -> None:
        if not asked.command & pdu.RESPONSE:
            self.say(pdu.GENERIC_NACK, status.RINVCMDID, asked.sequence)

    def _ask_later(self) -> None:
        wait = self._exchange.habits.enquire_link_s
        self._idle = asyncio.get_running_loop().call_later(wait, self._ask)

    def _ask(self) -> None:
        """Ask whether the other side is there; if it has not answered the last time, hang up."""
        if self._enquired:
            self.hang_up()
            return
        self._enquired = True
        self.say(pdu.ENQUIRE_LINK, 0, self._number())
        self.flush()
        self._ask_later()

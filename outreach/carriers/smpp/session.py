"""One bind: what was submitted on it and waits for its answer, and what the carrier asks of us."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, cast

from outreach.carriers.smpp import pdu as wire
from outreach.carriers.smpp.answers import OUT_OF_STEP, RINVCMDID, RINVCMDLEN, RUNKNOWNERR
from outreach.carriers.smpp.pdu import Framer, Pdu
from outreach.domain.outcome import Later, NotSent, Refused, Unknown

_LAST_SEQUENCE = 0x7FFFFFFF
_DEAF = 1 << 20
"""Octets that wait to be read by a peer; with more of our answers there it is given up."""
_LINGER = 1.0
"""Seconds that a closed connection has to write its last octets."""


class Answer(NamedTuple):
    """What the carrier said to a submit: command_status, and its id of the message."""

    status: int
    message_id: str | None


Said = Answer | NotSent | Unknown | Refused | Later


@dataclass(slots=True, eq=False)
class Errand:
    """The body of a submit_sm on its way; `until` is the loop's time at which waiting ends."""

    body: bytes
    said: asyncio.Future[Said]
    since: float
    parts: int
    """What it counts for in a limit on parts."""
    text: int
    """The parts of the text that begins with it; 0 where it goes on with one that has begun."""
    until: float = 0.0

    def end(self, said: Said) -> None:
        """Tell the caller, if he still waits."""
        if not self.said.done():
            self.said.set_result(said)


class Keeper(Protocol):
    """What a session belongs to."""

    def heard(self, session: "Session", found: Sequence[Pdu]) -> None:
        """Messages came, not yet answered."""

    def room(self) -> None:
        """Answers came: there is room in the window."""

    def ended(self, session: "Session") -> None:
        """The connection is gone."""


class Session(asyncio.Protocol):
    """A connection from its bind to its end; nothing of it is said twice, or on another one."""

    def __init__(self, keeper: Keeper, login: bytes, window: int, timeout: float) -> None:
        self.bound: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        """The status of the bind; None where the connection was lost before it came."""
        self.gone = asyncio.Event()
        self.since = 0.0
        """The loop's time at which the connection was made."""
        self.answered_at = 0.0
        """That of the last answer to a submit."""
        self._keeper = keeper
        self._login = login
        self._window = window
        self._timeout = timeout
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._framer = Framer()
        self._waiting: dict[int, Errand] = {}
        self._out: list[bytes] = []
        self._sequence = 0
        self._writable = True
        self._takes = True
        self._hangs_up = False
        self._closed_at: float | None = None
        self._enquiry: asyncio.Future[bool] | None = None
        self._enquired_at = 0.0

    @property
    def room(self) -> int:
        """How many submits may be written now."""
        # A transport that is closing swallows what it is given: nobody could tell what left.
        if not (self._takes and self._writable) or self._transport.is_closing():
            return 0
        return self._window - len(self._waiting)

    @property
    def load(self) -> int:
        """Submits without an answer."""
        return len(self._waiting)

    @property
    def under_way(self) -> list[asyncio.Future[Said]]:
        """The answers that are waited for."""
        return [errand.said for errand in self._waiting.values()]

    def take(self, errand: Errand) -> None:
        """Give a submit its number; it is written with the next `flush`, in the same turn."""
        sequence = self._next()
        errand.until = self._clock() + self._timeout
        self._waiting[sequence] = errand
        self._out.append(wire.pdu(wire.SUBMIT_SM, sequence, errand.body))

    def flush(self) -> None:
        """Write what was taken, in one piece."""
        if self._out:
            out, self._out = self._out, []
            self._transport.write(b"".join(out))

    def answer(self, asked: Sequence[Pdu], status: int) -> None:
        """Answer messages of the carrier."""
        response = wire.RESPONSE
        self._write(
            b"".join(
                wire.pdu(response | each.command, each.sequence, b"\0", status) for each in asked
            )
        )

    def nack(self, sequence: int, status: int) -> None:
        """Answer what cannot be understood."""
        self._write(wire.pdu(wire.GENERIC_NACK, sequence, status=status))

    def enquire(self) -> asyncio.Future[bool]:
        """Ask whether the other side is there; False when the connection ended instead."""
        if self._enquiry is None or self._enquiry.done():
            self._enquired_at = self._clock()
            self._enquiry = asyncio.get_running_loop().create_future()
            self._write(wire.pdu(wire.ENQUIRE_LINK, self._next()))
        return self._enquiry

    def sweep(self, now: float, enquire_every: float) -> None:
        """End the waits that are over; ask from time to time whether the other side is there."""
        late = [number for number, errand in self._waiting.items() if errand.until <= now]
        for number in late:
            self._waiting.pop(number).end(Unknown("no answer in time"))
        if self._closed_at is not None:
            if now - self._closed_at >= _LINGER:
                self._transport.abort()
        elif self._enquiry is not None and not self._enquiry.done():
            # Whoever answers submits is there, however long he lets the question lie.
            if now - max(self._enquired_at, self.answered_at) >= self._timeout:
                self._transport.abort()
        elif now - max(self._enquired_at, self.since) >= enquire_every:
            self.enquire()
        if late:
            self._settle()

    async def unbind(self, patience: float) -> None:
        """Take no more, say good-bye, wait so many seconds for an answer, and hang up."""
        self._takes = False
        try:
            async with asyncio.timeout(patience):
                self._write(wire.pdu(wire.UNBIND, self._next()))
                await self.gone.wait()
        except TimeoutError:
            self.abort()
            await self.gone.wait()

    def abort(self) -> None:
        """Hang up at once."""
        self._transport.abort()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self.since = self._clock()
        self._transport.write(wire.pdu(wire.BIND_TRANSCEIVER, self._next(), self._login))

    def data_received(self, data: bytes) -> None:
        heard: list[Pdu] = []
        for found in self._framer.feed(data):
            if found.command == wire.SUBMIT_SM_RESP:
                self._answered(found)
            elif found.command in {wire.DELIVER_SM, wire.DATA_SM}:
                heard.append(found)
            else:
                self._other(found)
        if heard:
            self._keeper.heard(self, heard)
        if self._framer.broken:
            self.nack(0, RINVCMDLEN)
            self._hang_up()
        self._settle()
        self._keeper.room()

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._keeper.room()

    def connection_lost(self, _exc: Exception | None) -> None:
        for errand in self._waiting.values():
            errand.end(Unknown("connection lost"))
        self._waiting.clear()
        if not self.bound.done():
            self.bound.set_result(None)
        if self._enquiry is not None and not self._enquiry.done():
            self._enquiry.set_result(False)
        self.gone.set()
        self._keeper.ended(self)

    def _answered(self, found: Pdu) -> None:
        """Take an answer to a submit; one that is late or came before says nothing any more."""
        errand = self._waiting.pop(found.sequence, None)
        if errand is None:
            return
        self.answered_at = self._clock()
        errand.end(Answer(found.status, wire.message_id(found.octets)))
        if found.status in OUT_OF_STEP:
            self._takes, self._hangs_up = False, True

    def _other(self, found: Pdu) -> None:
        command, sequence = found.command, found.sequence
        if command == wire.ENQUIRE_LINK:
            self._write(wire.pdu(wire.RESPONSE | command, sequence))
        elif command == wire.RESPONSE | wire.ENQUIRE_LINK:
            self._there()
        elif command == wire.UNBIND:
            self._write(wire.pdu(wire.RESPONSE | command, sequence))
            self._hang_up()
        elif command == wire.RESPONSE | wire.UNBIND:
            self._hang_up()
        elif command == wire.GENERIC_NACK:
            self._nacked(found)
        elif command == wire.RESPONSE | wire.BIND_TRANSCEIVER:
            self._let_in(found.status)
        elif not command & wire.RESPONSE and command not in _UNANSWERED:
            self.nack(sequence, RINVCMDID)

    def _nacked(self, found: Pdu) -> None:
        """What we wrote was not understood, so it was not taken."""
        status = found.status or RUNKNOWNERR
        errand = self._waiting.pop(found.sequence, None)
        if errand is not None:
            errand.end(Answer(status, None))
        elif found.sequence == 1:
            self._let_in(status)
        else:
            self._there()  # whoever does not know our question is there, too

    def _let_in(self, status: int) -> None:
        if not self.bound.done():
            self.bound.set_result(status)

    def _there(self) -> None:
        if self._enquiry is not None and not self._enquiry.done():
            self._enquiry.set_result(True)

    def _settle(self) -> None:
        """Hang up a bind that is of no use, when all that is under way has been answered."""
        if self._hangs_up and not self._waiting:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._closed_at is None:
            self._closed_at = self._clock()
            self._transport.close()

    def _write(self, octets: bytes) -> None:
        """Write an answer, or hang up on a peer that asks on and on and reads nothing."""
        if self._transport.is_closing():
            return
        if not self._writable and self._transport.get_write_buffer_size() > _DEAF:
            self._transport.abort()
            return
        self._transport.write(octets)

    def _next(self) -> int:
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence


_UNANSWERED = frozenset({wire.OUTBIND, wire.ALERT_NOTIFICATION})

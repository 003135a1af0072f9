"""The binds of an account: kept up, and given what is to be submitted, the least loaded first."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from operator import attrgetter
from time import monotonic

from outreach.carriers.base import PullError
from outreach.carriers.ports import Hear
from outreach.carriers.smpp.dial import dial
from outreach.carriers.smpp.ears import Ears
from outreach.carriers.smpp.meter import Meter
from outreach.carriers.smpp.options import Options
from outreach.carriers.smpp.pauses import Backoff, Pauses
from outreach.carriers.smpp.pdu import Pdu
from outreach.carriers.smpp.session import Errand, Said, Session
from outreach.domain.outcome import Later, NotSent, Refused

_QUEUE_SHARE = 1 / 3  # of the time-out: whoever is not written by then is told so, for certain
_PATIENCE = 5.0  # seconds that what is under way gets when we close
_GOOD_BYE = 2.0
_load = attrgetter("load")


class Connector:
    """Several binds to one SMS centre as one way out.

    What is submitted waits for a bind that is being made and for room in a window, and then for the
    account's limits; not for a bind that could not be made: that is told at once.
    """

    def __init__(self, options: Options, hear: Hear, pauses: Pauses) -> None:
        self._options = options
        self._backoff = Backoff(pauses)
        self._ears = Ears(hear)
        self._sessions: list[Session] = []
        self._queue: deque[Errand] = deque()
        self._next: asyncio.Handle | None = None
        """The next look at what waits."""
        self._trouble: NotSent | Refused = NotSent("no bind: no answer in time")
        self._resting = False
        self._closed = False
        self._missing = asyncio.Event()
        self._missing.set()
        self._lost = asyncio.Event()
        self._known = asyncio.Event()
        """Whether there is a bind or the reason why not."""
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Begin to keep the binds up, if that has not begun."""
        if not self._tasks and not self._closed:
            self._loop = asyncio.get_running_loop()
            self._meter = Meter(self._options.limits, monotonic())
            self._tasks = [
                self._loop.create_task(self._keep()),
                self._loop.create_task(self._sweep()),
            ]

    def say(self, bodies: Sequence[bytes], parts: int) -> list[asyncio.Future[Said]]:
        """Submit a text of so many parts; what is said in one turn is written in one piece."""
        self.begin()
        loop = asyncio.get_running_loop()
        now, following = loop.time(), len(bodies) - 1
        first = max(parts - following, 1)
        errands = [Errand(bodies[0], loop.create_future(), now, first, first + following)]
        errands += [Errand(body, loop.create_future(), now, 1, 0) for body in bodies[1:]]
        self._queue += errands
        if self._next is None:
            self._next = loop.call_soon(self.room)
        return [errand.said for errand in errands]

    async def enquire(self) -> None:
        """See to it that there is a bind, and that the other side is there; PullError if not."""
        self.begin()
        try:
            async with asyncio.timeout(self._options.timeout):
                await self._known.wait()
                if not self._sessions:
                    raise PullError(_words(self._trouble))
                if not await asyncio.shield(self._sessions[0].enquire()):
                    raise PullError("connection lost")
        except TimeoutError:
            raise PullError("no answer in time") from None

    async def close(self) -> None:
        """Take no more; what is under way is answered and kept first, for some seconds."""
        self._closed = True
        self._trouble = NotSent("no bind: closed")
        self._known.set()
        self.room()
        for task in self._tasks[:1]:
            task.cancel()
        if under_way := [said for session in self._sessions for said in session.under_way]:
            await asyncio.wait(under_way, timeout=_PATIENCE)
        await self._ears.quiet(_PATIENCE)
        await asyncio.gather(*(session.unbind(_GOOD_BYE) for session in self._sessions))
        await self._ears.quiet(_GOOD_BYE)  # for what came until the lines were gone
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What sessions tell.

    def heard(self, session: Session, found: Sequence[Pdu]) -> None:
        self._ears.take(session, found)

    def room(self) -> None:
        """Give what waits to the binds that have room, within the account's limits."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if self._closed or (self._resting and not self._sessions):
            while self._queue:
                self._queue.popleft().end(self._trouble)
            return
        now = monotonic()
        while self._queue and (session := self._roomiest()) is not None:
            errand = self._queue[0]
            if not errand.said.done():
                if errand.text and (wait := self._meter.ready_in(errand.text, now)) > 0:
                    self._next = self._loop.call_later(wait, self.room)
                    break
                self._meter.spend(errand.parts, now, begins=errand.text > 0)
                session.take(errand)
            self._queue.popleft()
        for session in self._sessions:
            session.flush()

    def ended(self, session: Session) -> None:
        if session not in self._sessions:
            return  # it never was bound: the dial tells
        self._sessions.remove(session)
        now = self._loop.time()
        self._backoff.lost(now - session.since, now)
        self._resting = False  # whether there is still cause for it is seen by who dials
        self._lost.set()
        self._missing.set()
        if not self._closed:
            self._trouble = NotSent("no bind: connection lost")
            if not self._sessions:
                self._known.clear()
        self.room()

    def _roomiest(self) -> Session | None:
        """The bind with the fewest submits of those with room."""
        sessions = self._sessions
        if len(sessions) == 1:
            return sessions[0] if sessions[0].room > 0 else None
        return min((each for each in sessions if each.room > 0), key=_load, default=None)

    async def _keep(self) -> None:
        """Dial whenever a bind is missing, one at a time: no storm of binds, none of refusals."""
        while True:
            await self._missing.wait()
            await self._rest()
            binds = len(self._sessions)
            found = await dial(self._options, self)
            if isinstance(found, Session):
                self._sessions.append(found)
                self._known.set()
                if len(self._sessions) >= self._options.binds:
                    self._missing.clear()
                self.room()
            else:
                self._trouble = found
                if isinstance(found, Refused):
                    self._backoff.refused(binds, self._loop.time())
                else:
                    self._backoff.failed(self._loop.time())

    async def _rest(self) -> None:
        """Wait until the next dial is due; a bind that is lost meanwhile may bring it forward."""
        while (wait := self._backoff.due_in(len(self._sessions), self._loop.time())) > 0:
            self._resting = True
            self._known.set()
            self.room()
            self._lost.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._lost.wait()
        self._resting = False

    async def _sweep(self) -> None:
        """Look at every wait some times a second: a timer for each message would cost more."""
        options = self._options
        every = min(0.25, options.timeout / 10, options.enquire_every / 4)
        while True:
            await asyncio.sleep(every)  # the beat of all waits
            now = self._loop.time()
            for session in list(self._sessions):
                session.sweep(now, options.enquire_every)
            self._give_up(now - options.timeout * _QUEUE_SHARE)
            self.room()

    def _give_up(self, before: float) -> None:
        """Send back what has waited for too long; nothing of it was written.

        Where answers come meanwhile the carrier is slower than we are; else it is silent. Where
        there is room, what waited together is more than the limits let leave in time.
        """
        while self._queue and self._queue[0].since <= before:
            errand = self._queue.popleft()
            if not self._sessions:
                errand.end(self._trouble)
            elif self._roomiest() and self._meter.ready_in(errand.text, monotonic()) > 0:
                errand.end(_CROWDED)
            elif any(session.answered_at >= errand.since for session in self._sessions):
                errand.end(_SLOW)
            else:
                errand.end(NotSent("no room in the window"))


_SLOW = Later(timedelta(seconds=1), "no room in the window", throttled=True)
_CROWDED = Later(timedelta(seconds=1), "no room in the account's limit", throttled=True)


def _words(trouble: NotSent | Refused) -> str:
    if isinstance(trouble, Refused):
        return f"{trouble.code} {trouble.reason}"
    return trouble.reason

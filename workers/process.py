"""One worker process: its rooms, its event loop in a thread of its own, and the posts it fills."""

import asyncio
import contextlib
import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from outreach.board import Board
from outreach.bootstrap import House
from outreach.delivery.duty import every
from outreach.delivery.keeper import Keeper, rest
from outreach.delivery.loop import run_loop
from outreach.delivery.pulse import Heart
from outreach.delivery.pulses import Pulses
from outreach.delivery.sharing import Sharer
from outreach.delivery.watchdog import Watchdog
from outreach.store import allowance
from outreach.store.seats import Seats, held
from workers.posts import Post, posts
from workers.rollcall import place_of

log = logging.getLogger(__name__)

T = TypeVar("T")
Fill = Callable[["Process", Post, int, asyncio.Event], Coroutine[None, None, None]]

_LOOK = 1.0
"""Seconds between two looks at the session, the accounts, and the campaigns' words."""
_REFRESH = 0.5
_OPEN = 1.0
_LAST_WORD_S = 60.0
"""How long a quiet end may take; what is not recorded by then is found unknown."""


class Process:
    """Fills a post when its bell rings and a seat is free, and keeps it until the end.

    Where the session with the database breaks, every seat is lost, and so every post is given up:
    another process may have it by then. It begins anew as soon as there is a session.
    """

    def __init__(self, house: House, board: Board, fill: Fill, posts: Mapping[str, Post]) -> None:
        """`posts` by queue: those whose bells may ring here."""
        self.board = board
        self.sharer = Sharer(board, house.database)
        self.house = house.joined(self.sharer)
        self.pulses = Pulses(board, _new_number())
        self.number = _new_number()
        """Of this process in this session: what an earlier one left is for others to take back."""
        self.seats = Seats(house.database.engine)
        self.keepers: list[Keeper] = []
        self.heart = Heart(shares=True)
        self.failed = False
        """Whether the loop has ended by a fault."""
        self._fill = fill
        self._posts = posts
        self._filled: dict[str, asyncio.Task[None]] = {}
        self._stop: asyncio.Event | None = None
        self._over: asyncio.Event | None = None
        """Set when the posts of this session are to be given up."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def owner(self) -> str:
        """A name for the leases of a new sender of this process."""
        return self.number + _new_number()

    def start(self) -> None:
        """Begin; bells may ring from now on."""
        self._thread.start()
        self._ready.wait()

    def ring(self, queue: str) -> bool:
        """Fill a post if a seat is free; whether this process has the post now, or had it."""
        assert self._loop is not None, "a bell rang before the start"
        return asyncio.run_coroutine_threadsafe(self._ring(queue), self._loop).result()

    def stop(self) -> None:
        """Ask for a quiet end: what is in flight is answered and recorded first."""
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)

    def close(self) -> None:
        """Wait for the end, and let everything go."""
        self.stop()
        self._thread.join(_LAST_WORD_S)
        if self._thread.is_alive():
            log.error("what is in flight was not answered in %d s; it is unknown", _LAST_WORD_S)
        self.seats.close()
        self.sharer.close()
        self.house.close()

    @property
    def alive(self) -> bool:
        """Whether the loop is at work."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            run_loop(self._work())
        except Exception:
            self.failed = True
            log.exception("the engine of this process failed")
        finally:
            self._ready.set()

    async def _work(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        while not self._stop.is_set():
            if await self._opened():
                await self._session()
                # All seats, one too that a bell has just taken for a post that is given up.
                await asyncio.to_thread(self.seats.close)
                self.number = _new_number()
            else:
                await rest(self._stop, _OPEN)
        await self.board.close()

    async def _opened(self) -> bool:
        """Join the others at the database; says why where that does not work."""
        try:
            opened = await asyncio.to_thread(self.seats.open)
        except Exception:  # noqa: BLE001 - the database is away: it is tried again
            log.warning("no session with the database; it is tried again")
            return False
        if not opened:
            log.warning("an `outreach run` has this database to itself; stop it first")
        place = place_of(self.number)
        return opened and (self.seats.has(place) or await asyncio.to_thread(self.seats.take, place))

    async def _session(self) -> None:
        """Work until the stop, or until the session breaks."""
        over, ended = asyncio.Event(), asyncio.Event()
        self._over = over
        house = self.house
        watchdog = Watchdog(house.tools, house.database, self.keepers)
        async with asyncio.TaskGroup() as group:
            for name, seconds, work in (
                ("looking for changes", _REFRESH, self._refreshed),
                ("the watchdog", _LOOK, watchdog.look),
                ("the pulse", _LOOK, self._pulse),
            ):
                group.create_task(every(over, name, seconds, work))
            group.create_task(self.sharer.run(ended))
            await self._until_over(over)
            ended.set()  # what is in flight may still have to be asked for, or given back
        self._over = None
        await self._hand_over()

    async def _until_over(self, over: asyncio.Event) -> None:
        """Watch session and stop; then have every post given up, and wait until it is."""
        assert self._stop is not None
        while not self._stop.is_set() and await asyncio.to_thread(self.seats.stay):
            await rest(self._stop, _LOOK)
        if not self._stop.is_set():
            log.warning("the session with the database broke: every post is given up")
        over.set()
        while self._filled:
            await asyncio.wait([*self._filled.values()], timeout=_LOOK)
            if not await asyncio.to_thread(self.seats.stay):
                await self._opened()  # missed for long, what is in flight here would be given up

    async def _pulse(self) -> None:
        """Say how our senders fare."""
        tools = self.house.tools
        now = tools.now_ms()
        await self.pulses.tell(tools, [self.heart.pulse_of(each, now) for each in self.keepers])

    async def _refreshed(self) -> None:
        roster = self.house.roster
        together = await asyncio.to_thread(self._refresh)
        roster.divide(Counter(each.sender.number for each in self.keepers), together)
        if roster.wants:
            roster.receive(await self.house.tools.write(roster.top_up))

    def _refresh(self) -> Counter[int]:
        """Read what is to be sent; returns how many processes send through each account."""
        numbers = self.house.numbers
        seats = {
            seat: numbers[post.account.name]
            for post in posts(self.house.settings.accounts)
            if post.account
            for seat in post.seats
        }
        with self.house.database.read() as conn:
            self.house.roster.refresh(conn)
            return Counter(seats[seat] for seat in held(conn, seats))

    async def _hand_over(self) -> None:
        """Let others have what is in hand of ceilings; what cannot be told is spent."""
        roster = self.house.roster

        def job(conn: Connection) -> None:
            roster.forget(conn)  # an amendment has struck what was taken before it
            # In one order: whoever else hands over at this moment has turns of the same campaigns.
            for campaign, dong in sorted(roster.in_hand().items()):
                allowance.give_back(conn, campaign, dong)

        with contextlib.suppress(SQLAlchemyError):
            await self.house.tools.write(job)
        roster.let_go()

    async def _ring(self, queue: str) -> bool:
        post, over = self._posts.get(queue), self._over
        if post is None or over is None or over.is_set():
            return False
        if queue not in self._filled:
            index = await asyncio.to_thread(self._take, post)
            if index is None:
                return False
            if over.is_set() or queue in self._filled:  # meanwhile
                await self._leave(post, index)
                return False
            task = asyncio.create_task(self._at_post(post, index, over))
            self._filled[queue] = task
            task.add_done_callback(partial(self._left, queue))
        return True

    def _take(self, post: Post) -> int | None:
        """The number of a seat that was free; 0 where no seat is needed, None where none is."""
        for index, seat in enumerate(post.seats):
            if self.seats.take(seat):
                return index
        return None if post.seats else 0

    def _left(self, queue: str, _done: object) -> None:
        self._filled.pop(queue, None)

    async def _at_post(self, post: Post, index: int, over: asyncio.Event) -> None:
        """Fill a post; whatever ends it, the seat is free for the next bell."""
        log.info("post %s is filled", post.queue)
        try:
            await self._fill(self, post, index, over)
        except Exception:
            log.exception("post %s failed; the next bell fills it anew", post.queue)
        finally:
            await self._leave(post, index)

    async def _leave(self, post: Post, index: int) -> None:
        for seat in post.seats[index : index + 1]:
            await asyncio.to_thread(self.seats.leave, seat)


def _new_number() -> str:
    return uuid.uuid4().hex[:16]

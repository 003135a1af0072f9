"""Asks carriers about single messages that nobody has told of, round after round.

Beside the receipts that carriers push: who is asked only is heard of so, and what was lost on its
way is found.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from outreach.carriers.base import Asked, Question
from outreach.delivery.answers import Answers
from outreach.delivery.inquiry import Inquiry, Put, Turn
from outreach.delivery.keeper import rest
from outreach.delivery.pacing import Pacer
from outreach.delivery.rounds import Rounds, spacing, speed
from outreach.delivery.tools import Tools
from outreach.delivery.trouble import Trouble
from outreach.domain.errors import BadInputError
from outreach.domain.message import State
from outreach.observe import RECEIPTS
from outreach.settings import Account
from outreach.store import asking
from outreach.store.asking import Unheard, Walk

log = logging.getLogger(__name__)

_TEN_MINUTES = 600
_LOOK = 5.0
"""Seconds between two looks for what is due."""
_FIRST_REST, _LONGEST_REST = 10.0, 600.0
"""Seconds for which a carrier that does not answer is left alone."""
_PATIENCE = 3
"""Faults in a row after which the question that met them is passed over in this round."""
_LEFT = (State.ACCEPTED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Work:
    """What there is to ask about: rounds whose time has come, and those that are over."""

    due: Sequence[Walk]
    over: Sequence[tuple[Walk, int]]
    """With how many messages of each stay unconfirmed though they were not asked about."""
    finished: Mapping[int, int | None]
    left: Mapping[int, int]
    """How many messages have no final word, by campaign."""


class Asker:
    """Asks one account's carrier, within its limits and behind its sending."""

    def __init__(
        self,
        tools: Tools,
        account: Account,
        number: int,
        adapter: Asked,
        pacer: Pacer,
        stop: asyncio.Event,
    ) -> None:
        """Option `ask_after_seconds`: how old (s) a message is at its first question."""
        self._tools = tools
        self._name = account.name
        self._number = number
        self._adapter = adapter
        self._answers = Answers(tools, number)
        self._stop = stop
        self._rounds = Rounds.of(_ask_after(account), account.receipt_deadline)
        self._speed = speed(account.limits)
        self._turn = Turn(pacer, spacing(account.limits), stop)
        self._kept: dict[int, Walk] | None = None
        self._faults = 0
        self._trouble = Trouble(f"asking account {account.name} about its messages")

    async def run(self) -> None:
        """Work until the stop; a carrier that does not answer is asked again after a rest."""
        pause = _FIRST_REST
        with self._trouble.here():
            while not self._stop.is_set():
                went_well = False
                with self._trouble.told():
                    await self.ask()
                    went_well = True
                await rest(self._stop, _LOOK if went_well else pause)
                pause = _FIRST_REST if went_well else min(pause * 2, _LONGEST_REST)

    async def ask(self) -> int:
        """Ask about all that is due, a page of each campaign in turn; how many messages moved.

        Ends early where the limits allow no more. Raises what a question met, PullError most
        likely, once all that was heard is stored.
        """
        moved = 0
        while not self._stop.is_set():
            work = await self._tools.read(self._look)
            if work.over:
                await self._end(work)
            if not work.due:
                break
            for walk in work.due:
                some, no_turn = await self._page(walk, work)
                moved += some
                if no_turn:
                    return moved
        return moved

    def _look(self, conn: Connection) -> _Work:
        now, finished = self._tools.now_ms(), asking.campaigns(conn)
        if self._kept is None:
            self._kept = asking.walks(conn, self._number)
        known = self._known
        over = [walk for walk in known.values() if self._is_over(walk, finished, now)]
        new = [Walk(each, asking.start(each), 0, now) for each in finished if each not in known]
        ready = [
            walk
            for walk in [*known.values(), *new]
            if walk.next_at <= now and not self._is_over(walk, finished, now)
        ]
        left = asking.counts(conn, self._number, *_LEFT) if ready else {}
        silent = asking.counts(conn, self._number, *_LEFT, State.UNCONFIRMED) if over else {}
        return _Work(
            [walk for walk in ready if walk.campaign in left],
            [(walk, silent.get(walk.campaign, 0)) for walk in over],
            finished,
            left,
        )

    def _is_over(self, walk: Walk, finished: Mapping[int, int | None], now: int) -> bool:
        if walk.campaign not in finished:
            return True
        ends = self._rounds.ends(finished[walk.campaign])
        return ends is not None and now >= ends

    async def _end(self, work: _Work) -> None:
        """Forget campaigns whose deadline has passed; say so where it came too soon."""
        for walk, left in work.over:
            forget = partial(asking.drop, account=self._number, campaign=walk.campaign)
            await self._tools.write(forget)
            del self._known[walk.campaign]
            if left and not walk.complete:
                log.warning(
                    "account %s: the receipt deadline of campaign %d came before each of its"
                    " messages was asked about a last time; %d are unconfirmed. Its status limit,"
                    " or its receipt_deadline_hours, is too small",
                    self._name,
                    walk.campaign,
                    left,
                )

    async def _page(self, walk: Walk, work: _Work) -> tuple[int, bool]:
        """Ask about a walk's next page; how many messages moved, and whether there was no turn."""
        now = self._tools.now_ms()
        walk = self._rounds.begin(walk, now)
        spans = self._rounds.spans(walk)
        page = await self._tools.read(lambda conn: asking.page(conn, self._number, walk, spans))
        if page.to is None:
            campaign = walk.campaign
            needed = int(work.left.get(campaign, 0) / self._speed * 1000)
            await self._keep(self._rounds.after(walk, now, work.finished[campaign], needed))
            return 0, False
        if not page.unheard:
            # Not written down: to look through it again is cheap.
            self._known[walk.campaign] = replace(walk, after=page.to)
            return 0, False
        # One question is enough to see whether a carrier in trouble answers again.
        asked = page.unheard[:1] if self._faults else page.unheard
        inquiry = Inquiry(self._adapter, self._turn)
        await inquiry.put([Put(each, self._question(each)) for each in asked])
        moved = await self._store(inquiry, replace(walk, after=self._reached(page, inquiry)))
        if inquiry.fault is not None:
            raise inquiry.fault
        return moved, inquiry.no_turn

    def _reached(self, page: asking.Page, inquiry: Inquiry) -> int:
        """The place up to which a page needs no question any more; counts faults in a row."""
        if inquiry.fault is None:
            self._faults = 0 if inquiry.done else self._faults
        else:
            self._faults += 1
            if inquiry.failed is not None and self._faults >= _PATIENCE:
                inquiry.done.add(inquiry.failed)
        open_ = (each.message for each in page.unheard if each.message not in inquiry.done)
        assert page.to is not None, "a page with questions has an end"
        return next((message - 1 for message in open_), page.to)

    def _question(self, unheard: Unheard) -> Question:
        tools = self._tools
        key = tools.seal.encode(unheard.message, tools.send_class, unheard.generation)
        at = datetime.fromtimestamp(unheard.at / 1000, UTC)
        return Question(key, unheard.reference, str(unheard.msisdn), at)

    @property
    def _known(self) -> dict[int, Walk]:
        """The rounds by campaign, once they were read."""
        assert self._kept is not None, "they are looked at first"
        return self._kept

    async def _keep(self, walk: Walk) -> None:
        await self._tools.write(partial(asking.save, account=self._number, walk=walk))
        self._known[walk.campaign] = walk

    async def _store(self, inquiry: Inquiry, walk: Walk) -> int:
        """Apply what was heard and keep the place, in one write; how many messages moved."""

        def job(conn: Connection) -> int:
            asking.save(conn, self._number, walk)
            return self._answers.apply(conn, inquiry)

        moved = await self._tools.write(job)
        self._known[walk.campaign] = walk
        RECEIPTS.labels(self._name, "asked").inc(moved)
        return moved


def _ask_after(account: Account) -> timedelta:
    told = account.options.get("ask_after_seconds", _TEN_MINUTES)
    try:
        seconds = float(told)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < timedelta.max.total_seconds():
        raise BadInputError(
            f"config/accounts/{account.name}.toml: ask_after_seconds is {told!r}; expected seconds,"
            f" such as {_TEN_MINUTES}"
        )
    return timedelta(seconds=seconds)

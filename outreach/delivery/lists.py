"""Handing over many messages in one call: what goes together, under which key, what came of it.

A list is never repeated after an answer that may hide a yes. Carriers that refuse a repeated key
would let the identical list be asked for again; that the members would have to be kept together
for it, through suppressions and stops, is not worth the few that it would save.
"""

import asyncio
import itertools
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from outreach.carriers.base import Adapter, Lists
from outreach.delivery.batch import Answered, Batch
from outreach.delivery.list_room import Room
from outreach.delivery.listed import Listed, Member, Said, meet_at
from outreach.delivery.results import Answer, postponed, too_late
from outreach.delivery.roster import Live
from outreach.delivery.routing import alternative, fallback
from outreach.delivery.submit import Submitter
from outreach.delivery.tools import Tools
from outreach.domain.message import Event
from outreach.domain.outcome import Accepted, Outcome, Refused, Unknown
from outreach.settings import Account
from outreach.store import batches
from outreach.store.batches import Handed
from outreach.store.record import Due, Result, Taken

ROUNDS = 10
"""How often those wait for others who are too few for a list; then there will be no others."""

log = logging.getLogger(__name__)


def new_key() -> str:
    """A key that nobody guesses and that never comes again: 32 hex digits."""
    return uuid.uuid4().hex


class ListSender:
    """Sends the sub-batches of an account whose carrier takes lists."""

    def __init__(
        self,
        tools: Tools,
        number: int,
        adapter: Lists,
        out: Submitter,
        owner: str,
        room: Room,
        keys: Callable[[], str] = new_key,
    ) -> None:
        """`owner` is the name on the leases, `keys` gives each list its own."""
        self._tools = tools
        self._number = number
        self._adapter = adapter
        self._out = out
        self._owner = owner
        self._room = room
        self._keys = keys

    @property
    def room(self) -> Room:
        """How large a list may be."""
        return self._room

    async def send(self, batch: Batch) -> None:
        """Send a sub-batch: every ticket of it is answered in the end."""
        lists = self._lists(batch)
        if lists:
            # All of them in one write, durable before the first byte of any leaves.
            await self._write_down(batch.live, lists)
            await self._hand_over(batch, lists)

    def _lists(self, batch: Batch) -> list[Listed]:
        """Make lists of what may be sent; the rest is answered at once."""
        alike: dict[Hashable, list[Member]] = {}
        seen: Counter[str] = Counter()
        for member in self._members(batch):
            number = member.submission.msisdn
            # No list holds a number twice: a second message to it goes with other second ones.
            same = (self._adapter.alike(member.submission), seen[number])
            seen[number] += 1
            alike.setdefault(same, []).append(member)
        return [made for members in alike.values() for made in self._cut(batch, members)]

    def _members(self, batch: Batch) -> Iterator[Member]:
        """Those that have words and are paid for."""
        live, out = batch.live, self._out
        for ticket in batch.rest:
            content = out.content(live, ticket)
            if isinstance(content, Result):
                batch.put(content)
            elif ticket.unknown_until is not None:
                # It left by itself, when the account had no lists: none would be a repetition.
                batch.put(too_late(ticket, content.parts))
            elif not live.budget.take(out.cost(ticket, content.parts)):
                batch.put(out.unpaid(live, ticket))
            else:
                yield Member(ticket, out.submission(live, ticket, content))

    def _cut(self, batch: Batch, members: Sequence[Member]) -> list[Listed]:
        """Cut those that are alike into lists of the same size; who is left over waits."""
        pace, parts = batch.live.pace, max(each.parts for each in members)
        if pace is not None and pace.most < self._room.least:
            why = f"{pace.most} messages a minute are fewer than a list of {self._room.least}"
            self._hold(batch, members, why, halt=why)
            return []
        most = None if pace is None else pace.most
        ends = [0, *itertools.accumulate(self._room.cut(len(members), parts, most))]
        pieces = [members[a:b] for a, b in itertools.pairwise([*ends, len(members)])]
        return self._named(batch, pieces)

    def _named(self, batch: Batch, pieces: Iterable[Sequence[Member]]) -> list[Listed]:
        """Give each piece a key; those that are too small for a list wait for others."""
        lists = []
        for piece in pieces:
            if len(piece) < self._room.least:
                self._too_few(batch, piece)
            else:
                lists.append(Listed(self._keys(), piece))
        return lists

    async def _write_down(
        self, live: Live, lists: Sequence[Listed], instead_of: Sequence[str] = ()
    ) -> None:
        campaign, now = live.campaign.id, self._tools.now_ms()
        rows = [
            Handed(self._number, campaign, each.key, each.messages, self._owner, now)
            for each in lists
        ]
        await self._tools.write(partial(batches.write_down, lists=rows, instead_of=instead_of))

    async def _hand_over(self, batch: Batch, lists: Sequence[Listed]) -> None:
        async with asyncio.TaskGroup() as group:
            for each in lists:
                group.create_task(self._leave(batch, each))

    async def _leave(self, batch: Batch, handed: Listed) -> None:
        """Hand over one list when it may leave; where the carrier meant one of it, in halves."""
        smaller: list[Listed] = []
        members = await self._cleared(batch, handed.members)
        if members:
            said = await self._ask(handed.key, members)
            smaller = self._answered(batch, handed.key, members, said)
        if not smaller:
            batch.end_list(handed.key)
            return
        await self._write_down(batch.live, smaller, [handed.key])
        await self._hand_over(batch, smaller)

    async def _cleared(self, batch: Batch, members: Sequence[Member]) -> Sequence[Member]:
        """Wait for the pace and look again at the last moment; those that may leave, if any."""
        out, ready = self._out, []
        wait = await out.paced(batch, sum(each.parts for each in members), len(members))
        for each in members:
            if wait is None:
                held = out.last_look(batch, each.ticket, each.parts)
            else:
                held = out.not_yet(each.ticket, *wait)
            if held is None:
                ready.append(each)
            else:
                self._back(batch, each, held)
        if len(ready) < self._room.least:
            self._too_few(batch, ready)
            return ()
        if out.broken(ready[0].ticket) is not None:
            self._hold(batch, ready, out.breaker.reason)
            return ()
        return ready

    async def _ask(self, key: str, members: Sequence[Member]) -> Said:
        """Hand a list to the carrier; never raises for what a carrier does."""
        at, began = self._tools.now_ms(), time.monotonic()
        for each in members:
            each.ticket.parts = each.parts
        self._out.in_flight += 1
        try:
            said = await self._adapter.submit_list(key, [each.submission for each in members])
        except Exception as fault:
            # A bug in an adapter must not be taken for a refusal: the call may have left.
            log.exception("an adapter raised")
            said = Unknown(f"adapter fault: {type(fault).__name__}")
        finally:
            self._out.in_flight -= 1
        if not isinstance(said, Outcome) and len(said) != len(members):
            said = Unknown("adapter fault: not an outcome for each")
        took = int((time.monotonic() - began) * 1000)
        if isinstance(said, Outcome):
            return Said([said] * len(members), for_all=True, at=at, took_ms=took)
        return Said(said, for_all=False, at=at, took_ms=took)

    def _answered(
        self, batch: Batch, key: str, members: Sequence[Member], said: Said
    ) -> list[Listed]:
        """Take what was said; the smaller lists in which to ask again, if that is to be done."""
        live = batch.live
        if said.of_one:
            cut = max(len(members) // 2, self._room.least)
            if cut < len(members):
                self._out.heard(live, said.outcomes[0], 1)
                return self._named(batch, [members[:cut], members[cut:]])
        halts = {each: self._out.heard(live, each, n) for each, n in Counter(said.outcomes).items()}
        if said.of_one and isinstance(said.outcomes[0], Refused):
            # With others it comes out who of them was meant; else it is said of each.
            members = self._waiting(batch, members, said.outcomes[0].reason)
        # Some may wait: what is left of a word for all is the same word.
        for member, outcome in zip(members, said.outcomes, strict=False):
            answer = Answer(outcome, said.at, said.took_ms, list_key=key)
            batch.put(self._result(live, member, answer, halts[outcome]))
        return []

    def _result(self, live: Live, member: Member, answer: Answer, halt: str | None) -> Answered:
        said, ticket, parts = answer.outcome, member.ticket, member.parts
        if isinstance(said, Accepted):
            at, took = answer.at, answer.took_ms
            return Taken(ticket, parts, said.reference, at, took, said.parts, said.network)
        return self._out.judged(live, answer, ticket, parts, halt)

    def _too_few(self, batch: Batch, members: Sequence[Member]) -> None:
        """Let those wait that are too few for a list; in the end they go another way, if any.

        That is the next account of the channel, once, or else the next channel.
        """
        why = f"fewer than {self._room.least} have this text"
        for each in self._waiting(batch, members, why):
            its = each.ticket
            place = (batch.live.campaign, its.message, its.recipient, its.network)
            other = None if its.rerouted else alternative(*place, its.account)
            if other is None:
                result = Result(its, Event.REFUSE, reason=why, fallback=fallback(*place))
            else:
                now = self._tools.now_ms()
                due = Due(now, why, other, its.attempts, its.snoozes, rerouted=True)
                result = Result(its, Event.POSTPONE, due=due)
            self._back(batch, each, result)

    def _waiting(self, batch: Batch, members: Sequence[Member], why: str) -> list[Member]:
        """Let messages wait for others to go with; those that have waited often enough."""
        now, tired = self._tools.now_ms(), []
        for each in members:
            if each.ticket.waits >= ROUNDS:
                tired.append(each)
                continue
            held = postponed(each.ticket, now, why)
            assert held.due is not None, "a postponed message is due again"
            # All that are alike until the same moment, so that they are claimed together.
            at = meet_at(now, self._adapter.alike(each.submission))
            due = replace(held.due, at=at, waits=each.ticket.waits + 1, parts=0)
            self._back(batch, each, replace(held, due=due))
        return tired

    def _hold(
        self, batch: Batch, members: Sequence[Member], why: str, halt: str | None = None
    ) -> None:
        for each in members:
            self._back(batch, each, postponed(each.ticket, self._tools.now_ms(), why, halt=halt))

    def _back(self, batch: Batch, member: Member, held: Result) -> None:
        """Answer for a message that did not leave, and give back what it was to cost."""
        batch.live.budget.give_back(self._out.cost(member.ticket, member.parts))
        batch.put(held)


def lists_of(
    tools: Tools, account: Account, number: int, adapter: Adapter, out: Submitter, owner: str
) -> ListSender | None:
    """What sends lists through an account; None where its carrier takes none."""
    able = adapter.capabilities
    if able.list_most <= 1:
        return None
    assert isinstance(adapter, Lists), f"{account.adapter} says that it takes lists"
    room = Room(account, able.list_least, able.list_most)
    return ListSender(tools, number, adapter, out, owner, room)

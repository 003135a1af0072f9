"""What people do in a history, always through the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
)

from outreach.campaigns.control import Change
from outreach.campaigns.suppression import Ledger, Terms
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import OutreachError
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.rules import Priority
from outreach.domain.window import Window
from outreach.store.campaigns import Campaign
from tests.model.house import AN, BINH, VARIANTS, installed, person
from tests.model.world import PEOPLE_TAKE, World

COUNTS: Counter[str] = Counter()
"""What all histories of this process have done."""

_CHANGES = (
    Change(window=Window.parse("07:00-22:00")),
    Change(window=Window.parse("12:00-13:00")),
    Change(rules={"budget": 3_000}),
    Change(rules={"budget": 30_000}),
    Change(rules={"priority": Priority.URGENT}),
    Change(rules={"fallback_hours": 1}),
    Change(rules={"holidays": True}),
    Change(channels=(Channel.SMS,)),
    Change(channels=(Channel.ZALO, Channel.SMS)),
    Change(rules={"rate": 8}),
)
_NOT_REACHED = st.sampled_from([State.FAILED, State.EXPIRED, State.UNDELIVERED, State.REJECTED])
_OPEN_TO = {
    "pause": (CampaignState.RUNNING,),
    "resume": (CampaignState.PAUSED,),
    "cancel": (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.SCHEDULED),
    "amend": (CampaignState.RUNNING, CampaignState.PAUSED),
    "decide": (CampaignState.PAUSED,),
    "resend": (CampaignState.FINISHED, CampaignState.SETTLED),
}
VARIANT = st.integers(0, len(VARIANTS) - 1)


def _list(number: int) -> str:
    """The suppression list of one number; a list's name may not tell the number."""
    return f"s{number % 100}"


class People(RuleBasedStateMachine):
    """An operator and an approver."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self._names = 0

    def _done(self, what: str) -> None:
        """Count a step; people take their time."""
        COUNTS[f"rule {what}"] += 1
        self.world.pass_(PEOPLE_TAKE)

    def _allowed(self, what: str, deed: Callable[[], Any]) -> bool:
        """Do what a person does; the house may refuse."""
        try:
            deed()
        except OutreachError as refusal:
            note(f"{what} refused: {refusal}")
            COUNTS[f"refused {what}"] += 1
            return False
        self._done(what)
        return True

    def _some(self, data: st.DataObject, *states: CampaignState) -> Campaign | None:
        found = [each.id for each in self.world.campaigns(*states)]
        return self.world.campaign(data.draw(st.sampled_from(found))) if found else None

    @precondition(lambda self: len(self.world.oracle.facts) < 4)
    @rule(variant=VARIANT)
    def start(self, variant: int) -> None:
        self._start(variant)

    def _start(self, variant: int) -> None:
        world, name = self.world, f"c{variant}"
        if self._allowed("start", lambda: world.desk.start(AN, name)):
            world.know(world.desk.find(name))

    @rule(data=st.data())
    def act(self, data: st.DataObject) -> None:
        deeds = [each for each, states in _OPEN_TO.items() if self.world.campaigns(*states)]
        if deeds:
            getattr(self, f"_{data.draw(st.sampled_from(deeds))}_some")(data)

    def _pause_some(self, data: st.DataObject) -> None:
        found, who = self._some(data, CampaignState.RUNNING), data.draw(st.sampled_from([AN, BINH]))
        if found and self._allowed("pause", lambda: self.world.desk.pause(who, found.name, "why")):
            self.world.oracle.stopped.add(found.id)

    def _resume_some(self, data: st.DataObject) -> None:
        found = self._some(data, CampaignState.PAUSED)
        if found:
            self._resume(found)

    def _resume(self, found: Campaign) -> None:
        if self._allowed("resume", lambda: self.world.desk.resume(AN, found.name)):
            self.world.resumed(found)

    def _cancel_some(self, data: st.DataObject) -> None:
        found = self._some(
            data, CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.SCHEDULED
        )
        if found and found.id in self.world.oracle.facts:
            self._cancel(found)

    def _cancel(self, found: Campaign) -> None:
        if self._allowed("cancel", lambda: self.world.desk.cancel(AN, found.name)):
            self.world.oracle.stopped.add(found.id)

    def _amend_some(self, data: st.DataObject) -> None:
        change = data.draw(st.sampled_from(_CHANGES))
        found = self._some(data, CampaignState.RUNNING, CampaignState.PAUSED)
        if found and self._allowed("amend", lambda: self.world.desk.amend(AN, found.name, change)):
            self.world.oracle.stopped.add(found.id)

    def _decide_some(self, data: st.DataObject) -> None:
        found, desk = self._some(data, CampaignState.PAUSED), self.world.desk
        if not found:
            return
        if not data.draw(st.booleans()):
            self._allowed("withdraw", lambda: desk.withdraw(AN, found.name))
        elif self._allowed("approve", lambda: desk.approve_amendment(BINH, found.name)):
            self.world.know(desk.find(found.name))

    def _resend_some(self, data: st.DataObject) -> None:
        states = data.draw(st.lists(_NOT_REACHED, min_size=1, unique=True))
        doubtful = data.draw(st.booleans())
        found = self._some(data, CampaignState.FINISHED, CampaignState.SETTLED)
        if not found or len(self.world.oracle.facts) > 4:
            return
        self._names += 1
        name, desk = f"again {self._names}", self.world.desk

        unknown = self.world.unknown(found.id) if doubtful else None
        wanted = [*states, State.UNKNOWN] if doubtful else states

        def deed() -> None:
            desk.resend(AN, found.name, name, wanted, unknown)
            desk.submit(AN, name)
            desk.approve(BINH, name)
            desk.start(AN, name)

        if self._allowed("resend to the unknown" if doubtful else "resend", deed):
            self.world.know(desk.find(name))

    @rule(n=st.integers(0, 11))
    def suppress_or_not(self, n: int) -> None:
        if person(n) in self.world.oracle.silent:
            self._unsuppress(person(n))
        else:
            self._suppress(n)

    def _suppress(self, n: int) -> None:
        ledger = self._ledger()
        name = _list(person(n))
        if self._allowed(
            "suppress", lambda: ledger.add([str(person(n))], name, Terms("asked for it"))
        ):
            self.world.oracle.silent.add(person(n))

    def _unsuppress(self, number: int) -> None:
        ledger = self._ledger()
        if self._allowed(
            "unsuppress", lambda: ledger.undo(_list(number), "asked for it", str(number))
        ):
            self.world.oracle.silent.discard(number)

    def _ledger(self) -> Ledger:
        world = self.world
        return Ledger(world.database, installed().prefixes, AN, world.time.now_ms())

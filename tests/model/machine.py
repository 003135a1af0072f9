"""The rules by which a history is made."""

from __future__ import annotations

import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from outreach.domain.campaign import CampaignState
from outreach.domain.errors import NotAllowedError
from outreach.domain.receipt import Status
from outreach.domain.rules import Cap
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from tests.model.carriers import Answer
from tests.model.house import AN, NAMES, copied, furnish
from tests.model.orders import two_orders
from tests.model.people import COUNTS, VARIANT, People
from tests.model.world import World

_SCRIPT = st.lists(
    st.one_of(st.sampled_from([Answer.YES, Answer.LOST, Answer.GONE]),
              st.sampled_from(list(Answer))),
    min_size=1,
    max_size=8,
)  # fmt: skip
_POINTS = st.sampled_from(["before a call", "after a call", "before a commit", "after a commit"])
_TOLD = st.sampled_from(list(Status))
_HOUR, _DAY = 3600, 86_400


@cache
def _template() -> Path:
    """A furnished SQLite file, made once."""
    folder = Path(tempfile.mkdtemp(prefix="model-", dir=_shared()))
    atexit.register(shutil.rmtree, folder)
    database = Database(f"sqlite:///{folder / 'template.db'}")
    furnish(database)
    database.close()
    return folder / "template.db"


def _shared() -> str | None:
    """A folder in memory, where the machine has one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


DEEDS = (
    "work", "kill before a call", "kill after a call", "kill before a commit",
    "kill after a commit", "lose_a_sender", "sweep", "wait", "step_the_clock", "receipts",
    "receipts_in_two_orders", "start", "pause", "resume", "cancel", "amend", "approve", "withdraw",
    "resend", "suppress", "unsuppress",
)  # fmt: skip
"""What a long run has to have done."""


class Histories(People):
    """Operators, carriers, crashes and clocks, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0
        self.sway = 0

    def fresh(self) -> tuple[str, Callable[[], None]]:
        """The address of a furnished database, and how to be rid of it."""
        return copied(_template(), _template().with_name("model.db")), lambda: None

    @initialize(
        cap=st.sampled_from([None, None, Cap(1, 7), Cap(2, 7)]),
        variants=st.lists(VARIANT, min_size=1, max_size=3, unique=True),
        sway=st.sampled_from([-_HOUR, _HOUR]),
    )
    def begin(self, cap: Cap | None, variants: list[int], sway: int) -> None:
        self.sway = sway
        url, self.rid = self.fresh()
        self.world = World(url, cap, COUNTS)
        for variant in variants:
            self._start(variant)

    # The engine works, dies and sweeps.

    @rule(script=_SCRIPT, calls=st.none() | st.integers(1, 8))
    def work(self, script: list[Answer], calls: int | None) -> None:
        if calls is None:
            self.world.work(script)
        else:
            self.world.work_for(calls, script)
        self._done("work")

    @rule(script=_SCRIPT, point=_POINTS, times=st.integers(1, 10))
    def kill(self, script: list[Answer], point: str, times: int) -> None:
        self.world.kill(point, times, script)
        self._done("kill " + point)

    @rule(script=_SCRIPT, calls=st.integers(1, 4), name=st.sampled_from(NAMES))
    def lose_a_sender(self, script: list[Answer], calls: int, name: str) -> None:
        self.world.work_for(calls, script)
        self.world.lose(name)
        self._done("lose_a_sender")

    @rule()
    def sweep(self) -> None:
        self.world.sweep()
        if self.world.waiting():
            self.world.settle()
        self._done("sweep")

    # Time.

    @rule(seconds=st.sampled_from([5, 5, 60, 150, 600, _HOUR, 2 * _HOUR, 9 * _HOUR, 2 * _DAY]))
    def wait(self, seconds: int) -> None:
        self.world.pass_(seconds)
        self.world.work()
        self._done("wait")

    @rule()
    def step_the_clock(self) -> None:
        """The clock is stepped an hour one way, and at the next time back again."""
        self.world.step(self.sway)
        self.sway = -self.sway
        self._done("step_the_clock")

    # Receipts.

    def _told(self, data: st.DataObject) -> list[tuple[Any, Status]]:
        requests = self.world.oracle.requests
        one = st.tuples(st.integers(0, len(requests) - 1), _TOLD)
        drawn = data.draw(st.lists(one, min_size=1, max_size=6))
        return [(requests[n], status) for n, status in drawn]

    def _asked(self) -> bool:
        return bool(self.world.oracle.requests)

    @precondition(_asked)
    @rule(data=st.data(), settle=st.booleans())
    def receipts(self, data: st.DataObject, *, settle: bool) -> None:
        self.world.call(self._told(data))
        if settle:
            self.world.settle()
        self._done("receipts")

    @precondition(_asked)
    @rule(data=st.data())
    def receipts_in_two_orders(self, data: st.DataObject) -> None:
        told = self._told(data)
        if self.world.database.is_sqlite:
            doubled = told + told[:2]
            order = data.draw(st.permutations(range(len(doubled))))
            two_orders(self.world, told, [doubled[n] for n in order])
        self._done("receipts_in_two_orders")

    # What has to be true.

    @invariant()
    def holds(self) -> None:
        self.steps += 1
        if self.world.oracle.wrong or self.steps % 6 == 0:
            self.world.check()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.world.check()
            self._end()
            self.world.check_end()
        finally:
            COUNTS["histories"] += 1
            self.world.close()
            self.rid()

    def _end(self) -> None:
        """With well carriers and people who care, everything comes to its end."""
        world = self.world
        world.script.clear()
        for turn in range(40):
            for found in world.campaigns(CampaignState.PAUSED):
                self._let_go(found, final=turn > 5)
            world.work()
            while world.process.waits:
                world.work()
            world.sweep()
            world.settle()
            if world.over():
                COUNTS["turns to the end"] += turn
                return
            world.pass_(_HOUR * (3 if turn < 3 else 11))
            if turn % 2:
                world.pass_(world.until_noon())  # the narrowest of windows has to be met, too
        world.check()  # what is counted wrong may be waited for in vain
        raise AssertionError("some campaigns do not come to their end: " + world.left())

    def _let_go(self, found: Campaign, *, final: bool) -> None:
        """Decide what is open and resume; what is held for its budget again is given up."""
        with contextlib.suppress(NotAllowedError):
            self.world.desk.withdraw(AN, found.name)
        if final and (found.paused_why or "").startswith("budget"):
            self._cancel(found)
        else:
            self._resume(found)

"""Whatever carriers say of lists and whenever the engine dies: nobody twice, limits kept."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.delivery import lists, send
from outreach.delivery.pacing import Pacer
from outreach.domain.limit import Limit, Unit
from outreach.domain.message import State
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown
from outreach.reports import differences
from outreach.store import closing, schema
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from tests.delivery.listing import STEPS, Listed, Lister, Said, asleep, crowd
from tests.delivery.stage import NOON, VIETTEL, Stage
from tests.delivery.virtual import VirtualLoop, run_virtually

IN_FLIGHT = 24
_DAY = 20261120
_NO = Refused(Scope.RECIPIENT, "99", "number blocked")
WORDS: Sequence[Outcome | None] = (
    None,
    Accepted("ref"),
    Unknown("no answer"),
    NotSent("no connection"),
    Later(timedelta(0), "busy", throttled=True),
    Later(timedelta(0), "one of them is busy"),
)
"""What is said of a list; None: a word for each."""


@dataclass
class Carrier:
    """Says what it is told to, refuses lists with an odd number among them, and is killed."""

    says: Iterator[Outcome | None]
    odd: frozenset[int]
    kills: set[int]
    """Before which answers the engine dies, counted over all lives."""
    took: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Messages of lists whose answer said nothing."""
    calls: int = 0
    killed: int = 0
    dying: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: str, members: Listed) -> Said:
        assert len({each.msisdn for each in members}) == len(members)
        assert len({each.content for each in members}) == 1
        self.calls += 1
        if self.calls in self.kills:
            self._take(members)
            self.killed += 1
            self.dying.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if self.odd & {int(each.msisdn) % 97 for each in members}:
            return _NO
        said = next(self.says)
        if said is None:
            self._take(members[::2])
            return [_NO if n % 2 else Accepted(f"of-{n}") for n in range(len(members))]
        if isinstance(said, Accepted | Unknown):
            self._take(members)
            self.lost += len(members) * isinstance(said, Unknown)
        return said

    def _take(self, members: Listed) -> None:
        self.took.update(each.msisdn for each in members)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("lists")
    database = Database(f"sqlite:///{folder / 'test.db'}")
    schema.upgrade(database)
    made = Stage(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(send, "_IDLE", 0.01)
        patch.setattr(send, "_LONGEST_IDLE", 0.02)
        patch.setattr(lists, "ROUNDS", 3)
        yield made
    made.close()
    database.close()


@given(
    parts=st.lists(st.integers(1, 3), min_size=1, max_size=90),
    bounds=st.tuples(st.integers(1, 5), st.integers(5, 12)),
    says=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).filter(
        lambda words: any(each is None or isinstance(each, Accepted) for each in words)
    ),
    odd=st.frozensets(st.integers(0, 96), max_size=3),
    kills=st.sets(st.integers(1, 12), max_size=2),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_is_handed_over_twice(
    stage: Stage,
    parts: list[int],
    bounds: tuple[int, int],
    says: list[Outcome | None],
    odd: frozenset[int],
    kills: set[int],
) -> None:
    stage.clock.now = NOON
    campaign = stage.campaign(crowd(stage, [{"parts": str(each)} for each in parts]), STEPS)
    carrier = Carrier(cycle(says), odd, kills)
    listers = asyncio.run(_live(stage, campaign, carrier, bounds))

    states = stage.states(campaign)
    assert max(carrier.took.values(), default=0) <= 1
    assert all(bounds[0] <= size <= bounds[1] for each in listers for size in each.sizes)
    assert sum(states.values()) == len(parts)
    assert not states.get(State.PENDING)
    assert states.get(State.UNKNOWN, 0) <= carrier.lost + carrier.killed * IN_FLIGHT
    assert states.get(State.ACCEPTED, 0) + carrier.lost <= len(carrier.took)
    assert len(carrier.took) <= states.get(State.ACCEPTED, 0) + states.get(State.UNKNOWN, 0)
    with stage.database.read() as conn:
        assert conn.exec_driver_sql("SELECT * FROM batch").all() == []
        assert differences(conn, campaign.id) == []
    keys = [key for each in listers for key, _ in each.lists]
    assert len(set(keys)) == len(keys)


async def _live(
    stage: Stage, campaign: Campaign, carrier: Carrier, bounds: tuple[int, int]
) -> list[Lister]:
    """Send to the end, in as many lives as it takes; what each life's carrier saw."""
    listers = []
    carrier.dying = asyncio.Event()
    while stage.left(campaign):
        listers.append(Lister(says=carrier, bounds=bounds))
        (sender,) = stage.senders({VIETTEL: listers[-1]}, None, in_flight=IN_FLIGHT)
        setattr(sender.breaker, "failed", lambda _: None)  # noqa: B010 - not the subject here
        stage.refresh()
        running = asyncio.create_task(sender.run())
        await _to_the_end(stage, campaign, carrier)
        sender.abandon() if carrier.dying.is_set() else sender.stop()
        await asyncio.gather(running, return_exceptions=True)
        carrier.dying.clear()
        with stage.database.write() as conn:
            closing.forget_leases(conn)
            closing.recover(conn, (), int(stage.clock().timestamp() * 1000), _DAY)
    return listers


async def _to_the_end(stage: Stage, campaign: Campaign, carrier: Carrier) -> None:
    """Wait for the end or a kill; time passes when all that is left waits for others."""
    async with asyncio.timeout(15):
        while stage.left(campaign) and not carrier.dying.is_set():
            if asleep(stage, campaign):
                stage.clock.pass_(minutes=1)
            await asyncio.sleep(0.005)


@given(
    st.lists(
        st.builds(
            Limit,
            unit=st.sampled_from(Unit),
            amount=st.integers(60, 400),
            period=st.sampled_from([timedelta(seconds=1), timedelta(minutes=1)]),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda limit: (limit.unit, limit.period),
    ),
    st.lists(st.tuples(st.integers(1, 20), st.integers(1, 3)), min_size=2, max_size=30),
)
@settings(max_examples=200)
def test_lists_are_never_over_a_limit_in_any_window(
    limits: Sequence[Limit], lists: Sequence[tuple[int, int]]
) -> None:
    loop = VirtualLoop(1000.0)
    left: list[tuple[float, tuple[int, int, int]]] = []

    async def work() -> None:
        pacer = Pacer(limits, loop.time)

        async def one(messages: int, parts: int) -> None:
            while not await pacer.acquire(messages * parts, messages=messages):
                await asyncio.sleep(1)
            left.append((loop.time(), (1, messages, messages * parts)))

        await asyncio.gather(*(one(*each) for each in lists))

    run_virtually(work(), loop)
    assert len(left) == len(lists)
    for limit in limits:
        column = [Unit.REQUESTS, Unit.MESSAGES, Unit.PARTS].index(limit.unit)
        span = limit.period.total_seconds()
        for at, _ in left:
            used = sum(costs[column] for when, costs in left if at <= when < at + span)
            assert used <= limit.amount, limit

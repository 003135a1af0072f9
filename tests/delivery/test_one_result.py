"""One result for each person, whatever order sends, receipts, fallbacks and a cancel come in."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.delivery.settle import Settler
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN, SendClass
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope, Unknown
from outreach.domain.rules import Rules
from outreach.reports import differences
from outreach.store import campaigns, tally
from outreach.store.campaigns import Campaign
from outreach.store.messages import DELIVERED_MEANWHILE
from tests.delivery.stage import OTHER, SEAL, VIETTEL, ZALO, Carrier, Stage
from tests.delivery.test_settle import Caller, Office

PEOPLE = 3
_NO = Refused(Scope.RECIPIENT, "-118", "no account")
_WORDS = {1: State.DELIVERED, 2: State.UNDELIVERED}
_MAY_HAVE = frozenset({State.ACCEPTED, State.UNKNOWN, State.UNCONFIRMED})
_SENT = frozenset({State.ACCEPTED, State.UNKNOWN, State.UNCONFIRMED, *_WORDS.values()})


@dataclass
class Play:
    """A campaign of two channels, and what happens to it."""

    stage: Stage
    campaign: Campaign
    office: Office
    said: dict[int, list[int]] = field(default_factory=dict)

    def sql(self, statement: str) -> Sequence[Sequence[object]]:
        """Run a statement; the rows, where it returns any."""
        with self.stage.database.write() as conn:
            found = conn.exec_driver_sql(statement)
            return found.all() if found.returns_rows else []

    def message(self, person: int, step: int) -> int:
        """The id of a person's message."""
        return self.campaign.id * CAMPAIGN_SPAN + step * STEP_SPAN + 1 + person

    async def send(self, zalo: Outcome, sms: Outcome) -> None:
        """Send all that may be sent now."""
        carriers = {
            ZALO: Carrier(lambda _: zalo, Channel.ZALO),
            VIETTEL: Carrier(lambda _: sms),
            OTHER: Carrier(lambda _: sms),
        }
        if self.state() is CampaignState.RUNNING and not self._leased():
            await self.stage.finish(self.stage.senders(carriers), self.campaign)
            self.sql(f"UPDATE chunk SET look_at = 0 WHERE campaign = {self.campaign.id}")

    def state(self) -> CampaignState:
        """Where the campaign stands."""
        with self.stage.database.read() as conn:
            return campaigns.get(conn, self.campaign.id).state

    def _leased(self) -> bool:
        return bool(self.sql("SELECT 1 FROM due WHERE lease_owner IS NOT NULL"))

    def take(self) -> None:
        """Somebody has the exceptions under way."""
        until = int(self.stage.clock().timestamp() * 1000) + 60_000
        self.sql(f"UPDATE due SET lease_owner = 'me', lease_until = {until}")

    def give(self, *, doubtful: bool) -> None:
        """Nothing came of them, or nobody knows what."""
        self.sql("UPDATE due SET lease_owner = NULL, lease_until = 0")
        if doubtful:
            self.sql("UPDATE due SET unknown_until = 9999999999999")

    async def receipt(self, person: int, step: int, status: int) -> None:
        """A carrier's word."""
        message = self.message(person, step)
        if message in self.rows():  # nobody can have heard of one that does not exist
            self.said.setdefault(message, []).append(status)
        self.office.call(f"{SEAL.encode(message, SendClass.LIVE, 0)}/{status}/c")
        await self.office.settle()

    def sweep(self) -> None:
        """Fallbacks, closing and deadlines."""
        self.stage.clock.pass_(minutes=61)
        sweep = self.stage.sweep()
        for job in (sweep.look, sweep.close, sweep.fold, sweep.finish):
            with self.stage.database.write() as conn:
                job(conn)

    def cancel(self) -> None:
        """End it early."""
        with self.stage.database.write() as conn:
            found = campaigns.get(conn, self.campaign.id)
            if found.state is CampaignState.RUNNING:
                campaigns.act(conn, found, CampaignAction.CANCEL, "an", 0)

    def rows(self) -> dict[int, tuple[State, bool, str]]:
        """Message -> state, whether it carries the result, reason."""
        start = self.campaign.id * CAMPAIGN_SPAN
        rows = self.sql(
            f"SELECT id, state, superseded, reason FROM message"
            f" WHERE id > {start} AND id < {start + CAMPAIGN_SPAN}"
        )
        return {int(str(r[0])): (State(int(str(r[1]))), not r[2], str(r[3])) for r in rows}


def _play(stage: Stage) -> Play:
    audience = stage.audience([{"name": "An"}] * PEOPLE, f"a{stage.clock().timestamp()}")
    name = f"c{audience}"
    campaign = stage.campaign(audience, name=name, rules=Rules(fallback_hours=1))
    office = Office(stage, campaign)
    adapters = {number: ("any", Caller()) for number in (ZALO, VIETTEL, OTHER)}
    office.settler = Settler(stage.writer, adapters, SEAL, SendClass.LIVE, stage.clock)
    return Play(stage, campaign, office)


_OUTCOMES = st.sampled_from([Accepted(), _NO, Unknown("no answer")])
_STEPS = st.one_of(
    st.tuples(st.just("send"), _OUTCOMES, _OUTCOMES),
    st.tuples(
        st.just("receipt"),
        st.integers(0, PEOPLE - 1),
        st.integers(0, 1),
        st.sampled_from([1, 2, 3]),
    ),
    st.tuples(st.sampled_from(["sweep", "sweep", "take", "give", "doubt", "cancel"])),
)


async def _do(play: Play, step: tuple[object, ...]) -> None:
    name, *told = step
    simple: dict[str, Callable[[], None]] = {
        "sweep": play.sweep,
        "take": play.take,
        "give": lambda: play.give(doubtful=False),
        "doubt": lambda: play.give(doubtful=True),
        "cancel": play.cancel,
    }
    if name == "send":
        await play.send(*told)  # type: ignore[arg-type]
    elif name == "receipt":
        await play.receipt(*told)  # type: ignore[arg-type]
    else:
        simple[str(name)]()


async def _all(play: Play, steps: Sequence[tuple[object, ...]]) -> None:
    await _do(play, ("send", Accepted(), Accepted()))
    for step in steps:
        await _do(play, step)
    play.give(doubtful=False)
    await _do(play, ("send", Accepted(), Accepted()))
    play.sweep()
    while play.office.waiting():
        play.stage.clock.pass_(hours=1)
        await play.office.settle()


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEPS, max_size=14))
def test_whatever_happens_there_is_one_result(
    stage: Stage, steps: list[tuple[object, ...]]
) -> None:
    stage.clock.pass_(days=1)
    stage.clock.now = stage.clock.now.replace(hour=1)  # 08:00 local: the window is open
    play = _play(stage)
    asyncio.run(_all(play, steps))
    rows = play.rows()
    with stage.database.read() as conn:
        assert differences(conn, play.campaign.id) == []
        assert all(figure.messages > 0 for figure in tally.figures(conn, play.campaign.id))
    for person in range(PEOPLE):
        mine = [rows[play.message(person, n)] for n in (0, 1) if play.message(person, n) in rows]
        bearers = [state for state, bears, _ in mine if bears]
        assert len(bearers) == 1, mine
        delivered = any(state is State.DELIVERED for state, _, _ in mine)
        assert (bearers[0] is State.DELIVERED) == delivered, mine
        may_have = any(state in _MAY_HAVE for state, _, _ in mine)
        assert not (may_have and bearers[0].in_vain), mine
    for message, words in play.said.items():
        final = {status for status in words if status in _WORDS}
        if message in rows and rows[message][0] in _SENT and len(final) == 1:
            assert rows[message][0] is _WORDS[final.pop()]
    assert sum(stage.results(play.campaign).values()) == PEOPLE


async def test_a_fallback_that_waits_is_not_sent_when_the_first_delivers(stage: Stage) -> None:
    play = _play(stage)
    await play.send(Accepted(), Accepted())
    play.sweep()
    assert play.rows()[play.message(0, 0)][:2] == (State.ACCEPTED, False)
    assert play.rows()[play.message(0, 1)][:2] == (State.PENDING, True)
    await play.receipt(0, 0, 1)
    rows = play.rows()
    assert rows[play.message(0, 0)][:2] == (State.DELIVERED, True)
    assert rows[play.message(0, 1)] == (State.CANCELLED, False, DELIVERED_MEANWHILE)
    asked = Carrier()
    await stage.finish(stage.senders({VIETTEL: asked, OTHER: asked}), play.campaign)
    assert len(asked.asked) == PEOPLE - 1
    assert stage.results(play.campaign) == {State.DELIVERED: 1, State.ACCEPTED: PEOPLE - 1}


async def test_while_the_fallback_is_under_way_the_late_word_waits(stage: Stage) -> None:
    play = _play(stage)
    await play.send(Accepted(), Accepted())
    play.sweep()
    play.take()
    await play.receipt(0, 0, 1)
    assert play.office.waiting() == 1
    assert play.rows()[play.message(0, 0)][0] is State.ACCEPTED
    play.give(doubtful=False)
    await play.send(Accepted(), Accepted())
    stage.clock.pass_(seconds=2)
    await play.office.settle()
    rows = play.rows()
    assert rows[play.message(0, 0)][:2] == (State.DELIVERED, True)
    assert rows[play.message(0, 1)][:2] == (State.ACCEPTED, False)


async def test_a_word_about_one_in_doubt_proves_that_it_was_taken(stage: Stage) -> None:
    campaign = stage.campaign(stage.audience([{"name": "An"}] * 2))
    office = Office(stage, campaign)
    with stage.database.write() as conn:
        for number in (1, 2):
            message = campaign.id * CAMPAIGN_SPAN + number
            conn.exec_driver_sql(
                "INSERT INTO due (message, campaign, account, at, why, attempts, snoozes,"
                " rerouted, lease_until, unknown_until)"
                f" VALUES ({message}, {campaign.id}, {ZALO}, 0, 'no answer', 1, 0, 0, 0, 99)"
            )
        conn.exec_driver_sql("UPDATE chunk SET recorded_to = last, started_to = last")
        conn.exec_driver_sql(f"UPDATE due SET lease_owner = 'me' WHERE message = {message}")
    for number in (1, 2):
        office.call(f"{office.key(number)}/1/c")
    await office.settle()
    assert stage.states(campaign) == {State.DELIVERED: 1, State.PENDING: 1}
    assert stage.left(campaign) == 1  # the one that is being asked about at this moment
    assert office.waiting() == 1
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []


async def test_a_result_that_passes_back_keeps_the_day_of_its_receipt(stage: Stage) -> None:
    play = _play(stage)
    await play.send(Accepted(), Accepted())
    play.sweep()
    await play.send(Accepted(), Accepted())
    await play.receipt(0, 1, 2)  # the fallback is not delivered …
    await play.receipt(0, 0, 1)  # … and the first is, after all
    assert stage.results(play.campaign) == {State.DELIVERED: 1, State.ACCEPTED: PEOPLE - 1}
    with stage.database.read() as conn:
        figures = tally.figures(conn, play.campaign.id)
        assert differences(conn, play.campaign.id) == []
    assert all(figure.messages > 0 for figure in figures)
    (undelivered,) = [each for each in figures if each.group.state is State.UNDELIVERED]
    assert undelivered.group.receipt_day == 20261120
    assert not undelivered.group.result

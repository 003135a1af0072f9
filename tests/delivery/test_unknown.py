"""A try that may have left, at a carrier that refuses a key twice: it is asked for again."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given

from outreach.carriers.base import Capabilities, Submission
from outreach.delivery.judge import History, Policy, judge
from outreach.domain.message import Event, State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Duplicate, NotSent, Outcome, Refused, Scope, Unknown
from outreach.store.campaigns import Campaign
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, ZALO, Carrier, Stage
from tests.delivery.test_judge import HISTORIES, OUTCOMES

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Remembers(Carrier):
    """A carrier that takes a key once; what it says of it may get lost on the way."""

    says: Sequence[Outcome | None] = ()
    """To the tries of each key, in order; None: the truth, as after the last of them."""
    window: timedelta = 2 * HOUR
    taken: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    tries: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def capabilities(self) -> Capabilities:
        plain = Carrier(channel=self.channel).capabilities
        return Capabilities(plain.channel, plain.receipts, True, self.window)  # noqa: FBT003

    async def submit(self, message: Submission) -> Outcome:
        self.asked.append(message)
        await asyncio.sleep(0)
        key, tried = message.key, self.tries[message.key]
        self.tries[key] += 1
        said = self.says[tried] if tried < len(self.says) else None
        if isinstance(said, NotSent | Refused):
            return said
        before, self.taken[key] = self.taken[key], 1
        return said or (Duplicate() if before else Accepted())


def _senders(stage: Stage, carrier: Carrier) -> dict[int, Carrier]:
    return {VIETTEL: carrier, OTHER: Carrier()}


def _campaign(stage: Stage, size: int) -> Campaign:
    return stage.run_of(size, SMS_STEPS)


async def _send(stage: Stage, carrier: Carrier, campaign: Campaign) -> None:
    senders = stage.senders(_senders(stage, carrier))
    for sender in senders:
        setattr(sender.breaker, "failed", lambda _: None)  # noqa: B010 - not the subject here
    await stage.finish(senders, campaign)


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(stage: Stage) -> None:
    carrier = Remembers(says=[Unknown("silence")])
    campaign = _campaign(stage, 20)
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 20}
    assert set(carrier.tries.values()) == {2}
    assert len(carrier.tries) == 10, "the same key each time"
    assert stage.results(campaign) == {State.ACCEPTED: 20}


async def test_what_is_never_answered_ends_unknown_on_its_own_account(stage: Stage) -> None:
    carrier = Remembers(says=[Unknown("silence")] * 9)
    campaign = _campaign(stage, 20)
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 10, State.UNKNOWN: 10}
    assert set(carrier.tries.values()) == {stage.policy.max_attempts}
    with stage.database.read() as conn:
        parts = conn.exec_driver_sql("SELECT DISTINCT parts FROM message WHERE state = 7").all()
    assert [row[0] for row in parts] == [1], "it may have been sent, so it counts as a cost"


async def test_it_does_not_go_elsewhere_nor_fail_where_the_next_try_did_not_leave(
    stage: Stage,
) -> None:
    carrier = Remembers(says=[Unknown("silence"), *[NotSent("no route")] * 9])
    campaign = _campaign(stage, 20)
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 10, State.UNKNOWN: 10}


async def test_a_carrier_with_a_short_memory_is_not_asked_again(stage: Stage) -> None:
    carrier = Remembers(says=[Unknown("silence")], window=timedelta(seconds=60))
    campaign = _campaign(stage, 20)
    await _send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 10, State.UNKNOWN: 10}
    assert set(carrier.tries.values()) == {1}


async def test_after_its_memory_has_passed_nothing_is_asked(stage: Stage) -> None:
    stage.policy = Policy(first_backoff=timedelta(minutes=1))
    carrier = Remembers(says=[Unknown("silence")])
    campaign = _campaign(stage, 20)
    senders = stage.senders(_senders(stage, carrier))
    async with stage.working(senders):
        while stage.left(campaign) > 10 or len(carrier.asked) < 10:
            await asyncio.sleep(0.02)
        with stage.database.read() as conn:
            waiting = conn.exec_driver_sql("SELECT DISTINCT unknown_until FROM due").all()
        passed = timedelta(milliseconds=waiting[0][0]) - timedelta(
            seconds=stage.clock().timestamp()
        )
        assert HOUR - timedelta(minutes=2) < passed < HOUR
        stage.clock.now += passed
        while stage.left(campaign):
            await asyncio.sleep(0.02)
    assert stage.states(campaign) == {State.ACCEPTED: 10, State.UNKNOWN: 10}
    assert set(carrier.tries.values()) == {1}


async def test_a_refusal_after_it_leads_to_no_other_channel(stage: Stage) -> None:
    no = Refused(Scope.RECIPIENT, "1", "no")
    carrier = Remembers(says=[Unknown("silence"), no], channel=Channel.ZALO)
    campaign = stage.run_of(10)
    sms = Carrier()
    senders = stage.senders({ZALO: carrier, VIETTEL: sms, OTHER: sms})
    for sender in senders:
        setattr(sender.breaker, "failed", lambda _: None)  # noqa: B010 - not the subject here
    await stage.finish(senders, campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 10}
    assert not sms.asked


@given(OUTCOMES, HISTORIES)
def test_after_an_unknown_the_key_and_the_account_stay(outcome: Outcome, history: History) -> None:
    after = History(history.attempts, history.snoozes, history.rerouted, was_unknown=True)
    verdict = judge(outcome, after, Policy())
    assert not verdict.new_generation
    assert not verdict.elsewhere
    assert not verdict.reroute
    assert not verdict.fallback
    assert verdict.event in {Event.ACCEPT, Event.LOSE, Event.POSTPONE}

"""What a refusal is about decides who stops: campaigns on one account, each with a fault."""

import asyncio
from collections.abc import Callable

from outreach.carriers.base import Submission
from outreach.delivery.breaker import Breaker
from outreach.delivery.send import AccountSender
from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope
from outreach.store import campaigns
from outreach.store.campaigns import Campaign, Step
from tests.delivery.stage import OTHER, SEAL, SMS_STEPS, Carrier, Stage

ONE = (Step(SMS_STEPS[0].channel, {network: (OTHER,) for network in Network if network}),)
POISON = "84900000007"
SIZE = 600
WINDOW = 60


def _campaign(stage: Stage, name: str) -> Campaign:
    audience = stage.audience([{"name": "An"}] * SIZE, name)
    return stage.campaign(audience, ONE, name=name)


def _of(message: Submission) -> int:
    key = SEAL.decode(message.key)
    assert key is not None
    return key.message // CAMPAIGN_SPAN


def _now(stage: Stage, campaign: Campaign) -> Campaign:
    with stage.database.read() as conn:
        return campaigns.get(conn, campaign.id)


async def _until(stage: Stage, done: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not done():
            stage.refresh()
            await asyncio.sleep(0.02)


class _Impatient:
    """Seconds that pass thirty times as fast, so that a breaker's waits are short."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> float:
        return self._loop.time() * 100


def _hurry(sender: AccountSender) -> None:
    setattr(sender._out, "breaker", Breaker(_Impatient()))  # noqa: B010 - only its clock is another


async def test_only_what_is_at_fault_stops(stage: Stage) -> None:
    """A: one network refuses its template. B: the account is refused to it. C: one bad row."""
    a, b, c = (_campaign(stage, name) for name in ("template", "brandname", "row"))

    def rule(message: Submission) -> Outcome:
        campaign = _of(message)
        if campaign == a.id and message.network is Network.MOBIFONE:
            return Refused(Scope.TEXT, "146", "no such template")
        if campaign == b.id:
            return Refused(Scope.ACCOUNT, "104", "brandname not yours")
        if campaign == c.id and message.msisdn == POISON:
            return Refused(Scope.RECIPIENT, "110", "bad number")
        return Accepted()

    carrier = Carrier(rule)
    (sender,) = stage.senders({OTHER: carrier}, in_flight=WINDOW)
    _hurry(sender)

    def over() -> bool:
        stage.clock.pass_(seconds=1)  # what was held back is due again
        return not stage.left(c) and _now(stage, b).state is CampaignState.PAUSED

    async with stage.working([sender]):
        await _until(stage, over)
    assert _now(stage, a).paused_why == "other: 146 no such template"
    assert _now(stage, b).paused_why == "other refused only this campaign: brandname not yours"
    assert _now(stage, c).state is CampaignState.RUNNING
    assert stage.states(c) == {State.ACCEPTED: SIZE - 1, State.REJECTED: 1}
    assert stage.states(b) == {State.PENDING: SIZE}
    assert set(stage.states(a)) <= {State.PENDING, State.ACCEPTED}
    assert sum(stage.states(a).values()) == SIZE
    assert sender.breaker.state == "closed"
    asked_for_b = sum(_of(each) == b.id for each in carrier.asked)
    assert asked_for_b <= 5 * WINDOW, "what was under way whenever the account was opened again"


async def test_bad_credentials_stop_the_account_and_reject_nobody(stage: Stage) -> None:
    both = [_campaign(stage, name) for name in ("one", "two")]
    mended = False

    def rule(_: Submission) -> Outcome:
        return Accepted() if mended else Refused(Scope.ACCOUNT, "101", "bad credentials")

    carrier = Carrier(rule)
    (sender,) = stage.senders({OTHER: carrier}, in_flight=6)
    _hurry(sender)
    async with stage.working([sender]):
        await _until(stage, lambda: len(carrier.asked) >= 10)
        stage.clock.pass_(minutes=5)
        assert sender.breaker.state != "closed"
        assert sender.breaker.reason == "bad credentials"
        assert {_of(each) for each in carrier.asked[-4:]} == {each.id for each in both}
        for each in both:
            assert _now(stage, each).state is CampaignState.RUNNING
            assert stage.states(each) == {State.PENDING: SIZE}
        mended = True

        def sent() -> bool:
            stage.clock.pass_(minutes=1)
            return not any(stage.left(each) for each in both)

        await _until(stage, sent)
    for each in both:
        assert stage.states(each) == {State.ACCEPTED: SIZE}

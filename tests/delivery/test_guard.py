"""The error share: of the latest results, from the latest resume on, with its reasons."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import ReceiptWay, Submission
from outreach.delivery.ending import Deadline
from outreach.delivery.guard import LEAST, Guard, Latest, Results
from outreach.delivery.sweep import Sweep
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.message import Event, State
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope
from outreach.domain.rules import Rules
from outreach.store import campaigns, messages
from outreach.store.campaigns import Campaign
from outreach.store.messages import Change
from outreach.store.tally import Figure, Group
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

_PUSHES, _PULLED = 1, 2

_COMES = st.lists(
    st.tuples(st.integers(0, 150), st.dictionaries(st.sampled_from("abc"), st.integers(0, 150)))
)


@given(_COMES, st.integers(1, 99))
def test_only_the_latest_results_are_judged(
    comes: list[tuple[int, Mapping[str, int]]], percent: int
) -> None:
    latest = Latest()
    for seen in range(len(comes)):
        latest.add(Results(*comes[seen]))
        told = latest.above(percent)
        window = _fewest(comes[: seen + 1])
        bad: Counter[str] = sum((Counter(each) for _, each in window), Counter())
        total = bad.total() + sum(good for good, _ in window)
        assert latest.total == total
        assert (told is not None) == (total >= LEAST and bad.total() / total > percent / 100)
        if told is not None:
            worst = max(bad.values())
            assert f"{bad.total()} of the latest {total}" in told
            assert f": {worst} x " in told


def test_where_the_limits_lie() -> None:
    latest = Latest()
    latest.add(Results(LEAST - 41, {"a": 40}))
    assert latest.above(20) is None  # one result too few
    latest.add(Results(1))
    assert latest.above(20) is None  # as many as allowed, not more
    latest.add(Results(0, {"b": 1}))
    assert latest.above(20) == f"41 of the latest {LEAST + 1} (limit 20 %): 40 x a, 1 x b"
    latest.add(Results(LEAST))
    assert latest.total == LEAST  # what came before is not looked at any more


def _fewest(
    comes: list[tuple[int, Mapping[str, int]]],
) -> list[tuple[int, Mapping[str, int]]]:
    """The shortest end of what came with enough results; all of it where there is none."""
    for start in range(len(comes) - 1, -1, -1):
        end = comes[start:]
        if sum(good + sum(bad.values()) for good, bad in end) >= LEAST:
            return end
    return comes


def _figures(*counts: tuple[State, int, str, int, int]) -> list[Figure]:
    return [
        Figure(Group(1, account, Network.VIETTEL, state, reason, result=result), messages, 0)
        for state, account, reason, result, messages in counts
    ]


def test_answers_and_receipts_are_judged_apart() -> None:
    before = _figures((State.ACCEPTED, _PUSHES, "", 1, 10_000))
    guard = Guard(20, before, frozenset({_PUSHES}))
    taken = _figures(
        (State.ACCEPTED, _PUSHES, "", 1, 9_700),
        (State.DELIVERED, _PUSHES, "", 1, 230),
        (State.UNDELIVERED, _PUSHES, "EXPIRED", 1, 70),
    )
    why = guard.look(taken)
    assert why is not None
    assert "70 of the latest 300 (limit 20 %): 70 x undelivered EXPIRED" in why


def test_what_a_fallback_replaced_and_lumps_of_pulled_failures_are_not_judged() -> None:
    guard = Guard(20, [], frozenset({_PUSHES}))
    assert not guard.look(_figures((State.REJECTED, _PUSHES, "-118", 0, 5_000)))
    assert not guard.look(_figures((State.UNDELIVERED, _PULLED, "9", 1, 5_000)))
    assert guard.look(_figures((State.REJECTED, _PULLED, "9", 1, 5_000)))


def test_reasons_are_told_without_numbers() -> None:
    guard = Guard(20, [], frozenset())
    why = guard.look(_figures((State.REJECTED, _PULLED, "no 84912345678", 1, 5_000)))
    assert why is not None
    assert "84912345678" not in why


def _guarded(stage: Stage, people: int) -> Campaign:
    audience = stage.audience([{"name": "An"}] * people)
    return stage.campaign(audience, SMS_STEPS, rules=Rules(error_percent=20))


async def test_a_campaign_with_too_many_refusals_is_held_with_its_reasons(stage: Stage) -> None:
    def rule(message: Submission) -> Outcome:
        # One in four: every second of one network's.
        bad = int(message.msisdn) % 4 == 1
        return Refused(Scope.RECIPIENT, "105", "blocked") if bad else Accepted()

    campaign, sweep = _guarded(stage, 800), stage.sweep()
    with stage.database.write() as conn:
        sweep.guard(conn)
    await stage.finish(stage.senders({VIETTEL: Carrier(rule), OTHER: Carrier(rule)}), campaign)
    with stage.database.write() as conn:
        sweep.guard(conn)
        held = campaigns.get(conn, campaign.id)
    assert held.state is CampaignState.PAUSED
    assert held.paused_by == "engine"
    assert held.paused_why is not None
    assert "200 of the latest 800 (limit 20 %): 200 x rejected 105 blocked" in held.paused_why
    with stage.database.write() as conn:
        campaigns.act(conn, held, CampaignAction.RESUME, "an", 0, None)  # before the next round
        sweep.guard(conn)
        sweep.guard(conn)  # from the resume on, nothing has come
        assert campaigns.get(conn, campaign.id).state is CampaignState.RUNNING


async def test_fewer_errors_than_allowed_hold_nobody(stage: Stage) -> None:
    campaign, sweep = _guarded(stage, 400), stage.sweep()
    with stage.database.write() as conn:
        sweep.guard(conn)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    with stage.database.write() as conn:
        sweep.guard(conn)
        assert campaigns.get(conn, campaign.id).state is CampaignState.RUNNING


@pytest.mark.parametrize(
    ("way", "state"),
    [
        (ReceiptWay.PUSHED, CampaignState.PAUSED),
        (ReceiptWay.ASKED, CampaignState.PAUSED),
        (ReceiptWay.PULLED, CampaignState.RUNNING),
    ],
)
async def test_bad_receipts_hold_it_where_good_ones_would_be_told_of_too(
    stage: Stage, way: ReceiptWay, state: CampaignState
) -> None:
    campaign = _guarded(stage, LEAST)
    ways = dict.fromkeys((VIETTEL, OTHER), Deadline(timedelta(hours=1), way))
    sweep = Sweep(stage.clock, ways)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    with stage.database.write() as conn:
        sweep.guard(conn)
        ids = conn.exec_driver_sql("SELECT id FROM message").scalars().all()
        messages.apply(conn, [Change(each, Event.UNDELIVERED, "9") for each in ids], 20261120)
        sweep.guard(conn)
        assert campaigns.get(conn, campaign.id).state is state


def test_nothing_is_kept_of_a_look_that_found_nothing() -> None:
    latest = Latest()
    for _ in range(1_000):
        latest.add(Results())
    latest.add(Results(1))
    assert len(latest._came) == 1

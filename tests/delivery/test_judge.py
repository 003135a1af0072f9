"""The verdict on every answer, as a table; and that nothing is ever lost by one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.delivery.judge import History, Policy, Verdict, judge
from outreach.domain.message import Event, State, advance
from outreach.domain.network import Network
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)

POLICY = Policy()
FRESH = History()
LATE = History(attempts=3)


@pytest.mark.parametrize(
    ("outcome", "history", "verdict"),
    [
        (Accepted("r"), FRESH, Verdict(Event.ACCEPT)),
        (Duplicate(), History(was_unknown=True), Verdict(Event.ACCEPT)),
        (
            Duplicate(),
            FRESH,
            Verdict(Event.LOSE, reason="the carrier calls the key a duplicate"),
        ),
        (
            Refused(Scope.RECIPIENT, "21", "no such number"),
            FRESH,
            Verdict(Event.REFUSE, fallback=True, reason="21 no such number"),
        ),
        (
            Refused(Scope.NETWORK, "25", "ported"),
            FRESH,
            Verdict(Event.POSTPONE, reroute=True, new_generation=True, reason="25 ported"),
        ),
        (
            Refused(Scope.NETWORK, "25", "ported"),
            History(rerouted=True),
            Verdict(Event.REFUSE, fallback=True, reason="25 ported"),
        ),
        (
            Refused(Scope.TEXT, "30", "template"),
            FRESH,
            Verdict(
                Event.POSTPONE,
                counts=False,
                new_generation=True,
                stop=Scope.TEXT,
                reason="30 template",
            ),
        ),
        (
            Refused(Scope.TEXT, "30", "template"),
            History(snoozes=3),
            Verdict(Event.REFUSE, fallback=True, reason="30 template"),
        ),
        (
            Refused(Scope.ACCOUNT, "10", "credentials"),
            History(snoozes=3),
            Verdict(
                Event.POSTPONE,
                counts=False,
                wait=timedelta(seconds=40),
                new_generation=True,
                stop=Scope.ACCOUNT,
                reason="10 credentials",
            ),
        ),
        (
            Refused(Scope.ACCOUNT, "10", "credentials"),
            History(snoozes=20),
            Verdict(Event.REFUSE, fallback=True, reason="10 credentials"),
        ),
        (
            Later(timedelta(hours=1), "night"),
            LATE,
            Verdict(Event.POSTPONE, counts=False, wait=timedelta(hours=1), reason="night"),
        ),
        (
            NotSent("refused"),
            FRESH,
            Verdict(Event.POSTPONE, wait=timedelta(seconds=10), elsewhere=True, reason="refused"),
        ),
        (NotSent("refused"), LATE, Verdict(Event.SPEND, fallback=True, reason="refused")),
        (Unknown("silence"), FRESH, Verdict(Event.LOSE, reason="silence")),
        (Unknown("silence"), LATE, Verdict(Event.LOSE, reason="silence")),
        (
            Unknown("silence"),
            History(known_key=True),
            Verdict(Event.POSTPONE, wait=timedelta(seconds=10), reason="silence"),
        ),
        (
            Unknown("silence"),
            History(attempts=3, known_key=True),
            Verdict(Event.LOSE, reason="silence"),
        ),
        (
            NotSent("refused"),
            History(attempts=1, was_unknown=True),
            Verdict(Event.POSTPONE, wait=timedelta(seconds=20), reason="refused"),
        ),
        (
            NotSent("refused"),
            History(attempts=3, was_unknown=True),
            Verdict(Event.LOSE, reason="refused"),
        ),
        (
            Refused(Scope.RECIPIENT, "21", "no such number"),
            History(was_unknown=True),
            Verdict(Event.LOSE, reason="21 no such number"),
        ),
        (
            Refused(Scope.ACCOUNT, "10", "credentials"),
            History(was_unknown=True),
            Verdict(
                Event.POSTPONE,
                counts=False,
                wait=timedelta(seconds=10),
                stop=Scope.ACCOUNT,
                reason="10 credentials",
            ),
        ),
    ],
)
def test_verdicts(outcome: Outcome, history: History, verdict: Verdict) -> None:
    assert judge(outcome, history, POLICY) == verdict


def test_backoff_doubles_and_is_bounded() -> None:
    waits = [POLICY.backoff(n).total_seconds() for n in (1, 2, 3, 30)]
    assert waits == [10, 20, 40, 600]


OUTCOMES = st.one_of(
    st.just(Accepted()),
    st.just(Duplicate()),
    st.builds(Refused, st.sampled_from(Scope), st.text(max_size=90), st.text(max_size=90),
              st.sampled_from(Network)),
    st.builds(Later, st.timedeltas(timedelta(0), timedelta(days=30)), st.text(max_size=9)),
    st.builds(NotSent, st.text(max_size=9)),
    st.builds(Unknown, st.text(max_size=9)),
)  # fmt: skip
HISTORIES = st.builds(History, st.integers(0, 9), st.integers(0, 30), st.booleans(), st.booleans())


@given(OUTCOMES, HISTORIES)
def test_an_unknown_never_goes_elsewhere_and_a_postponed_message_stays_pending(
    outcome: Outcome, history: History
) -> None:
    verdict = judge(outcome, history, POLICY)
    assert isinstance(advance(State.PENDING, verdict.event), State)
    if verdict.event is Event.LOSE:
        assert not verdict.fallback
        assert not verdict.elsewhere
        assert not verdict.reroute
    if verdict.fallback:
        assert verdict.event in {Event.REFUSE, Event.SPEND}
    if verdict.new_generation:
        assert isinstance(outcome, Refused)

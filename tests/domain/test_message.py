"""Every state meets every event; the order of receipts does not show in the end."""

from collections.abc import Iterable
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.message import Event, Move, State, advance

S, E = State, Event

RECEIPTS = [E.DELIVERED, E.UNDELIVERED, E.ENROUTE, E.REFUSED]

MOVES = {
    (S.PENDING, E.ACCEPT): S.ACCEPTED,
    (S.PENDING, E.REFUSE): S.REJECTED,
    (S.PENDING, E.SPEND): S.FAILED,
    (S.PENDING, E.LOSE): S.UNKNOWN,
    (S.PENDING, E.POSTPONE): S.PENDING,
    (S.PENDING, E.EXPIRE): S.EXPIRED,
    (S.PENDING, E.CANCEL): S.CANCELLED,
    (S.PENDING, E.SUPPRESS): S.SUPPRESSED,
    (S.ACCEPTED, E.DELIVERED): S.DELIVERED,
    (S.ACCEPTED, E.UNDELIVERED): S.UNDELIVERED,
    (S.ACCEPTED, E.REFUSED): S.UNDELIVERED,
    (S.ACCEPTED, E.DEADLINE): S.UNCONFIRMED,
    (S.UNKNOWN, E.ACCEPT): S.ACCEPTED,
    (S.UNKNOWN, E.REFUSE): S.REJECTED,
    (S.UNKNOWN, E.DELIVERED): S.DELIVERED,
    (S.UNKNOWN, E.UNDELIVERED): S.UNDELIVERED,
    (S.UNKNOWN, E.ENROUTE): S.ACCEPTED,
    (S.UNKNOWN, E.REFUSED): S.UNDELIVERED,
    (S.UNKNOWN, E.DEADLINE): S.UNCONFIRMED,
    (S.UNCONFIRMED, E.DELIVERED): S.DELIVERED,
    (S.UNCONFIRMED, E.UNDELIVERED): S.UNDELIVERED,
    (S.UNCONFIRMED, E.REFUSED): S.UNDELIVERED,
}


@pytest.mark.parametrize(("state", "event"), [*product(S, E)])
def test_every_pair_is_decided(state: State, event: Event) -> None:
    told = advance(state, event)
    if (state, event) in MOVES:
        assert told is MOVES[state, event]
    else:
        assert isinstance(told, Move)


@pytest.mark.parametrize(("state", "event"), [*product(S, RECEIPTS)])
def test_a_receipt_waits_only_for_the_answer(state: State, event: Event) -> None:
    assert (advance(state, event) is Move.WAIT) is (state is S.PENDING)


@pytest.mark.parametrize(("state", "event"), [*product(S, E)])
def test_what_was_just_said_changes_nothing_when_repeated(state: State, event: Event) -> None:
    reached = advance(state, event)
    if isinstance(reached, State) and reached is not S.PENDING:
        assert advance(reached, event) is Move.NONE


def settle(events: Iterable[Event], state: State) -> State:
    """Apply events one after the other, as the inbox does."""
    for event in events:
        told = advance(state, event)
        state = told if isinstance(told, State) else state
    return state


AGREEING = [
    {E.ENROUTE, E.DELIVERED},
    {E.ENROUTE, E.UNDELIVERED},
    {E.ENROUTE, E.UNDELIVERED, E.REFUSED},  # two words for "did not arrive"
    {E.ENROUTE, E.DELIVERED, E.DEADLINE},
    {E.ENROUTE, E.UNDELIVERED, E.DEADLINE},
]


@pytest.mark.parametrize("words", AGREEING, ids=lambda words: "+".join(sorted(words)))
@given(data=st.data())
def test_order_and_repetition_of_receipts_do_not_matter(
    words: set[Event], data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(sorted(words)), max_size=6))
    order = data.draw(st.permutations([*sorted(words), *repeated]))
    assert settle(order, S.ACCEPTED) is settle(sorted(words), S.ACCEPTED)


@pytest.mark.parametrize(
    "words",
    [{E.ENROUTE, E.DELIVERED}, {E.ENROUTE, E.UNDELIVERED}, {E.ENROUTE, E.UNDELIVERED, E.REFUSED}],
)
def test_a_receipt_may_overtake_the_answer_after_a_time_out(words: set[Event]) -> None:
    ends = {settle(order, S.UNKNOWN) for order in permutations({*words, E.ACCEPT})}
    assert len(ends) == 1


@given(
    st.lists(st.sampled_from([*RECEIPTS, E.DEADLINE])),
    st.sampled_from([S.DELIVERED, S.UNDELIVERED, S.REJECTED]),
)
def test_the_first_final_word_stays(events: list[Event], final: State) -> None:
    assert settle(events, final) is final


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (S.DELIVERED, E.UNDELIVERED),
        (S.UNDELIVERED, E.DELIVERED),
        (S.REJECTED, E.DELIVERED),
        (S.CANCELLED, E.DELIVERED),
    ],
)
def test_a_contradiction_is_called_one(state: State, event: Event) -> None:
    assert advance(state, event) is Move.CONTRADICTION


def test_only_what_never_left_returns_to_pending() -> None:
    back = {pair for pair, target in MOVES.items() if target is S.PENDING}
    assert back == {(S.PENDING, E.POSTPONE)}


def test_closed_means_nothing_more_to_do_by_us() -> None:
    assert [state for state in S if not state.closed] == [S.PENDING]


def test_numbers_are_what_tables_hold() -> None:
    assert {state.label: int(state) for state in S} == {
        "pending": 0,
        "accepted": 1,
        "delivered": 2,
        "undelivered": 3,
        "unconfirmed": 4,
        "rejected": 5,
        "failed": 6,
        "unknown": 7,
        "expired": 8,
        "cancelled": 9,
        "suppressed": 10,
    }

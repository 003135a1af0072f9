"""Every action on every state of an order and of a carrier's part, and by every role."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.campaign import Role
from outreach.domain.errors import NotAllowedError
from outreach.domain.order import (
    OrderAction,
    OrderState,
    PartAction,
    PartState,
    moved,
    part_moved,
    permit,
)

S, A, P, B, R = OrderState, OrderAction, PartState, PartAction, Role

MOVES = {
    (S.DRAFT, A.EDIT): S.DRAFT,
    (S.AWAITING_APPROVAL, A.EDIT): S.DRAFT,
    (S.DRAFT, A.SUBMIT): S.AWAITING_APPROVAL,
    (S.AWAITING_APPROVAL, A.APPROVE): S.ORDERED,
    (S.DRAFT, A.CANCEL): S.CANCELLED,
    (S.AWAITING_APPROVAL, A.CANCEL): S.CANCELLED,
    (S.ORDERED, A.CANCEL): S.CANCELLED,
}
PART_MOVES = {
    (P.PENDING, B.ISSUE): P.ORDERED,
    (P.ORDERED, B.CONFIRM): P.CONFIRMED,
    (P.ORDERED, B.SEND): P.SENT,
    (P.CONFIRMED, B.SEND): P.SENT,
    (P.ORDERED, B.REPORT): P.REPORTED,
    (P.CONFIRMED, B.REPORT): P.REPORTED,
    (P.SENT, B.REPORT): P.REPORTED,
    (P.REPORTED, B.REPORT): P.REPORTED,
}
MAY = {
    A.EDIT: {R.OPERATOR},
    A.SUBMIT: {R.OPERATOR},
    A.APPROVE: {R.APPROVER},
    A.CANCEL: {R.OPERATOR, R.ADMIN},
    B.ISSUE: {R.OPERATOR},
    B.CONFIRM: {R.OPERATOR},
    B.SEND: {R.OPERATOR},
    B.REPORT: set[Role](),
}


@pytest.mark.parametrize(("state", "action"), [*product(S, A)])
def test_every_action_on_every_state(state: OrderState, action: OrderAction) -> None:
    if (state, action) in MOVES:
        assert moved(state, action) is MOVES[state, action]
        return
    with pytest.raises(NotAllowedError, match=f"cannot {action} an order that is {state}"):
        moved(state, action)


@pytest.mark.parametrize(("state", "action"), [*product(P, B)])
def test_every_action_on_every_state_of_a_part(state: PartState, action: PartAction) -> None:
    if (state, action) in PART_MOVES:
        assert part_moved(state, action) is PART_MOVES[state, action]
        return
    with pytest.raises(NotAllowedError, match=f"cannot {action} a carrier's part that is {state}"):
        part_moved(state, action)


@pytest.mark.parametrize(("role", "action"), [*product(R, [*A, *B])])
def test_every_role_for_every_action(role: Role, action: OrderAction | PartAction) -> None:
    if role in MAY[action]:
        permit(role, action)
        return
    who = " or ".join(sorted(MAY[action])) or "a statement alone"
    with pytest.raises(NotAllowedError, match=f"role {role} may not {action} an order; {who} may"):
        permit(role, action)


@given(st.lists(st.sampled_from(PartAction)))
def test_a_part_goes_forward_only(actions: list[PartAction]) -> None:
    """Whatever is tried, in any order: never back, and never past the letter without one."""
    order, state = [*PartState], PartState.PENDING
    tried: list[PartAction] = []
    for action in actions:
        tried.append(action)
        try:
            after = part_moved(state, action)
        except NotAllowedError:
            continue
        assert order.index(after) >= order.index(state)
        state = after
    assert (state is PartState.PENDING) == (PartAction.ISSUE not in tried)


@given(st.lists(st.sampled_from(OrderAction)))
def test_nothing_is_ordered_that_nobody_approved(actions: list[OrderAction]) -> None:
    state = OrderState.DRAFT
    for action in actions:
        before = state
        try:
            state = moved(state, action)
        except NotAllowedError:
            continue
        if state is OrderState.ORDERED:
            assert (before, action) == (OrderState.AWAITING_APPROVAL, OrderAction.APPROVE)
        assert before is not OrderState.CANCELLED

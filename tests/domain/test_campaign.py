"""Every action on every state by every role."""

from itertools import product

import pytest

from outreach.domain.campaign import (
    CampaignAction,
    CampaignState,
    Role,
    approval_hash,
    moved,
    permit,
)
from outreach.domain.errors import NotAllowedError

S, A, R = CampaignState, CampaignAction, Role

MOVES = {
    (S.DRAFT, A.EDIT): S.DRAFT,
    (S.AWAITING_APPROVAL, A.EDIT): S.DRAFT,
    (S.SCHEDULED, A.EDIT): S.DRAFT,
    (S.DRAFT, A.SUBMIT): S.AWAITING_APPROVAL,
    (S.AWAITING_APPROVAL, A.APPROVE): S.SCHEDULED,
    (S.SCHEDULED, A.START): S.RUNNING,
    (S.RUNNING, A.PAUSE): S.PAUSED,
    (S.PAUSED, A.RESUME): S.RUNNING,
    (S.DRAFT, A.CANCEL): S.CANCELLED,
    (S.AWAITING_APPROVAL, A.CANCEL): S.CANCELLED,
    (S.SCHEDULED, A.CANCEL): S.CANCELLED,
    (S.RUNNING, A.CANCEL): S.CANCELLED,
    (S.PAUSED, A.CANCEL): S.CANCELLED,
    (S.RUNNING, A.AMEND): S.PAUSED,
    (S.PAUSED, A.AMEND): S.PAUSED,
    (S.RUNNING, A.FINISH): S.FINISHED,
    (S.PAUSED, A.FINISH): S.FINISHED,
    (S.FINISHED, A.SETTLE): S.SETTLED,
}
MAY = {
    A.EDIT: {R.OPERATOR},
    A.SUBMIT: {R.OPERATOR},
    A.APPROVE: {R.APPROVER},
    A.START: {R.OPERATOR},
    A.PAUSE: {R.OPERATOR, R.APPROVER, R.ADMIN},
    A.RESUME: {R.OPERATOR},
    A.CANCEL: {R.OPERATOR, R.ADMIN},
    A.AMEND: {R.OPERATOR},
    A.FINISH: set[Role](),
    A.SETTLE: set[Role](),
}


@pytest.mark.parametrize(("state", "action"), [*product(S, A)])
def test_every_action_on_every_state(state: CampaignState, action: CampaignAction) -> None:
    if (state, action) in MOVES:
        assert moved(state, action) is MOVES[state, action]
        return
    with pytest.raises(NotAllowedError, match=f"cannot {action} a campaign that is {state}"):
        moved(state, action)


@pytest.mark.parametrize(("role", "action"), [*product(R, A)])
def test_every_role_for_every_action(role: Role, action: CampaignAction) -> None:
    if role in MAY[action]:
        permit(role, action)
        return
    who = " or ".join(sorted(MAY[action])) or "the engine alone"
    with pytest.raises(NotAllowedError, match=f"role {role} may not {action} .*; {who} may"):
        permit(role, action)


def test_nobody_both_writes_and_approves() -> None:
    assert not MAY[A.SUBMIT] & MAY[A.APPROVE]


def test_an_ended_campaign_stays_ended() -> None:
    assert not [pair for pair in MOVES if pair[0] in {S.SETTLED, S.CANCELLED}]


PLAN = {"audience": 3, "template": "c0ffee", "window": "07:00-22:00", "ceiling": "1000000"}


def test_an_approval_covers_the_plan_whatever_its_order() -> None:
    assert approval_hash(PLAN) == approval_hash(dict(reversed(PLAN.items())))


@pytest.mark.parametrize("field", [*PLAN])
def test_any_change_voids_the_approval(field: str) -> None:
    assert approval_hash(PLAN) != approval_hash({**PLAN, field: "another"})

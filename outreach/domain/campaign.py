"""The life of a campaign: who may move it where, and what an approval covers."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum

from outreach.domain.errors import NotAllowedError


class CampaignState(StrEnum):
    """Where a campaign is."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class CampaignAction(StrEnum):
    """What a person or the engine does to a campaign."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    AMEND = "amend"
    FINISH = "finish"
    SETTLE = "settle"


class Role(StrEnum):
    """What a user may do; each does only its own."""

    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"
    CARRIER = "carrier"
    """A carrier's program, which hands in that carrier's monthly figures and sees nothing else."""


_S, _A = CampaignState, CampaignAction
_BEFORE_RUNNING = (_S.DRAFT, _S.AWAITING_APPROVAL, _S.SCHEDULED)

_TABLE: dict[CampaignAction, dict[CampaignState, CampaignState]] = {
    _A.EDIT: dict.fromkeys(_BEFORE_RUNNING, _S.DRAFT),
    _A.SUBMIT: {_S.DRAFT: _S.AWAITING_APPROVAL},
    _A.APPROVE: {_S.AWAITING_APPROVAL: _S.SCHEDULED},
    _A.START: {_S.SCHEDULED: _S.RUNNING},
    _A.PAUSE: {_S.RUNNING: _S.PAUSED},
    _A.RESUME: {_S.PAUSED: _S.RUNNING},
    _A.CANCEL: dict.fromkeys((*_BEFORE_RUNNING, _S.RUNNING, _S.PAUSED), _S.CANCELLED),
    _A.AMEND: dict.fromkeys((_S.RUNNING, _S.PAUSED), _S.PAUSED),
    _A.FINISH: dict.fromkeys((_S.RUNNING, _S.PAUSED), _S.FINISHED),
    _A.SETTLE: {_S.FINISHED: _S.SETTLED},
}

_ROLES: dict[CampaignAction, frozenset[Role]] = {
    _A.EDIT: frozenset({Role.OPERATOR}),
    _A.SUBMIT: frozenset({Role.OPERATOR}),
    _A.APPROVE: frozenset({Role.APPROVER}),
    _A.START: frozenset({Role.OPERATOR}),
    _A.PAUSE: frozenset({Role.OPERATOR, Role.APPROVER, Role.ADMIN}),
    _A.RESUME: frozenset({Role.OPERATOR}),
    _A.CANCEL: frozenset({Role.OPERATOR, Role.ADMIN}),
    _A.AMEND: frozenset({Role.OPERATOR}),
}


def moved(state: CampaignState, action: CampaignAction) -> CampaignState:
    """Say where an action takes a campaign; NotAllowedError where it is not open to it."""
    target = _TABLE[action].get(state)
    if target is None:
        possible = ", ".join(_TABLE[action])
        raise NotAllowedError(
            f"cannot {action} a campaign that is {state}; it must be one of: {possible}"
        )
    return target


def permit(role: Role, action: CampaignAction) -> None:
    """Refuse an action that is not the role's; NotAllowedError names who may."""
    allowed = _ROLES.get(action, frozenset())
    if role not in allowed:
        who = " or ".join(sorted(allowed)) or "the engine alone"
        raise NotAllowedError(f"a user with role {role} may not {action} a campaign; {who} may")


def approval_hash(plan: Mapping[str, object]) -> str:
    """Bind an approval to everything it covers; any later change gives another hash."""
    canonical = json.dumps(plan, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

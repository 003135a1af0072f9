"""The life of an order: what carriers are asked to send to their own subscribers, and who may."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from outreach.domain.campaign import Role
from outreach.domain.errors import NotAllowedError

S = TypeVar("S", "OrderState", "PartState")


class OrderState(StrEnum):
    """Where an order is."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    ORDERED = "ordered"
    """Approved: the letters may go."""
    CANCELLED = "cancelled"


class OrderAction(StrEnum):
    """What a person does to an order."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    CANCEL = "cancel"


class PartState(StrEnum):
    """How far one carrier is with an order."""

    PENDING = "pending"
    ORDERED = "ordered"
    CONFIRMED = "confirmed"
    SENT = "sent"
    REPORTED = "reported"


class PartAction(StrEnum):
    """What moves a carrier's part: our letter, its word, its figures."""

    ISSUE = "issue"
    CONFIRM = "confirm"
    SEND = "send"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Words:
    """The text of an order in both spellings; they are equal where it needs no accents."""

    accented: str
    plain: str


_O, _A, _P, _B = OrderState, OrderAction, PartState, PartAction
_UNAPPROVED = (_O.DRAFT, _O.AWAITING_APPROVAL)

_ORDERS: dict[OrderAction, dict[OrderState, OrderState]] = {
    _A.EDIT: dict.fromkeys(_UNAPPROVED, _O.DRAFT),
    _A.SUBMIT: {_O.DRAFT: _O.AWAITING_APPROVAL},
    _A.APPROVE: {_O.AWAITING_APPROVAL: _O.ORDERED},
    _A.CANCEL: dict.fromkeys((*_UNAPPROVED, _O.ORDERED), _O.CANCELLED),
}

_PARTS: dict[PartAction, dict[PartState, PartState]] = {
    _B.ISSUE: {_P.PENDING: _P.ORDERED},
    _B.CONFIRM: {_P.ORDERED: _P.CONFIRMED},
    _B.SEND: dict.fromkeys((_P.ORDERED, _P.CONFIRMED), _P.SENT),  # some never confirm
    _B.REPORT: dict.fromkeys((_P.ORDERED, _P.CONFIRMED, _P.SENT, _P.REPORTED), _P.REPORTED),
}

_ROLES: dict[OrderAction | PartAction, frozenset[Role]] = {
    _A.EDIT: frozenset({Role.OPERATOR}),
    _A.SUBMIT: frozenset({Role.OPERATOR}),
    _A.APPROVE: frozenset({Role.APPROVER}),
    _A.CANCEL: frozenset({Role.OPERATOR, Role.ADMIN}),
    _B.ISSUE: frozenset({Role.OPERATOR}),
    _B.CONFIRM: frozenset({Role.OPERATOR}),
    _B.SEND: frozenset({Role.OPERATOR}),
}


def moved(state: OrderState, action: OrderAction) -> OrderState:
    """Say where an action takes an order; NotAllowedError where it is not open to it."""
    return _target(_ORDERS[action], state, f"{action} an order")


def part_moved(state: PartState, action: PartAction) -> PartState:
    """Say where an action takes a carrier's part; NotAllowedError where it is not open to it."""
    return _target(_PARTS[action], state, f"{action} a carrier's part")


def permit(role: Role, action: OrderAction | PartAction) -> None:
    """Refuse an action that is not the role's; NotAllowedError names who may."""
    allowed = _ROLES.get(action, frozenset())
    if role not in allowed:
        who = " or ".join(sorted(allowed)) or "a statement alone"
        raise NotAllowedError(f"a user with role {role} may not {action} an order; {who} may")


def _target(moves: Mapping[S, S], state: S, deed: str) -> S:
    target = moves.get(state)
    if target is None:
        raise NotAllowedError(
            f"cannot {deed} that is {state}; it must be one of: {', '.join(moves)}"
        )
    return target

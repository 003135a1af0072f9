"""The states of a message, and the only table by which they move."""

from enum import IntEnum, StrEnum


class State(IntEnum):
    """Where a message is; the number is what tables store."""

    PENDING = 0
    ACCEPTED = 1
    DELIVERED = 2
    UNDELIVERED = 3
    UNCONFIRMED = 4
    REJECTED = 5
    FAILED = 6
    UNKNOWN = 7
    EXPIRED = 8
    CANCELLED = 9
    SUPPRESSED = 10

    @property
    def label(self) -> str:
        """The name as status, export and report print it."""
        return self.name.lower()

    @property
    def closed(self) -> bool:
        """True when nothing more is to be done for the message by us (a receipt may still come)."""
        return self is not State.PENDING

    @property
    def in_vain(self) -> bool:
        """True when the message has ended, and nobody has it by it."""
        return self in NOT_REACHED or self in {State.CANCELLED, State.SUPPRESSED}


NOT_REACHED = (State.UNDELIVERED, State.REJECTED, State.FAILED, State.EXPIRED)
"""Results after which nobody has the message, and it may be sent to them again."""


class Event(StrEnum):
    """What can happen to a message."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    SPEND = "spend"  # our last attempt certainly did not leave
    LOSE = "lose"  # it may have left
    POSTPONE = "postpone"  # snooze or backoff
    EXPIRE = "expire"
    CANCEL = "cancel"
    SUPPRESS = "suppress"
    DELIVERED = "receipt: delivered"
    UNDELIVERED = "receipt: undelivered"
    ENROUTE = "receipt: taken, under way"
    REFUSED = "receipt: refused"
    DEADLINE = "receipt deadline passed"

    @property
    def is_receipt(self) -> bool:
        """Whether it is a carrier's later word."""
        return self in _RECEIPTS


class Move(StrEnum):
    """Why an event does not change a state."""

    NONE = "nothing to do"
    WAIT = "too early: ask again when the answer is recorded"
    STALE = "about an earlier submission, which was refused"
    CONTRADICTION = "against the final word; the first one stays"


_S, _E = State, Event
_RECEIPTS = frozenset({_E.DELIVERED, _E.UNDELIVERED, _E.ENROUTE, _E.REFUSED})

_TABLE: dict[State, dict[Event, State]] = {
    _S.PENDING: {
        _E.ACCEPT: _S.ACCEPTED,
        _E.REFUSE: _S.REJECTED,
        _E.SPEND: _S.FAILED,
        _E.LOSE: _S.UNKNOWN,
        _E.POSTPONE: _S.PENDING,
        _E.EXPIRE: _S.EXPIRED,
        _E.CANCEL: _S.CANCELLED,
        _E.SUPPRESS: _S.SUPPRESSED,
    },
    _S.ACCEPTED: {
        _E.DELIVERED: _S.DELIVERED,
        _E.UNDELIVERED: _S.UNDELIVERED,
        _E.REFUSED: _S.UNDELIVERED,
        _E.DEADLINE: _S.UNCONFIRMED,
    },
    _S.UNKNOWN: {
        _E.ACCEPT: _S.ACCEPTED,
        _E.REFUSE: _S.REJECTED,
        _E.DELIVERED: _S.DELIVERED,
        _E.UNDELIVERED: _S.UNDELIVERED,
        _E.ENROUTE: _S.ACCEPTED,
        _E.REFUSED: _S.UNDELIVERED,  # as from ACCEPTED, so that the order of receipts is one
        _E.DEADLINE: _S.UNCONFIRMED,
    },
    _S.UNCONFIRMED: {
        _E.DELIVERED: _S.DELIVERED,
        _E.UNDELIVERED: _S.UNDELIVERED,
        _E.REFUSED: _S.UNDELIVERED,
    },
}


def advance(state: State, event: Event) -> State | Move:
    """Say where an event takes a message, or why it stays.

    Defined for every pair: a repeated word is nothing to do, a receipt that overtakes the
    answer waits, anything else against a closed message contradicts it.
    """
    target = _TABLE.get(state, {}).get(event)
    if target is not None:
        return target
    if state is _S.PENDING and event in _RECEIPTS:
        return Move.WAIT
    if _repeats(state, event):
        return Move.NONE
    return Move.CONTRADICTION


def _repeats(state: State, event: Event) -> bool:
    """Whether the event says no more than the state already does."""
    return event in _SAID_BY.get(state, frozenset())


_EARLIER = frozenset({_E.ACCEPT, _E.LOSE, _E.POSTPONE, _E.ENROUTE, _E.DEADLINE})
_SAID_BY: dict[State, frozenset[Event]] = {
    _S.ACCEPTED: frozenset({_E.ACCEPT, _E.LOSE, _E.ENROUTE}),
    _S.DELIVERED: _EARLIER | {_E.DELIVERED},
    _S.UNDELIVERED: _EARLIER | {_E.UNDELIVERED, _E.REFUSED, _E.REFUSE},
    _S.UNCONFIRMED: _EARLIER,
    _S.REJECTED: frozenset({_E.REFUSE, _E.REFUSED, _E.UNDELIVERED, _E.DEADLINE}),
    _S.FAILED: frozenset({_E.SPEND, _E.DEADLINE}),
    _S.UNKNOWN: frozenset({_E.LOSE}),
    _S.EXPIRED: frozenset({_E.EXPIRE, _E.DEADLINE}),
    _S.CANCELLED: frozenset({_E.CANCEL, _E.DEADLINE}),
    _S.SUPPRESSED: frozenset({_E.SUPPRESS, _E.DEADLINE}),
}

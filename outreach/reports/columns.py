"""The columns of every report: each message stands in exactly one, and what each is called."""

from collections.abc import Set as AbstractSet
from enum import StrEnum

from outreach.domain.message import State
from outreach.domain.network import Channel


class Column(StrEnum):
    """Where a report counts a message; the value is the name in JSON."""

    DELIVERED = "delivered"
    NO_FAILURE = "accepted_no_failure_reported"
    AWAITING = "awaiting_receipt"
    UNDELIVERED = "undelivered"
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    PENDING = "pending"

    @property
    def vi(self) -> str:
        """The column's heading in Vietnamese."""
        return _TITLES[self]


_C = Column
_TITLES = {
    _C.DELIVERED: "Đã chuyển",
    _C.NO_FAILURE: "Đã nhận, không báo lỗi",
    _C.AWAITING: "Chờ biên nhận",
    _C.UNDELIVERED: "Không chuyển được",
    _C.UNCONFIRMED: "Quá hạn biên nhận",
    _C.UNKNOWN: "Chưa rõ đã gửi",
    _C.REJECTED: "Bị từ chối",
    _C.FAILED: "Không gửi đi được",
    _C.EXPIRED: "Hết hạn gửi",
    _C.CANCELLED: "Đã hủy",
    _C.SUPPRESSED: "Không được nhắn",
    _C.PENDING: "Chưa gửi",
}

REACHED = frozenset({_C.DELIVERED, _C.NO_FAILURE})
"""The best that a carrier tells of a message: where it sends no receipts, no failure."""

TAKEN = frozenset({_C.DELIVERED, _C.NO_FAILURE, _C.AWAITING, _C.UNDELIVERED, _C.UNCONFIRMED})
"""A carrier took the message."""

SENT = TAKEN | {_C.UNKNOWN, _C.REJECTED}
"""The message was said to a carrier, or may have been; FAILED certainly did not leave."""

BILLED = TAKEN | {_C.UNKNOWN}
"""A carrier may ask money for the message: unknown is counted, for the worst case."""

_STATES = {
    **{State(state): _C(state.label).vi for state in State if state is not State.ACCEPTED},
    State.ACCEPTED: "Nhà mạng đã nhận",
}


def column_of(state: State, account: int, pushed: AbstractSet[int]) -> Column:
    """Name the column; `pushed` are the accounts whose carrier calls back with receipts.

    Where no receipt ever comes, an accepted message has no failure reported and stays so.
    """
    if state is State.ACCEPTED:
        return Column.AWAITING if account in pushed else Column.NO_FAILURE
    return Column(state.label)


def state_title(state: State) -> str:
    """A state in Vietnamese, where it is not known whether receipts come."""
    return _STATES[state]


def channel_title(channel: Channel | None) -> str:
    """A channel in Vietnamese; None is a message that no account was found for."""
    return {Channel.SMS: "SMS", Channel.ZALO: "Zalo", None: "Không có tuyến"}[channel]

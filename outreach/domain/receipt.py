"""The carrier's later word about a message."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from outreach.domain.message import Event
from outreach.domain.network import Network


class Status(IntEnum):
    """What a receipt says, in our words; the number is what tables store."""

    OTHER = 0  # an unlisted code: stored and counted, moves nothing
    DELIVERED = 1
    UNDELIVERED = 2
    ENROUTE = 3
    REFUSED = 4

    @property
    def event(self) -> Event | None:
        """The event it is for the message; None when it moves nothing."""
        return _EVENTS.get(self)


_EVENTS = {
    Status.DELIVERED: Event.DELIVERED,
    Status.UNDELIVERED: Event.UNDELIVERED,
    Status.ENROUTE: Event.ENROUTE,
    Status.REFUSED: Event.REFUSED,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One word about one message, found by our key or, failing that, the carrier's reference.

    `at` is the carrier's time of the event, aware; None when it gives none. A pulled list of
    failures may know neither key nor reference, only the number.
    """

    status: Status
    key: str | None = None
    reference: str | None = None
    msisdn: str | None = None
    code: str | None = None
    at: datetime | None = None
    network: Network | None = None
    """The one that the carrier says the number is on, if it says."""

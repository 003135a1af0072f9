"""The six answers that a submission can have."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from outreach.domain.network import Network
from outreach.domain.reach import Reach


class Scope(StrEnum):
    """What a refusal is about: it decides who stops."""

    RECIPIENT = "recipient"
    NETWORK = "network"
    TEXT = "text"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Taken; the reference is the carrier's own id, where it gives one."""

    reference: str | None = None
    parts: tuple[str, ...] = ()
    """The id of each part in order, where a long text was taken in several."""
    network: Network | None = None
    """The one that the carrier says the number is on, if it says."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """That key was taken before."""

    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A definite no: nothing was sent."""

    scope: Scope
    code: str
    reason: str
    network: Network | None = None
    """The one that the carrier says the number is on, if it says."""
    reach: Reach | None = None
    """What the refusal tells of the person and the channel, beyond this message."""


@dataclass(frozen=True, slots=True)
class Later:
    """Throttle, quota, night, top-up: nothing was sent and no attempt is counted."""

    wait: timedelta
    reason: str
    throttled: bool = False
    """True when the carrier said that we go too fast."""
    account: bool = False
    """True when it is so for the whole account: money, quota, night."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly did not leave this machine."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have been sent: never again on its own."""

    reason: str


Outcome = Accepted | Duplicate | Refused | Later | NotSent | Unknown

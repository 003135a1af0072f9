"""A list on its way, what its carrier says of it, and when those meet who are too few for one."""

import zlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from outreach.carriers.base import Submission
from outreach.domain.outcome import Later, Outcome, Refused, Scope
from outreach.store.work import Ticket

GATHERED_EVERY = timedelta(minutes=1)
"""How often those meet who are too few for a list."""


def meet_at(now_ms: int, alike: Hashable) -> int:
    """The next moment (ms) at which messages that are alike meet: the same for all of them.

    Each kind has its own, or else a claim would be of some of each and of no kind enough. It is
    reckoned from what they have in common, so that it is the same in every process.
    """
    every = int(GATHERED_EVERY.total_seconds() * 1000)
    its = zlib.crc32(repr(alike).encode()) % every
    return now_ms + every - (now_ms - its) % every


@dataclass(frozen=True, slots=True)
class Member:
    """One message of a list, as it is said to the carrier."""

    ticket: Ticket
    submission: Submission

    @property
    def parts(self) -> int:
        """Billed parts."""
        return self.submission.content.parts


@dataclass(frozen=True, slots=True)
class Listed:
    """Messages that go together, and the key under which they go."""

    key: str
    members: Sequence[Member]

    @property
    def messages(self) -> list[int]:
        """Their ids."""
        return [each.ticket.message for each in self.members]


@dataclass(frozen=True, slots=True)
class Said:
    """What a carrier said of a list: of each, and whether that is one word for all."""

    outcomes: Sequence[Outcome]
    for_all: bool
    at: int
    took_ms: int

    @property
    def of_one(self) -> bool:
        """Whether it can be about one of several only, so that nothing of the list was taken."""
        if not self.for_all or len(self.outcomes) == 1:
            return False
        match self.outcomes[0]:
            case Refused(scope=scope):
                return scope in {Scope.RECIPIENT, Scope.NETWORK}
            case Later(throttled=throttled, account=account):
                return not throttled and not account
            case _:
                return False

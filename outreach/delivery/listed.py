"""A list on its way, and what its carrier says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.carriers.base import Submission
from outreach.domain.outcome import Later, Outcome, Refused, Scope
from outreach.store.work import Ticket


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

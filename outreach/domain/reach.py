"""What carriers tell of a person and a channel, beyond the fate of one message."""

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """Whether a channel leads to a person."""

    OPEN = "open"
    ABSENT = "absent"  # no account there; people get one, so it is not believed for ever
    REFUSES = "refuses"  # wants nothing from us by this channel, until said otherwise


@dataclass(frozen=True, slots=True)
class Lesson:
    """One thing learned of one person, known by number, by the carrier's own id, or by both.

    With both, the id is the number's from now on. `reach` None leaves what is known of it.
    """

    msisdn: str | None = None
    address: str | None = None
    reach: Reach | None = None

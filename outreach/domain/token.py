"""What a connector keeps between calls."""

from dataclasses import dataclass, field
from datetime import datetime


class BusyError(Exception):
    """Nobody was asked for tokens, as the turn to ask for them was not to be had; it says why."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, the single-use token that renews it, and the end of the first (UTC)."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires: datetime

    def differs(self, other: "Tokens | None") -> bool:
        """Whether the access token is another one; the end is kept less exactly than it is told."""
        return other is None or self.access != other.access

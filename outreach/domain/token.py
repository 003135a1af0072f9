"""What a connector keeps between calls."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, the single-use token that renews it, and the end of the first (UTC)."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires: datetime

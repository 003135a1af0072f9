"""How a campaign goes about its sending: what is asked beside words, audience and routes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

EVERYBODY = (0, 1000)


class Priority(StrEnum):
    """How a campaign stands to the others on the same account."""

    NORMAL = "normal"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Cap:
    """How often one number may be written to, over all campaigns."""

    messages: int
    days: int


@dataclass(frozen=True, slots=True)
class Rules:
    """All of it is approved with the campaign; the defaults ask for nothing."""

    starts_at: int | None = None
    """Not before this moment (ms, UTC)."""
    holidays: bool = False
    """True where it may send on public holidays too."""
    priority: Priority = Priority.NORMAL
    share: tuple[int, int] = EVERYBODY
    """Which of a thousand equal shares of the audience it addresses: first, and one past the last.
    """
    pilot: int = 0
    """So many of a thousand recipients go first; then the campaign is held for a look. 0: none."""
    budget: int | None = None
    """The spending ceiling, đồng: nothing leaves that would go beyond it."""
    rate: int | None = None
    """Messages a minute at most, over all accounts."""
    ramp_minutes: int = 0
    """Over so many minutes the pace rises from a twentieth to its full height."""
    error_percent: int | None = None
    """Held when more than this share of the latest results are failures."""
    fallback_hours: int | None = None
    """The next channel takes over where nothing was delivered so many hours after acceptance."""
    waves: int = 0
    """Reminders to those not reached, each a campaign of its own."""
    wave_days: int = 7
    """Days between the end of one wave and the begin of the next."""
    skips_registered: bool = False
    """Nothing is sent to people of whom we know that they have the app; the texts say so."""

    def __post_init__(self) -> None:
        """Refuse figures that mean nothing; ValueError names the field and what was expected."""
        first, end = self.share
        _within("share", first, 0, 999)
        _within("share", end, first + 1, 1000)
        _within("pilot", self.pilot, 0, 999)
        _within("ramp_minutes", self.ramp_minutes, 0, 24 * 60)
        _within("waves", self.waves, 0, 12)
        _within("wave_days", self.wave_days, 1, 365)
        for name, most in (
            ("budget", 10**12),
            ("rate", 10**7),
            ("error_percent", 99),
            ("fallback_hours", 240),
        ):
            value = getattr(self, name)
            if value is not None:
                _within(name, value, 1, most)

    def to_dict(self) -> dict[str, object]:
        """What differs from the defaults, for storage and for the approval's hash."""
        plain = asdict(Rules())
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != plain[name]
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        fields = dict(stored)
        if "share" in fields:
            fields["share"] = tuple(fields["share"])
        if "priority" in fields:
            fields["priority"] = Priority(fields["priority"])
        return cls(**fields)

    def but(self, **changes: object) -> Self:
        """The same rules with some of them changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # the fields check themselves


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}; expected {least} to {most}")

"""How the accounts of a campaign's plan fare: what the engine said of each, and what is left."""

from dataclasses import dataclass
from datetime import datetime

from outreach.cli.output import iso
from outreach.domain.limit import Limit, Unit
from outreach.store.accounts import Pulse

CLOSED = "closed"
_SHORT = (2.0, 30.0)
"""Seconds of a first and of a later channel's queue: a shorter one does not show what an account
can do, for it may only send what comes to it.
"""
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """A daily or monthly quota: what is spent of it, and when it begins afresh."""

    limit: Limit
    used: int
    usable: int
    """What this campaign may use of it; the rest is kept for urgent ones."""
    resets_at: datetime

    @property
    def left(self) -> int:
        return max(0, self.usable - self.used)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What the engine last said of an account of the plan; zeros if it never spoke."""

    number: int
    account: str
    channel: str
    step: int
    """0 for the campaign's first channel, 1 for the next …"""
    backlog: int
    """Messages of this campaign that wait here."""
    others: tuple[int, ...]
    """The same of each other campaign."""
    parts: float
    """Mean parts of this campaign's messages so far."""
    full_per_s: float
    """The pace by the tightest limit when nothing slows it, in its units; 0 without a limit."""
    quotas: tuple[QuotaLine, ...]
    pulse: Pulse | None
    running: bool
    held_since: int | None
    """Since when (ms) the breaker is open, as far as the record tells."""

    @property
    def rate_per_s(self) -> int:
        """Messages answered in the last second, those of all campaigns."""
        return self.pulse.rate if self.pulse and self.running else 0

    @property
    def allowed_per_s(self) -> int:
        """Units of the tightest limit, less what throttles took off."""
        return self.pulse.allowed if self.pulse else 0

    @property
    def per_minute(self) -> int:
        """Messages answered in the last sixty seconds."""
        return self.pulse.per_minute if self.pulse and self.running else 0

    @property
    def in_flight(self) -> int:
        return self.pulse.in_flight if self.pulse else 0

    @property
    def breaker(self) -> str:
        return self.pulse.breaker if self.pulse else ""

    @property
    def reason(self) -> str:
        return self.pulse.reason if self.pulse else ""

    @property
    def unit(self) -> str:
        return self.pulse.unit if self.pulse else Unit.MESSAGES.value

    @property
    def stalled_since(self) -> int | None:
        return self.pulse.stalled_since if self.pulse and self.running else None

    @property
    def held(self) -> bool:
        """Whether the breaker keeps it from sending."""
        return self.running and self.breaker != CLOSED

    @property
    def units_per_message(self) -> float:
        """What a message spends of the tightest limit."""
        return self.parts if self.unit == Unit.PARTS else 1.0

    @property
    def slowed_percent(self) -> int | None:
        """What throttles leave of the pace; None if nothing slows it."""
        full = int(self.full_per_s)
        if not self.running or self.allowed_per_s >= full:
            return None
        return self.allowed_per_s * 100 // full

    @property
    def used_up(self) -> QuotaLine | None:
        """The quota that has nothing left, and of several the one that begins afresh last."""
        empty = [quota for quota in self.quotas if not quota.left]
        return max(empty, key=lambda quota: quota.resets_at, default=None)

    @property
    def counted_s(self) -> int:
        """Seconds that the last minute's figure covers: fewer after a start of the engine."""
        return self.pulse.counted_s if self.pulse else 0

    @property
    def just_begun(self) -> bool:
        """Whether the engine runs for less than a minute: it waits first, as its limits ask."""
        return self.running and self.counted_s < _MINUTE

    @property
    def may(self) -> float:
        """Messages a second that the limits and the throttles allow; 0 without a limit."""
        if not self.running or self.held:
            return 0.0
        least = self.slowed_percent
        share = 1.0 if least is None else least / 100
        return self.full_per_s * share / self.units_per_message

    def lately(self, seconds: float) -> float:
        """Messages a second of the last minute, or of so many seconds that it has been sending."""
        return self.per_minute / max(1.0, min(self.counted_s, seconds))

    def pace(self, seconds: float) -> float:
        """Messages a second to expect, given that it has been sending for so many seconds.

        What it did lately, at most what it may; where that tells nothing (hardly anything waits,
        or the engine has just begun), what it may.
        """
        if not self.running or self.held:
            return 0.0
        may, lately = self.may, self.lately(seconds)
        if not may:
            return lately
        short = self.backlog + sum(self.others) < lately * _SHORT[self.step > 0]
        return may if short or self.just_begun or not lately else min(lately, may)

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {
            "account": self.account,
            "channel": self.channel,
            "running": self.running,
            "rate_per_s": self.rate_per_s,
            "allowed_per_s": self.allowed_per_s,
            "unit": self.unit,
            "per_minute": self.per_minute,
            "slowed_percent": self.slowed_percent,
            "in_flight": self.in_flight,
            "backlog": self.backlog,
            "breaker": self.breaker,
            "reason": self.reason,
            "held_since": iso(self.held_since) if self.held else None,
            "stalled_since": iso(self.stalled_since),
            "quotas": [
                {
                    "unit": quota.limit.unit,
                    "span": quota.limit.span,
                    "amount": quota.limit.amount,
                    "used": quota.used,
                    "left": quota.left,
                    "resets_at": quota.resets_at.isoformat(timespec="seconds"),
                }
                for quota in self.quotas
            ],
        }

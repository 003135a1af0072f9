"""What lets messages run off while a flow is worked out: an account's queue, a campaign's pace."""

from datetime import UTC, datetime
from math import inf

from outreach.campaigns.queues import NOTHING, SOON, Bounds, Flow, Queue, Ration, Spell

_RAMP_STEPS, _RAMP_FROM = 20, 0.05


class OwnRate:
    """A campaign's own pace: flat, or rising over its first sending."""

    def __init__(self, bounds: Bounds, most: float) -> None:
        self._full = min(bounds.rate, most) if bounds.ramp else bounds.rate
        self._ramp = bounds.ramp
        self._taken = list(reversed(bounds.taken))
        self._begun: float | None = None

    def at(self, now: float) -> tuple[float, float]:
        """Messages a second that are free at a moment, and until when that holds."""
        full, until = self._risen(now)
        if full == inf:
            return full, until
        while self._taken and self._taken[-1].end <= now:
            self._taken.pop()
        if not self._taken:
            return full, until
        begin, end, rate = self._taken[-1]
        if begin > now:
            return full, min(until, begin)
        return max(0.0, full - rate), min(until, end)

    def _risen(self, now: float) -> tuple[float, float]:
        if not self._ramp:
            return self._full, inf
        if self._begun is None:
            self._begun = now
        step = int((now - self._begun + SOON) * _RAMP_STEPS / self._ramp)
        if step >= _RAMP_STEPS:
            return self._full, inf
        share = _RAMP_FROM + (1 - _RAMP_FROM) * (step + 0.5) / _RAMP_STEPS
        return self._full * share, self._begun + (step + 1) * self._ramp / _RAMP_STEPS


class Tap:
    """A queue while it runs off."""

    def __init__(self, queue: Queue, begin: float) -> None:
        self.queue = queue
        self._waiting = queue.waiting
        self._others = [each for each in queue.others if each > NOTHING]
        self._coming = list(reversed(queue.arrivals))
        self._rations = [_Left(ration, begin) for ration in queue.rations]
        self._spells: list[Spell] = []

    @property
    def busy(self) -> bool:
        return self._waiting > NOTHING or bool(self._coming)

    @property
    def _used_up(self) -> bool:
        return any(ration.left <= NOTHING for ration in self._rations)

    def wanted(self, now: float) -> float:
        """The most that this campaign can send at a moment, in messages a second."""
        self._arrive(now)
        for ration in self._rations:
            ration.renew(now)
        if not self.busy or self._used_up:
            return 0.0
        share = self.queue.rate / (1 + len(self._others))
        return share if self._waiting > NOTHING else min(share, self._inflow(now))

    def lasts(self, now: float, rate: float) -> float:
        """For how many seconds nothing changes at such a rate of ours."""
        if not self.busy:
            return inf
        ends = [self._until_change(now)]
        inflow = self._inflow(now)
        if self._waiting > NOTHING and rate > inflow:
            ends.append(self._waiting / (rate - inflow))
        others = self._rate_of_others(rate)
        if others > NOTHING:
            ends.append(min(self._others) / others)
        total = rate + others * len(self._others)
        for ration in self._rations:
            ends.append(ration.ends - now)
            if total > 0:
                ends.append(ration.left / total)
        return min(ends)

    def run(self, now: float, span: float, rate: float) -> None:
        """Let a while pass at a rate of ours."""
        if not self.busy:
            return
        others = self._rate_of_others(rate)
        total = rate + others * len(self._others)
        self._arrive(now + span)
        self._waiting = max(0.0, self._waiting - rate * span)
        self._others = [n for each in self._others if (n := each - others * span) > NOTHING]
        for ration in self._rations:
            ration.take(total * span)
        if rate > NOTHING:
            self._note(Spell(now, now + span, rate))

    def flow(self) -> Flow:
        """How it ran off."""
        coming = sum(spell.messages for spell in self._coming)
        return Flow(self.queue, tuple(self._spells), self._waiting + coming)

    def _note(self, spell: Spell) -> None:
        last = self._spells[-1] if self._spells else None
        if last and abs(last.end - spell.begin) < SOON and abs(last.rate - spell.rate) < NOTHING:
            self._spells[-1] = Spell(last.begin, spell.end, last.rate)
        else:
            self._spells.append(spell)

    def _arrive(self, now: float) -> None:
        """Let wait what has come up to now, also while the hours were closed."""
        while self._coming and self._coming[-1].begin < now:
            begin, end, rate = self._coming.pop()
            self._waiting += (min(end, now) - begin) * rate
            if end > now:
                self._coming.append(Spell(now, end, rate))

    def _inflow(self, now: float) -> float:
        if self._coming and self._coming[-1].begin <= now:
            return self._coming[-1].rate
        return 0.0

    def _until_change(self, now: float) -> float:
        """Seconds until what comes begins or ends."""
        if not self._coming:
            return inf
        begin, end, _ = self._coming[-1]
        return (begin if begin > now else end) - now

    def _rate_of_others(self, rate: float) -> float:
        """What each other campaign gets while this one goes at a rate."""
        if not self._others or self._used_up:
            return 0.0
        return max(0.0, self.queue.rate - rate) / len(self._others)


class _Left:
    """What is left of a quota in its present day or month."""

    def __init__(self, ration: Ration, now: float) -> None:
        self._ration = ration
        self.left = ration.messages - ration.used
        self.ends = self._end(now)

    def renew(self, now: float) -> None:
        """Count afresh when a day or month is over."""
        if now >= self.ends:
            self.ends = self._end(now)
            self.left = self._ration.messages

    def take(self, messages: float) -> None:
        """Count what left."""
        self.left -= messages

    def _end(self, now: float) -> float:
        return self._ration.limit.ends(datetime.fromtimestamp(now, UTC)).timestamp()

"""An account's limits once more, where its bytes leave."""

from collections.abc import Sequence

from outreach.domain.limit import Limit, LimitScope, Pace

_SEND = LimitScope.SEND


class Meter:
    """Counts submits when they are written, so that what waited together does not leave at once.

    The engine counted them when it let them through; whatever did not wait passes here, too. Its
    quotas are not kept here: waiting does not make them tighter. Times are seconds of a clock that
    never steps back.
    """

    def __init__(self, limits: Sequence[Limit], now: float) -> None:
        """Begin as after a long silence: what an earlier run sent is the engine's to remember."""
        self._paces: list[tuple[Pace, int, int]] = []
        """Each with what a text costs it, and what each part."""
        for limit in limits:
            text = limit.cost(_SEND, 0)
            part = limit.cost(_SEND, 1) - text
            if (text or part) and not limit.span:
                silent = now - limit.period.total_seconds()
                self._paces.append((Pace(limit, silent), text, part))

    def ready_in(self, parts: int, now: float) -> float:
        """In how many seconds, at the earliest, a text of so many parts may begin; 0 means now."""
        for pace, text, part in self._paces:
            cost = min(text + part * parts, pace.limit.amount)
            if (wait := pace.ready_in(cost, now)) > 0:
                return wait
        return 0.0

    def spend(self, parts: int, now: float, *, begins: bool) -> None:
        """Count parts that leave; where a text costs something by itself, only what begins it."""
        for pace, text, part in self._paces:
            cost = text * begins + part * parts
            if cost:
                pace.spend(cost, now)

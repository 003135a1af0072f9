"""Figures of a statement beside one another, and beside those of the month before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from outreach.domain.month import Month
from outreach.statistics.findings import Finding
from outreach.statistics.statements.words import Caution, Fault, named
from outreach.store.statements import FIGURES, Figure, Line, Statement, total

_SMALL: Final = 1_000
"""Below it, in both months, nothing is a jump."""
_THOUSANDS: Final = 500
"""From so many times less on, the unit is asked about."""


def differences(lines: Sequence[Line], orders: Mapping[int, str]) -> Iterator[Finding]:
    """Where the districts do not add up to the whole city; `orders` are names by number."""
    for order in sorted({line.by_order for line in lines}):
        of_order = [line for line in lines if line.by_order == order]
        for figure in FIGURES:
            whole = _told(figure, (line for line in of_order if not line.district))
            parts = _told(figure, (line for line in of_order if line.district))
            if whole and parts and sum(whole) != sum(parts):
                told = named(figure, orders.get(order, ""))
                gap = abs(sum(whole) - sum(parts))
                told |= {"sum": sum(parts), "total": sum(whole), "gap": gap}
                yield Finding(Fault.TOTAL, values=told)


def _told(figure: Figure, lines: Iterable[Line]) -> list[int]:
    return [value for line in lines if (value := line.figure(figure)) is not None]


def jumps(
    lines: Sequence[Line], month: Month, before: Statement | None, percent: int
) -> Iterator[Finding]:
    """Where a month is far from the one before."""
    if before is None:
        return
    for figure in FIGURES:
        now, then = total(lines, figure), before.total(figure)
        if now is None or then is None or max(now, then) < _SMALL:
            continue
        told = named(figure) | {"value": now, "before": then, "before_month": month.previous}
        if now and then >= _THOUSANDS * now:
            yield Finding(Caution.THOUSANDS, values=told | {"times": round(then / now)})
        elif abs(now - then) * 100 > percent * then:
            change = f"{(now - then) * 100 / then:+.0f} %" if then else "+"
            yield Finding(Caution.JUMP, values=told | {"percent": change})

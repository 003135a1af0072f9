"""A statement against what we know: every fault and every caution at once, and its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from outreach.domain.district import DistrictTable
from outreach.domain.month import Month
from outreach.statistics.findings import Finding, Place
from outreach.statistics.statements.compare import differences, jumps
from outreach.statistics.statements.model import Told, ToldLine
from outreach.statistics.statements.words import Caution, Fault, named
from outreach.store.statements import FIGURES, ClosedMonth, Figure, Line, Statement

OF_ORDERS: Final[tuple[Figure, ...]] = ("sent", "delivered")
"""What only a carrier that sends itself can tell."""
CITY: Final = "Toàn thành phố"
_MOST_ALIKE: Final = 20
"""Names that others are looked for like: each takes 2 ms, in which nobody else writes."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a statement is checked against."""

    present: Month
    closed: ClosedMonth | None
    orders: Mapping[str, int]
    """Those that went to the carrier and have a day in the month: name and number."""
    districts: DistrictTable
    before: Statement | None
    """The carrier's latest of the month before."""
    jump_percent: int


class Checked(NamedTuple):
    """What became of it: the lines are to be stored where there are no faults."""

    lines: tuple[Line, ...]
    faults: tuple[Finding, ...]
    cautions: tuple[Finding, ...]


class _Placed(NamedTuple):
    """A line whose order and district are found, and where it stands."""

    line: Line
    place: Place


def check(told: Told, known: Known) -> Checked:
    """Find all that is wrong or odd."""
    return _Check(told, known).done()


class _Check:
    """One statement on its way; those after the lines find them clear, or say nothing."""

    def __init__(self, told: Told, known: Known) -> None:
        self._told, self._known = told, known
        self._faults = list(told.faults)
        self._cautions = list(told.cautions)
        self._names = {number: name for name, number in known.orders.items()}
        self._numbers = {name.casefold(): number for name, number in known.orders.items()}
        self._listed = ", ".join(known.orders) or "-"
        self._unlike = 0

    def done(self) -> Checked:
        self._month()
        placed = [each for told in self._told.lines for each in self._placed(told)]
        if not placed and not self._faults:
            self._faults.append(Finding(Fault.NO_FIGURES))
        self._with_and_without(placed)
        settled = self._to_orders(self._once(placed))
        for each in settled:
            self._within(each)
        lines = tuple(each.line for each in settled)
        if not self._faults:
            before, percent = self._known.before, self._known.jump_percent
            self._faults += differences(lines, self._names)
            self._cautions += self._unsent(lines)
            self._cautions += jumps(lines, self._told.month, before, percent)
        return Checked(lines, tuple(self._faults), tuple(self._cautions))

    def _month(self) -> None:
        month, closed = self._told.month, self._known.closed
        if month > self._known.present:
            self._faults.append(Finding(Fault.FUTURE, values={"month": month}))
        elif month == self._known.present:
            self._cautions.append(Finding(Caution.THIS_MONTH, values={"month": month}))
        if closed is not None:
            at = datetime.fromtimestamp(closed.at / 1000, UTC)
            told = {"month": month, "who": closed.made_by, "at": at}
            self._faults.append(Finding(Fault.CLOSED, values=told))

    def _placed(self, told: ToldLine) -> list[_Placed]:
        """Find a line's order and district; empty after a fault, or where nothing is told."""
        if all(figure is None for figure in told.figures.values()):
            return []
        order = self._numbers.get(told.order.casefold()) if told.order else 0
        district = self._district(told)
        if order is None:
            values = {"value": told.order[:60], "known": self._listed}
            self._faults.append(Finding(Fault.UNKNOWN_ORDER, told.place, values))
        if order is None or district is None:
            return []
        return [_Placed(Line(order, district, *map(told.figures.get, FIGURES)), told.place)]

    def _district(self, told: ToldLine) -> str | None:
        """The district's title; empty for the whole city, None after a fault."""
        if not told.district:
            return ""
        day = self._told.month.first
        found = self._known.districts.find(told.district, day)
        if found is None:
            values = {"value": told.district[:60], "alike": self._alike(told.district, day)}
            self._faults.append(Finding(Fault.UNKNOWN_DISTRICT, told.place, values))
            return None
        if not found.current:
            values = {"value": found.district.title}
            self._cautions.append(Finding(Caution.OTHER_TIME, told.place, values))
        return found.district.title

    def _alike(self, name: str, day: date) -> str:
        """The districts that a name may have meant, for the first names that are none."""
        self._unlike += 1
        if self._unlike > _MOST_ALIKE:
            return "-"
        return ", ".join(each.title for each in self._known.districts.nearest(name, day)) or "-"

    def _once(self, placed: Sequence[_Placed]) -> list[_Placed]:
        """Leave out what is told again."""
        found: dict[tuple[int, str], _Placed] = {}
        for each in placed:
            key = each.line.by_order, each.line.district
            if first := found.get(key):
                name = each.line.district or CITY
                order = self._names.get(each.line.by_order)
                values = {"value": f"{name}, {order}" if order else name, "first": first.place}
                self._faults.append(Finding(Fault.TWICE, each.place, values))
            else:
                found[key] = each
        return list(found.values())

    def _with_and_without(self, placed: Sequence[_Placed]) -> None:
        """Refuse a figure of an order beside the same of none: is the other one a sum?"""
        for figure in FIGURES:
            told = [each for each in placed if each.line.figure(figure) is not None]
            loose = [each for each in told if not each.line.by_order]
            if loose and len(loose) < len(told):
                self._faults.append(Finding(Fault.WITH_AND_WITHOUT, loose[0].place, named(figure)))

    def _to_orders(self, placed: Sequence[_Placed]) -> list[_Placed]:
        """Put what was sent down to the one order of the month, where none is named."""
        loose = [each for each in placed if not each.line.by_order and _sends(each.line)]
        if not loose:
            return list(placed)
        if len(self._known.orders) > 1:
            values = {"known": self._listed}
            self._faults.append(Finding(Fault.WHICH_ORDER, loose[0].place, values))
        if not self._known.orders:
            self._cautions.append(Finding(Caution.NO_ORDER, loose[0].place))
        if len(self._known.orders) != 1:
            return list(placed)
        (order,) = self._known.orders.values()
        return _merged(placed, order)

    def _within(self, each: _Placed) -> None:
        """Compare the figures of one line."""
        line, place = each
        if line.delivered is not None and line.sent is None:
            self._cautions.append(Finding(Caution.NO_SENT, place))
        elif line.delivered is not None and line.sent is not None and line.delivered > line.sent:
            values = {"delivered": line.delivered, "sent": line.sent}
            self._faults.append(Finding(Fault.MORE_DELIVERED, place, values))
        if line.installs is None or line.accesses is None:
            return
        if line.installs > line.accesses:
            values = {"installs": line.installs, "accesses": line.accesses}
            self._cautions.append(Finding(Caution.MORE_INSTALLS, place, values))

    def _unsent(self, lines: Sequence[Line]) -> list[Finding]:
        """Ask about orders of which nothing is told."""
        sent = {line.by_order for line in lines if line.sent is not None}
        names = [name for name, order in self._known.orders.items() if order not in sent]
        return [Finding(Caution.NOT_SENT, values={"known": name}) for name in names]


def _sends(line: Line) -> bool:
    return any(line.figure(figure) is not None for figure in OF_ORDERS)


def _merged(placed: Sequence[_Placed], order: int) -> list[_Placed]:
    """Move what was sent to an order; the rest of such a line stays of no order."""
    found: dict[tuple[int, str], _Placed] = {}
    for line, place in placed:
        for part in _parts(line, order):
            key = part.by_order, part.district
            before = found.setdefault(key, _Placed(part, place))
            found[key] = before._replace(line=_together(before.line, part))
    return list(found.values())


def _parts(line: Line, order: int) -> list[Line]:
    """A line of no order, taken apart; one of an order as it is."""
    if line.by_order:
        return [line]
    sent = Line(order, line.district, line.sent, line.delivered)
    rest = replace(line, sent=None, delivered=None)
    return [part for part in (sent, rest) if any(part.figure(name) is not None for name in FIGURES)]


def _together(one: Line, other: Line) -> Line:
    """Two lines of one order and place, neither of which tells what the other does."""
    figures = (
        other.figure(name) if one.figure(name) is None else one.figure(name) for name in FIGURES
    )
    return Line(one.by_order, one.district, *figures)

"""What calls of one kind spend of an account's limits; arithmetic only, nothing waits here.

A call is one request, of one message or of a list of them, which have their parts together.
"""

from collections.abc import Mapping
from datetime import datetime

from outreach.delivery.callers import Caller, Callers
from outreach.delivery.purse import Purse
from outreach.delivery.reserved import Book
from outreach.domain.limit import Limit, LimitScope, Pace, Quota, Unit
from outreach.domain.window import Clock


class Line:
    """Callers of one kind, and what each call and each part costs them."""

    def __init__(self, scope: LimitScope) -> None:
        self.scope = scope
        self.callers = Callers()
        """Who waits."""
        self.paces: list[tuple[Pace, int, int, int]] = []
        """Each with what a call costs it, what each message of it, and what each part."""
        self.books: list[tuple[Book, int, int, int]] = []
        self.purse: Purse | None = None
        """What it has in hand of limits that are shared with other processes."""
        self._quotas: list[tuple[Quota, int, int, int]] = []
        self._above: list[Line] = []
        """The lines that go first where they spend from the same limits."""

    def heed(self, keeper: Pace | Quota | Book) -> None:
        """Spend from what keeps a limit, if that counts calls of this kind."""
        costs = self._costs(keeper.limit)
        if not any(costs):
            return
        match keeper:
            case Pace():
                self.paces.append((keeper, *costs))
            case Quota():
                self._quotas.append((keeper, *costs))
            case Book():
                self.books.append((keeper, *costs))

    def join(self, purse: Purse, shares: Mapping[int, Limit]) -> None:
        """Spend from those shares of an account that count calls of this kind."""
        self.purse = purse
        for n, limit in shares.items():
            costs = self._costs(limit)
            if any(costs):
                purse.heed(n, *costs)

    def _costs(self, limit: Limit) -> tuple[int, int, int]:
        """What a call costs a limit, what each message of it, and what each part."""
        one = limit.cost(self.scope, 0)
        message = one if limit.unit is Unit.MESSAGES else 0
        return one - message, message, limit.cost(self.scope, 1) - one

    def goes_after(self, line: "Line") -> None:
        """Let another line go first, if it spends from the same limits."""
        paces = any(line.spends_from(pace) for pace, *_ in self.paces)
        paces |= bool(self.purse and line.purse and self.purse.spends_with(line.purse))
        if paces or any(line.spends_from(quota) for quota, *_ in self._quotas):
            self._above.append(line)

    def take(self, parts: int, now: float, clock: Clock, messages: int = 1) -> bool:
        """Spend for one call if there is room for it in every limit, and in what is in hand."""
        purse = self.purse
        if purse is not None and not purse.has(parts, messages, now):
            return False
        for pace, call, message, part in self.paces:
            if pace.ready_in(call + message * messages + part * parts, now) > 0:
                return False
        if (self._quotas or self.books) and not self._take_long(parts, now, clock(), messages):
            return False
        for pace, call, message, part in self.paces:
            pace.spend(call + message * messages + part * parts, now)
        if purse is not None:
            purse.use(parts, messages, now)
        return True

    def ready_in(
        self,
        parts: int,
        now: float,
        wall: datetime,
        shared: "Line | None" = None,
        messages: int = 1,
    ) -> tuple[float, str]:
        """In how many seconds there is room for one call, and which limit it waits for.

        With `shared`, only the limits that the other line does not spend from are asked.
        """
        waits = [
            (keeper.ready_in(call + message * messages + part * parts, now), keeper.limit.words)
            for keeper, call, message, part in self.paces
            if shared is None or not shared.spends_from(keeper)
        ]
        waits += [
            (quota.ready_in(call + message * messages + part * parts, wall), quota.limit.words)
            for quota, call, message, part in self._quotas
            if shared is None or not shared.spends_from(quota)
        ]
        if self.purse is not None:
            besides = shared.purse if shared else None
            waits.append(self.purse.ready_in(parts, messages, now, besides))
        if shared is None:
            waits += [
                (book.ready_in(now), book.limit.words)
                for book, call, message, part in self.books
                if book.left(now, wall) < call + message * messages + part * parts
            ]
        return max(waits, default=(0.0, ""))

    def spends_from(self, keeper: Pace | Quota) -> bool:
        """Whether calls of this line spend from what that one keeps."""
        return any(keeper is own for own, *_ in (*self.paces, *self._quotas))

    def gives_way(self, now: float, clock: Clock) -> bool:
        """Whether a more pressing caller waits for nothing but what this line would take."""
        return any(
            (first := line.callers.first) and self._hinders(line, first, now, clock())
            for line in self._above
        )

    def _hinders(self, line: "Line", first: Caller, now: float, wall: datetime) -> bool:
        """Whether the first of a line waits for nothing but what this one takes."""
        parts, messages = first.parts, first.messages
        if self.purse and line.purse and not line.purse.presses(self.purse, parts, messages, now):
            return False
        return line.ready_in(parts, now, wall, self, messages)[0] <= 0

    def missing(
        self, parts: int, now: float, wall: datetime, messages: int
    ) -> list[tuple[Book, int]]:
        """Units that have to be written down before one call may go: at least a block each."""
        costs = [
            (book, call + message * messages + part * parts)
            for book, call, message, part in self.books
        ]
        return [(book, max(cost, book.size)) for book, cost in costs if book.left(now, wall) < cost]

    def running_low(self, now: float, wall: datetime) -> list[Book]:
        """Books with less than half a block in hand, of which there may be more."""
        return [
            book
            for book, *_ in self.books
            if book.left(now, wall) * 2 < book.size and book.ready_in(now) <= 0
        ]

    def _take_long(self, parts: int, now: float, wall: datetime, messages: int) -> bool:
        for quota, call, message, part in self._quotas:
            if quota.ready_in(call + message * messages + part * parts, wall) > 0:
                return False
        for book, call, message, part in self.books:
            if book.left(now, wall) < call + message * messages + part * parts:
                return False
        for quota, call, message, part in self._quotas:
            quota.spend(call + message * messages + part * parts, wall)
        for book, call, message, part in self.books:
            book.use(call + message * messages + part * parts)
        return True

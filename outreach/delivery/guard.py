"""Holds a campaign whose latest results are worse than it was allowed to have."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outreach.domain.message import State
from outreach.domain.msisdn import mask_text
from outreach.store.tally import Figure

LEAST = 200
"""Fewer results than these say nothing."""

_NAMED = 3

_ANSWERED = frozenset({State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.UNCONFIRMED})
_UNANSWERED = frozenset({State.REJECTED, State.FAILED, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Results:
    """So many good results, and the bad ones by their reason in words."""

    good: int = 0
    bad: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Good and bad together."""
        return self.good + sum(self.bad.values())

    def since(self, before: "Results") -> "Results":
        """What came after `before`; what was taken back meanwhile counts for nothing."""
        bad = Counter(self.bad)
        bad.subtract(before.bad)
        return Results(max(0, self.good - before.good), +bad)


class Latest:
    """The latest results: as few of those that came together as make up `LEAST` or more."""

    def __init__(self) -> None:
        self._came: deque[Results] = deque()
        self._good = 0
        self._bad: Counter[str] = Counter()

    def add(self, results: Results) -> None:
        """Take in what came, and let go of what is no longer needed."""
        if not results.total:
            return
        self._came.append(results)
        self._good += results.good
        self._bad.update(results.bad)
        while self.total - self._came[0].total >= LEAST:
            oldest = self._came.popleft()
            self._good -= oldest.good
            self._bad.subtract(oldest.bad)

    @property
    def total(self) -> int:
        """How many results are looked at."""
        return self._good + self._bad.total()

    def above(self, percent: int) -> str | None:
        """The share in words, with the worst reasons, where more than `percent` are bad."""
        bad = self._bad.total()
        if self.total < LEAST or bad * 100 <= percent * self.total:
            return None
        worst = ", ".join(f"{count} x {why}" for why, count in self._bad.most_common(_NAMED))
        return f"{bad} of the latest {self.total} (limit {percent} %): {worst}"


class Guard:
    """Watches one campaign from its start, or its latest resume, on.

    Answers and receipts are judged apart, because a receipt is about a message sent long before.
    Of accounts that report failures alone, a day's together, no share of receipts can be told.
    """

    def __init__(self, percent: int, figures: Iterable[Figure], heard: frozenset[int]) -> None:
        """`figures` as they stand now; `heard` are accounts that tell of each message."""
        self._percent = percent
        self._heard = heard
        self._seen = _kinds(figures, heard)
        self._latest = {kind: Latest() for kind in self._seen}

    def look(self, figures: Iterable[Figure]) -> str | None:
        """Say why the campaign has to be held, if it has to."""
        now = _kinds(figures, self._heard)
        for kind, latest in self._latest.items():
            latest.add(now[kind].since(self._seen[kind]))
            if (share := latest.above(self._percent)) is not None:
                return f"error share: {kind} bad, {share}"
        self._seen = now
        return None


def _kinds(figures: Iterable[Figure], heard: frozenset[int]) -> dict[str, Results]:
    """Answers and receipts so far, of the messages that carry a recipient's result."""
    answers, receipts = 0, 0
    refused: Counter[str] = Counter()
    undelivered: Counter[str] = Counter()
    for figure in figures:
        group, count = figure.group, figure.messages
        why = mask_text(f"{group.state.label} {group.reason}".strip())
        if not group.result:
            continue
        answers += count * (group.state in _ANSWERED)
        if group.state in _UNANSWERED:
            refused[why] += count
        if group.account in heard:
            receipts += count * (group.state is State.DELIVERED)
            if group.state is State.UNDELIVERED:
                undelivered[why] += count
    return {"answers": Results(answers, refused), "receipts": Results(receipts, undelivered)}

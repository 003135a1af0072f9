"""The figures that a report is added up from, and which month each belongs to."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Self, TypeVar

from sqlalchemy import Connection

from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.month import Month
from outreach.domain.window import day_number
from outreach.reports.sums import NOTHING, Sums, Terms, add_up
from outreach.store import campaigns, responses, tally
from outreach.store.campaigns import Campaign
from outreach.store.responses import Kind, ResponseFigure
from outreach.store.tally import Figure

K = TypeVar("K")
T = TypeVar("T")


class Answers(NamedTuple):
    """People by what they did after a message; each person once a month, or once for good."""

    opened: int = 0
    installed: int = 0
    registered: int = 0
    opted_out: int = 0
    """Who asked not to be written to any more."""

    def plus(self, other: "Answers") -> "Answers":
        """Both together."""
        return Answers(*map(sum, zip(self, other, strict=True)))


NOBODY = Answers()


@dataclass(frozen=True, slots=True)
class Entry:
    """What some groups come to: their messages, and what people did after them."""

    sums: Sums = NOTHING
    answers: Answers = NOBODY

    def __add__(self, other: "Entry") -> "Entry":
        return Entry(self.sums + other.sums, self.answers.plus(other.answers))

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        return {**self.sums.to_json(), **self.answers._asdict()}


@dataclass(frozen=True, slots=True)
class Books:
    """Every figure of a time: its messages, the same by district, and what people did in it."""

    month: Month | None
    """None: since the start."""
    figures: tuple[Figure, ...]
    districts: tuple[Figure, ...]
    """By district alone: without network, reason, day of the month and receipt day."""
    responses: tuple[ResponseFigure, ...]
    late: tuple[Figure, ...]
    """Of `figures`, those whose final word came after the month."""
    earlier: tuple[Figure, ...]
    """Those of months before whose final word came within this one."""

    def entry(self, terms: Terms) -> Entry:
        """All of it together, but for what nobody did after a message of ours."""
        return Entry(add_up(self.figures, terms), answers(r for r in self.responses if r.campaign))

    def unprompted(self) -> Answers:
        """What people did whom none of our messages had reached."""
        return answers(figure for figure in self.responses if not figure.campaign)


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything counted so far, over all months."""

    campaigns: Mapping[int, Campaign]
    figures: Sequence[Figure]
    districts: Sequence[Figure]
    responses: Sequence[ResponseFigure]
    receipts: Sequence[Figure]
    """With the days of receipts, which no message keeps: the tally's in any case."""

    @classmethod
    def tallied(cls, conn: Connection) -> Self:
        """As the tallies have it, which move with the messages."""
        figures = tally.figures(conn)
        by_district = tally.district_months(conn)
        return cls(known(conn), figures, by_district, responses.figures(conn), figures)

    def of(self, month: Month | None) -> Books:
        """The figures of a month, or of all time."""
        if month is None:
            return Books(
                None, tuple(self.figures), tuple(self.districts), tuple(self.responses), (), ()
            )
        whose = _Calendar(self.campaigns)
        heard = whose.of_month(self.receipts, month.number)
        return Books(
            month,
            tuple(whose.of_month(self.figures, month.number)),
            tuple(whose.of_month(self.districts, month.number)),
            tuple(each for each in self.responses if each.month == month.number),
            tuple(each for each in heard if _receipt_month(each) > month.number),
            tuple(each for each in self.receipts if _corrects(each, month.number)),
        )


def known(conn: Connection) -> dict[int, Campaign]:
    """Every campaign that there ever was, by its number."""
    return {campaign.id: campaign for campaign in campaigns.in_state(conn, *CampaignState)}


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Says which month a figure belongs to."""

    campaigns: Mapping[int, Campaign]

    def of_month(self, figures: Iterable[Figure], month: int) -> list[Figure]:
        """The month's messages; what is still pending goes with campaigns that have any."""
        figures = list(figures)
        decided = [figure for figure in figures if self._month(figure) == month]
        active = {figure.group.campaign for figure in decided}
        return decided + [
            figure
            for figure in figures
            if figure.group.state is State.PENDING and figure.group.campaign in active
        ]

    def _month(self, figure: Figure) -> int | None:
        """The month that a message belongs to; None while it is pending.

        A message without a route is decided when it is planned and has no day of its own: it
        belongs to the month in which its campaign started.
        """
        group = figure.group
        if group.state is State.PENDING:
            return None
        if group.day:
            return group.day // 100
        campaign = self.campaigns[group.campaign]
        began = campaign.started_at or campaign.created_at
        return day_number(datetime.fromtimestamp(began / 1000, UTC)) // 100


def _receipt_month(figure: Figure) -> int:
    return figure.group.receipt_day // 100


def _corrects(figure: Figure, month: int) -> bool:
    return 0 < figure.group.day // 100 < month == _receipt_month(figure)


def answers(figures: Iterable[ResponseFigure]) -> Answers:
    """Add up what people did."""
    sums: Counter[Kind] = Counter()
    for figure in figures:
        sums[Kind(figure.kind)] += figure.people
    return Answers(
        sums[Kind.OPENED], sums[Kind.INSTALLED], sums[Kind.REGISTERED], sums[Kind.OPTED_OUT]
    )


def entries(
    figures: Iterable[Figure],
    of_figure: Callable[[Figure], K],
    responses: Iterable[ResponseFigure],
    of_response: Callable[[ResponseFigure], K],
    terms: Terms,
) -> dict[K, Entry]:
    """Entries by what messages, and people's answers to them, have in common."""
    sent = grouped(figures, of_figure)
    done = grouped((each for each in responses if each.campaign), of_response)
    return {
        key: Entry(add_up(sent.get(key, ()), terms), answers(done.get(key, ())))
        for key in {**sent, **done}
    }


def grouped(things: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Things by what they have in common."""
    groups: defaultdict[K, list[T]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return groups

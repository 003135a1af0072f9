"""The proof of the tallies: every message counted again, and where they differ from it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import districts, tally
from outreach.store.tally import Figure, Group


@dataclass(frozen=True, slots=True)
class Difference:
    """A group in which a tally does not say what the messages say: (messages, parts)."""

    group: Group
    tallied: tuple[int, int]
    counted: tuple[int, int]
    district: str | None = None
    """What it is called, where it is the tally by district, which knows no reasons."""

    def __str__(self) -> str:
        group = self.group
        which = f"reason '{group.reason}'"
        if self.district is not None:
            which = f"district {group.district} '{self.district}'"
        return (
            f"campaign {group.campaign}, account {group.account}, {group.network.title},"
            f" {group.state.label}, {which}, day {group.day},"
            f" result {group.result}: tally {self.tallied}, messages {self.counted}"
        )


WINDOW = 200_000

_Sums = defaultdict[Group, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Recount:
    """A campaign's messages counted again; the receipt day, which no message keeps, is 0."""

    campaign: int
    whole: _Sums
    by_district: _Sums

    @property
    def figures(self) -> list[Figure]:
        """As the tally has them."""
        return _figures(self.whole)

    @property
    def district_figures(self) -> list[Figure]:
        """As the tally by district has them."""
        return _figures(self.by_district)


def _figures(sums: _Sums) -> list[Figure]:
    return [Figure(group, *counts) for group, counts in sorted(sums.items())]


def recount(conn: Connection, campaign: int) -> Recount:
    """Count every message of a campaign once, for both tallies.

    It goes by windows of ids: SQLite sorts in memory all that one GROUP BY runs over.
    """
    whole, by_district = _sums(), _sums()
    after, end = campaign * CAMPAIGN_SPAN, (campaign + 1) * CAMPAIGN_SPAN
    while (to := _window_end(conn, after, end)) is not None:
        for row in conn.execute(_COUNT, {"after": after, "to": to}):
            network, state = Network(row[1]), State(row[2])
            group = Group(campaign, row[0], network, state, row[3], row[4], 0, 1 - row[5])
            messages, parts = int(row[7]), int(row[8])
            _add(whole, group, messages, parts)
            _add(by_district, group._replace(reason="", district=row[6]), messages, parts)
        after = to
    return Recount(campaign, whole, by_district)


_COUNT = text(
    "SELECT account, network, state, COALESCE(reason, ''), day, superseded, district,"
    " COUNT(*), SUM(parts) FROM message WHERE id > :after AND id <= :to"
    " GROUP BY account, network, state, COALESCE(reason, ''), day, superseded, district"
)


def _window_end(conn: Connection, after: int, end: int) -> int | None:
    return conn.execute(
        text(
            "SELECT MAX(id) FROM (SELECT id FROM message WHERE id > :after AND id < :end"
            " ORDER BY id LIMIT :window) AS ahead"
        ),
        {"after": after, "end": end, "window": WINDOW},
    ).scalar()


def differences(conn: Connection, campaign: int) -> list[Difference]:
    """Name every group where a tally and messages differ; all are read in one transaction."""
    return against(conn, recount(conn, campaign))


def against(conn: Connection, counted: Recount) -> list[Difference]:
    """Name every group where a tally does not say what was counted."""
    names = districts.names(conn)
    tallied = _without_receipt_day(tally.figures(conn, counted.campaign))
    of_districts = _without_receipt_day(tally.district_figures(conn, counted.campaign))
    return [Difference(*each) for each in _differing(tallied, counted.whole)] + [
        Difference(*each, names.get(each[0].district, "not told"))
        for each in _differing(of_districts, counted.by_district)
    ]


def _differing(
    tallied: _Sums, counted: _Sums
) -> Iterator[tuple[Group, tuple[int, int], tuple[int, int]]]:
    nothing = (0, 0)
    for group in sorted(tallied.keys() | counted.keys()):
        pair = tallied.get(group, nothing), counted.get(group, nothing)
        if pair[0] != pair[1]:
            yield group, *pair


def _sums() -> _Sums:
    return defaultdict(lambda: (0, 0))


def _without_receipt_day(figures: list[Figure]) -> _Sums:
    sums = _sums()
    for figure in figures:
        _add(sums, figure.group._replace(receipt_day=0), figure.messages, figure.parts)
    return sums


def _add(sums: _Sums, group: Group, messages: int, parts: int) -> None:
    before = sums[group]
    sums[group] = (before[0] + messages, before[1] + parts)

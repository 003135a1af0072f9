"""The proof of the tally: every message counted again, and where the two differ."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import tally
from outreach.store.tally import Figure, Group


@dataclass(frozen=True, slots=True)
class Difference:
    """A group in which the tally does not say what the messages say: (messages, parts)."""

    group: Group
    tallied: tuple[int, int]
    counted: tuple[int, int]

    def __str__(self) -> str:
        group = self.group
        return (
            f"campaign {group.campaign}, account {group.account}, {group.network.title},"
            f" {group.state.label}, reason '{group.reason}', day {group.day},"
            f" result {group.result}: tally {self.tallied}, messages {self.counted}"
        )


WINDOW = 200_000

_Sums = defaultdict[Group, tuple[int, int]]


def recount(conn: Connection, campaign: int) -> list[Figure]:
    """Count every message of a campaign; the receipt day, which no message keeps, is 0.

    It goes by windows of ids: SQLite sorts in memory all that one GROUP BY runs over.
    """
    sums: _Sums = defaultdict(lambda: (0, 0))
    after, end = campaign * CAMPAIGN_SPAN, (campaign + 1) * CAMPAIGN_SPAN
    while (to := _window_end(conn, after, end)) is not None:
        for row in conn.execute(_COUNT, {"after": after, "to": to}):
            network, state = Network(row[1]), State(row[2])
            group = Group(campaign, row[0], network, state, row[3], row[4], 0, 1 - row[5])
            _add(sums, group, int(row[6]), int(row[7]))
        after = to
    return [Figure(group, *counts) for group, counts in sorted(sums.items())]


_COUNT = text(
    "SELECT account, network, state, COALESCE(reason, ''), day, superseded, COUNT(*), SUM(parts)"
    " FROM message WHERE id > :after AND id <= :to"
    " GROUP BY account, network, state, COALESCE(reason, ''), day, superseded"
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
    """Name every group where tally and messages differ; both are read in one transaction."""
    tallied = _without_receipt_day(tally.figures(conn, campaign))
    counted = _without_receipt_day(recount(conn, campaign))
    nothing = (0, 0)
    return [
        Difference(group, tallied.get(group, nothing), counted.get(group, nothing))
        for group in sorted(tallied.keys() | counted.keys())
        if tallied.get(group, nothing) != counted.get(group, nothing)
    ]


def _without_receipt_day(figures: list[Figure]) -> _Sums:
    sums: _Sums = defaultdict(lambda: (0, 0))
    for figure in figures:
        _add(sums, figure.group._replace(receipt_day=0), figure.messages, figure.parts)
    return sums


def _add(sums: _Sums, group: Group, messages: int, parts: int) -> None:
    before = sums[group]
    sums[group] = (before[0] + messages, before[1] + parts)

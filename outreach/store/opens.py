"""Who opened the city's link: a person once a month."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.store import responses
from outreach.store.responses import Kind
from outreach.store.series import series


class Visit(NamedTuple):
    """A link that somebody, or something, followed."""

    message: int
    month: int
    """Local: 202611."""
    at: int
    """Milliseconds."""
    previewed: bool = False
    """By a program, to show what is behind it."""


def record(conn: Connection, visits: Sequence[Visit]) -> None:
    """Write down who opened for the first time in a month, and how often programs looked."""
    by_month: defaultdict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        if not visit.previewed:
            by_month[visit.month].append(visit)
    done = [
        (month, Kind.OPENED, message)
        for month, found in by_month.items()
        for message in _opened(conn, month, found)
    ]
    done += [(each.month, Kind.PREVIEWED, each.message) for each in visits if each.previewed]
    groups = responses.after(conn, done)
    # A token of ours that no message has is an older installation's, or a look at a sample.
    responses.add(conn, Counter(group for group in groups if group.campaign))


def _opened(conn: Connection, month: int, visits: Sequence[Visit]) -> Iterable[int]:
    """Store who had not opened in that month; the messages by which they did.

    Those of one load have the moment of the last of them, half a second off at most.
    """
    given, value = series(conn, [visit.message for visit in visits])
    rows = conn.execute(
        text(
            "INSERT INTO opened (month, msisdn, message, at)"
            " SELECT CAST(:month AS INTEGER), r.msisdn, m.id, CAST(:at AS BIGINT)"
            f" FROM {given} JOIN message m ON m.id = given.value"
            " JOIN recipient r ON r.id = m.recipient WHERE true ORDER BY given.n"
            " ON CONFLICT DO NOTHING RETURNING message"
        ),
        {"month": month, "at": visits[-1].at, "series": value},
    )
    return list(rows.scalars())

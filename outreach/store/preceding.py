"""Finding the last message before somebody did something, for many numbers together.

No big table has an index by number (ADR 0001). So the numbers are laid out in a table for a moment,
and the messages of each campaign of the time in question pass by it once: a thousand numbers cost
as much as a million. The tables are the connection's own.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.window import LOCAL, day_of_number, number_of_day
from outreach.store.responses import Kind
from outreach.store.sql import among_sql

_TAKEN = (State.ACCEPTED, State.DELIVERED, State.UNCONFIRMED, State.UNKNOWN)
"""A carrier has it, or may have it; what surely did not arrive has moved nobody."""

_BLOCK = 1_000_000
"""Numbers that are laid out together."""
_PAGE = 20_000
_TABLES = {
    "waiting": "msisdn {whole} PRIMARY KEY, day INTEGER NOT NULL",
    "span": "day INTEGER PRIMARY KEY, since INTEGER NOT NULL",
    "found": "msisdn {whole}, day INTEGER, message BIGINT, account SMALLINT, network SMALLINT,"
    " district SMALLINT",
}


class Preceded(NamedTuple):
    """Somebody who is laid out, and the last message before; None where there was none."""

    msisdn: int
    day: int
    message: int | None
    account: int
    network: int
    district: int


def lay_out(conn: Connection, kind: Kind, after: int, within_days: int) -> int | None:
    """Lay out the next registrations that wait; the last number of them, None if none do."""
    clear(conn)
    # SQLite calls its own key so, and finds it fastest.
    whole = "INTEGER" if conn.dialect.name == "sqlite" else "BIGINT"
    for table, columns in _TABLES.items():
        conn.execute(text(f"CREATE TEMPORARY TABLE {table} ({columns.format(whole=whole)})"))
    conn.execute(
        text(
            "INSERT INTO waiting SELECT msisdn, day FROM registration WHERE message = -1"
            " AND kind = :kind AND msisdn > :after ORDER BY msisdn LIMIT :block"
        ),
        {"kind": int(kind), "after": after, "block": _BLOCK},
    )
    days = conn.execute(text("SELECT DISTINCT day FROM waiting")).scalars().all()
    if not days:
        return None
    before = timedelta(days=within_days)
    conn.execute(
        text("INSERT INTO span VALUES (:day, :since)"),
        [{"day": day, "since": number_of_day(day_of_number(day) - before)} for day in days],
    )
    if conn.dialect.name == "postgresql":
        conn.execute(text("ANALYZE waiting"))
    return int(conn.execute(text("SELECT MAX(msisdn) FROM waiting")).scalar_one())


def campaigns(conn: Connection) -> Sequence[int]:
    """Those that may have sent anything in the time of those laid out."""
    least, most = _time(conn)
    rows = conn.execute(
        text(
            "SELECT id FROM campaign WHERE started_at < :end"
            " AND (finished_at IS NULL OR finished_at >= :begin) ORDER BY id"
        ),
        {"begin": _ms(day_of_number(least)), "end": _ms(day_of_number(most) + timedelta(days=1))},
    )
    return rows.scalars().all()


def pass_by(conn: Connection, campaign: int) -> None:
    """Find what those laid out were sent of a campaign in their time."""
    least, most = _time(conn)
    conn.execute(
        text(_PASS),
        {
            "first": campaign * CAMPAIGN_SPAN,
            "end": (campaign + 1) * CAMPAIGN_SPAN,
            "least": least,
            "most": most,
        },
    )


# SQLite takes a cross join in the order in which it is written: the long table passes by once.
_PASS = f"""INSERT INTO found SELECT w.msisdn, m.day, m.id, m.account, m.network, m.district
 FROM message m CROSS JOIN recipient r CROSS JOIN waiting w CROSS JOIN span s
 WHERE m.id >= :first AND m.id < :end AND m.day >= :least AND m.day <= :most
 AND {among_sql("m.state", [int(state) for state in _TAKEN])}
 AND r.id = m.recipient AND w.msisdn = r.msisdn
 AND s.day = w.day AND m.day >= s.since AND m.day <= w.day"""


def _time(conn: Connection) -> tuple[int, int]:
    """From which local day to which messages may count."""
    least, most = conn.execute(text("SELECT MIN(since), MAX(day) FROM span")).one()
    return int(least), int(most)


def pages(conn: Connection) -> Iterator[list[Preceded]]:
    """Everybody laid out, page by page."""
    conn.execute(text("CREATE INDEX found_of ON found (msisdn, day, message)"))
    rows = conn.execute(
        text(
            "SELECT w.msisdn, w.day, f.message, f.account, f.network, f.district FROM waiting w"
            " LEFT JOIN found f ON f.msisdn = w.msisdn ORDER BY w.msisdn, f.day, f.message"
        ),
        execution_options={"yield_per": _PAGE},
    )
    people = (Preceded(*list(its)[-1]) for _, its in groupby(rows, itemgetter(0)))
    while page := list(islice(people, _PAGE)):
        yield page


def clear(conn: Connection) -> None:
    """Put away what was laid out."""
    own = "temp" if conn.dialect.name == "sqlite" else "pg_temp"
    for table in _TABLES:
        conn.execute(text(f"DROP TABLE IF EXISTS {own}.{table}"))


def _ms(day: date) -> int:
    return int(datetime.combine(day, time(), LOCAL).timestamp() * 1000)

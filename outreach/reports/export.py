"""Every recipient's result, one row each, however many there are."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.msisdn import mask
from outreach.domain.network import Network
from outreach.reports.columns import channel_title, state_title
from outreach.reports.files import Cell, write_rows
from outreach.reports.reasons import in_vietnamese
from outreach.store import accounts
from outreach.store.sql import Fetched

PAGE = 10_000


class ResultRow(NamedTuple):
    """A recipient's result, in the order of the file's columns."""

    number: str
    network: str
    channel: str
    account: str
    state: str
    result: str
    reason: str
    parts: int
    day: str


HEADER = (
    "Số điện thoại",
    "Nhà mạng",
    "Kênh",
    "Tài khoản gửi",
    "Mã kết quả",
    "Kết quả",
    "Lý do",
    "Số đoạn tin",
    "Ngày gửi hoặc đóng",
)

_words = lru_cache(maxsize=10_000)(in_vietnamese)

_SELECT = text(
    "SELECT m.id, r.msisdn, m.network, m.account, m.state, m.reason, m.parts, m.day FROM ("
    " SELECT id, recipient, network, account, state, reason, parts, day FROM message"
    " WHERE id > :after AND id < :end AND superseded = 0 ORDER BY id LIMIT :page"
    ") AS m JOIN recipient r ON r.id = m.recipient ORDER BY m.id"
)


def results(conn: Connection, campaign: int, *, unmask: bool = False) -> Iterator[ResultRow]:
    """Read each recipient's result in the order of message ids, a page at a time.

    All pages come from the transaction's one view of the data. Numbers are masked unless the
    caller has seen to role, reason and audit.
    """
    ways = {
        number: (name, channel_title(channel))
        for number, (name, channel) in accounts.names(conn).items()
    }
    ways.setdefault(0, ("", channel_title(None)))
    after, end = campaign * CAMPAIGN_SPAN, (campaign + 1) * CAMPAIGN_SPAN
    while page := conn.execute(_SELECT, {"after": after, "end": end, "page": PAGE}).all():
        for row in page:
            yield _result(row, ways[row[3]], unmask=unmask)
        after = page[-1][0]


def _result(row: Fetched, way: tuple[str, str], *, unmask: bool) -> ResultRow:
    name, channel = way
    state, number, reason = State(row[4]), str(row[1]), row[5] or ""
    return ResultRow(
        number if unmask else mask(number),
        Network(row[2]).title,
        channel,
        name,
        state.label,
        state_title(state),
        _words(reason),
        row[6],
        iso_day(row[7]),
    )


def iso_day(day: int) -> str:
    """A stored day as 2026-11-22; empty where there is none yet."""
    digits = str(day)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if day else ""


def write_csv(rows: Iterable[ResultRow], path: Path) -> int:
    """Write results as they come; returns how many, without the header."""
    lines: Iterable[tuple[Cell, ...]] = chain([HEADER], rows)
    return write_rows(path, lines) - 1

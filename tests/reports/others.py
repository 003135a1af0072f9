"""What others say of November: an order, statements, coverage, people who installed."""

from collections import Counter

from sqlalchemy import Connection, text

from outreach.domain.coverage import Coverage
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.order import OrderAction, OrderState, PartAction, Words
from outreach.store import coverage, orders, responses, statements, tables
from outreach.store.bulk import Row, bulk_insert
from outreach.store.coverage import MonthCoverage
from outreach.store.database import Database
from outreach.store.orders import Order
from outreach.store.responses import Kind
from outreach.store.statements import Line, Statement
from tests.reports import year

MONTH = 202611
ORDERED = (1_200_000, 1_150_000)
"""Sent and delivered by VinaPhone, by order."""


def build(database: Database, campaigns: tuple[int, int]) -> None:
    """Fill in November: VinaPhone has handed in, BHXH too; the others are late."""
    with database.write() as conn:
        order = _order(conn)
        hand_in(conn, _lines(order))
        coverage.add(conn, _coverage())
        _install(conn, campaigns[0])


def _order(conn: Connection) -> int:
    order = orders.add(
        conn,
        Order(
            0, "theo văn bản 11", "install-guide", Words("Mời cài VssID", "Moi cai VssID"),
            "thuê bao đăng ký tại Thành phố", 20261110, 20261120, "08:00-20:00", OrderState.DRAFT,
            "an", None, None, 1, None,
        ),
        ("VinaPhone", "Viettel"),
    )  # fmt: skip
    waiting = orders.move(conn, order, OrderAction.SUBMIT)
    orders.move(conn, waiting, OrderAction.APPROVE, approver="binh", approved_at=2)
    part = orders.part(conn, order, "VinaPhone")
    orders.move_part(conn, part, PartAction.ISSUE, letter="05/TTCĐS-CNTT", ordered_at=3)
    return order.id


def _lines(order: int) -> tuple[Line, ...]:
    city = Line(0, "", None, None, 52_000, 31_000)
    return city, Line(order, "", *ORDERED, None, None)


def hand_in(conn: Connection, lines: tuple[Line, ...], why: str = "") -> Statement:
    """Have VinaPhone hand in its figures of November."""
    told = Statement(
        0, "VinaPhone", MONTH, 0, "file", "vinaphone.xlsx", f"f{lines}", year.NOW, "an", why,
        "=khó khăn", "thuê bao tắt máy", 40, 20_000, (), lines,
    )  # fmt: skip
    return statements.add(conn, told)


def _coverage() -> MonthCoverage:
    districts = {
        "Phường Sài Gòn": Coverage(60_000, 40_000, 39_000, 20_000),
        "Phường Bến Thành": Coverage(40_000, 20_000, None, 20_000),
    }
    return MonthCoverage(MONTH, 0, "bhxh.xlsx", year.NOW, "an", "", districts, Coverage())


def _install(conn: Connection, campaign: int) -> None:
    """Three install the app after a message by VinaPhone, two after none of ours."""
    told = text("SELECT id FROM message WHERE account = :esms AND id < :end ORDER BY id LIMIT 3")
    end = (campaign + 1) * CAMPAIGN_SPAN
    messages = [*conn.execute(told, {"esms": year.ESMS, "end": end}).scalars(), 0, 0]
    rows: list[Row] = [
        (84_900_000_000 + n, int(Kind.INSTALLED), year.NOVEMBER, message, 1)
        for n, message in enumerate(messages)
    ]
    bulk_insert(conn, tables.registration, ("msisdn", "kind", "day", "message", "list"), rows)
    done = [(MONTH, Kind.INSTALLED, message) for message in messages]
    responses.add(conn, Counter(responses.after(conn, done)))

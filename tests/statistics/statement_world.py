"""What is known when statements come in: the month before, a closed month, orders, and the day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from outreach.domain.month import Month
from outreach.domain.order import OrderState, PartAction, Words
from outreach.settings import Settings, load
from outreach.statistics.statements import Told, ToldLine, hand_in, prepare
from outreach.store import orders, statements
from outreach.store.database import Database
from outreach.store.orders import Order
from outreach.store.statements import Figure, Statement
from tests.cli.shell import ENVIRON

NOW = datetime(2026, 12, 3, 3, 0, tzinfo=UTC)
NOVEMBER, OCTOBER, CLOSED = Month(2026, 11), Month(2026, 10), Month(2026, 9)
ORDER, SECOND = "dot-thang-11", "dot-nhac-lai"


def settings(now: datetime = NOW) -> Settings:
    """The settings as they are delivered, at a moment of our choice."""
    return replace(load(Path(ENVIRON["OUTREACH_CONFIG"]), ENVIRON), clock=lambda: now)


def figures(**told: int) -> dict[Figure, int | None]:
    """Figures by name; the others are not told."""
    names: tuple[Figure, ...] = ("sent", "delivered", "accesses", "installs")
    return {name: told.get(name) for name in names}


def told(carrier: str, month: Month, *lines: ToldLine, **more: object) -> Told:
    """A statement typed in."""
    return replace(Told("typed", carrier, month, lines), **more)  # type: ignore[arg-type]  # a test's own words


def take(
    conn: Connection, statement: Told, why: str = "", *, confirm: bool = True, by: str = "an"
) -> Statement:
    """Hand a statement in."""
    prepared = prepare(conn, settings(), statement, by, why)
    return hand_in(conn, prepared, confirm=confirm)


def furnish(database: Database) -> None:
    """Make the world: Viettel has one order in November, VinaPhone two, MobiFone none."""
    with database.write() as conn:
        order(conn, ORDER, ("Viettel", "VinaPhone"))
        order(conn, SECOND, ("VinaPhone",))
        before = ToldLine(figures(accesses=100_000, installs=60_000))
        take(conn, told("Viettel", OCTOBER, before))
        take(conn, told("MobiFone", NOVEMBER, ToldLine(figures(accesses=900, installs=500))))
        statements.close(conn, CLOSED.number, "quan", int(NOW.timestamp() * 1000))


def order(conn: Connection, name: str, carriers: tuple[str, ...]) -> int:
    """An approved order of November whose letters have gone."""
    made = orders.add(
        conn,
        Order(
            id=0,
            name=name,
            purpose="install-guide",
            words=Words("Mời cài VssID", "Moi cai VssID"),
            audience="thuê bao của nhà mạng",
            opens_on=20261102,
            closes_on=20261105,
            hours="08:00-20:00",
            state=OrderState.ORDERED,
            author="an",
            approver="binh",
            approved_hash="0",
            created_at=1,
            approved_at=2,
        ),
        carriers,
    )
    for part in orders.parts(conn, made):
        orders.move_part(conn, part, PartAction.ISSUE, letter="7/CV", ordered_at=3)
    return made.id


def lines_of(statement: Statement) -> Mapping[tuple[int, str], tuple[int | None, ...]]:
    """The lines of a statement by order and district."""
    return {
        (line.by_order, line.district): (line.sent, line.delivered, line.accesses, line.installs)
        for line in statement.lines
    }

"""Orders on both databases: kept whole, moved once, found by the month of their days."""

from dataclasses import replace

import pytest

from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError
from outreach.domain.order import OrderAction, OrderState, PartAction, PartState, Words
from outreach.store import audit, orders
from outreach.store.database import Database
from outreach.store.orders import Order, Part

CARRIERS = ("Viettel", "VinaPhone")
DRAFT = Order(
    id=0,
    name="dec",
    purpose="install-guide",
    words=Words("Kính mời Ông/Bà\n“cài” VssID", 'Kinh moi Ong/Ba\n"cai" VssID'),
    audience="thuê bao đăng ký tại Thành phố",
    opens_on=20261230,
    closes_on=20270102,
    hours="08:00-20:00",
    state=OrderState.DRAFT,
    author="an",
    approver=None,
    approved_hash=None,
    created_at=1,
    approved_at=None,
)


def _add(database: Database, order: Order = DRAFT) -> Order:
    with database.write() as conn:
        return orders.add(conn, order, CARRIERS)


def _approve(database: Database, order: Order) -> Order:
    with database.write() as conn:
        waiting = orders.move(conn, order, OrderAction.SUBMIT)
        return orders.move(conn, waiting, OrderAction.APPROVE, approver="binh", approved_at=2)


def _part(database: Database, order: Order, carrier: str = "Viettel") -> Part:
    with database.read() as conn:
        return orders.part(conn, order, carrier)


def _issue(database: Database, order: Order, carrier: str = "Viettel") -> None:
    part = _part(database, order, carrier)
    with database.write() as conn:
        orders.move_part(conn, part, PartAction.ISSUE, letter="05/TTCĐS-CNTT", ordered_at=3)


def test_an_order_comes_back_as_it_was_stored(database: Database) -> None:
    made = _add(database)
    assert made == replace(DRAFT, id=made.id)
    with database.read() as conn:
        assert orders.named(conn, "dec") == made
        assert orders.listed(conn) == [made]
        assert orders.parts(conn, made) == [Part(made.id, "Viettel"), Part(made.id, "VinaPhone")]


def test_a_name_is_there_once_and_is_no_number(database: Database) -> None:
    _add(database)
    with pytest.raises(BadInputError, match="an order called 'dec' exists"):
        _add(database)
    for name in ("84900000001", "", "lệnh 0900000001"):
        with pytest.raises(BadInputError, match="order name"):
            _add(database, replace(DRAFT, name=name))


def test_who_asks_for_another_name_is_told_the_latest(database: Database) -> None:
    with database.read() as conn, pytest.raises(NotFoundError, match="latest are: none yet"):
        orders.named(conn, "nov")
    for n in range(7):
        _add(database, replace(DRAFT, name=f"order-{n}"))
    with database.read() as conn, pytest.raises(NotFoundError) as fault:
        orders.named(conn, "nov")
    assert str(fault.value).endswith("order-6, order-5, order-4, order-3, order-2")


def test_a_draft_is_written_anew_with_other_carriers(database: Database) -> None:
    made = _add(database)
    with database.write() as conn:
        waiting = orders.move(conn, made, OrderAction.SUBMIT)
        wished = replace(DRAFT, audience="người hưởng lương hưu", author="lan", created_at=9)
        after = orders.save(conn, waiting, wished, ["MobiFone"])
    assert after == replace(made, audience="người hưởng lương hưu", author="lan")
    with database.read() as conn:
        assert [part.carrier for part in orders.parts(conn, after)] == ["MobiFone"]


def test_what_is_approved_is_not_written_anew(database: Database) -> None:
    approved = _approve(database, _add(database))
    with database.write() as conn, pytest.raises(NotAllowedError, match="cannot edit an order"):
        orders.save(conn, approved, DRAFT, CARRIERS)
    with database.read() as conn:
        assert orders.named(conn, "dec") == approved


def test_an_order_moves_once(database: Database) -> None:
    made = _add(database)
    with database.write() as conn:
        orders.move(conn, made, OrderAction.SUBMIT)
    with database.write() as conn, pytest.raises(NotAllowedError, match="is no longer draft"):
        orders.move(conn, made, OrderAction.CANCEL)
    with database.read() as conn:
        assert orders.named(conn, "dec").state is OrderState.AWAITING_APPROVAL


def test_a_part_moves_once_and_alone(database: Database) -> None:
    made = _approve(database, _add(database))
    part = _part(database, made)
    _issue(database, made)
    with database.write() as conn, pytest.raises(NotAllowedError, match="is no longer pending"):
        orders.move_part(conn, part, PartAction.ISSUE, letter="06/TTCĐS-CNTT")
    assert _part(database, made) == Part(
        made.id, "Viettel", PartState.ORDERED, "05/TTCĐS-CNTT", ordered_at=3
    )
    assert _part(database, made, "VinaPhone").state is PartState.PENDING


def test_a_letter_is_numbered_later(database: Database) -> None:
    made = _approve(database, _add(database))
    part = _part(database, made)
    with database.write() as conn:
        orders.move_part(conn, part, PartAction.ISSUE, ordered_at=3)
    with database.write() as conn:
        orders.give_number(conn, replace(part, state=PartState.ORDERED), "07/TTCĐS-CNTT")
    assert _part(database, made).letter == "07/TTCĐS-CNTT"
    assert _part(database, made).state is PartState.ORDERED


def test_figures_of_a_statement_make_a_part_reported_once(database: Database) -> None:
    made = _approve(database, _add(database))
    _issue(database, made)
    for now in (10, 20):
        with database.write() as conn:
            orders.reported(conn, made.id, "Viettel", now)
    assert _part(database, made).state is PartState.REPORTED
    with database.read() as conn:
        (entry,) = audit.history(conn, orders.subject(made.id))
    assert (entry.at, entry.action, entry.detail) == (10, "order.report", {"carrier": "Viettel"})


def test_figures_that_nobody_asked_for_are_refused(database: Database) -> None:
    made = _approve(database, _add(database))
    with database.write() as conn, pytest.raises(NotAllowedError, match="part that is pending"):
        orders.reported(conn, made.id, "Viettel", 1)
    with database.write() as conn, pytest.raises(NotFoundError, match="but to: Viettel, VinaPho"):
        orders.reported(conn, made.id, "Gmobile", 1)


@pytest.mark.parametrize(
    ("month", "found"),
    [(202611, 0), (202612, 1), (202701, 1), (202702, 0)],
)
def test_an_order_is_of_every_month_that_it_touches(
    database: Database, month: int, found: int
) -> None:
    made = _add(database)
    with database.read() as conn:
        assert orders.of_month(conn, month) == [], "nobody approved it"
    approved = _approve(database, made)
    with database.read() as conn:
        assert orders.of_month(conn, month) == [approved] * found


def test_a_cancelled_order_is_of_its_month_only_where_it_was_sent(database: Database) -> None:
    unsent = _approve(database, _add(database))
    sent = _approve(database, _add(database, replace(DRAFT, name="sent")))
    _issue(database, sent)
    part = _part(database, sent)
    with database.write() as conn:
        orders.move_part(conn, part, PartAction.SEND, sent_at=4)
        for each in (unsent, sent):
            orders.move(conn, each, OrderAction.CANCEL)
    with database.read() as conn:
        assert [each.name for each in orders.of_month(conn, 202612)] == ["sent"]

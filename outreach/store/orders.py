"""Sends by order: what carriers are asked to send to their own subscribers, and how far each is."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text

from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError, check_name
from outreach.domain.order import (
    OrderAction,
    OrderState,
    PartAction,
    PartState,
    Words,
    moved,
    part_moved,
)
from outreach.store import audit


@dataclass(frozen=True, slots=True)
class Order:
    """One text that carriers send to their own subscribers."""

    id: int
    name: str
    purpose: str
    words: Words
    audience: str
    """In words: we never see a number of it."""
    opens_on: int
    """The first local day, 20261201."""
    closes_on: int
    """The last one."""
    hours: str
    state: OrderState
    author: str
    approver: str | None
    approved_hash: str | None
    created_at: int
    approved_at: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """One carrier's share in an order."""

    order: int
    carrier: str
    state: PartState = PartState.PENDING
    letter: str = ""
    """Number and symbol of the công văn; empty before it has one."""
    ordered_at: int | None = None
    confirmed_at: int | None = None
    sent_at: int | None = None
    note: str = ""
    """What the carrier said."""


_FIELDS = tuple(Order.__dataclass_fields__)
_COLUMNS = ", ".join(_FIELDS)
_PART = "by_order, carrier, state, letter, ordered_at, confirmed_at, sent_at, note"


def add(conn: Connection, order: Order, carriers: Sequence[str]) -> Order:
    """Store a new order (its id is ignored) with a pending part for each carrier."""
    check_name("order", order.name)
    if find(conn, order.name) is not None:
        raise BadInputError(f"an order called '{order.name}' exists; choose another name")
    names = _FIELDS[1:]
    marks = ", ".join(f":{name}" for name in names)
    statement = text(f"INSERT INTO by_order ({', '.join(names)}) VALUES ({marks}) RETURNING id")
    number = int(conn.execute(statement, _stored(order)).scalar_one())
    _set_parts(conn, number, carriers)
    return get(conn, number)


def save(conn: Connection, before: Order, after: Order, carriers: Sequence[str]) -> Order:
    """Write an unapproved order anew: a draft again; NotAllowedError if it moved meanwhile."""
    names = ("purpose", "words", "audience", "opens_on", "closes_on", "hours", "author")
    told = _stored(after)
    move(conn, before, OrderAction.EDIT, **{name: told[name] for name in names})
    conn.execute(text("DELETE FROM by_order_carrier WHERE by_order = :id"), {"id": before.id})
    _set_parts(conn, before.id, carriers)
    return get(conn, before.id)


def find(conn: Connection, name: str) -> Order | None:
    """The order of exactly that name, if there is one."""
    row = conn.execute(
        text(f"SELECT {_COLUMNS} FROM by_order WHERE name = :name"), {"name": name}
    ).first()
    return None if row is None else _order(row)


def named(conn: Connection, name: str) -> Order:
    """Find an order by name; NotFoundError says what there is."""
    found = find(conn, name)
    if found is None:
        latest = text("SELECT name FROM by_order ORDER BY id DESC LIMIT 5")
        known = ", ".join(conn.execute(latest).scalars()) or "none yet"
        raise NotFoundError(f"no order is called '{name}'; the latest are: {known}")
    return found


def get(conn: Connection, order: int) -> Order:
    """Read an order that is known to exist."""
    return _order(
        conn.execute(text(f"SELECT {_COLUMNS} FROM by_order WHERE id = :id"), {"id": order}).one()
    )


def listed(conn: Connection) -> list[Order]:
    """Every order, oldest first."""
    return [
        _order(row) for row in conn.execute(text(f"SELECT {_COLUMNS} FROM by_order ORDER BY id"))
    ]


def of_month(conn: Connection, month: int) -> list[Order]:
    """The approved orders with a day in a month (202611), oldest first.

    A cancelled one is among them only where a carrier sent it all the same.
    """
    rows = conn.execute(
        text(
            f"SELECT {_COLUMNS} FROM by_order WHERE approved_at IS NOT NULL"
            " AND opens_on <= :last AND closes_on >= :first AND (state <> 'cancelled'"
            " OR EXISTS (SELECT 1 FROM by_order_carrier p WHERE p.by_order = by_order.id"
            " AND p.state IN ('sent', 'reported'))) ORDER BY id"
        ),
        {"first": month * 100 + 1, "last": month * 100 + 31},
    )
    return [_order(row) for row in rows]


def months(conn: Connection) -> list[int]:
    """The months (202612) in which orders that were approved begin and end."""
    return sorted(
        {
            day // 100
            for order in listed(conn)
            if order.state is OrderState.ORDERED
            for day in (order.opens_on, order.closes_on)
        }
    )


def parts(conn: Connection, order: Order) -> list[Part]:
    """Each carrier's part in an order, by the carriers' names."""
    rows = conn.execute(
        text(f"SELECT {_PART} FROM by_order_carrier WHERE by_order = :id ORDER BY carrier"),
        {"id": order.id},
    )
    return [_part(row) for row in rows]


def part(conn: Connection, order: Order, carrier: str) -> Part:
    """One carrier's part; NotFoundError says who has one."""
    found = parts(conn, order)
    for each in found:
        if each.carrier == carrier:
            return each
    known = ", ".join(each.carrier for each in found)
    raise NotFoundError(f"order '{order.name}' does not go to '{carrier}', but to: {known}")


def move(conn: Connection, order: Order, action: OrderAction, **columns: object) -> Order:
    """Move an order from the state it was read in; NotAllowedError if it moved meanwhile."""
    sets = "".join(f", {name} = :{name}" for name in columns)
    to = moved(order.state, action)
    done = conn.execute(
        text(f"UPDATE by_order SET state = :to{sets} WHERE id = :id AND state = :before"),
        {"to": to.value, "id": order.id, "before": order.state.value, **columns},
    )
    _only_one(done.rowcount, f"order '{order.name}'", order.state)
    return get(conn, order.id)


def move_part(conn: Connection, part: Part, action: PartAction, **columns: object) -> None:
    """The same for a carrier's part."""
    _write_part(conn, part, part_moved(part.state, action), columns)


def give_number(conn: Connection, part: Part, letter: str) -> None:
    """Number a letter that left without one."""
    _write_part(conn, part, part.state, {"letter": letter})


def reported(conn: Connection, order: int, carrier: str, now: int) -> None:
    """Note that a carrier's statement has figures of an order; once noted, nothing changes.

    NotFoundError where the order does not go to the carrier, NotAllowedError where no letter has
    gone to it yet.
    """
    found = part(conn, get(conn, order), carrier)
    move_part(conn, found, PartAction.REPORT)
    if found.state is not PartState.REPORTED:
        told = {"carrier": carrier}
        entry = audit.Entry(now, audit.ENGINE, "order.report", subject(order), told)
        audit.write(conn, entry)


def subject(order: int) -> str:
    """Under which subject the audit tells of an order."""
    return f"order:{order}"


def _write_part(conn: Connection, part: Part, to: PartState, columns: dict[str, object]) -> None:
    sets = "".join(f", {name} = :{name}" for name in columns)
    done = conn.execute(
        text(
            f"UPDATE by_order_carrier SET state = :to{sets}"
            " WHERE by_order = :order AND carrier = :carrier AND state = :before"
        ),
        {
            "to": to.value,
            "order": part.order,
            "carrier": part.carrier,
            "before": part.state.value,
            **columns,
        },
    )
    _only_one(done.rowcount, f"the part of {part.carrier}", part.state)


def _only_one(changed: int, what: str, state: OrderState | PartState) -> None:
    if changed != 1:
        raise NotAllowedError(
            f"{what} is no longer {state}; somebody else moved it: look at it and try again"
        )


def _set_parts(conn: Connection, order: int, carriers: Sequence[str]) -> None:
    conn.execute(
        text(
            "INSERT INTO by_order_carrier (by_order, carrier, state, letter, note)"
            " VALUES (:order, :carrier, :state, '', '')"
        ),
        [
            {"order": order, "carrier": carrier, "state": PartState.PENDING.value}
            for carrier in carriers
        ],
    )


def _stored(order: Order) -> dict[str, object]:
    """Every column but the id, as the table keeps it."""
    told = {name: getattr(order, name) for name in _FIELDS[1:]}
    words = json.dumps(asdict(order.words), ensure_ascii=False)
    return {**told, "words": words, "state": order.state.value}


def _order(row: Sequence[Any]) -> Order:
    fields = dict(zip(_FIELDS, row, strict=True))
    fields["words"] = Words(**json.loads(fields["words"]))
    fields["state"] = OrderState(fields["state"])
    return Order(**fields)


def _part(row: Sequence[Any]) -> Part:
    order, carrier, state, *rest = row
    return Part(order, carrier, PartState(state), *rest)

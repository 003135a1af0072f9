"""Promise 4 on two copies of a history: the same receipts in two orders."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text

from outreach.domain.receipt import Status
from tests.model.carriers import Request, body
from tests.model.checks import Row, copied, messages
from tests.model.quick import Steady
from tests.model.world import PEOPLE_TAKE, World

_STEP = 100_000_000


def two_orders(
    world: World, told: Sequence[tuple[Request, Status]], other: Sequence[tuple[Request, Status]]
) -> None:
    """Promise 4: on two copies the same receipts come in two orders, some of them twice.

    In one order each is settled by itself, in the other all are settled together.
    """
    world.call(told)
    world.pass_(PEOPLE_TAKE)
    beside = Path(str(world.database.url.database))
    copies = [copied(world.database, beside.with_name(name)) for name in ("one.db", "two.db")]
    one = _settled(world, copies[0], [[each] for each in told])
    two = _settled(world, copies[1], [other])
    open_words = {n % _STEP for n in one.keys() | two.keys() if world.oracle.contradicted(n)}
    differ = [
        f"message {n}: {one.get(n)} or {two.get(n)} by the order of receipts"
        for n in one.keys() | two.keys()
        if one.get(n) != two.get(n) and n % _STEP not in open_words
    ]
    assert not differ, "\n".join(differ)


def _settled(
    world: World, beside: Steady, told: Sequence[Sequence[tuple[Request, Status]]]
) -> dict[int, Row]:
    """What a copy of the database comes to by receipts in an order."""
    try:
        with beside.write() as conn:
            conn.execute(text("DELETE FROM inbox"))
        calls = [[(r.account, body(r, s)) for r, s in together] for together in told]
        world.time.run(world.process.settled_on(beside, calls))
        with beside.read() as conn:
            return messages(conn, world.oracle.facts)
    finally:
        beside.close()

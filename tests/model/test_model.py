"""Random histories of operators, carriers, receipts, crashes and clocks hold every promise.

Here always the same ones; `python -m tests.model` looks for new ones.
"""

from collections.abc import Callable, Iterator
from functools import partial
from uuid import uuid4

import psycopg
import pytest

from outreach.domain.receipt import Status
from outreach.store.database import Database
from tests.model.carriers import Answer
from tests.model.house import furnish
from tests.model.machine import DEEDS, Histories
from tests.model.people import COUNTS
from tests.model.running import run


@pytest.fixture
def histories_there(postgres_server: str) -> Iterator[type[Histories]]:
    """The same histories on PostgreSQL, each in a database of its own."""
    base, template = postgres_server.rpartition("/")[0], f"model{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {template} TEMPLATE template_outreach")
        furnished = Database(f"{base}/{template}")
        furnish(furnished)
        furnished.close()

        class There(Histories):
            def fresh(self) -> tuple[str, Callable[[], None]]:
                name = f"model{uuid4().hex}"
                conn.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
                return f"{base}/{name}", partial(_dropped, conn, name)

        yield There


def _dropped(conn: psycopg.Connection, name: str) -> None:
    conn.execute(f"DROP DATABASE {name}")


def test_histories_hold_the_promises() -> None:
    run(Histories, examples=35, steps=30, number=1)


def test_histories_hold_the_promises_on_postgresql(histories_there: type[Histories]) -> None:
    run(histories_there, examples=4, steps=20, number=1)


_RARE = frozenset({"approve", "resend", "withdraw"})
"""About one in eighty histories comes to them: `python -m tests.model` runs enough of those."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_many_histories_hold_the_promises_and_all_kinds_of_things_happen() -> None:
    run(Histories, examples=150, steps=40, number=1)
    wanted = [f"rule {deed}" for deed in DEEDS if deed not in _RARE]
    wanted += [f"answer {answer.name}" for answer in Answer]
    wanted += [f"receipt {status.name}" for status in Status]
    assert not [name for name in wanted if not COUNTS[name]]

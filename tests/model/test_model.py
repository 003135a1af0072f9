"""Random histories of operators, carriers, receipts, crashes and clocks hold every promise.

Here always the same ones; `python -m tests.model` looks for new ones.
"""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from outreach.domain.receipt import Status
from outreach.store.database import Database
from tests.databases import Server
from tests.model.carriers import Answer
from tests.model.house import furnish
from tests.model.machine import DEEDS, Histories
from tests.model.people import COUNTS
from tests.model.running import run


@pytest.fixture
def histories_there(postgres_server: Server) -> Iterator[type[Histories]]:
    """The same histories on PostgreSQL, each in a database of its own."""
    template = postgres_server.create()
    furnished = Database(postgres_server.address(template))
    furnish(furnished)
    furnished.close()

    class There(Histories):
        def fresh(self) -> tuple[str, Callable[[], None]]:
            name = postgres_server.create(template)
            return postgres_server.address(name), partial(postgres_server.drop, name)

    yield There
    postgres_server.drop(template)


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

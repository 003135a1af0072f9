"""The carriers' ids: kept with what they were given for, found by them, heard of in parts."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from sqlalchemy import text

from outreach.domain.message import Event
from outreach.domain.network import Network
from outreach.domain.receipt import Status
from outreach.store import references
from outreach.store.database import Database
from outreach.store.record import Attempt, OutcomeKind, Result, Taken
from outreach.store.references import Named
from outreach.store.work import Ticket

ACCOUNT = 3
PERSON = 84_900_000_001
DELIVERED, UNDELIVERED = Status.DELIVERED, Status.UNDELIVERED


def ticket(message: int, person: int = PERSON, generation: int = 0) -> Ticket:
    return Ticket(message, 7, message, ACCOUNT, Network.VIETTEL, generation, person, "{}")


def taken(message: int, *ids: str, person: int = PERSON, generation: int = 0) -> Taken:
    whose = ticket(message, person, generation)
    return Taken(whose, len(ids), ids[0] if ids else None, 0, 0, ids if len(ids) > 1 else ())


def keep(database: Database, *each: Taken) -> None:
    with database.write() as conn:
        references.keep(conn, [], each)


def find(database: Database, *names: references.Name) -> dict[references.Name, Named]:
    with database.read() as conn:
        return references.find(conn, ACCOUNT, names)


def hear(database: Database, *words: tuple[Named, Status]) -> list[tuple[Event | None, str]]:
    with database.write() as conn:
        return [(each.event, each.effect) for each in references.hear(conn, words)]


def test_an_id_finds_its_message_with_its_number_and_without(database: Database) -> None:
    keep(database, taken(71, "a-1"), taken(72, "b'2", person=PERSON + 1))
    named = Named(ACCOUNT, 71, 0, 0, 1)
    assert find(database, ("a-1", PERSON), ("a-1", None)) == {
        ("a-1", PERSON): named,
        ("a-1", None): named,
    }
    assert find(database, ("b'2", PERSON + 1))[("b'2", PERSON + 1)].message == 72
    assert find(database, ("a-1", PERSON + 1), ("c", None), ("A-1", None)) == {}
    with database.read() as conn:
        assert references.find(conn, ACCOUNT + 1, [("a-1", PERSON), ("a-1", None)]) == {}


def test_the_id_of_a_list_needs_the_number(database: Database) -> None:
    keep(database, *(taken(71 + n, "list-1", person=PERSON + n) for n in range(3)))
    found = find(database, ("list-1", None), *(("list-1", PERSON + n) for n in range(3)))
    assert {name: named.message for name, named in found.items()} == {
        ("list-1", PERSON + n): 71 + n for n in range(3)
    }


def test_of_two_messages_under_one_id_the_newer_has_it(database: Database) -> None:
    keep(database, taken(71, "a", "b"))
    hear(database, (find(database, ("a", None))[("a", None)], DELIVERED))
    keep(database, taken(72, "a", "c", generation=2))
    assert find(database, ("a", None))[("a", None)] == Named(ACCOUNT, 72, 2, 1, 2)
    # What was heard of the older one's part is not the newer one's.
    assert hear(database, (find(database, ("c", None))[("c", None)], DELIVERED)) == [(None, "part")]


def test_a_message_that_is_accepted_again_keeps_what_was_heard(database: Database) -> None:
    keep(database, taken(71, "a", "b"))
    first, second = (find(database, (name, None))[(name, None)] for name in "ab")
    assert hear(database, (first, DELIVERED)) == [(None, "part")]
    keep(database, taken(71, "a", "b"))
    assert hear(database, (second, DELIVERED)) == [(Event.DELIVERED, "")]


def test_late_yeses_to_a_known_key_are_kept_and_refusals_are_not(database: Database) -> None:
    def tried(kind: OutcomeKind, reference: str | None) -> Attempt:
        return Attempt(kind, None, reference, 0, 0)

    results = [
        Result(ticket(71), Event.ACCEPT, attempt=tried(OutcomeKind.DUPLICATE, "d-1")),
        Result(ticket(72), Event.ACCEPT, attempt=tried(OutcomeKind.DUPLICATE, None)),
        Result(ticket(73), Event.LOSE, attempt=tried(OutcomeKind.UNKNOWN, "list-9")),
    ]
    with database.write() as conn:
        references.keep(conn, results, [taken(74)])
    with database.read() as conn:
        rows = conn.execute(text("SELECT reference, message, part, parts FROM reference")).all()
    assert [tuple(row) for row in rows] == [("d-1", 71, 0, 1)]


def test_parts_under_one_id_are_one(database: Database) -> None:
    keep(database, taken(71, "same", "same", "same"), taken(72, "x", "y", "x"))
    assert find(database, ("same", None))[("same", None)] == Named(ACCOUNT, 71, 0, 0, 1)
    assert find(database, ("y", None))[("y", None)] == Named(ACCOUNT, 72, 0, 2, 2)


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ((DELIVERED, DELIVERED, DELIVERED), Event.DELIVERED),
        ((DELIVERED, UNDELIVERED, DELIVERED), Event.UNDELIVERED),
        ((UNDELIVERED, UNDELIVERED, DELIVERED), Event.UNDELIVERED),
        ((DELIVERED, DELIVERED, None), None),
        ((None, UNDELIVERED, None), Event.UNDELIVERED),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_order_and_repetition_of_parts_do_not_matter(
    database: Database, said: Sequence[Status | None], end: Event | None
) -> None:
    words = [(part, status) for part, status in enumerate(said, 1) if status is not None]
    for n, order in enumerate(permutations([*words, words[0]])):
        ids = [f"{n}-{part}" for part in (1, 2, 3)]
        keep(database, taken(1_000 + n, *ids, person=PERSON + n))
        named = find(database, *((each, None) for each in ids))
        events = [
            hear(database, (named[(ids[part - 1], None)], status))[0][0] for part, status in order
        ]
        assert {event for event in events if event} == ({end} if end else set()), order


def test_parts_together_are_as_parts_one_by_one(database: Database) -> None:
    keep(database, taken(71, "a", "b"), taken(72, "c", "d", person=PERSON + 1))
    named = find(database, *((each, None) for each in "abcd"))
    a, b, c, d = (named[(each, None)] for each in "abcd")
    assert hear(database, (a, DELIVERED), (c, UNDELIVERED), (b, DELIVERED), (d, DELIVERED)) == [
        (None, "part"),
        (Event.UNDELIVERED, ""),
        (Event.DELIVERED, ""),
        (None, "part"),
    ]


def test_the_first_final_word_on_a_part_stays(database: Database) -> None:
    keep(database, taken(71, "a", "b"))
    named = find(database, ("a", None), ("b", None))
    a, b = named[("a", None)], named[("b", None)]
    assert hear(database, (a, DELIVERED), (a, UNDELIVERED), (a, DELIVERED)) == [
        (None, "part"),
        (None, "contradicts"),
        (None, "repeated"),
    ]
    assert hear(database, (b, Status.ENROUTE)) == [(Event.ENROUTE, "")]
    assert hear(database, (b, DELIVERED)) == [(Event.DELIVERED, "")]


def test_a_word_on_the_whole_is_that_word(database: Database) -> None:
    keep(database, taken(71, "a"))
    named = find(database, ("a", None))[("a", None)]
    assert hear(database, (named, DELIVERED), (named, Status.REFUSED)) == [
        (Event.DELIVERED, ""),
        (Event.REFUSED, ""),
    ]

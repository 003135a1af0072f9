"""Audiences made of others: set algebra, samples, and what is kept of how they were made."""

import itertools
import json
import math
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.campaigns import derive as study
from outreach.campaigns.derive import Choice, LeftOut, Wish, count, derive
from outreach.campaigns.segments import Definition
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.network import Network
from outreach.store import audiences, audit, suppressions
from outreach.store import derive as store
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.database import Database
from outreach.store.suppressions import SuppressionList, SuppressionScope
from outreach.store.users import User

NOW = datetime(2026, 11, 20, 5, tzinfo=UTC)
LAN = User("lan", Role.OPERATOR)
FIRST = 84_901_000_000
_serial = itertools.count()


def _audience(
    database: Database, name: str, numbers: list[int], district: str = "Quận 1", **fields: str
) -> int:
    rows: list[Row] = [
        (FIRST + n, int(Network.MOBIFONE), None, district, json.dumps({"n": str(n), **fields}))
        for n in numbers
    ]
    with database.write() as conn:
        number = audiences.create(conn, Audience(0, name, "f.csv", "f", "", 0, 0, 0, 0, "lan"))
        audiences.add_recipients(conn, number, 1, rows)
        audiences.progress(conn, number, len(rows), len(rows), audiences.READY)
        return number


def _suppress(database: Database, numbers: list[int], **terms: object) -> None:
    plain = {"scope": SuppressionScope.ALL, "campaign": None, "reason": "asked", "source": "test"}
    told = {"name": f"list {next(_serial)}", "at": 0, "created_by": "lan", **plain, **terms}
    with database.write() as conn:
        found = suppressions.create(conn, SuppressionList(0, **told))  # type: ignore[arg-type]
        suppressions.add(conn, found.id, [FIRST + n for n in numbers])


def _rows(database: Database, audience: int) -> list[dict[str, object]]:
    with database.read() as conn:
        found = conn.execute(
            text("SELECT * FROM recipient WHERE id >= :first AND id < :end ORDER BY id"),
            {"first": audience * CAMPAIGN_SPAN, "end": (audience + 1) * CAMPAIGN_SPAN},
        )
        return [dict(row) for row in found.mappings()]


def _numbers(database: Database, audience: int) -> list[int]:
    return [int(str(row["msisdn"])) - FIRST for row in _rows(database, audience)]


_sets = st.sets(st.integers(0, 40)).map(sorted)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(given_sets=st.tuples(_sets, _sets, _sets, _sets), seed=st.integers(0, 9))
@example(given_sets=([], [], [], []), seed=0)
def test_the_algebra_of_sets(
    database: Database, given_sets: tuple[list[int], ...], seed: int
) -> None:
    first, second, minus, held = given_sets
    tag = f"-{next(_serial)}"
    _audience(database, f"a{tag}", first, "Quận 1")
    _audience(database, f"b{tag}", second, "Quận 3")
    _audience(database, f"m{tag}", minus)
    with database.write() as conn:
        conn.execute(text("UPDATE suppression_list SET undone_at = 1"))
    _suppress(database, held)
    names = (f"a{tag}", f"b{tag}")
    whole = Definition(names, minus=(f"m{tag}",), minus_suppressed=True)

    made, choice = derive(database, LAN, Wish(f"all{tag}", whole), NOW)
    order = [*first, *(n for n in second if n not in first)]
    rest = [n for n in order if n not in {*minus, *held}]
    assert _numbers(database, made.id) == rest
    assert made.rows == len(first) + len(second) == made.imported + made.rejected
    assert made.imported == len(rest) == choice.chosen
    assert choice.left_out[LeftOut.ALREADY_THERE] == len(set(first) & set(second))
    assert choice.left_out[LeftOut.IN_MINUS] == len({*first, *second} & set(minus))

    third = Definition(names, minus=whole.minus, minus_suppressed=True, districts=("q3",))
    made, _ = derive(database, LAN, Wish(f"q3{tag}", third), NOW)
    assert _numbers(database, made.id) == [n for n in rest if n not in first]

    if rest:
        size = (len(rest) + 1) // 2
        pilot, _ = derive(database, LAN, Wish(f"p{tag}", whole, None, size, seed), NOW)
        other = Definition(names, (f"m{tag}", f"p{tag}"), minus_suppressed=True)
        left, _ = derive(database, LAN, Wish(f"r{tag}", other), NOW)
        parts = _numbers(database, pilot.id), _numbers(database, left.id)
        assert len(parts[0]) == size
        assert sorted([*parts[0], *parts[1]]) == sorted(rest)


def test_all_that_is_known_of_a_number_is_copied(database: Database) -> None:
    source = _audience(database, "a", [1, 2], full_name="Lê An")
    with database.write() as conn:
        conn.execute(
            text(
                "UPDATE recipient SET learned = 1, learned_from = 7, learned_at = 99, declared = 2"
                " WHERE msisdn = :n"
            ),
            {"n": FIRST + 2},
        )
    told = Definition(("a",), networks=("Viettel",))
    once, choice = derive(database, LAN, Wish("once", told), NOW)
    twice, _ = derive(database, LAN, Wish("twice", Definition(("once",))), NOW)
    assert choice.by_network() == {Network.VIETTEL: 1}
    before = _rows(database, source)[1]
    for made in (once, twice):
        (copied,) = _rows(database, made.id)
        assert copied == {**before, "id": made.id * CAMPAIGN_SPAN + 1, "origin": source}


def test_how_it_was_made_is_kept_and_written_down(database: Database) -> None:
    _audience(database, "a", [1, 2, 3], birth="1960")
    _audience(database, "b", [3, 4])
    told = Definition(("a", "b"), minus=("b",), ages=(60, 79))
    made, choice = derive(database, LAN, Wish("c", told, "seniors", 1, 5), NOW)
    assert (made.source, made.state, made.rows, made.imported) == ("derived", "ready", 5, 1)
    assert json.loads(made.origin) == {
        "segment": "seniors",
        "definition": {"audiences": ["a", "b"], "minus": ["b"], "ages": [60, 79]},
        "sample": 1,
        "seed": 5,
        "left_out": {"already_there": 1, "in_minus": 2, "not_in_sample": 1},
        "silent": {},
    }
    assert choice.by_district() == {"Quận 1": 2}
    with database.read() as conn:
        (entry,) = audit.history(conn, f"audience:{made.id}")
    assert (entry.actor, entry.action) == ("lan", "audience.derive")
    assert entry.detail["left_out"] == json.loads(made.origin)["left_out"]


def test_who_does_not_say_is_counted_apart(database: Database) -> None:
    _audience(database, "a", [1, 2], birth="1960")
    _audience(database, "b", [3, 4, 5])
    _audience(database, "c", [6], birth="2000")
    choice = count(database, Definition(("a", "b", "c"), ages=(60, 79)), NOW)
    assert (choice.chosen, choice.left_out) == (2, {LeftOut.NOT_MATCHED: 4})
    assert choice.silent == {"birth": 3}


@pytest.mark.parametrize(
    ("terms", "left"),
    [
        ({}, [2, 3]),
        ({"scope": SuppressionScope.AD}, [1, 2, 3]),
        ({"scope": SuppressionScope.CAMPAIGN, "campaign": 1}, [1, 2, 3]),
        ({"expires_at": int(NOW.timestamp() * 1000)}, [1, 2, 3]),
        ({"expires_at": int(NOW.timestamp() * 1000) + 1}, [2, 3]),
    ],
)
def test_only_what_holds_for_every_campaign_is_taken_off(
    database: Database, terms: dict[str, object], left: list[int]
) -> None:
    _audience(database, "a", [1, 2, 3])
    _suppress(database, [1], **terms)
    made, _ = derive(database, LAN, Wish("b", Definition(("a",), minus_suppressed=True)), NOW)
    assert _numbers(database, made.id) == left


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PAGE", 7)


@pytest.mark.usefixtures("few_at_once")
def test_pages_leave_nobody_out_and_nobody_twice(database: Database) -> None:
    _audience(database, "a", list(range(30)))
    _audience(database, "b", list(range(20, 60)))
    seen: list[tuple[int, int]] = []
    told = Definition(("a", "b"))
    made, _ = derive(
        database, LAN, Wish("c", told), NOW, lambda done, total: seen.append((done, total))
    )
    assert _numbers(database, made.id) == list(range(60))
    assert (seen[-1], max(total for _, total in seen)) == ((60, 60), 70)


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize("fault", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_kept_of_what_failed(database: Database, fault: type[BaseException]) -> None:
    _audience(database, "a", list(range(30)))

    def broken(done: int, total: int) -> None:
        if done == 14:
            raise fault

    told = Definition(("a",))
    with pytest.raises(fault):
        derive(database, LAN, Wish("b", told), NOW, broken)
    with database.read() as conn:
        assert [each.name for each in audiences.listed(conn)] == ["a"]
        assert conn.execute(text("SELECT COUNT(*) FROM recipient")).scalar() == 30
    assert derive(database, LAN, Wish("b", told), NOW)[0].imported == 30


def test_a_source_that_is_another_by_the_end_is_noticed(database: Database) -> None:
    source = _audience(database, "a", list(range(10)))
    _audience(database, "b", [50])

    def swapped(done: int, total: int) -> None:
        if done == total == 11:  # all are chosen; the copying begins
            with database.write() as conn:
                audiences.discard(conn, source)
                other = {"id": source, "first": source * CAMPAIGN_SPAN}
                conn.execute(
                    text(
                        "INSERT INTO audience (id, name, source, fingerprint, state, origin, rows,"
                        " imported, rejected, created_at, created_by)"
                        " VALUES (:id, 'a', 'f.csv', 'g', 'ready', '', 10, 10, 0, 77, 'lan')"
                    ),
                    other,
                )
                rows: list[Row] = [(FIRST + 100 + n, 1, None, "", "{}") for n in range(10)]
                audiences.add_recipients(conn, source, 1, rows)

    with pytest.raises(BadInputError, match="'a' was discarded while its people were copied"):
        derive(database, LAN, Wish("c", Definition(("a", "b"))), NOW, swapped)
    with database.read() as conn:
        assert {each.name for each in audiences.listed(conn)} == {"a", "b"}


def test_the_same_command_after_a_kill_says_what_to_do(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _audience(database, "a", [1, 2])
    wish = Wish("b", Definition(("a",)))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(study, "_undo", lambda *_: None)
        patch.setattr(study, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            derive(database, LAN, wish, NOW)
    with pytest.raises(BadInputError, match=r"remove it: outreach audience discard 'b'$"):
        derive(database, LAN, wish, NOW)
    with database.write() as conn:
        audiences.discard(conn, audiences.find(conn, "b").id)
    assert derive(database, LAN, wish, NOW)[0].imported == 2


def test_names_in_use_and_impossible_samples_are_refused(database: Database) -> None:
    _audience(database, "a", [1, 2])
    told = Definition(("a",))
    with pytest.raises(BadInputError, match="an audience called 'a' exists"):
        derive(database, LAN, Wish("a", told), NOW)
    with pytest.raises(BadInputError, match="--sample 3: only 2 people are left"):
        derive(database, LAN, Wish("b", told, None, 3), NOW)
    with database.write() as conn:
        begun = Audience(0, "half", store.DERIVED, "", "", 0, 0, 0, 0, "lan")
        audiences.create(conn, begun)
    with pytest.raises(BadInputError, match="outreach audience discard 'half'"):
        derive(database, LAN, Wish("half", told), NOW)


def _choice(*sizes: int) -> Choice:
    marks = [
        (Audience(n, "", "", "", "", 0, 0, 0, 0, ""), range(size), bytearray(b"\1" * size))
        for n, size in enumerate(sizes)
    ]
    return Choice(rows=sum(sizes), marks=marks)


def _drawn(choice: Choice) -> list[tuple[int, int]]:
    return [(audience, id_) for audience, page in choice.ids() for id_ in page]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=3), st.data())
def test_a_sample_is_exact_and_can_be_repeated(sizes: list[int], data: st.DataObject) -> None:
    size, seed = data.draw(st.integers(0, sum(sizes))), data.draw(st.integers())
    drawn = []
    for _ in range(2):
        choice = _choice(*sizes)
        choice.sample(size, seed)
        assert choice.chosen == size
        drawn.append(_drawn(choice))
    assert len(drawn[0]) == size
    assert drawn[0] == drawn[1]


def test_everybody_is_as_likely_to_be_drawn() -> None:
    rounds, size = 4_000, 5
    drawn: Counter[tuple[int, int]] = Counter()
    for seed in range(rounds):
        choice = _choice(12, 8)
        choice.sample(size, seed)
        drawn.update(_drawn(choice))
    expected = rounds * size / 20
    spread = math.sqrt(rounds * 0.25 * 0.75)
    assert len(drawn) == 20
    assert all(abs(count - expected) < 4.5 * spread for count in drawn.values())


def test_districts_without_end_are_counted_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "_MOST_PLACES", 2)
    for name in ("a", "b", "c", "d"):
        _audience(database, name, [ord(name)], f"district {name}")
    choice = count(database, Definition(("a", "b", "c", "d")), NOW)
    assert choice.by_district() == {study.OTHERS: 2, "district a": 1, "district b": 1}

"""What carriers told of persons: the latest word, by number and by id; who is believed how long."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.domain.network import Channel
from outreach.domain.reach import Lesson, Reach
from outreach.store import accounts, reach
from outreach.store.database import Database
from outreach.store.reach import NO_ACCOUNT, REFUSES, Kept, Known, Told

AN, BINH, CHI = 84_900_000_001, 84_900_000_002, 84_900_000_003
DAY = int(timedelta(days=1).total_seconds() * 1000)


def told(
    at: int, msisdn: int | None = None, address: str | None = None, what: Reach | None = None
) -> Told:
    lesson = Lesson(str(msisdn) if msisdn else None, address, what)
    return Told(lesson, Channel.ZALO, 1, at)


def learn(database: Database, *rows: Told) -> None:
    with database.write() as conn:
        reach.learn(conn, rows)


def known(database: Database, now: int = 0) -> dict[int, tuple[str, str]]:
    with database.read() as conn:
        found = reach.of(conn, Channel.ZALO, 1, [AN, BINH], now)
    return {msisdn: (each.address, each.why_not) for msisdn, each in found.items()}


def test_the_latest_word_counts_whenever_it_is_heard(database: Database) -> None:
    learn(database, told(3, AN, what=Reach.REFUSES), told(1, AN, what=Reach.OPEN))
    assert known(database) == {AN: ("", REFUSES)}
    learn(database, told(2, AN, what=Reach.OPEN))
    assert known(database) == {AN: ("", REFUSES)}
    learn(database, told(4, AN, what=Reach.OPEN))
    assert known(database) == {AN: ("", "")}


@pytest.mark.parametrize(("days", "why"), [(0, NO_ACCOUNT), (29, NO_ACCOUNT), (30, "")])
def test_that_there_is_no_account_is_believed_for_a_month(
    database: Database, days: int, why: str
) -> None:
    learn(database, told(DAY, AN, what=Reach.ABSENT), told(DAY, BINH, what=Reach.REFUSES))
    found = known(database, DAY + days * DAY)
    assert found == {AN: ("", why), BINH: ("", REFUSES)}
    assert known(database, 1_000 * DAY)[BINH] == ("", REFUSES)


def test_an_id_is_one_numbers(database: Database) -> None:
    learn(database, told(1, AN, "user-1"), told(2, BINH, "user-1"))
    assert known(database) == {AN: ("", ""), BINH: ("user-1", "")}
    learn(database, told(3, AN, "user-2"), told(3, BINH, "user-3"))
    learn(database, told(4, AN, "user-3"), told(4, BINH, "user-2"))
    assert known(database) == {AN: ("user-3", ""), BINH: ("user-2", "")}
    learn(database, told(6, AN, "user-5"), told(5, AN, "user-4"))
    assert known(database)[AN] == ("user-5", "")


def test_who_is_known_by_id_only_is_found_by_it(database: Database) -> None:
    learn(database, told(1, None, "user-1", Reach.REFUSES))
    assert known(database) == {}
    learn(database, told(2, AN, "user-1"))
    learn(database, told(4, None, "user-1", Reach.REFUSES))
    learn(database, told(3, None, "user-1", Reach.OPEN))
    assert known(database) == {AN: ("user-1", REFUSES)}
    learn(database, told(5, None, "user-1", Reach.OPEN))
    assert known(database) == {AN: ("user-1", "")}


def test_an_id_alone_changes_nothing_of_what_is_known(database: Database) -> None:
    learn(database, told(1, AN, what=Reach.REFUSES))
    learn(database, told(2, AN, "user-1"))
    assert known(database) == {AN: ("user-1", REFUSES)}
    learn(database, told(3, AN, "user-1", Reach.OPEN), told(3, BINH))
    assert known(database) == {AN: ("user-1", "")}


def test_channels_are_apart(database: Database) -> None:
    learn(database, told(1, AN, "user-1", Reach.REFUSES))
    with database.read() as conn:
        assert reach.of(conn, Channel.SMS, 1, [AN], 1) == {}
        assert reach.of(conn, Channel.ZALO, 1, [AN], 1) == {AN: Known("user-1", REFUSES)}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_together_is_as_one_by_one(database: Database) -> None:
    """Lessons that are kept in one go leave what they leave each by itself."""
    chance = Random(7)
    for _ in range(30):
        lessons = [
            told(
                at,
                chance.choice([AN, BINH, None]),
                chance.choice(["user-1", "user-2", None]),
                chance.choice([*Reach, None]),
            )
            for at in range(8)
        ]
        lessons = [each for each in lessons if each.lesson.msisdn or each.lesson.address]
        found = []
        for split in (lambda all_: [all_], lambda all_: [[each] for each in all_]):
            with database.write() as conn:
                conn.execute(text("DELETE FROM reach"))
            for some in split(lessons):
                learn(database, *some)
            found.append(known(database, 10))
        assert found[0] == found[1], lessons


@st.composite
def _histories(draw: st.DrawFn) -> list[Told]:
    """Words of three numbers, three ids and two official accounts, each at a time of its own."""
    kinds = st.tuples(
        st.sampled_from([AN, BINH, CHI]),
        st.sampled_from(["user-1", "user-2", "user-3", None]),
        st.sampled_from([*Reach, None]),
        st.sampled_from([1, 2]),
    )
    drawn = draw(st.lists(kinds, min_size=1, max_size=9))
    return [
        Told(Lesson(str(msisdn), address, what), Channel.ZALO, account, at)
        for at, (msisdn, address, what, account) in enumerate(drawn, 1)
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(history=_histories(), chance=st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_older_word_never_takes_the_place_of_a_newer_one(
    database: Database, history: list[Told], chance: Random
) -> None:
    heard = chance.sample(history, len(history))
    with database.write() as conn:
        conn.execute(text("DELETE FROM reach"))
    while heard:
        some = chance.randint(1, len(heard))
        learn(database, *heard[:some])
        heard = heard[some:]
    for account in (1, 2):
        _check(database, [each for each in history if each.account == account], account)


def _check(database: Database, history: list[Told], account: int) -> None:
    """Compare what is known with all that was told of one official account, oldest first."""
    with database.read() as conn:
        found = reach.of(conn, Channel.ZALO, account, [AN, BINH, CHI], 10)
    ids = {msisdn: each.address for msisdn, each in found.items() if each.address}
    assert len(set(ids.values())) == len(ids), "an id is one number's"
    spoken = {int(str(each.lesson.msisdn)): each for each in history if each.lesson.reach}
    for msisdn, told in spoken.items():
        assert bool(found[msisdn].why_not) is (told.lesson.reach is not Reach.OPEN)
    pairs = [each for each in history if each.lesson.address]
    of_number = {int(str(each.lesson.msisdn)): each for each in pairs}
    of_address = {each.lesson.address: each for each in pairs}
    for msisdn, told in of_number.items():
        newest = of_address[told.lesson.address]
        if newest is told:
            assert ids[msisdn] == told.lesson.address
        elif msisdn in ids:  # whoever was told to have it later has another one since
            assert ids[msisdn] == told.lesson.address
            assert of_number[int(str(newest.lesson.msisdn))] is not newest


def test_official_accounts_are_apart_and_accounts_of_one_are_not(database: Database) -> None:
    with database.write() as conn:
        names = [("phone", Channel.ZALO), ("by_id", Channel.ZALO), ("other", Channel.ZALO)]
        numbers = accounts.register(conn, names)
        accounts.share(conn, numbers["by_id"], numbers["phone"])
        lesson = Lesson(str(AN), "user-1", Reach.REFUSES)
        reach.learn(conn, [Told(lesson, Channel.ZALO, numbers["by_id"], 1)])
    with database.read() as conn:
        for name, number in numbers.items():
            known_there = reach.of(conn, Channel.ZALO, number, [AN], 2)
            assert known_there == ({} if name == "other" else {AN: Known("user-1", REFUSES)}), name


def test_accounts_that_are_joined_know_the_latest_word_of_both(database: Database) -> None:
    with database.write() as conn:
        names = [("phone", Channel.ZALO), ("by_id", Channel.ZALO)]
        numbers = accounts.register(conn, names)
        for name, at, address, what in [
            ("phone", 1, "user-1", Reach.REFUSES),
            ("by_id", 2, "user-2", Reach.OPEN),
            ("phone", 3, None, Reach.REFUSES),
        ]:
            lesson = Lesson(str(AN), address, what)
            reach.learn(conn, [Told(lesson, Channel.ZALO, numbers[name], at)])
        for _ in range(2):
            reach.share(conn, numbers["by_id"], numbers["phone"])
            assert [(k.address, k.reach) for k in reach.kept(conn, AN)] == [
                ("user-2", Reach.REFUSES)
            ]


def test_what_is_kept_of_a_number_is_told_and_forgotten(database: Database) -> None:
    learn(
        database, told(3, AN, "user-1"), told(DAY, AN, what=Reach.ABSENT), told(5, BINH, "user-2")
    )
    with database.write() as conn:
        (kept,) = reach.kept(conn, AN)
        assert kept == Kept(1, Channel.ZALO, "user-1", 3, Reach.ABSENT, DAY)
        assert (kept.why_not(30 * DAY + 4), kept.why_not(31 * DAY)) == (NO_ACCOUNT, "")
        assert (reach.forget(conn, AN), reach.forget(conn, AN)) == (1, 0)
        assert reach.kept(conn, AN) == []
    assert known(database, 5) == {BINH: ("user-2", "")}

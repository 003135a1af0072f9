"""What carriers told of persons: the latest word, by number and by id; who is believed how long."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text

from outreach.domain.network import Channel
from outreach.domain.reach import Lesson, Reach
from outreach.store import reach
from outreach.store.database import Database
from outreach.store.reach import NO_ACCOUNT, REFUSES, Known, Told

AN, BINH = 84_900_000_001, 84_900_000_002
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
        found = reach.of(conn, Channel.ZALO, [AN, BINH], now)
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
        assert reach.of(conn, Channel.SMS, [AN], 1) == {}
        assert reach.of(conn, Channel.ZALO, [AN], 1) == {AN: Known("user-1", REFUSES)}


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

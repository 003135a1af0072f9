"""Districts have numbers that stay, few enough, and every message has its recipient's."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, text

from outreach.domain.campaign import CampaignState
from outreach.domain.network import Network
from outreach.domain.rules import Rules
from outreach.reports.proof import differences
from outreach.store import districts, planning, tally, unplanning
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from tests.model.checks import strangers
from tests.store.plans import DISTRICTS, chunks, messages, people, plan, sms


def numbered(database: Database, *names: str) -> dict[str, int]:
    with database.write(steady=True) as conn:
        return districts.numbers(conn, names)


def told(conn: Connection, campaign: Campaign) -> Counter[str]:
    """How many messages of a campaign each district has by the tally."""
    names = districts.names(conn)
    found = Counter[str]()
    for figure in tally.district_figures(conn, campaign.id):
        found[names.get(figure.group.district, "")] += figure.messages
    return found


def test_numbers_stay(database: Database) -> None:
    first = numbered(database, "Quận 12", "Huyện Củ Chi")
    assert first == {"Huyện Củ Chi": 1, "Quận 12": 2}
    assert numbered(database, "An Khánh", "Quận 12", "") == {"An Khánh": 3, "Quận 12": 2, "": 0}
    with database.read() as conn:
        assert districts.names(conn) == {1: "Huyện Củ Chi", 2: "Quận 12", 3: "An Khánh"}
        assert districts.numbers(conn, ["Quận 12"]) == {"Quận 12": 2}


def test_what_is_no_name_of_a_district_has_no_number(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert numbered(database, "a" * 101) == {"a" * 101: 0}
    monkeypatch.setattr(districts, "MOST", 2)
    assert numbered(database, "a", "b", "c") == {"a": 1, "b": 2, "c": 0}
    assert numbered(database, "b", "c") == {"b": 2, "c": 0}


def test_several_who_number_at_once_agree(database: Database) -> None:
    """Each has looked at the table before the others add to it."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    found: list[dict[str, int]] = []
    together = Barrier(3)

    def number(names: list[str]) -> None:
        with database.write(steady=True) as conn:
            conn.execute(text("SELECT COUNT(*) FROM district")).scalar_one()
            together.wait(10)
            found.append(districts.numbers(conn, names))

    asked = [["a", "b", "c"], ["b", "c", "d"], ["c", "d", "e"]]
    threads = [Thread(target=number, args=(names,)) for names in asked]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with database.read() as conn:
        names = districts.names(conn)
    assert sorted(names) == [1, 2, 3, 4, 5]
    assert len(found) == 3
    assert all(names[number] == name for each in found for name, number in each.items())


def test_every_message_has_the_district_of_its_recipient(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "WINDOW", 30)
    audience = people(database, [Network.VIETTEL, Network.MOBIFONE] * 50)
    parent = plan(database, audience, sms(1, 2, weights={1: 1, 2: 1}), Rules(pilot=200))
    again = plan(database, audience, sms(1), parent=parent.id)
    for campaign in (parent, again):
        with database.read() as conn:
            assert strangers(conn, campaign.id) == []
            assert differences(conn, campaign.id) == []
            assert told(conn, campaign) == {name or "": 25 for name in DISTRICTS}


def test_a_name_counts_without_the_space_around_it(database: Database) -> None:
    audience = people(database, [Network.VIETTEL] * 4, districts=[" Quận 1", "Quận 1  ", "  ", ""])
    campaign = plan(database, audience, sms(1))
    with database.read() as conn:
        assert told(conn, campaign) == {"Quận 1": 2, "": 2}
        assert districts.names(conn) == {1: "Quận 1"}


def test_names_beyond_the_bound_count_as_not_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(districts, "MOST", 2)
    campaign = plan(
        database, people(database, [Network.VIETTEL] * 9, districts=["c", "'a\"\\", "b"]), sms(1)
    )
    with database.read() as conn:
        assert told(conn, campaign) == {"'a\"\\": 3, "b": 3, "": 3}


def test_what_goes_together_is_of_few_districts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within a chunk those of a district follow each other; a chunk is of one network as ever."""
    monkeypatch.setattr(planning, "CHUNK", 40)
    campaign = plan(database, people(database, [Network.VIETTEL, Network.ITEL] * 80), sms(1))
    planned = messages(database, campaign)
    homes = [DISTRICTS[m.person % len(DISTRICTS)] or "" for m in planned]
    for chunk in chunks(database, campaign):
        run = homes[chunk.first - 1 : chunk.last]
        changes = sum(a != b for a, b in pairwise(run))
        assert changes == len(set(run)) - 1
    assert len(chunks(database, campaign)) == 4


def test_messages_taken_back_count_in_no_district(database: Database) -> None:
    planned = plan(database, people(database, [Network.VIETTEL] * 8), sms(1))
    with database.write() as conn:
        unplanning.unplan_some(conn, replace(planned, state=CampaignState.DRAFT))
        assert differences(conn, planned.id) == []
        assert tally.district_figures(conn, planned.id) == []

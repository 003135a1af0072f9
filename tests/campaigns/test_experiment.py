"""Two texts on disjoint parts of one audience, and what may be said of their difference."""

import random
from dataclasses import replace
from math import comb
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.campaigns import drafting
from outreach.campaigns.control import Change
from outreach.campaigns.experiment import RARE, Trial, Verdict, difference
from outreach.domain.errors import BadInputError
from outreach.domain.rules import Rules
from outreach.store import campaigns
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from tests.campaigns.desks import AN, BINH, Place


@pytest.fixture
def place(database: Database) -> Place:
    made = Place(database)
    made.people(300)
    return made


def other(place: Place) -> str:
    purposes = {p.name for p in place.desk.settings.templates.iterdir() if p.is_dir()}
    return min(purposes - {"install-guide"})


def test_two_texts_for_two_halves(place: Place) -> None:
    one, two = place.desk.create_pair(AN, place.wish("nov"), other(place), 50)
    assert (one.name, two.name) == ("nov-a", "nov-b")
    assert one.experiment == two.experiment == "nov"
    assert (one.purpose, two.purpose) == ("install-guide", other(place))
    assert (one.rules.share, two.rules.share) == ((0, 500), (500, 1000))
    assert [e.detail["experiment"] for e in place.history("nov-b")] == ["nov"]


def people(place: Place, campaign: Campaign) -> set[int]:
    place.desk.submit(AN, campaign.name)
    place.desk.approve(BINH, campaign.name)
    place.desk.start(AN, campaign.name)
    with place.database.read() as conn:
        low, high = campaign.id * 10**9, (campaign.id + 1) * 10**9
        rows = conn.execute(
            text("SELECT recipient FROM message WHERE id > :low AND id < :high"),
            {"low": low, "high": high},
        )
        return {*rows.scalars()}


def test_nobody_is_in_two_parts_and_the_rest_completes_them(place: Place) -> None:
    wish = place.wish("nov", rules=Rules(share=(0, 200), rate=60))
    one, two = place.desk.create_pair(AN, wish, other(place), 25)
    assert (one.rules.share, two.rules.share) == ((0, 50), (50, 200))
    rest = place.desk.create(
        AN, place.wish("rest", rules=Rules(share=(200, 1000)), experiment="nov")
    )
    parts = [people(place, each) for each in (one, two, rest)]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 300
    assert all(parts)


@pytest.mark.parametrize("share", [(0, 1000), (199, 1000), (100, 101)])
def test_a_part_that_overlaps_is_refused(place: Place, share: tuple[int, int]) -> None:
    wish = place.wish("nov", rules=Rules(share=(0, 200)))
    place.desk.create_pair(AN, wish, other(place), 50)
    rest = place.wish("rest", rules=Rules(share=share), experiment="nov")
    with pytest.raises(BadInputError, match=r"'nov-[ab]' of experiment 'nov' has the share"):
        place.desk.create(AN, rest)
    place.desk.create(AN, replace(rest, rules=Rules(share=(200, 1000))))
    with pytest.raises(BadInputError, match="so that nobody is in both"):
        place.desk.edit(AN, "rest", Change(rules={"share": share}))


def test_who_drafts_at_the_same_time_sees_the_other_part(place: Place) -> None:
    half = place.wish("nov", rules=Rules(share=(0, 500)))
    place.desk.create_pair(AN, half, other(place), 50)
    rest = place.wish("one", rules=Rules(share=(500, 1000)), experiment="nov")
    desk, refused = place.desk, []

    def second() -> None:
        try:
            desk.create(AN, replace(rest, name="two"))
        except BadInputError as fault:
            refused.append(str(fault))

    at_once = Thread(target=second)
    with place.database.write() as conn:
        drafting.draft(desk, conn, AN, rest)
        at_once.start()
        at_once.join(0.3)
    at_once.join()
    (told,) = refused
    assert "'one' of experiment 'nov' has the share" in told


def test_a_cancelled_part_gives_its_share_back(place: Place) -> None:
    place.desk.create_pair(AN, place.wish("nov"), other(place), 50)
    place.desk.cancel(AN, "nov-b")
    wish = place.wish("again", rules=Rules(share=(500, 1000)), experiment="nov")
    assert place.desk.create(AN, wish).experiment == "nov"


def test_a_reminder_is_no_part(place: Place) -> None:
    place.desk.create_pair(AN, place.wish("nov"), other(place), 50)
    with place.database.write() as conn:
        conn.execute(text("UPDATE campaign SET wave = 1 WHERE name = 'nov-b'"))
        assert [each.name for each in campaigns.of_experiment(conn, "nov")] == ["nov-a"]


def test_all_parts_are_of_one_audience(place: Place) -> None:
    place.desk.create_pair(AN, place.wish("nov", rules=Rules(share=(0, 10))), other(place), 50)
    place.people(10, "others")
    wish = place.wish("x", audience="others", rules=Rules(share=(10, 20)), experiment="nov")
    with pytest.raises(BadInputError, match="all its parts are of one audience"):
        place.desk.create(AN, wish)


@pytest.mark.parametrize(("split", "first"), [(50, 300), (30, 180), (1, 6)])
def test_budget_and_rate_are_divided_as_the_people_are(
    place: Place, split: int, first: int
) -> None:
    wish = place.wish(rules=Rules(rate=600, budget=1_000_001))
    one, two = place.desk.create_pair(AN, wish, other(place), split)
    assert (one.rules.rate, two.rules.rate) == (first, 600 - first)
    assert one.rules.budget == 1_000_001 * split // 100
    assert (one.rules.budget or 0) + (two.rules.budget or 0) == 1_000_001


@pytest.mark.parametrize(("share", "split"), [((0, 1), 50), ((0, 2), 1), ((0, 1000), 0)])
def test_a_split_leaves_nobody_without_people(
    place: Place, share: tuple[int, int], split: int
) -> None:
    with pytest.raises(BadInputError, match="leaves one text without people"):
        place.desk.create_pair(AN, place.wish(rules=Rules(share=share)), other(place), split)


def test_a_comparison_needs_two_texts_and_stores_both_or_none(place: Place) -> None:
    with pytest.raises(BadInputError, match="a comparison needs two"):
        place.desk.create_pair(AN, place.wish(), "install-guide", 50)
    with pytest.raises(BadInputError):
        place.desk.create_pair(AN, place.wish("nov"), "nope", 50)
    place.desk.create_pair(AN, place.wish("nov"), other(place), 50)


def exact(first: Trial, second: Trial) -> float:
    """Fisher's exact test, tables as likely as the seen one by half: its known correction."""
    people, worked = first.people + second.people, first.worked + second.worked
    ways = comb(people, worked)

    def likely(hits: int) -> float:
        return comb(first.people, hits) * comb(second.people, worked - hits) / ways

    seen = likely(first.worked)
    low, high = max(0, worked - second.people), min(first.people, worked)
    chances = [likely(hits) for hits in range(low, high + 1)]
    same = sum(each for each in chances if abs(each - seen) <= seen * 1e-9)
    return same / 2 + sum(each for each in chances if each < seen * (1 - 1e-9))


@given(st.integers(100, 400), st.integers(100, 400), st.data())
def test_the_chance_is_that_of_the_exact_test(one: int, two: int, data: st.DataObject) -> None:
    first = Trial(one, data.draw(st.integers(one // 5, one - one // 5)))
    second = Trial(two, data.draw(st.integers(two // 5, two - two // 5)))
    chance = difference(first, second).chance
    assert chance is not None
    expected = exact(first, second)
    if min(chance, expected) < 0.2:  # above, both say that it could be chance
        assert chance == pytest.approx(expected, abs=0.03)


def test_equal_texts_are_hardly_ever_called_different() -> None:
    draw = random.Random(7)
    wrong = 0
    for _ in range(400):
        one, two = (Trial(500, sum(draw.random() < 0.6 for _ in range(500))) for _ in range(2))
        wrong += difference(one, two).verdict is Verdict.HARDLY_CHANCE
    assert wrong / 400 == pytest.approx(RARE, abs=0.03)


@pytest.mark.parametrize(
    ("first", "second", "points", "verdict"),
    [
        (Trial(1000, 800), Trial(1000, 850), 5.0, Verdict.HARDLY_CHANCE),
        (Trial(1000, 850), Trial(1000, 800), -5.0, Verdict.HARDLY_CHANCE),
        (Trial(100, 80), Trial(100, 85), 5.0, Verdict.COULD_BE_CHANCE),
        (Trial(100, 80), Trial(100, 80), 0.0, Verdict.COULD_BE_CHANCE),
        (Trial(8, 1), Trial(8, 7), 75.0, Verdict.TOO_FEW),
        (Trial(1000, 1000), Trial(1000, 999), -0.1, Verdict.TOO_FEW),
        (Trial(0, 0), Trial(1000, 900), 90.0, Verdict.TOO_FEW),
        (Trial(0, 0), Trial(0, 0), 0.0, Verdict.TOO_FEW),
    ],
)
def test_what_is_said_of_a_difference(
    first: Trial, second: Trial, points: float, verdict: Verdict
) -> None:
    found = difference(first, second)
    assert (round(found.points, 6), found.verdict) == (points, verdict)

"""Sending again to those whom a campaign did not reach, and who is left out of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.campaigns.control import Change
from outreach.campaigns.resending import DOUBTFUL, excluded
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import NOT_REACHED, Event, State
from outreach.domain.rules import Rules
from outreach.store import messages, tally, waves
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.messages import Change as Moved
from tests.campaigns.desks import AN, BINH, GUIDE, NOON, Place

S = State
RESULTS = (
    S.DELIVERED, S.DELIVERED, S.FAILED, S.FAILED, S.FAILED, S.EXPIRED, S.UNKNOWN, S.UNKNOWN,
    S.UNCONFIRMED, S.REJECTED, S.ACCEPTED, S.UNDELIVERED,
)  # fmt: skip
AGAIN = [S.FAILED, S.EXPIRED]


@pytest.fixture
def place(database: Database) -> Place:
    made = Place(database)
    made.people(12)
    return made


def ended(place: Place, **more: object) -> Campaign:
    """A campaign with every result there is."""
    running = place.running("c", **more)
    place.results(running, *RESULTS)
    return place.ended(running)


def planned(place: Place, name: str) -> Campaign:
    place.desk.submit(AN, name)
    place.desk.approve(BINH, name)
    return place.desk.start(AN, name)


def test_a_child_is_for_those_not_reached(place: Place) -> None:
    rules = Rules(rate=60, pilot=500, budget=10**9, error_percent=20)
    parent = ended(place, rules=rules, until=NOON + timedelta(days=1))
    child = place.desk.resend(AN, "c", "again", AGAIN, None)
    assert child == replace(
        parent,
        id=child.id,
        name="again",
        state=CampaignState.DRAFT,
        parent=parent.id,
        parent_states=(int(S.FAILED), int(S.EXPIRED)),
        until=None,
        approver=None,
        approved_hash=None,
        recipients=0,
        planned_to=0,
        started_at=None,
        finished_at=None,
        rules=GUIDE.but(rate=60, error_percent=20),
        piloting=False,
    )
    assert planned(place, "again").recipients == 4
    entry = place.history("again")[0]
    assert (entry.action, entry.detail["parent"]) == ("campaign.create", parent.id)


@pytest.mark.parametrize("state", [*State])
def test_only_those_are_sent_to_again_who_may_be(place: Place, state: State) -> None:
    ended(place)
    if state in NOT_REACHED:
        assert place.desk.resend(AN, "c", "again", [state], None).parent == 1
    elif state in DOUBTFUL:
        with pytest.raises(NotAllowedError, match="--confirm-unknown"):
            place.desk.resend(AN, "c", "again", [state], None)
    else:
        with pytest.raises(BadInputError, match=f"'{state.label}' cannot be sent again"):
            place.desk.resend(AN, "c", "again", [state], 100)


@pytest.mark.parametrize("confirmed", [None, 0, 2, 4, 12])
def test_the_number_of_the_doubtful_is_confirmed_to_the_person(
    place: Place, confirmed: int | None
) -> None:
    ended(place)
    with pytest.raises(NotAllowedError, match="3 people of 'c' may have the message already"):
        place.desk.resend(AN, "c", "again", [S.UNKNOWN, S.UNCONFIRMED], confirmed)
    child = place.desk.resend(AN, "c", "again", [S.UNKNOWN, S.UNCONFIRMED], 3)
    assert place.history("again")[0].detail["confirmed_unknown"] == 3
    assert planned(place, child.name).recipients == 3


def test_more_doubtful_than_were_confirmed_are_not_sent_to(place: Place) -> None:
    """A receipt deadline passes between the operator's word and the submission."""
    parent = ended(place)
    place.desk.resend(AN, "c", "again", [S.UNCONFIRMED], 1)
    late = parent.id * CAMPAIGN_SPAN + 1 + RESULTS.index(S.ACCEPTED)
    with place.database.write() as conn:
        messages.apply(conn, [Moved(late, Event.DEADLINE)], 20261120)
    with pytest.raises(NotAllowedError, match="2 people may get 'again' twice by now, and 1"):
        place.desk.submit(AN, "again")
    assert place.desk.find("again").state is CampaignState.DRAFT


def test_fewer_doubtful_than_were_confirmed_pass(place: Place) -> None:
    parent = ended(place)
    place.desk.resend(AN, "c", "again", [S.UNKNOWN, S.UNCONFIRMED], 3)
    heard = parent.id * CAMPAIGN_SPAN + 1 + RESULTS.index(S.UNCONFIRMED)
    with place.database.write() as conn:
        messages.apply(conn, [Moved(heard, Event.DELIVERED)], 20261120)
    assert planned(place, "again").recipients == 2


def test_what_has_not_finished_is_not_sent_again(place: Place) -> None:
    place.running()
    with pytest.raises(NotAllowedError, match="is running; it can be sent again when"):
        place.desk.resend(AN, "c", "again", AGAIN, None)
    with pytest.raises(NotAllowedError, match="may not edit"):
        place.desk.resend(BINH, "c", "again", AGAIN, None)


def told(place: Place, name: str) -> tuple[int, int, dict[tuple[str, State], int]]:
    with place.database.read() as conn:
        found = excluded(conn, name)
    left_out = {(each.why, each.state): each.people for each in found.left_out}
    assert found.written_to + sum(left_out.values()) == found.people, "the sums add up"
    return found.people, found.written_to, left_out


NOT_AGAIN = {
    ("result", state): many for state, many in Counter(RESULTS).items() if state not in AGAIN
}


def test_a_draft_says_whom_it_would_leave_out(place: Place) -> None:
    ended(place)
    place.desk.resend(AN, "c", "again", AGAIN, None)
    assert told(place, "again") == (12, 4, NOT_AGAIN)


def test_a_child_that_went_out_says_whom_it_left_out(place: Place) -> None:
    parent = ended(place)
    place.desk.resend(AN, "c", "again", AGAIN, None)
    child = planned(place, "again")
    suppress(place, child, {1: "list 3", 2: "cap"})
    late = parent.id * CAMPAIGN_SPAN + 1 + RESULTS.index(S.UNDELIVERED)
    with place.database.write() as conn:
        set_result(conn, late, S.FAILED)
    expected = {
        **NOT_AGAIN,
        ("suppressed", S.FAILED): 1,
        ("cap", S.FAILED): 1,
        ("came_later", S.FAILED): 1,
    }
    del expected["result", S.UNDELIVERED]
    assert told(place, "again") == (12, 2, expected)


def suppress(place: Place, child: Campaign, reasons: dict[int, str]) -> None:
    with place.database.write() as conn:
        for n, reason in reasons.items():
            moved = Moved(child.id * CAMPAIGN_SPAN + n, Event.SUPPRESS, reason)
            messages.apply(conn, [moved], 20261120)


def set_result(conn: object, message: int, state: State) -> None:
    """Let a carrier's word of an earlier day count now."""
    conn.execute(  # type: ignore[attr-defined]
        text("UPDATE message SET state = :state WHERE id = :id"),
        {"state": int(state), "id": message},
    )


def test_another_share_is_a_reason_of_its_own(place: Place) -> None:
    ended(place)
    place.desk.resend(AN, "c", "again", AGAIN, None)
    place.desk.edit(AN, "again", Change(rules={"share": (0, 500)}))
    _, draft_gets, draft_out = told(place, "again")
    child = planned(place, "again")
    people, gets, left_out = told(place, "again")
    assert (people, gets, left_out) == (12, draft_gets, draft_out)
    assert gets == child.recipients < 4
    assert sum(many for (why, _), many in left_out.items() if why == "share") == 4 - gets


def fall_back(place: Place, first: int) -> None:
    """Let the next channel carry a person's result: it failed."""
    with place.database.write() as conn:
        conn.execute(text("UPDATE message SET superseded = 1 WHERE id = :id"), {"id": first})
        conn.execute(
            text(
                "INSERT INTO message SELECT id + 100000000, recipient, account, network, 6,"
                " generation, parts, day, 0, 'x', district FROM message WHERE id = :id"
            ),
            {"id": first},
        )


def test_a_fallback_counts_for_its_person(place: Place) -> None:
    """Whoever got the fallback counts with its result, not with the first channel's."""
    parent = ended(place)
    fall_back(place, parent.id * CAMPAIGN_SPAN + 1 + RESULTS.index(S.REJECTED))
    place.desk.resend(AN, "c", "again", AGAIN, None)
    people, gets, left_out = told(place, "again")
    assert (people, gets) == (12, 5)
    assert ("result", S.REJECTED) not in left_out


def test_a_fallback_of_the_child_counts_its_person_once(place: Place) -> None:
    ended(place)
    place.desk.resend(AN, "c", "again", AGAIN, None)
    child = planned(place, "again")
    place.results(child, S.REJECTED)
    fall_back(place, child.id * CAMPAIGN_SPAN + 1)
    assert told(place, "again") == (12, 4, NOT_AGAIN)


def test_only_children_leave_out(place: Place) -> None:
    place.running()
    with place.database.read() as conn, pytest.raises(BadInputError, match="is for an audience"):
        excluded(conn, "c")


def test_a_reminder_of_a_reminder_goes_on_from_it(place: Place) -> None:
    ended(place)
    place.desk.resend(AN, "c", "again", AGAIN, None)
    child = planned(place, "again")
    results: Sequence[State] = (S.FAILED, S.DELIVERED, S.DELIVERED, S.FAILED)
    place.results(child, *results)
    place.ended(child)
    place.desk.resend(AN, "again", "third", [S.FAILED], None)
    assert told(place, "third") == (4, 2, {("result", S.DELIVERED): 2})
    with place.database.read() as conn:
        assert sum(f.messages for f in tally.figures(conn, child.id)) == 4


def test_two_children_do_not_write_to_the_same_people(place: Place) -> None:
    ended(place)
    place.desk.resend(AN, "c", "one", AGAIN, None)
    place.desk.resend(AN, "c", "two", [S.EXPIRED, S.REJECTED], None)
    planned(place, "one")
    with pytest.raises(NotAllowedError, match=r"'one' writes to people of 'c' .* or cancel it"):
        place.desk.submit(AN, "two")
    with pytest.raises(NotAllowedError, match="send 'one' again instead"):
        place.desk.resend(AN, "c", "three", [S.FAILED], None)
    assert place.desk.resend(AN, "c", "others", [S.REJECTED], None).parent == 1
    place.desk.cancel(AN, "one")
    assert planned(place, "two").recipients == 2


def test_two_that_wait_for_approval_at_once_are_both_refused(place: Place) -> None:
    """Whoever submits at the same moment sees the other as a draft."""
    ended(place)
    for name in ("one", "two"):
        place.desk.resend(AN, "c", name, AGAIN, None)
    place.desk.submit(AN, "one")
    with place.database.write() as conn:
        conn.execute(text("UPDATE campaign SET state = 'awaiting_approval' WHERE name = 'two'"))
    for name in ("one", "two"):
        with pytest.raises(NotAllowedError, match="writes to people of 'c'"):
            place.desk.approve(BINH, name)


def test_two_children_may_have_shares_of_their_own(place: Place) -> None:
    ended(place)
    for name, share in (("one", (0, 500)), ("two", (500, 1000))):
        place.desk.resend(AN, "c", name, AGAIN, None)
        place.desk.edit(AN, name, Change(rules={"share": share}))
    with place.database.read() as conn:
        gets = [excluded(conn, name).written_to for name in ("one", "two")]
    assert sum(gets) == 4
    for name, people in zip(("one", "two"), gets, strict=True):
        if people:
            assert planned(place, name).recipients == people


def test_what_reminders_are_for_is_not_sent_again_beside_them(place: Place) -> None:
    parent = ended(place, rules=Rules(waves=1, wave_days=1))
    with pytest.raises(NotAllowedError, match=r"reminders still to come \(1\)"):
        place.desk.resend(AN, "c", "again", AGAIN, None)
    assert place.desk.resend(AN, "c", "unsure", [S.UNKNOWN], 2).rules == GUIDE.but(wave_days=1)
    with place.database.write() as conn:
        wave = waves.make(conn, int(place.now.timestamp() * 1000), {})
    assert wave is not None
    assert wave.parent == parent.id
    with pytest.raises(NotAllowedError, match=r"send 'c \(wave 1\)' again instead"):
        place.desk.resend(AN, "c", "again", AGAIN, None)
    place.desk.cancel(AN, wave.name)
    assert place.desk.resend(AN, "c", "again", AGAIN, None).parent == parent.id

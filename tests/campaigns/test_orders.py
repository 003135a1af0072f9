"""What people do with an order: who may, what is refused, what is written down."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import text

from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError, OutreachError
from outreach.domain.order import OrderState, PartState
from outreach.domain.window import Window
from outreach.store import audit, orders
from outreach.store.database import Database
from outreach.store.users import User
from tests.campaigns.desks import AN, BINH, LAN, NOON, QUAN
from tests.campaigns.ordering import LINE, WISH, Office

OPERATOR_BINH = User("binh", AN.role)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_from_the_draft_to_what_carriers_have_sent(office: Office) -> None:
    made = office.by(AN).draft(WISH)
    assert (made.order.state, made.order.author) == (OrderState.DRAFT, "an")
    assert (made.order.opens_on, made.order.closes_on, made.order.hours) == (
        20261201,
        20261205,
        "08:00-20:00",
    )
    office.by(LAN).submit("dec")
    approved = office.by(BINH).approve("dec", made.code)
    assert (approved.order.state, approved.order.approver) == (OrderState.ORDERED, "binh")
    issued = office.by(AN).issue("dec", 9)
    assert [part.letter for part in issued.parts] == ["09/TTCĐS-CNTT", "10/TTCĐS-CNTT"]
    office.now += timedelta(days=20)
    office.by(AN).confirm("dec", "viettel", date(2026, 11, 23), "công văn 88/VT-KD")
    office.by(AN).sent("dec", "Viettel", note="gọi điện")
    found = office.look()
    viettel = found.parts[1]
    assert (viettel.state, viettel.note) == (PartState.SENT, "công văn 88/VT-KD · gọi điện")
    assert viettel.confirmed_at == datetime(2026, 11, 23, 5, tzinfo=NOON.tzinfo).timestamp() * 1000
    assert viettel.sent_at == office.now.timestamp() * 1000
    assert office.states() == {"MobiFone": PartState.ORDERED, "Viettel": PartState.SENT}
    assert office.history() == [
        ("an", "order.draft"),
        ("lan", "order.submit"),
        ("binh", "order.approve"),
        ("an", "order.issue"),
        ("an", "order.issue"),
        ("an", "order.confirm"),
        ("an", "order.send"),
    ]


def test_a_draft_is_written_anew_until_it_is_approved(office: Office) -> None:
    office.by(AN).draft(WISH)
    office.by(AN).submit("dec")
    after = office.by(LAN).draft(replace(WISH, audience="người hưởng lương hưu"))
    assert (after.order.state, after.order.author) == (OrderState.DRAFT, "lan")
    office.by(AN).submit("dec")
    office.by(BINH).approve("dec")
    with pytest.raises(NotAllowedError, match="cannot edit an order that is ordered"):
        office.by(AN).draft(WISH)
    assert office.look().order.audience == "người hưởng lương hưu"
    assert office.history()[2] == ("lan", "order.edit")


def test_nobody_approves_what_he_wrote(office: Office) -> None:
    office.by(OPERATOR_BINH).draft(WISH)
    office.by(AN).submit("dec")
    with pytest.raises(NotAllowedError, match="'binh' wrote order 'dec'; somebody else has to"):
        office.by(BINH).approve("dec")
    assert office.look().order.state is OrderState.AWAITING_APPROVAL


@pytest.mark.parametrize(
    "more",
    [
        {"audience": "người hưởng lương hưu"},
        {"last": date(2026, 12, 6)},
        {"first": date(2026, 11, 30)},
        {"hours": Window(time(8), time(21))},
        {"carriers": ("Viettel",)},
        {"text": LINE},
        {"purpose": "no-smartphone"},
    ],
)
def test_an_approval_is_of_what_was_looked_at(office: Office, more: dict[str, object]) -> None:
    seen = office.by(AN).draft(WISH).code
    office.by(AN).draft(replace(WISH, **more))  # type: ignore[arg-type]  # each is of its field
    office.by(AN).submit("dec")
    with pytest.raises(NotAllowedError, match=r"was changed since you looked"):
        office.by(BINH).approve("dec", seen)
    office.by(BINH).approve("dec", office.look().code)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE by_order SET audience = 'x'",
        'UPDATE by_order SET words = \'{"accented": "x", "plain": "x"}\'',
        "UPDATE by_order SET closes_on = 20261206",
        "UPDATE by_order SET hours = '07:00-22:00'",
        "DELETE FROM by_order_carrier WHERE carrier = 'MobiFone'",
    ],
)
def test_what_is_no_longer_as_approved_gets_no_letter(office: Office, change: str) -> None:
    office.approved()
    with office.database.write() as conn:
        conn.execute(text(change))
    with pytest.raises(NotAllowedError, match="no longer what was approved"):
        office.by(AN).issue("dec", 1)
    assert set(office.states().values()) == {PartState.PENDING}


def test_letters_keep_their_numbers_and_days(office: Office) -> None:
    office.approved()
    first = office.by(AN).issue("dec")
    assert [part.letter for part in first.parts] == ["", ""]
    office.now += timedelta(days=30)  # past the first day: what has left may be written again
    assert office.by(AN).issue("dec").parts == first.parts
    numbered = office.by(AN).issue("dec", 120)
    assert [part.letter for part in numbered.parts] == ["120/TTCĐS-CNTT", "121/TTCĐS-CNTT"]
    assert [part.ordered_at for part in numbered.parts] == [p.ordered_at for p in first.parts]
    assert office.by(AN).issue("dec").parts == numbered.parts
    with pytest.raises(NotAllowedError, match="every letter of order 'dec' has its number"):
        office.by(AN).issue("dec", 130)
    assert [action for _, action in office.history()].count("order.issue") == 4


def test_nothing_is_asked_for_days_that_are_past(office: Office) -> None:
    office.by(AN).draft(WISH)
    office.now += timedelta(days=12)
    with pytest.raises(BadInputError, match="is past: today is 2026-12-02"):
        office.by(AN).submit("dec")
    office.now -= timedelta(days=12)
    office.by(AN).submit("dec")
    office.now += timedelta(days=12)
    with pytest.raises(BadInputError, match="is past"):
        office.by(BINH).approve("dec")
    office.now -= timedelta(days=12)
    office.by(BINH).approve("dec")
    office.now += timedelta(days=12)
    with pytest.raises(BadInputError, match="is past"):
        office.by(AN).issue("dec", 1)
    assert set(office.states().values()) == {PartState.PENDING}


@pytest.mark.parametrize("on", [date(2026, 11, 19), date(2026, 11, 23)])
def test_a_carrier_says_nothing_before_its_letter_nor_tomorrow(office: Office, on: date) -> None:
    office.approved()
    office.by(AN).issue("dec", 1)
    office.now += timedelta(days=2)
    with pytest.raises(BadInputError, match=f"--on {on}: expected a day from 2026-11-20"):
        office.by(AN).confirm("dec", "Viettel", on)
    office.by(AN).confirm("dec", "Viettel", date(2026, 11, 20))
    office.by(AN).sent("dec", "Viettel", date(2026, 11, 22))


def test_a_carrier_confirms_only_what_it_was_asked(office: Office) -> None:
    office.approved()
    with pytest.raises(NotAllowedError, match="part that is pending"):
        office.by(AN).confirm("dec", "Viettel")
    office.by(AN).issue("dec", 1)
    with pytest.raises(NotFoundError, match="does not go to 'Gmobile', but to: MobiFone, Viettel"):
        office.by(AN).confirm("dec", "Gmobile")
    office.by(AN).sent("dec", "MobiFone")
    with pytest.raises(NotAllowedError, match="part that is sent"):
        office.by(AN).confirm("dec", "MobiFone")


def test_cancelled_is_told_why_and_ends_it(office: Office) -> None:
    office.approved()
    office.by(AN).issue("dec", 1)
    with pytest.raises(BadInputError, match="--why is missing"):
        office.by(AN).cancel("dec", " ")
    office.by(QUAN).cancel("dec", "ứng dụng bảo trì, gọi 0325550101")
    with office.database.read() as conn:
        last = audit.history(conn, orders.subject(office.look().order.id))[-1]
    assert str(last.detail["why"]).startswith("ứng dụng bảo trì")
    assert "0325550101" not in str(last.detail)
    for act in (office.by(AN).confirm, office.by(AN).sent):
        with pytest.raises(NotAllowedError, match="order 'dec' is cancelled"):
            act("dec", "Viettel")
    with pytest.raises(NotAllowedError, match="order 'dec' is cancelled"):
        office.by(AN).issue("dec")
    with pytest.raises(NotAllowedError, match="cannot cancel an order that is cancelled"):
        office.by(AN).cancel("dec", "x")


def test_what_a_carrier_has_sent_is_not_cancelled(office: Office) -> None:
    office.approved()
    office.by(AN).issue("dec", 1)
    office.by(AN).sent("dec", "Viettel")
    with pytest.raises(NotAllowedError, match="has been sent by Viettel"):
        office.by(AN).cancel("dec", "x")
    assert office.look().order.state is OrderState.ORDERED


@pytest.mark.parametrize("user", [AN, BINH, QUAN])
def test_each_role_does_only_its_own(office: Office, user: User) -> None:
    """Everything at the wrong role is refused, and nothing of it is stored."""
    desk = office.by(user)
    acts = {
        "draft": lambda: desk.draft(WISH),
        "submit": lambda: desk.submit("dec"),
        "approve": lambda: desk.approve("dec"),
        "issue": lambda: desk.issue("dec", 1),
        "confirm": lambda: desk.confirm("dec", "Viettel"),
        "sent": lambda: desk.sent("dec", "MobiFone"),
        "cancel": lambda: desk.cancel("dec", "x"),
    }
    own = {
        AN: {"draft", "submit", "issue", "confirm", "sent", "cancel"},
        BINH: {"approve"},
        QUAN: {"cancel"},
    }
    assert {name for name, act in acts.items() if _forbidden(act)} == set(acts) - own[user]


def _forbidden(act: Callable[[], object]) -> bool:
    """Whether an act is refused because of the role."""
    try:
        act()
    except OutreachError as fault:
        return "may not" in str(fault)
    return False

"""Whatever people and the engine do in whatever order, only the domain's table moves a campaign."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from outreach.campaigns.control import Change
from outreach.domain.campaign import _ROLES, _TABLE, CampaignAction, CampaignState
from outreach.domain.errors import OutreachError
from outreach.domain.rules import Rules
from outreach.store import amendments, campaigns, schema
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.users import User
from tests.campaigns.desks import AN, BINH, LAN, QUAN, Place

A = CampaignAction
_rates = count(1)


def _engine(action: CampaignAction, **columns: object) -> Callable[[Place, User, str], object]:
    return lambda place, _, name: place.engine(name, action, **columns)


DEEDS: dict[str, tuple[CampaignAction | None, Callable[[Place, User, str], object]]] = {
    "edit": (A.EDIT, lambda place, user, name: place.desk.edit(user, name)),
    "change": (
        A.EDIT,
        lambda place, user, name: place.desk.edit(user, name, Change(rules={"rate": next(_rates)})),
    ),
    "submit": (A.SUBMIT, lambda place, user, name: place.desk.submit(user, name)),
    "approve": (A.APPROVE, lambda place, user, name: place.desk.approve(user, name)),
    "start": (A.START, lambda place, user, name: place.desk.start(user, name)),
    "pause": (A.PAUSE, lambda place, user, name: place.desk.pause(user, name, "x")),
    "resume": (A.RESUME, lambda place, user, name: place.desk.resume(user, name)),
    "cancel": (A.CANCEL, lambda place, user, name: place.desk.cancel(user, name)),
    "amend": (
        A.AMEND,
        lambda place, user, name: place.desk.amend(
            user, name, Change(rules={"rate": next(_rates)})
        ),
    ),
    "withdraw": (None, lambda place, user, name: place.desk.withdraw(user, name)),
    "agree": (None, lambda place, user, name: place.desk.approve_amendment(user, name)),
    "held": (A.PAUSE, _engine(A.PAUSE, paused_by="engine", paused_why="pilot: look")),
    "finished": (A.FINISH, _engine(A.FINISH)),
    "settled": (A.SETTLE, _engine(A.SETTLE)),
}
ENGINE = frozenset({"held", "finished", "settled"})

USUAL = (("submit", AN), ("approve", BINH), ("start", AN))
"""Most histories begin so: at random few campaigns would ever run."""
LATER = ("amend", "amend", "amend", "resume", "resume", "resume", "agree", "withdraw", "pause")
OPERATORS = frozenset(DEEDS) - ENGINE - {"approve", "agree"}
deeds = st.lists(
    st.tuples(
        st.sampled_from([*sorted(DEEDS), *LATER]),
        st.sampled_from([None, None, None, LAN, BINH, QUAN]),
    ),
    min_size=6,
    max_size=16,
)
"""What is done, mostly by somebody who may: else few histories would go far."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("states")
    database = Database(f"sqlite:///{folder / 'test.db'}")
    schema.upgrade(database)
    made = Place(database)
    made.people(3)
    yield made
    database.close()


_names = count(1)


@given(st.sampled_from([3, 3, 3, 2, 1, 0]), deeds, st.sampled_from([0, 500]))
@examples(max_examples=60)
def test_only_the_table_moves_a_campaign(
    place: Place, begun: int, then: list[tuple[str, User | None]], pilot: int
) -> None:
    name = f"c{next(_names)}"
    rules = Rules(pilot=pilot)
    place.desk.create(AN, place.wish(name, rules=rules))
    for deed, user in (*USUAL[:begun], *then):
        usual = AN if deed in OPERATORS else BINH
        _does_what_it_may(place, name, deed, user or usual)


def _does_what_it_may(place: Place, name: str, deed: str, user: User) -> None:
    action, do = DEEDS[deed]
    before, waiting = _look(place, name)
    try:
        do(place, user, name)
        done = True
    except OutreachError:
        done = False
    after, waits = _look(place, name)
    target = before.state if action is None else _TABLE[action].get(before.state)
    allowed = deed in ENGINE or action is None or user.role in _ROLES[action]
    if not done:
        assert (after, waits) == (before, waiting), "a refused deed leaves no trace"
        assert not (_simple(deed, waiting=waiting) and target and allowed), "it was open to them"
        return
    assert allowed
    assert after.state is target
    assert waits is (deed == "amend" or (waiting and deed not in {"agree", "withdraw", "cancel"}))
    assert not (deed == "resume" and waiting), "nothing goes on while a proposal waits"
    if after.state in {CampaignState.SCHEDULED, CampaignState.RUNNING}:
        assert after.approver == "binh"
        assert after.approved_hash
    if after.rules != before.rules:
        assert deed in {"change", "agree"}


def _simple(deed: str, *, waiting: bool) -> bool:
    """Deeds to which nothing but state and role may object."""
    return deed in {"edit", "change", "pause", "cancel"} or (deed == "resume" and not waiting)


def _look(place: Place, name: str) -> tuple[Campaign, bool]:
    with place.database.read() as conn:
        found = campaigns.find(conn, name)
        return found, amendments.open_of(conn, found.id) is not None

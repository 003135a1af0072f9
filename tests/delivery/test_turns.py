"""Turns: equal parts for equals, four fifths for the urgent, nothing idle, nobody forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from outreach.delivery.turns import URGENT_SHARE, Turns

SHARES = st.integers(1, 200)
CLASSES = st.lists(st.booleans(), min_size=1, max_size=6)


@dataclass
class Account:
    """An account that hands out sub-batches, each of a size of its own."""

    sizes: list[int]
    turns: Turns = field(default_factory=Turns)
    rounds: int = 0

    def hand_out(self, campaigns: Mapping[int, bool], working: set[int]) -> tuple[int, int] | None:
        """Whose turn it was, and how much it got; None if nobody had work."""
        order = self.turns.order(campaigns)
        assert set(order) == set(campaigns), "everybody is asked"
        chosen = next((campaign for campaign in order if campaign in working), None)
        if chosen is None:
            return None
        size = self.sizes[self.rounds % len(self.sizes)]
        self.rounds += 1
        self.turns.took(chosen, size, urgent=campaigns[chosen])
        return chosen, size

    def run(
        self, campaigns: Mapping[int, bool], working: set[int], messages: int
    ) -> dict[int, int]:
        """How much each got of so many messages."""
        got = dict.fromkeys(campaigns, 0)
        while sum(got.values()) < messages:
            found = self.hand_out(campaigns, working)
            assert found is not None, "there is work, so somebody gets a turn"
            got[found[0]] += found[1]
        return got


@given(CLASSES, st.lists(SHARES, min_size=1, max_size=7))
def test_equals_get_equal_parts_and_urgent_ones_four_fifths(
    classes: list[bool], sizes: list[int]
) -> None:
    campaigns = dict(enumerate(classes, 1))
    total = 400 * sum(sizes) // len(sizes)
    got = Account(sizes).run(campaigns, set(campaigns), total)
    total = sum(got.values())
    parts = {True: URGENT_SHARE, False: 1 - URGENT_SHARE}
    both = len(set(classes)) == 2
    for campaign, urgent in campaigns.items():
        fair = total * (parts[urgent] if both else 1) / classes.count(urgent)
        assert abs(got[campaign] - fair) <= 0.02 * fair + 2 * max(sizes), (campaign, fair, got)


@given(
    CLASSES,
    st.lists(SHARES, min_size=1, max_size=5),
    st.lists(st.tuples(st.sets(st.integers(1, 6)), st.integers(1, 60)), min_size=1, max_size=20),
)
def test_a_turn_is_never_idle_while_there_is_work_and_nobody_waits_for_long(
    classes: list[bool], sizes: list[int], spells: list[tuple[set[int], int]]
) -> None:
    """Whatever came before, in a spell of steady work everybody gets some within a few rounds."""
    account, campaigns = Account(sizes), dict(enumerate(classes, 1))
    for idle, rounds in spells:
        working = set(campaigns) - idle
        for _ in range(rounds):
            assert (account.hand_out(campaigns, working) is None) == (not working)
    account.sizes = [10]
    working = set(campaigns)
    # One normal one among urgent ones gets a fifth; what a class or member is ahead by is bounded
    # by one sub-batch of the earlier ones.
    most = len(classes) * 5 * (max(sizes) // 10 + 3)
    served = {found[0] for _ in range(most) if (found := account.hand_out(campaigns, working))}
    assert served == working


def test_who_was_idle_has_saved_nothing_up() -> None:
    account, campaigns = Account([10]), {1: False, 2: False, 3: True, 4: True}
    account.run(campaigns, {1, 3}, 10_000)
    got = account.run(campaigns, {1, 2, 3, 4}, 1_000)
    assert got[1] == got[2] == 100
    assert got[3] == got[4] == 400


def test_a_newcomer_begins_where_the_others_are() -> None:
    account = Account([10])
    account.run({1: False}, {1}, 10_000)
    got = account.run({1: False, 2: False}, {1, 2}, 1_000)
    assert abs(got[1] - got[2]) <= 10

"""What a campaign may spend: all of it in one process, or a part of it in each of several."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from outreach.delivery.budget import Allowance, Budget


def test_alone_it_is_spent_to_the_end() -> None:
    budget = Budget(Decimal(1_000))
    assert budget.take(Decimal(620))
    assert not budget.take(Decimal(620))
    assert budget.exhausted
    budget.give_back(Decimal(300))
    assert budget.take(Decimal(620))


def _asks(part: Allowance) -> bool:
    return part.low


def _stops(part: Allowance) -> bool:
    return part.exhausted


def test_a_part_that_has_become_too_small_is_no_refusal() -> None:
    part = Allowance(Decimal(10_000))
    part.receive(Decimal(500))  # asked for while nothing dearer was wanted
    assert not part.take(Decimal(620))
    part.receive(Decimal(50))  # asked for before it was wanted
    assert not _stops(part)
    assert _asks(part)
    assert not part.ready
    part.receive(Decimal(70))
    assert part.take(Decimal(620))
    assert not part.take(Decimal(620))
    part.receive(Decimal(0))
    assert _stops(part)


def test_a_process_spends_what_it_has_in_hand() -> None:
    part = Allowance(Decimal(10_000))
    assert _asks(part)
    assert not part.take(Decimal(620))
    assert not _stops(part)
    part.receive(Decimal(1_000))
    assert part.take(Decimal(620))
    assert _asks(part)
    part.give_back(Decimal(620))
    assert not _asks(part)
    assert part.in_hand == 1_000


def test_it_stops_only_when_no_more_is_to_be_had() -> None:
    part = Allowance(Decimal(10_000))
    part.receive(Decimal(500))
    assert not part.take(Decimal(620))
    assert _asks(part)
    assert not _stops(part)
    part.receive(Decimal(0))
    assert _stops(part)
    part.receive(Decimal(620))
    assert not _stops(part)
    assert part.take(Decimal(620))


def test_where_nothing_is_left_one_message_asks_for_what_it_costs() -> None:
    part = Allowance(Decimal(1_000))
    assert not part.ready
    part.receive(Decimal(0))  # the last of it was taken by others, or a twentieth of it is nothing
    assert (part.ready, part.at_once, _stops(part)) == (True, 1, False)
    assert not part.take(Decimal(620))
    assert not part.ready
    part.receive(Decimal(620))
    assert part.take(Decimal(620))
    part.receive(Decimal(0))
    assert not part.take(Decimal(620))
    part.receive(Decimal(0))
    assert _stops(part)


def test_what_is_given_back_is_not_enough_where_others_found_nothing() -> None:
    part = Allowance(Decimal(10_000))
    part.receive(Decimal(1_000))
    assert part.take(Decimal(620))
    assert not part.take(Decimal(620))
    part.give_back(Decimal(620))
    assert _asks(part), "a list of two needs more"
    part.receive(Decimal(0))
    assert _stops(part)


def test_without_a_ceiling_nothing_is_asked_for_and_nothing_is_to_be_handed_over() -> None:
    part = Allowance()
    assert part.take(Decimal(10**9))
    part.give_back(Decimal(10**9))
    assert not _asks(part)
    assert part.in_hand == 0


@given(st.lists(st.tuples(st.sampled_from(["take", "give back", "receive"]), st.integers(0, 900))))
def test_never_more_leaves_than_was_received(done: list[tuple[str, int]]) -> None:
    part, received, spent = Allowance(Decimal(10**6)), 0, 0
    for what, dong in done:
        match what:
            case "receive":
                part.receive(Decimal(dong))
                received += dong
            case "take" if part.take(Decimal(dong)):
                spent += dong
            case "give back" if dong <= spent:
                part.give_back(Decimal(dong))
                spent -= dong
        assert spent <= received
        assert part.in_hand == received - spent

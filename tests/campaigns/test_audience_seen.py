"""Numbers seen, one bit each."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from outreach.campaigns.seen import Firsts, Seen

NUMBERS = st.integers(84_300_000_000, 84_300_000_050) | st.integers(84_300_000_000, 84_999_999_999)


@given(st.lists(NUMBERS), NUMBERS)
def test_it_is_a_set(numbers: list[int], other: int) -> None:
    seen, known = Seen(), set[int]()
    for number in numbers:
        assert (number in seen) == (number in known)
        assert seen.add(number) == (number not in known)
        known.add(number)
    assert (other in seen) == (other in known)


def test_a_number_costs_a_bit() -> None:
    tracemalloc.start()
    try:
        seen = Seen()
        for first in range(84_320_000_000, 84_320_300_000, 1_000):
            seen.add_all(range(first, first + 1_000))
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


SAID = st.sampled_from(["{}", '{"full_name":"Lê An"}', '{"full_name":"Lê Bình"}'])
ROWS = st.tuples(st.integers(84_300_000_000, 84_300_000_003), st.integers(0, 3), SAID)


@given(st.lists(ROWS))
def test_firsts_are_sure_and_may_be_forgotten(rows: list[tuple[int, int, str]]) -> None:
    firsts, known = Firsts(), dict[int, str]()
    for number, far, said in rows:
        msisdn = number + (far << 22)  # the same place for four of them
        if msisdn in known:
            assert not firsts.has(msisdn, said) or known[msisdn] == said
        else:
            known[msisdn] = said
            firsts.note(msisdn, said)
            assert firsts.has(msisdn, said)

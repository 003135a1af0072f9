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
        seen.update(range(84_320_000_000, 84_320_300_000))
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


NAMES = st.sampled_from(["", "Lê An", "Lê Bình"])
ROWS = st.tuples(st.integers(84_300_000_000, 84_300_000_003), NAMES, NAMES)


@given(st.lists(ROWS), st.integers(0, 3))
def test_firsts_are_sure_and_may_be_forgotten(rows: list[tuple[int, str, str]], far: int) -> None:
    firsts, known = Firsts(), dict[int, dict[str, str]]()
    for number, name, insurance in rows:
        msisdn = number + (far << 22 if name else 0)
        params = {"full_name": name, "insurance_number": insurance}
        if msisdn in known:
            assert not firsts.has(msisdn, params) or known[msisdn] == params
        else:
            known[msisdn] = params
            firsts.note(msisdn, params)
            assert firsts.has(msisdn, params)

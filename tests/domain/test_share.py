"""A thousand shares: even, complete, and each kind blind to the others."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.key import MAX_RECIPIENTS
from outreach.domain.share import BUCKETS, PILOT, SHARE, WEIGHTS, bucket, ends

KINDS = (SHARE, PILOT, WEIGHTS)
SPREAD = 1.5
"""Standard deviations of pure chance; drawing lots for each person would go beyond now and then."""


@given(st.integers(0, MAX_RECIPIENTS), st.sampled_from(KINDS))
def test_every_number_has_one_place(number: int, kind: int) -> None:
    assert 0 <= bucket(number, kind) < BUCKETS
    assert number * kind < 2**63  # a database's integer holds it


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [100, 1_000, 50_000])
def test_every_stretch_of_an_audience_is_divided_evenly(kind: int, size: int) -> None:
    for first in (1, 777, 9_000_001):
        places = [bucket(n, kind) for n in range(first, first + size)]
        for cut in range(50, BUCKETS, 50):
            below = sum(place < cut for place in places)
            assert abs(below - size * cut / BUCKETS) <= 4


@pytest.mark.parametrize(("one", "other"), [(SHARE, PILOT), (SHARE, WEIGHTS), (PILOT, WEIGHTS)])
@pytest.mark.parametrize("size", [300, 1_000, 3_000, 10_000])
def test_no_kind_tells_anything_of_another(one: int, other: int, size: int) -> None:
    places = [(bucket(n, one), bucket(n, other)) for n in range(1, size + 1)]
    for below in (10, 50, 300, 500):
        begins = [a for a, b in places if b < below]
        for begin, end in [*((n, n + 100) for n in range(0, BUCKETS, 100)), (0, 500), (333, 666)]:
            share = (end - begin) * below / BUCKETS**2
            found = sum(begin <= place < end for place in begins)
            if size * share > 3:
                spread = math.sqrt(size * share * (1 - share))
                assert abs(found - size * share) <= SPREAD * spread


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 1_000), min_size=1, max_size=6))
def test_weights_divide_all_buckets_in_proportion(weights: dict[int, int]) -> None:
    found = ends(weights)
    assert [account for account, _ in found] == list(weights)
    assert found[-1][1] == BUCKETS
    limits = [0, *(end for _, end in found)]
    for weight, (begin, end) in zip(weights.values(), pairwise(limits), strict=True):
        assert abs((end - begin) - weight * BUCKETS / sum(weights.values())) <= 1

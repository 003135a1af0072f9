"""One promise, whoever keeps it: memory, Redis for one or for several, or each his part.

Never above a limit in any window, measured at the moment at which a call may leave, in real time;
and nine tenths of it used while there is work.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bench.redis import Redis
from outreach.domain.limit import Limit, Span, Unit
from tests.databases import Server
from tests.delivery.joined import Cluster, account_of, keepers, kept, sent, used

SECOND = timedelta(seconds=1)
PARTS = Limit(Unit.PARTS, 60, SECOND)


@pytest.fixture
def cluster(postgres_server: Server) -> Iterator[Cluster]:
    with postgres_server.lent() as url, Redis() as redis:
        yield Cluster(url, redis)


KINDS = ["memory", "one", "several", "divided"]
CASES = {
    "parts": ([PARTS], [1]),
    "texts": ([PARTS], [3, 1, 2]),
    "requests-and-parts": (
        [Limit(Unit.REQUESTS, 40, SECOND), Limit(Unit.PARTS, 90, SECOND)],
        [3, 2, 1],
    ),
    "fast": ([Limit(Unit.PARTS, 1200, SECOND), Limit(Unit.REQUESTS, 600, SECOND)], [1, 3, 2]),
    "reserved": ([Limit(Unit.PARTS, 90, SECOND, reserve_percent=20)], [1]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
async def test_never_above_and_nine_tenths_used(kind: str, case: str, cluster: Cluster) -> None:
    limits, parts = CASES[case]
    async with keepers(kind, cluster, account_of(*limits)) as processes:
        left = await sent(processes, 11 if kind == "divided" else 8, parts)
    normal = [limit.for_normal() for limit in limits]
    assert all(kept(left, limit) for limit in normal)
    assert used(left, normal) >= 0.9
    whole = sum(units for _, units in left)
    for each in processes:
        assert sum(units for _, units in each.left) == pytest.approx(
            whole / len(processes), rel=0.15
        )


@pytest.mark.parametrize("kind", KINDS)
async def test_a_crowd_gets_no_more_and_no_less(kind: str, cluster: Cluster) -> None:
    """Many wait at once, so that whoever is the first lets those behind it through."""
    limits = [
        Limit(Unit.PARTS, 1200, SECOND),
        Limit(Unit.MESSAGES, 100_000, timedelta(days=1), span=Span.DAY),
    ]
    async with keepers(kind, cluster, account_of(*limits)) as processes:
        left = await sent(processes, 11 if kind == "divided" else 8, [1, 2, 3, 2], lanes=100)
    assert kept(left, limits[0])
    assert used(left, limits[:1]) >= 0.9

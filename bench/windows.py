"""How much fell within any span of time: what a limit is held against."""

from collections.abc import Iterator, Sequence


def windows(rows: Sequence[tuple[float, int]], period: float) -> Iterator[tuple[float, int]]:
    """Of each window (s, units) that ends with a row: when it ends, and its sum."""
    ordered = sorted(rows)
    total = first = 0
    for at, units in ordered:
        total += units
        while at - ordered[first][0] >= period:
            total -= ordered[first][1]
            first += 1
        yield at, total


def most(rows: Sequence[tuple[float, int]], period: float) -> int:
    """The largest sum of any window."""
    return max((total for _, total in windows(rows, period)), default=0)

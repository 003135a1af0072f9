"""Dividing people into a thousand equal shares, the same way whenever and wherever it is asked.

A number is multiplied and its overflow dropped, so neighbours land far apart and every stretch of
an audience is divided evenly. The multipliers have no small ratios between them: who is in a
share says nothing about who is in the pilot, or which account writes to him.
"""

from collections.abc import Mapping

BUCKETS = 1000

SHARE = 3_153_744_041
"""Who of an audience a campaign addresses."""
PILOT = 3_311_260_585
"""Who of those goes first."""
WEIGHTS = 2_765_507_457
"""Which of the accounts that share a network takes him."""

WORD = 2**32


def bucket(number: int, multiplier: int) -> int:
    """The place, 0 to 999, of a recipient or message by its number (below a billion)."""
    return number * multiplier % WORD * BUCKETS // WORD


def ends(weights: Mapping[int, int]) -> list[tuple[int, int]]:
    """Each account with one past the last bucket that is its own, in the order given."""
    total, so_far, found = sum(weights.values()), 0, []
    for account, weight in weights.items():
        so_far += weight
        found.append((account, so_far * BUCKETS // total))
    return found

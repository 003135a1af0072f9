"""Whose turn it is: the campaigns that share one account, each with its fair part of it."""

from collections.abc import Iterable, Mapping

URGENT_SHARE = 0.8
"""What urgent campaigns together get of an account while others have work too."""

_SHARES = {True: URGENT_SHARE, False: 1 - URGENT_SHARE}


class _Line:
    """Members that take turns by stride: who has had least for its share is the next."""

    def __init__(self) -> None:
        self._had: dict[int, float] = {}
        self._now = 0.0

    def order(self, members: Iterable[int]) -> list[int]:
        """The members, the next one first."""
        self._had = {member: self._had.get(member, 0.0) for member in members}
        return sorted(self._had, key=lambda member: (self._had[member], member))

    def took(self, member: int, cost: float) -> None:
        """Count what a member got; who was idle begins again where the others are."""
        self._now = max(self._now, self._had.get(member, 0.0))
        self._had[member] = self._now + cost


class Turns:
    """Equal parts, counted in messages, between equals; urgent ones go before the others.

    Nobody's part is kept for him while he has no work, and nobody is left out altogether.
    """

    def __init__(self) -> None:
        self._lines = {True: _Line(), False: _Line()}
        self._classes = _Line()

    def order(self, campaigns: Mapping[int, bool]) -> list[int]:
        """Campaigns (number: whether it is urgent) in the order in which to ask for work."""
        lines = {
            urgent: [campaign for campaign, its in campaigns.items() if its is urgent]
            for urgent in (True, False)
        }
        classes = self._classes.order(int(urgent) for urgent, line in lines.items() if line)
        return [
            campaign
            for urgent in map(bool, classes)
            for campaign in self._lines[urgent].order(lines[urgent])
        ]

    def took(self, campaign: int, size: int, *, urgent: bool) -> None:
        """Count a sub-batch of a campaign."""
        self._lines[urgent].took(campaign, size)
        self._classes.took(int(urgent), size / _SHARES[urgent])

"""A carrier's memory: what it took lately, bounded in age and size."""

from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by key, for at most an age in seconds and at least the last `size` of them.

    What fell out of a full memory is unknown again: a duplicate is refused no further back.
    """

    def __init__(self, age_s: float, size: int = 1_000_000) -> None:
        self._age = age_s
        self._size = size
        self._young: dict[str, tuple[float, V]] = {}
        self._old: dict[str, tuple[float, V]] = {}

    def put(self, key: str, value: V, at: float) -> None:
        """Remember a value under a key, from a time on."""
        if len(self._young) >= self._size:
            # Two generations: deleting one by one from a dict's front is quadratic.
            self._old, self._young = self._young, {}
        self._young[key] = (at, value)

    def get(self, key: str, at: float) -> V | None:
        """Recall a value that is not too old at a time."""
        kept = self._young.get(key) or self._old.get(key)
        if kept is None or at - kept[0] > self._age:
            return None
        return kept[1]

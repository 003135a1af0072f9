"""How many processes of a cluster send through an account, and what each has by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from outreach.domain.limit import Limit

_USUAL = 2


def read_workers(block: Mapping[str, Any], in_flight: int, limits: Sequence[Limit]) -> int:
    """Read `workers`; ValueError where one of so many would have nothing of what is divided."""
    most = min([in_flight, *(limit.amount for limit in limits)])
    if block["adapter"] == "smpp":
        most = min(most, _binds(block))
    if "workers" not in block:
        return max(1, min(most, _USUAL))
    told = block["workers"]
    if type(told) is not int or not 1 <= told <= most:  # a boolean is no figure
        raise ValueError(
            f"workers is {told!r}; expected 1 to {most}: in_flight, every limit and the binds"
            " are divided among them"
        )
    return told


def share(whole: int, seat: int, seats: int) -> int:
    """What one seat (0, 1, …) has of a whole; the first ones have what is left over."""
    return whole // seats + (seat < whole % seats)


def _binds(block: Mapping[str, Any]) -> int:
    options = block.get("options", {})
    told = options.get("binds", 1) if isinstance(options, dict) else 1
    return told if type(told) is int else 1  # the adapter says what is wrong with it

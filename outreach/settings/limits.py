"""The limits of an account, as its file tells them."""

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Any

from outreach.domain.limit import Limit, LimitScope, Span, Unit

_KEYS = frozenset({"amount", "per", "reserve_percent", "resets", "scope", "unit"})
_PERIODS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=31),
}
_SENDING = frozenset({LimitScope.SEND, LimitScope.ANY})
_MOST_RESERVED = 90


def read_limits(blocks: object, max_parts: int) -> tuple[Limit, ...]:
    """Read the list `limits` of an account; ValueError says which entry is wrong, and how."""
    if not isinstance(blocks, list) or not blocks:
        raise ValueError(f"limits is {blocks!r}; expected a list of tables, at least one")
    limits = tuple(_limit(block, n) for n, block in enumerate(blocks, 1))
    _check_together(limits)
    for n, limit in enumerate(limits, 1):
        most = limit.for_normal().amount
        needed = limit.cost(LimitScope.SEND, max_parts)
        if most < needed:
            what = f"texts of max_parts = {max_parts}" if needed > 1 else "every message"
            left = f", of which {most} are not reserved," if limit.reserve_percent else ""
            raise ValueError(f"limit {n}: {limit.words}{left} stops {what}; change one of them")
    return limits


def _limit(block: object, n: int) -> Limit:
    if not isinstance(block, dict):
        raise TypeError(f"limit {n} is {block!r}; expected a table {{unit, amount, per}}")
    if unknown := block.keys() - _KEYS:
        raise ValueError(
            f"limit {n} does not know {', '.join(sorted(unknown))}; it knows"
            f" {', '.join(sorted(_KEYS))}"
        )
    scope = LimitScope(_among(block, n, "scope", [*LimitScope], LimitScope.SEND))
    unit = Unit(_among(block, n, "unit", [*Unit]))
    if scope not in _SENDING and unit is not Unit.REQUESTS:
        raise ValueError(f"limit {n}: unit is '{unit}'; calls of scope '{scope}' are requests")
    per = _among(block, n, "per", [*_PERIODS])
    return Limit(
        unit,
        _whole(block, n, "amount", 1, 10**9),
        _PERIODS[per],
        scope,
        span=Span(per) if per in [*Span] else None,
        resets=_resets(block, n, per),
        reserve_percent=_reserve(block, n, scope),
    )


def _resets(block: Mapping[str, Any], n: int, per: str) -> time:
    if "resets" not in block:
        return time(0)
    told = block["resets"]
    if per not in [*Span]:
        raise ValueError(f"limit {n}: resets is for limits per day or month, not per {per}")
    try:
        return time.fromisoformat(told).replace(tzinfo=None)
    except (TypeError, ValueError):
        raise ValueError(
            f"limit {n}: resets is {told!r}; expected a local time such as '00:00'"
        ) from None


def _reserve(block: Mapping[str, Any], n: int, scope: LimitScope) -> int:
    reserve = _whole(block, n, "reserve_percent", 0, _MOST_RESERVED, 0)
    if reserve and scope not in _SENDING:
        raise ValueError(f"limit {n}: reserve_percent is for messages, not for scope '{scope}'")
    return reserve


def _check_together(limits: Sequence[Limit]) -> None:
    """Refuse what stands twice, and a list in which nothing spreads the sends."""
    seen: dict[tuple[object, ...], int] = {}
    for n, limit in enumerate(limits, 1):
        key = (limit.unit, limit.scope, limit.period)
        if key in seen:
            raise ValueError(
                f"limits {seen[key]} and {n} have the same unit, scope and per; keep the lower one"
            )
        seen[key] = n
    if not any(limit.span is None and limit.scope in _SENDING for limit in limits):
        raise ValueError(
            "limits: a day's or month's quota is not spread; expected one more limit of scope"
            " 'send' or 'any' per second, minute or hour"
        )


def _among(
    block: Mapping[str, Any], n: int, key: str, known: Sequence[str], default: str | None = None
) -> str:
    found = block.get(key, default)
    if found not in known:
        words = ", ".join(known)
        raise ValueError(f"limit {n}: {key} is {found!r}; expected one of {words}")
    return str(found)


def _whole(
    block: Mapping[str, Any], n: int, key: str, least: int, most: int, default: int | None = None
) -> int:
    found = block.get(key, default)
    if type(found) is not int or not least <= found <= most:
        raise ValueError(
            f"limit {n}: {key} is {found!r}; expected a whole number, {least} to {most}"
        )
    return found

"""When what waits will have left, if it goes on as now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf

from outreach.campaigns.flow import run_off
from outreach.campaigns.queues import Bounds, Queue, Ration, Spell, merged
from outreach.domain.window import Hours

_HORIZON = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a campaign has waiting on one account, and how fast it goes there."""

    account: str
    step: int
    """0 for the campaign's first channel, 1 for the next …"""
    messages: int
    """Not yet sent, of this campaign."""
    rate: float
    """Messages a second that leave by the account at present, those of all campaigns."""
    others: tuple[int, ...] = ()
    """Messages of each other campaign that sends by the account too."""
    rations: tuple[Ration, ...] = ()
    """Its quotas, in messages."""
    share: float = 1.0
    """How much of what falls back to its step it gets, beside the step's other accounts."""


def expected_end(
    now: datetime,
    hours: Hours,
    backlogs: Sequence[Backlog],
    fallen: float = 0.0,
    until: datetime | None = None,
    per_minute: int | None = None,
) -> datetime | None:
    """The moment at which the last message will have left; None if that is not in sight.

    The slowest account decides. `fallen` is the share of what the first channel has done so far
    that went on to the next: the rest is expected to do the same. `per_minute` is the campaign's
    own pace.
    """
    end = min(until or now + _HORIZON, now + _HORIZON)
    pace = inf if per_minute is None else per_minute / 60
    bounds = Bounds(hours, now.timestamp(), end.timestamp(), pace)
    first = run_off([_queue(each) for each in backlogs if each.step == 0], bounds)
    spells = merged(spell for flow in first for spell in flow.spells)
    later = run_off(
        _fallbacks([each for each in backlogs if each.step], spells, fallen),
        replace(bounds, taken=spells if per_minute else ()),
    )
    flows = [*first, *later]
    if any(flow.left >= 1 for flow in flows):
        return None
    ends = [spell.end for flow in flows for spell in flow.spells]
    return datetime.fromtimestamp(max(ends), UTC) if ends else now


def _fallbacks(backlogs: Sequence[Backlog], spells: Iterable[Spell], fallen: float) -> list[Queue]:
    """The queues of later channels, with what is expected to come to the second."""
    second = min((each.step for each in backlogs), default=0)
    whole = sum(each.share for each in backlogs if each.step == second)
    return [
        _queue(each, [(b, e, rate * fallen * each.share / whole) for b, e, rate in spells])
        if each.step == second
        else _queue(each)
        for each in backlogs
    ]


def _queue(backlog: Backlog, coming: Iterable[tuple[float, float, float]] = ()) -> Queue:
    return Queue(
        backlog.account,
        backlog.rate,
        backlog.messages,
        tuple(Spell(*each) for each in coming if each[2]),
        tuple(float(n) for n in backlog.others),
        backlog.rations,
    )

"""How waiting messages run off by limits, quotas and hours: arithmetic of rates, no message moved.

Between two moments at which something changes (hours, a quota, an empty queue) rates are constant.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from outreach.campaigns.queues import NOTHING, SOON, Bounds, Flow, Queue
from outreach.campaigns.taps import OwnRate, Tap


def run_off(queues: Sequence[Queue], bounds: Bounds) -> list[Flow]:
    """Let queues run off together; what does not fit in time or purse is left."""
    taps = [Tap(queue, bounds.begin) for queue in queues]
    own = OwnRate(bounds, sum(queue.rate for queue in queues))
    purse = bounds.purse
    for opens, closes in _open_hours(bounds):
        now = opens
        while now < closes and purse > NOTHING and any(tap.busy for tap in taps):
            full, until = own.at(now)
            rates = _shared([tap.wanted(now) for tap in taps], full)
            cost = sum(rate * tap.queue.dong for tap, rate in zip(taps, rates, strict=True))
            lasting = [tap.lasts(now, rate) for tap, rate in zip(taps, rates, strict=True)]
            span = min([min(closes, until) - now, *lasting])
            if cost * span > purse:
                span = purse / cost
            span = max(span, SOON)
            for tap, rate in zip(taps, rates, strict=True):
                tap.run(now, span, rate)
            purse -= cost * span
            now += span
        if purse <= NOTHING or not any(tap.busy for tap in taps):
            break
    return [tap.flow() for tap in taps]


def _open_hours(bounds: Bounds) -> Iterator[tuple[float, float]]:
    now = bounds.begin
    while now < bounds.end:
        moment = datetime.fromtimestamp(now, UTC)
        opening = bounds.hours.next_opening(moment)
        opens, closes = opening.timestamp(), bounds.hours.closes_after(opening).timestamp()
        if opens < bounds.end:
            yield opens, min(closes, bounds.end)
        now = closes


def _shared(wanted: Sequence[float], full: float) -> list[float]:
    """What each gets of a common pace: an even share, and what others do not want."""
    found = [0.0] * len(wanted)
    left = full
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    for place, n in enumerate(order):
        found[n] = min(wanted[n], left / (len(order) - place))
        left -= found[n]
    return found

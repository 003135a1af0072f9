"""The plan before approval, held against a campaign that is sent message by message."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.forecast import Ask, Forecast, Load, forecast
from outreach.domain.campaign import CampaignState
from outreach.domain.holidays import Holidays
from outreach.domain.limit import Limit, Span, Unit
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Rules
from outreach.domain.window import LOCAL, Hours, Window, local_day
from outreach.store.campaigns import Campaign, Step
from tests.campaigns.drill import Lane, drill
from tests.campaigns.trial import account

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
"""12:00 in Ho Chi Minh City, on a Friday."""
CULTURE = Holidays({date(2026, 11, 24): "Ngày Văn hóa Việt Nam"}, frozenset({2026, 2027}))


def per(unit: Unit, amount: int, **span: float) -> Limit:
    return Limit(unit, amount, timedelta(**span))


def daily(amount: int, unit: Unit = Unit.MESSAGES, **more: object) -> Limit:
    return Limit(unit, amount, timedelta(days=1), span=Span.DAY, **more)  # type: ignore[arg-type]


def ask(
    *loads: tuple[str, int, int], limits: Mapping[str, tuple[Limit, ...]], **how: object
) -> Ask:
    """A campaign by SMS: (account, messages, parts) each, on the accounts' limits."""
    asked = {name: how.pop(name) for name in [*how] if name in Rules.__dataclass_fields__}
    rules = Rules(**asked)  # type: ignore[arg-type]
    campaign = Campaign(
        1, "c", CampaignState.DRAFT, 1, None, (), "p", "care", {},
        (Step(Channel.SMS, {}),), "07:00", "22:00", how.pop("until", None),  # type: ignore[arg-type]
        "an", None, None, None, None, 0, 0, 0, None, None, None, rules=rules,
    )  # fmt: skip
    return Ask(
        campaign,
        [Load(Channel.SMS, Network.VIETTEL, name, n, parts) for name, n, parts in loads],
        {name: account(name, limits=each) for name, each in limits.items()},
        CULTURE,
        **{"now": NOON, **how},  # type: ignore[arg-type]
    )


def moment(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=LOCAL)


def by_day(told: Forecast) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in told.days:
        found[f"{row.day:%d.%m}"] += row.messages
    return dict(found)


rolling = st.builds(
    lambda unit, amount, seconds: Limit(unit, amount, timedelta(seconds=seconds)),
    st.sampled_from(Unit),
    st.integers(100, 1000),
    st.sampled_from([60, 600, 3600]),
)
quotas = st.builds(
    lambda unit, amount, hour: daily(amount, unit, resets=time(hour)),
    st.sampled_from(Unit),
    st.integers(50, 2000),
    st.sampled_from([0, 0, 9]),
)


@st.composite
def lanes(draw: st.DrawFn) -> Lane:
    limits = [draw(rolling), *draw(st.lists(rolling | quotas, max_size=2))]
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    others = draw(st.lists(st.integers(1, 1500), max_size=2))
    parts = sizes * (draw(st.integers(600, 2400)) // len(sizes))
    if len({*sizes}) > 1:
        others = []  # their parts would count for another mean than ours
    return Lane(limits, parts, tuple(n for n in others if sizes == [1]))


@given(
    st.lists(lanes(), min_size=1, max_size=3),
    st.none() | st.integers(100, 600),
    st.integers(0, 48),
    st.sampled_from([CULTURE, None]),
)
@settings(max_examples=50, deadline=None)
def test_the_plan_is_what_comes_to_pass(
    drawn: list[Lane], rate: int | None, hours_ahead: int, closed: Holidays | None
) -> None:
    """Day by day and account by account within 5 %; and the end, where no quota's edge is near."""
    if any(lane.others for lane in drawn):
        rate = None  # the drill's strict turns would hold others back for our own pace
    now = NOON + timedelta(hours=hours_ahead)
    named = {f"a{n}": lane for n, lane in enumerate(drawn)}
    told = forecast(
        ask(
            *((name, len(lane.parts), sum(lane.parts)) for name, lane in named.items()),
            limits={name: tuple(lane.limits) for name, lane in named.items()},
            others={name: lane.others for name, lane in named.items()},
            now=now, rate=rate, holidays=closed is None,
        )
    )  # fmt: skip
    hours = Hours(Window(time(7), time(22)), closed)
    end = drill(drawn, hours, now, rate)
    for name, lane in named.items():
        mine = [row for row in told.days if row.account == name]
        assert sum(row.messages for row in mine) == len(lane.parts)
        assert sum(row.parts for row in mine) == sum(lane.parts)
        went = Counter(local_day(datetime.fromtimestamp(at, UTC)) for at in lane.sent)
        for day in sorted({row.day for row in mine} | went.keys()):
            planned = sum(row.messages for row in mine if row.day <= day)
            real = sum(n for on, n in went.items() if on <= day)
            assert planned == pytest.approx(real, abs=0.05 * len(lane.parts) + 2), (name, day)
    if not any(limit.span for lane in drawn for limit in lane.limits):
        assert told.ends_at is not None
        took = open_seconds(hours, now.timestamp(), told.ends_at.timestamp())
        real_time = open_seconds(hours, now.timestamp(), end)
        assert took == pytest.approx(real_time, rel=0.05, abs=60)


def open_seconds(hours: Hours, begin: float, end: float) -> float:
    """Seconds between two moments in which something may leave."""
    found, now = 0.0, begin
    while now < end:
        at = datetime.fromtimestamp(now, UTC)
        opens, closes = hours.next_opening(at).timestamp(), hours.closes_after(at).timestamp()
        found += max(0.0, min(closes, end) - opens)
        now = closes
    return found

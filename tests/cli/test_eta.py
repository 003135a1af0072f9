"""The expected end, asked on the way and held against what comes to pass."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from outreach.campaigns.queues import Ration
from outreach.cli.eta import Backlog, expected_end
from outreach.domain.holidays import Holidays
from outreach.domain.limit import Limit, Span, Unit
from outreach.domain.window import LOCAL, Hours, Window
from tests.campaigns.drill import Lane, drill
from tests.campaigns.test_forecast import open_seconds

BEGIN = datetime(2026, 11, 23, 14, 0, tzinfo=LOCAL)
HOURS = Hours(Window(time(7), time(22)), Holidays({date(2026, 11, 24): "Ngày Văn hóa Việt Nam"}))


def per(amount: int, **span: float) -> Limit:
    return Limit(Unit.MESSAGES, amount, timedelta(**span))


DAILY = Limit(Unit.MESSAGES, 1_500, timedelta(days=1), span=Span.DAY)
MIXES: dict[str, tuple[list[Lane], int | None]] = {
    "one account": ([Lane([per(60, minutes=1)], [1] * 3_000)], None),
    "over the night and a holiday": ([Lane([per(200, hours=1)], [1] * 4_000)], None),
    "a slow account beside a quick one": (
        [Lane([per(600, minutes=1)], [1] * 4_000), Lane([per(150, hours=1)], [1] * 1_000)],
        None,
    ),
    "a daily quota": ([Lane([per(600, minutes=1), DAILY], [1] * 5_000)], None),
    "shared with another campaign": ([Lane([per(600, hours=1)], [1] * 3_000, (9_000,))], None),
    "the campaign's own rate": (
        [Lane([per(600, minutes=1)], [1] * 2_000), Lane([per(60, minutes=1)], [1] * 2_000)],
        100,
    ),
}


def backlog(lane: Lane, name: str, at: float) -> Backlog:
    """What would be seen of a lane at a moment: what waits, the rate, and what is used today."""
    sent = [moment for moment in lane.sent if moment <= at]
    paces = [limit.per_second for limit in lane.limits if not limit.span]
    begun = DAILY.begins(datetime.fromtimestamp(at, UTC)).timestamp()
    used = sum(moment >= begun for moment in sent)
    rations = [Ration(limit, limit.amount, used) for limit in lane.limits if limit.span]
    others = tuple(n - len(sent) for n in lane.others)  # they went by turns
    return Backlog(name, 0, len(lane.parts) - len(sent), min(paces), others, tuple(rations))


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("way", [0.25, 0.5, 0.75])
def test_the_end_holds_within_ten_percent(mix: str, way: float) -> None:
    told, rate = MIXES[mix]
    lanes = [Lane(lane.limits, lane.parts, lane.others) for lane in told]
    end = drill(lanes, HOURS, BEGIN, rate)
    everything = sorted(moment for lane in lanes for moment in lane.sent)
    at = everything[int(way * len(everything))]
    seen = [backlog(lane, f"a{n}", at) for n, lane in enumerate(lanes)]
    found = expected_end(datetime.fromtimestamp(at, UTC), HOURS, seen, per_minute=rate)
    assert found is not None
    left = open_seconds(HOURS, at, end)
    assert open_seconds(HOURS, at, found.timestamp()) == pytest.approx(left, rel=0.1)
    assert found.timestamp() - at == pytest.approx(end - at, rel=0.1)


@pytest.mark.parametrize("way", [0.25, 0.5, 0.75])
def test_fallbacks_to_come_are_counted(way: float) -> None:
    """Three of ten fall back from a quick channel to a slow one, which decides the end."""
    end, done = 300 / 0.05, int(1_000 * way)
    at = done / 1.0  # one a second
    carried = min(0.3 * done, at * 0.05)
    found = expected_end(
        BEGIN + timedelta(seconds=at),
        HOURS,
        [
            Backlog("zalo", 0, 1_000 - done, 1.0),
            Backlog("sms", 1, round(0.3 * done - carried), 0.05),
        ],
        fallen=0.3,
    )
    assert found is not None
    assert (found - BEGIN).total_seconds() == pytest.approx(end, rel=0.1)


def test_two_accounts_share_what_falls_back() -> None:
    backlogs = [
        Backlog("zalo", 0, 1_000, 10.0),
        Backlog("own", 1, 0, 1.0, share=3),
        Backlog("other", 1, 0, 1.0, share=1),
    ]
    found = expected_end(BEGIN, HOURS, backlogs, fallen=0.4)
    assert found is not None
    assert (found - BEGIN).total_seconds() == pytest.approx(300, abs=1)


def test_fallbacks_spend_from_the_campaigns_own_rate() -> None:
    backlogs = [Backlog("zalo", 0, 600, 10.0), Backlog("sms", 1, 0, 10.0)]
    found = expected_end(BEGIN, HOURS, backlogs, fallen=1.0, per_minute=60)
    assert found is not None
    assert (found - BEGIN).total_seconds() == pytest.approx(1_200, abs=1)


def test_no_end_is_said_where_none_is_in_sight() -> None:
    standing = [Backlog("sms", 0, 1, 0.0)]
    assert expected_end(BEGIN, HOURS, standing) is None
    late = [Backlog("sms", 0, 7_200, 1.0)]
    assert expected_end(BEGIN, HOURS, late, until=BEGIN + timedelta(hours=1)) is None
    assert expected_end(BEGIN, HOURS, []) == BEGIN

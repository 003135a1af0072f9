"""The legal day, told in Ho Chi Minh City whatever the server's zone."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.holidays import Holidays
from outreach.domain.window import (
    LEGAL,
    LOCAL,
    Hours,
    Window,
    clock_time,
    day_number,
    day_of_number,
    local_day,
    number_of_day,
    until,
)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
minutes = st.times().map(lambda t: t.replace(second=0, microsecond=0, tzinfo=None))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    opens, closes = sorted(draw(st.lists(minutes, min_size=2, max_size=2, unique=True)))
    return Window(opens, closes)


def at(clock: str) -> datetime:
    """A moment of one day by the local clock."""
    return datetime.fromisoformat(f"2026-11-22T{clock}+07:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("clock", "state"),
    [
        ("06:59:59.999999", "shut"),
        ("07:00:00", "open"),
        ("21:59:59.999999", "open"),
        ("22:00:00", "shut"),
        ("00:00:00", "shut"),
    ],
)
def test_the_edges_of_the_legal_day(clock: str, state: str) -> None:
    assert LEGAL.is_open(at(clock)) is (state == "open")


@pytest.mark.parametrize(
    ("clock", "opens"),
    [("03:00:00", "2026-11-22T07:00+07:00"), ("22:00:00", "2026-11-23T07:00+07:00")],
)
def test_next_opening(clock: str, opens: str) -> None:
    assert LEGAL.next_opening(at(clock)) == datetime.fromisoformat(opens)


@given(windows(), moments)
def test_next_opening_is_the_first(window: Window, now: datetime) -> None:
    opening = window.next_opening(now)
    assert window.is_open(opening)
    assert now <= opening < now + timedelta(days=1)
    assert opening.tzinfo is now.tzinfo
    if opening != now:
        assert opening.astimezone(LOCAL).time() == window.opens
        assert not window.is_open(now)
        assert not window.is_open(opening - timedelta(microseconds=1))


@given(moments, st.integers(-12, 12))
def test_the_servers_zone_does_not_matter(now: datetime, hours: int) -> None:
    elsewhere = now.astimezone(timezone(timedelta(hours=hours)))
    assert LEGAL.is_open(elsewhere) is LEGAL.is_open(now)
    assert LEGAL.next_opening(elsewhere) == LEGAL.next_opening(now)
    assert local_day(elsewhere) == local_day(now)


@given(windows())
def test_a_window_reads_back(window: Window) -> None:
    assert Window.parse(str(window)) == window


@pytest.mark.parametrize("text", ["", "07:00", "22:00-07:00", "07:00-07:00", "7-22", "25:00-26:00"])
def test_what_is_no_window(text: str) -> None:
    with pytest.raises(
        ValueError,
        match=r"a window must open before|expected two times of one day, such as 08:00-20:00",
    ):
        Window.parse(text)


def test_the_local_day_begins_at_seventeen_utc() -> None:
    assert local_day(datetime(2026, 11, 21, 16, 59, tzinfo=UTC)) == date(2026, 11, 21)
    assert day_number(datetime(2026, 11, 21, 17, 0, tzinfo=UTC)) == 20261122


def test_the_legal_day_is_the_decrees() -> None:
    assert Window(time(7), time(22)) == LEGAL


TET = Holidays({date(2027, 2, day): "Tết" for day in range(5, 12)}, frozenset({2027}))
near_tet = st.datetimes(datetime(2027, 1, 28), datetime(2027, 2, 20), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
closed_days = st.frozensets(st.dates(date(2027, 1, 25), date(2027, 2, 25)), max_size=25).map(
    lambda days: Holidays(dict.fromkeys(days, "closed"), frozenset({2027}))
)


@given(windows(), st.none() | st.just(TET) | closed_days, near_tet)
def test_the_next_opening_is_the_first_open_moment(
    window: Window, closed: Holidays | None, now: datetime
) -> None:
    hours = Hours(window, closed)
    opening = hours.next_opening(now)
    resting = closed is not None and local_day(now) in closed
    assert hours.is_open(now) is (window.is_open(now) and not resting)
    assert hours.is_open(opening)
    assert opening.tzinfo is now.tzinfo
    assert opening >= now
    day = local_day(now)
    while day <= local_day(opening):  # no open moment of any day in between is earlier
        opens = datetime.combine(day, window.opens, LOCAL)
        closes = datetime.combine(day, window.closes, LOCAL)
        if closed is None or day not in closed:
            assert closes <= now or opening == max(opens, now)
        day += timedelta(days=1)


@given(windows(), st.none() | st.just(TET) | closed_days, near_tet)
def test_hours_close_once_after_a_moment(
    window: Window, closed: Holidays | None, now: datetime
) -> None:
    hours = Hours(window, closed)
    opening, closing = hours.next_opening(now), hours.closes_after(now)
    assert local_day(opening) == local_day(closing)
    assert hours.is_open(closing - timedelta(microseconds=1))
    assert not hours.is_open(closing)


def test_tet_is_a_row_of_days_and_some_send_on_them() -> None:
    eve = datetime(2027, 2, 4, 22, 30, tzinfo=LOCAL)
    assert Hours(LEGAL, TET).next_opening(eve) == datetime(2027, 2, 12, 7, tzinfo=LOCAL)
    assert Hours(LEGAL).next_opening(eve) == datetime(2027, 2, 5, 7, tzinfo=LOCAL)
    assert Hours(LEGAL, TET).holiday(eve + timedelta(days=2)) == "Tết"
    assert Hours(LEGAL, TET).holiday(eve) is None
    assert Hours(LEGAL).holiday(eve + timedelta(days=2)) is None


@given(moments, minutes)
def test_until_an_hour_ends_at_that_hour_within_a_day(now: datetime, hour: time) -> None:
    wait = until(now, hour)
    assert timedelta(0) < wait <= timedelta(days=1)
    assert (now + wait).astimezone(LOCAL).time() == hour


def test_a_local_time_has_no_zone() -> None:
    assert clock_time("00:05") == time(0, 5)
    for text in ("noon", "", "00:05+07:00", "00:05Z"):
        with pytest.raises(ValueError, match=r"00:05|Invalid"):
            clock_time(text)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_days_are_read_as_tables_store_them(told: date) -> None:
    assert number_of_day(told) == int(f"{told:%Y%m%d}")
    assert day_of_number(number_of_day(told)) == told

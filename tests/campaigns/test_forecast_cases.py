"""Plans that can be worked out by hand."""

import time as stopwatch
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from outreach.campaigns.cautions import cautions
from outreach.campaigns.forecast import Ask, Load, forecast
from outreach.domain.limit import Unit
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Priority, Rules
from outreach.store.campaigns import Step
from tests.campaigns.test_forecast import ask, by_day, daily, moment, per
from tests.campaigns.trial import account

SECOND = per(Unit.MESSAGES, 1000, seconds=1)


def ms(told: str) -> int:
    return int(moment(told).timestamp() * 1000)


def with_rules(asked: Ask, **rules: object) -> Ask:
    object.__setattr__(asked.campaign, "rules", Rules(**rules))  # type: ignore[arg-type]
    return asked


@pytest.mark.parametrize("quota", [500, 2_000, 50_000, 500_000])
def test_a_quota_decides_the_days(quota: int) -> None:
    told = forecast(ask(("z", 5 * quota, 5 * quota), limits={"z": (SECOND, daily(quota))}))
    days = ["20.11", "21.11", "22.11", "23.11", "25.11"]  # the 24th is a holiday
    assert by_day(told) == dict.fromkeys(days, quota)
    assert told.ends_at is not None
    assert told.ends_at.date() == date(2026, 11, 25)


def test_what_a_day_has_used_is_not_there_twice() -> None:
    limit = daily(500)
    told = forecast(ask(("z", 600, 600), limits={"z": (SECOND, limit)}, used={("z", limit): 450}))
    assert by_day(told) == {"20.11": 50, "21.11": 500, "22.11": 50}


def test_a_reserve_is_for_urgent_messages_only() -> None:
    limit = daily(500, reserve_percent=10)
    for priority, first in ((Priority.NORMAL, 450), (Priority.URGENT, 500)):
        told = forecast(ask(("z", 600, 600), limits={"z": (SECOND, limit)}, priority=priority))
        assert by_day(told)["20.11"] == first


def test_ten_million_by_the_second() -> None:
    """3 parts each at 8,300 parts a second: 95 % of it is 2,628 messages a second."""
    begun = stopwatch.perf_counter()
    limits = {"v": (per(Unit.PARTS, 8_300, seconds=1),)}
    told = forecast(ask(("v", 10_000_000, 30_000_000), limits=limits))
    assert stopwatch.perf_counter() - begun < 0.1
    assert told.ends_at is not None
    took = (told.ends_at - told.starts_at).total_seconds()
    assert took == pytest.approx(30_000_000 / (0.95 * 8_300), rel=0.001)
    assert sum(row.cost for row in told.days) == 30_000_000 * Decimal(600)


def test_more_than_a_year_does_not_fit_and_is_told_at_once() -> None:
    begun = stopwatch.perf_counter()
    asked = ask(
        ("a", 9_000_000, 9_000_000), ("b", 9_000_000, 9_000_000), ("c", 500, 500),
        limits={name: (SECOND, daily(500)) for name in "abc"},
    )  # fmt: skip
    told = forecast(asked)
    assert stopwatch.perf_counter() - begun < 1  # a tenth of that on an idle machine
    assert told.ends_at is None
    assert told.left.keys() == {"a", "b"}
    sent = {row.account: 0 for row in told.days}
    for row in told.days:
        sent[row.account] += row.messages
    assert all(sent[name] + told.left[name] == 9_000_000 for name in told.left)
    assert "within 366 days" in cautions(asked, told, Decimal(0))[0].message_en


def test_what_will_not_leave_in_time_is_said_account_by_account() -> None:
    asked = ask(
        ("slow", 10_000, 10_000), ("quick", 10_000, 10_000),
        limits={"slow": (per(Unit.MESSAGES, 1_000, hours=1),), "quick": (SECOND,)},
        until=ms("2026-11-20T16:00"),
    )  # fmt: skip
    told = forecast(asked)
    assert told.left == {"slow": pytest.approx(10_000 - 4 * 950, abs=1)}
    assert told.ends_at is None
    assert cautions(asked, told, Decimal(0))[0].message_en.endswith("before 2026-11-20 16:00")


def test_the_budget_ends_it() -> None:
    asked = ask(("v", 10_000, 20_000), limits={"v": (SECOND,)}, budget=6_000_000)
    told = forecast(asked)
    assert told.left == {"v": 5_000}
    assert sum(row.cost for row in told.days) == 6_000_000
    first = cautions(asked, told, Decimal(10**8))[0]
    assert (
        first.message_en == "5,000 messages of account v will not leave within the spending ceiling"
    )
    assert "5.000 tin" in first.message_vi
    assert any(
        "the spending ceiling of 6,000,000 đ" in c.message_en
        for c in cautions(asked, told, Decimal(10**8))
    )


def test_it_begins_at_its_time_but_not_on_a_holiday() -> None:
    asked = ask(("v", 10, 10), limits={"v": (SECOND,)}, starts_at=ms("2026-11-24T09:00"))
    told = forecast(asked)
    assert told.starts_at == moment("2026-11-25T07:00")
    assert "Ngày Văn hóa Việt Nam" in cautions(asked, told, Decimal(0))[0].message_en
    asked = with_rules(asked, holidays=True, starts_at=ms("2026-11-24T09:00"))
    assert forecast(asked).starts_at == moment("2026-11-24T09:00")


def test_a_campaigns_own_rate_and_ramp_hold_over_all_accounts() -> None:
    asked = ask(
        ("a", 6_000, 6_000), ("b", 6_000, 6_000),
        limits={"a": (SECOND,), "b": (SECOND,)}, rate=1_200,
    )  # fmt: skip
    told = forecast(asked)
    assert told.ends_at == moment("2026-11-20T12:10")
    ramped = forecast(with_rules(asked, rate=1_200, ramp_minutes=10))
    assert ramped.ends_at is not None
    # Ten minutes at 52.5 % on the way up, and the rest at full height.
    assert (ramped.ends_at - moment("2026-11-20T12:14:45")).total_seconds() == pytest.approx(
        0, abs=1
    )


def test_other_campaigns_take_an_equal_share_until_they_are_done() -> None:
    limits = {"v": (per(Unit.MESSAGES, 1_000, seconds=100),)}  # 9.5 a second
    told = forecast(ask(("v", 1_900, 1_900), limits=limits, others={"v": (950, 19_000)}))
    # A third each until the small one is gone after 300 s; then a half each of what is left.
    assert told.ends_at is not None
    assert (told.ends_at - told.starts_at).total_seconds() == pytest.approx(500, abs=1)


def fallback(delay: int | None, rate: int | None = None) -> Ask:
    """Zalo to two networks at 10 a second; then each network's own SMS, one of them slow."""
    loads = [
        Load(Channel.ZALO, Network.VIETTEL, "zalo", 950, 950),
        Load(Channel.ZALO, Network.MOBIFONE, "zalo", 950, 950),
        Load(Channel.SMS, Network.VIETTEL, "slow", 950, 950),
        Load(Channel.SMS, Network.MOBIFONE, "quick", 950, 1900),
    ]
    asked = ask(limits={}, fallback_hours=delay, rate=rate)
    object.__setattr__(asked.campaign, "steps", (Step(Channel.ZALO, {}), Step(Channel.SMS, {})))
    limits = {"zalo": 10, "slow": 1, "quick": 100}
    accounts = {
        name: account(name, limits=(per(Unit.MESSAGES, n, seconds=1),))
        for name, n in limits.items()
    }
    return Ask(asked.campaign, loads, accounts, asked.holidays, asked.now)


def test_the_worst_end_is_when_everybody_falls_back() -> None:
    told = forecast(fallback(None))
    assert {row.account for row in told.days} == {"zalo"}
    assert told.ends_at is not None
    assert told.worst_ends_at is not None
    assert (told.ends_at - told.starts_at).total_seconds() == pytest.approx(200, abs=1)
    assert (told.worst_ends_at - told.starts_at).total_seconds() == pytest.approx(1_000, abs=1)


def test_accounts_that_share_a_network_fall_back_together() -> None:
    asked = fallback(None)
    loads = [
        Load(Channel.ZALO, Network.VIETTEL, "zalo", 200, 200),
        Load(Channel.ZALO, Network.VIETTEL, "quick", 750, 750),
        Load(Channel.SMS, Network.VIETTEL, "slow", 950, 950),
    ]
    told = forecast(replace(asked, loads=loads))
    assert told.worst_ends_at is not None
    assert (told.worst_ends_at - told.starts_at).total_seconds() == pytest.approx(1_000, abs=1)


def test_fallbacks_wait_for_the_campaigns_own_rate_too() -> None:
    told = forecast(fallback(None, rate=90))  # 1.5 a second, and the slow account 0.95
    assert told.worst_ends_at is not None
    assert (told.worst_ends_at - told.starts_at).total_seconds() >= 2 * 1_900 / 1.5 - 1


def test_a_fallback_after_hours_comes_so_much_later_and_waits_for_the_morning() -> None:
    told = forecast(fallback(6))
    assert told.worst_ends_at is not None
    late = timedelta(hours=6, seconds=1_000)
    assert abs(told.worst_ends_at - told.starts_at - late) < timedelta(seconds=1)
    told = forecast(fallback(11))  # 23:00: all of it waits for 07:00
    assert told.worst_ends_at is not None
    assert abs(told.worst_ends_at - moment("2026-11-21T07:16:40")) < timedelta(seconds=1)


def test_years_without_holidays_are_told() -> None:
    asked = ask(("z", 500 * 50, 500 * 50), limits={"z": (SECOND, daily(500))})
    assert cautions(asked, forecast(asked), Decimal(0)) == []
    later = ask(
        ("z", 600, 600),
        limits={"z": (SECOND, daily(500))},
        now=datetime.fromisoformat("2027-12-31T12:00Z"),
    )
    told = [each.message_en for each in cautions(later, forecast(later), Decimal(0))]
    assert told == ["the holidays of 2028 are not in config/holidays.toml"]


def test_an_urgent_campaign_is_told_that_it_goes_ahead() -> None:
    asked = ask(("v", 10, 10), limits={"v": (SECOND,)}, others={"v": (1_200,)})
    [plain] = cautions(asked, forecast(asked), Decimal(0))
    assert plain.message_en.endswith("gives each campaign an equal share")
    urgent = with_rules(asked, priority=Priority.URGENT)
    [told] = cautions(urgent, forecast(urgent), Decimal(0))
    assert told.message_en.endswith(
        "equal share; being urgent it goes ahead, and may be done sooner"
    )
    assert told.message_vi.endswith("chiến dịch khẩn được gửi trước nên có thể xong sớm hơn")

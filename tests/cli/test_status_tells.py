"""What a status tells of accounts, quotas, spending and the expected end."""

from dataclasses import replace

import pytest

from outreach.cli import pause_words
from outreach.cli.status_json import status_json
from outreach.cli.words import Lang
from outreach.domain.rules import Rules
from outreach.store import audit
from outreach.store.database import Database
from tests.cli.looks import NOW, look, people, pulse, shown, used_up
from tests.delivery.stage import (
    SMS_STEPS,
    VIETTEL,
    Stage,
)


def test_what_is_left_of_a_quota_and_of_a_slowed_pace(database: Database) -> None:
    stage = Stage(database)
    used_up(stage, 400)
    found = look(stage, pulse(allowed=47, rate=40))
    page = shown(found, Lang.EN)
    assert "zalo has 100 left of its 500 messages a day, afresh 2026-11-21 00:00" in page
    assert "zalo goes at 49 % of its pace: the carrier said too fast" in page
    assert "40 / 47 requests a second" in page
    [line] = [line for line in status_json(found)["accounts"] if line["account"] == "zalo"]  # type: ignore[attr-defined]
    assert (line["slowed_percent"], line["quotas"][0]["left"]) == (49, 100)
    stage.close()


def test_a_slow_account_is_told_by_the_minute(database: Database) -> None:
    stage = Stage(database)
    stage.campaign(people(stage), SMS_STEPS)
    page = shown(look(stage, pulse(VIETTEL, unit="parts", allowed=0, per_minute=55)), Lang.VI)
    assert "55 / 57 đoạn mỗi phút" in page
    assert "bộ gửi không chạy" in page  # the other account's
    stage.close()


def test_the_expected_end_heeds_quota_hours_and_the_slowest_account(database: Database) -> None:
    stage = Stage(database)
    used_up(stage, 450)
    quick = look(stage, pulse(rate=40, per_minute=2_400))
    # 50 of 100 fit today; the rest goes at tomorrow's opening, at 07:00.
    assert quick.eta is not None
    assert quick.eta.isoformat(timespec="minutes") == "2026-11-21T00:00+00:00"
    held = look(stage, pulse(breaker="open", reason="x"))
    assert held.eta is None
    stage.close()


def test_what_may_be_expected_of_an_account(database: Database) -> None:
    """A queue tells what an account can do; where there is none, its limit does."""
    stage = Stage(database)
    stage.run_of(100)
    line = look(stage, pulse(rate=3, per_minute=180)).accounts[0]
    assert line.pace(600) == pytest.approx(3)
    assert line.pace(10) == pytest.approx(18)  # it sends since ten seconds
    assert replace(line, backlog=5).pace(600) == pytest.approx(95)
    later = replace(line, step=1, backlog=15)
    assert later.pace(600) == pytest.approx(95)  # it sends what comes, not what it can
    assert replace(later, backlog=200).pace(600) == pytest.approx(3)
    assert replace(line, pulse=pulse(per_minute=60_000)).pace(600) == pytest.approx(95)
    assert replace(line, pulse=pulse(breaker="open")).pace(600) == 0
    assert replace(line, running=False).pace(600) == 0
    stage.close()


def test_spending_beside_plan_and_ceiling(database: Database) -> None:
    stage = Stage(database)
    stage.campaign(people(stage), rules=Rules(budget=100_000))
    with database.write() as conn:
        told = {"likely_cost_dong": "30000", "ceiling_dong": "210000"}
        audit.write(conn, audit.Entry(NOW, "binh", "campaign.approve", "campaign:1", told))
    found = look(stage, pulse())
    assert "Cost so far: 0 đ; 30,000 đ if the first channel reaches all" in shown(found, Lang.EN)
    assert "Trần chi: 100.000 đ, đã dùng 0.0 %" in shown(found, Lang.VI)
    assert status_json(found)["budget_dong"] == "100000"
    stage.close()


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("budget: 1,500,000 đồng of 2,000,000 are spent", "đã chi 1.500.000 đ trên 2.000.000 đ"),
        (
            (
                "error share: receipts bad, 30 of the latest 200 (limit 10 %): 25 x rejected -118"
                " no such Zalo account, or deactivated, 5 x unknown HTTP 503"
            ),
            (
                "30 trên 200 biên nhận gần nhất không tốt (giới hạn 10 %): 25 x bị từ chối -118"
                " không có tài khoản Zalo, hoặc đã bị khóa, 5 x chưa rõ đã gửi HTTP 503"
            ),
        ),
        ("zalo refused only this campaign: -131 template not approved", "chỉ từ chối chiến dịch"),
        ("zalo: -131 template not approved", "zalo: -131 mẫu tin chưa được duyệt"),
        ("wrong hotline 0915550102", "wrong hotline 091****102"),
    ],
)
def test_reasons_of_the_engine_in_vietnamese(why: str, told: str) -> None:
    assert told in pause_words.pause_words(why, Lang.VI)

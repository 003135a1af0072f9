"""What a status tells of accounts, quotas, spending and the expected end."""

from dataclasses import replace
from decimal import Decimal

import pytest

from outreach.cli import pause_words
from outreach.cli.status import Costs, NetworkLine
from outreach.cli.status_json import status_json
from outreach.cli.words import Lang, words
from outreach.domain.campaign import CampaignState
from outreach.domain.network import Network
from outreach.domain.rules import Rules
from outreach.reports import Column
from outreach.store import audit, inbox
from outreach.store.database import Database
from tests.cli.looks import NOW, look, people, pulse, running, shown, used_up
from tests.delivery.stage import (
    OTHER,
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


def test_what_an_account_did_tells_little_where_the_campaigns_own_rate_binds(
    database: Database,
) -> None:
    """Two accounts share 600 a minute; when one is done the other has all of it."""
    stage = Stage(database)
    stage.campaign(people(stage), rules=Rules(rate=600))
    found = look(stage, pulse(rate=5, per_minute=300), pulse(OTHER, rate=5, per_minute=285))
    zalo, _, other = found.accounts
    lines = [
        replace(zalo, backlog=1_000, quotas=()),
        replace(other, backlog=2_000, step=0, full_per_s=95),
    ]
    end = replace(found, accounts=lines).eta
    assert end is not None
    assert (end - found.at).total_seconds() == pytest.approx(300, rel=0.02)
    slow = [replace(line, pulse=pulse(per_minute=120)) for line in lines]
    end = replace(found, accounts=slow).eta
    assert end is not None
    assert (end - found.at).total_seconds() == pytest.approx(1_000, rel=0.02)  # 2 a second
    stage.close()


def test_the_first_minute_of_an_engine_tells_little(database: Database) -> None:
    stage = Stage(database)
    stage.run_of(100)
    line = look(stage, pulse(per_minute=60, counted_s=10)).accounts[0]
    assert line.pace(6_000) == pytest.approx(95)
    assert replace(line, full_per_s=0.0).pace(6_000) == pytest.approx(6)
    stage.close()


def test_an_end_is_said_to_be_missing_only_where_it_is(database: Database) -> None:
    stage = Stage(database)
    stage.campaign(people(stage), until=NOW + 2_000)
    sending = look(stage, pulse(rate=1, per_minute=60))
    assert "at this pace not everything will have left in time" in shown(sending, Lang.EN)
    held = look(stage, pulse(breaker="open", reason="x"))
    assert "no end in sight: nothing is being sent" in shown(held, Lang.EN)
    over = replace(held, accounts=[replace(line, backlog=0) for line in held.accounts])
    assert "in sight" not in shown(over, Lang.EN)
    paused = replace(sending, campaign=replace(sending.campaign, state=CampaignState.PAUSED))
    page = shown(paused, Lang.EN)
    assert "in sight" not in page
    assert "1 / 95" not in page
    stage.close()


def test_a_part_of_a_quota_is_called_a_part(database: Database) -> None:
    stage = Stage(database)
    used_up(stage, 450)
    found = look(stage, pulse())
    zalo = found.accounts[0]
    kept = [replace(quota, usable=450) for quota in zalo.quotas]
    found = replace(found, accounts=[replace(zalo, quotas=tuple(kept))])
    said = "zalo has used up its 450 of 500 messages a day (the rest is for urgent campaigns)"
    assert said in shown(found, Lang.EN)
    assert "450 trong 500 tin mỗi ngày" in shown(found, Lang.VI)
    stage.close()


def test_one_ceiling_is_told_and_percents_have_separators(database: Database) -> None:
    stage = Stage(database)
    stage.campaign(people(stage), rules=Rules(budget=100))
    found = look(stage, pulse())
    found = replace(
        found,
        costs=Costs(Decimal(30_000), Decimal(210_000)),
        figures=replace(found.figures, sums=replace(found.figures.sums, cost=Decimal(29_700))),
    )
    page = shown(found, Lang.EN)
    assert "29,700.0 % of it used" in page
    assert "210,000" not in page
    assert "đã dùng 29.700,0 %" in shown(found, Lang.VI)
    stage.close()


def test_a_draft_has_no_empty_tables(database: Database) -> None:
    stage = Stage(database)
    draft = replace(running(stage, state=CampaignState.DRAFT), networks=())
    page = shown(draft, Lang.EN)
    assert "Network" not in page
    assert "Result" not in page
    stage.close()


@pytest.mark.parametrize("lang", Lang)
def test_eighty_columns_are_enough(database: Database, lang: Lang) -> None:
    stage = Stage(database)
    found = running(stage, pulse(rate=40, per_minute=2_400))
    results = {Column.PENDING: 400_000, Column.DELIVERED: 1_200_000, Column.NO_FAILURE: 300_000}
    found = replace(found, networks=[NetworkLine(network, results) for network in Network])
    lines = shown(found, lang, 80).splitlines()
    for network in Network:
        [line] = [line for line in lines if line.startswith(network.title)]
        assert " 78 %" in line
        assert "1,200,000" in line.replace(".", ",")
    [head] = [line for line in lines if line.startswith(words(lang)("network"))]
    assert words(lang)("other") in head
    assert len(head.rstrip()) <= 70  # there is room for larger figures
    assert "━" not in "".join(lines)
    assert "━" in shown(found, lang, 120)
    stage.close()


def test_spending_beside_plan_and_ceiling(database: Database) -> None:
    stage = Stage(database)
    stage.campaign(people(stage), rules=Rules(budget=100_000))
    with database.write() as conn:
        told = {"likely_cost_dong": "30000", "ceiling_dong": "210000"}
        audit.write(conn, audit.Entry(NOW, "binh", "campaign.approve", "campaign:1", told))
    found = look(stage, pulse())
    assert "Cost so far: 0 đ; 30,000 đ if the first channel reaches all" in shown(found, Lang.EN)
    assert "Trần chi: 100.000 đ, đã dùng 0,0 %" in shown(found, Lang.VI)
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


@pytest.mark.parametrize("state", [CampaignState.RUNNING, CampaignState.FINISHED])
def test_callbacks_that_nobody_settles_are_told(database: Database, state: CampaignState) -> None:
    stage = Stage(database)
    running(stage, state=state)
    with database.write() as conn:
        inbox.put(conn, [(VIETTEL, NOW - 61_000, b"a call"), (VIETTEL, NOW, b"another")])
    found = look(stage, pulse())
    since = "2026-11-20 11:58"
    assert f"2 callbacks wait unread since {since}: no receipt is settled" in shown(found, Lang.EN)
    assert f"2 lượt gọi về chưa đọc, từ {since}" in shown(found, Lang.VI)
    told = {"calls": 2, "since": "2026-11-20T04:58:59+00:00"}
    assert status_json(found)["unread"] == told
    with database.write() as conn:
        first, _ = inbox.take(conn, NOW + 1_000, 9, NOW + 9_000)
        inbox.postpone(conn, [(first, NOW + 9_000, ())])  # it was read, and waits for its answer
    read = look(stage, pulse())
    assert status_json(read)["unread"] is None
    assert "unread" not in shown(read, Lang.EN)
    stage.close()

"""The one sentence of a status: each state that a campaign can be found in, in both languages."""

import string
from collections.abc import Callable

import pytest
from sqlalchemy import text

from outreach.cli import standing, status_words
from outreach.cli.status import Status
from outreach.cli.status_json import status_json
from outreach.cli.words import Lang
from outreach.domain.campaign import CampaignState
from outreach.domain.holidays import Holidays
from outreach.domain.rules import Rules
from outreach.domain.window import local_day
from outreach.store import amendments, audit, campaigns, inbox, installation
from outreach.store.amendments import Amendment
from outreach.store.database import Database
from outreach.store.installation import Pause
from outreach.store.seats import Seats
from tests.cli.looks import NOW, look, people, pulse, running, shown, used_up
from tests.delivery.stage import (
    DEFAULT_STEPS,
    NOON,
    VIETTEL,
    ZALO,
    Stage,
)


def _held(stage: Stage, by: str, why: str, **columns: object) -> Status:
    campaign = stage.campaign(people(stage), DEFAULT_STEPS, **columns)
    with stage.database.write() as conn:
        campaigns.move(conn, campaign, CampaignState.PAUSED, paused_by=by, paused_why=why)
    return look(stage, pulse())


def _amended(stage: Stage) -> Status:
    _held(stage, "an", "amendment 1 waits for approval")
    changes = {"window": ("07:00-22:00", "08:00-20:00")}
    with stage.database.write() as conn:
        amendments.propose(conn, Amendment(0, 1, NOW, "an", changes, "h"))
    return look(stage, pulse())


def _decided(stage: Stage) -> Status:
    found = _amended(stage)
    assert found.amendment is not None
    with stage.database.write() as conn:
        amendments.decide(conn, found.amendment, amendments.AmendmentState.APPROVED, "binh", NOW)
    return look(stage, pulse())


def _piloted(stage: Stage) -> Status:
    why = "pilot: 2 people (2 delivered); look, then resume"
    return _held(stage, "engine", why, rules=Rules(pilot=500), piloting=True)


def _paused_by_engine(stage: Stage) -> Status:
    why = "error share: answers bad, 30 of the latest 200 (limit 10 %): 25 x rejected -118 no such"
    return _held(stage, "engine", why + " Zalo account, or deactivated, 5 x unknown HTTP 503")


def _all_gone(stage: Stage) -> Status:
    campaign = stage.campaign(people(stage))
    with stage.database.write() as conn:
        conn.execute(text("UPDATE chunk SET started_to = last, recorded_to = last, look_at = :at"),
                     {"at": NOW + 3_600_000})  # fmt: skip
    assert campaign.id == 1
    return look(stage, pulse())


def _later(stage: Stage) -> Status:
    _all_gone(stage)
    with stage.database.write() as conn:
        conn.execute(
            text(
                "INSERT INTO due (message, campaign, account, at, why, attempts, snoozes, rerouted,"
                " lease_until) VALUES (1000000001, 1, :zalo, :at, '-115 out of balance or quota',"
                " 0, 1, 0, 0)"
            ),
            {"zalo": ZALO, "at": NOW + 1_800_000},
        )
    return look(stage, pulse())


def _broken(stage: Stage) -> Status:
    with stage.database.write() as conn:
        told = {"state": "open", "reason": "-124 access token invalid"}
        entry = audit.Entry(NOW - 60_000, "engine", "account.breaker", f"account:{ZALO}", told)
        audit.write(conn, entry)
    return running(stage, pulse(breaker="open", reason="-124 access token invalid"))


def _holiday(stage: Stage) -> Status:
    running(stage)
    return look(stage, pulse(), holidays=Holidays({local_day(NOON): "Ngày Nhà giáo"}))


def _mute(stage: Stage) -> Status:
    running(stage)
    with stage.database.sole_engine() as alone:
        assert alone
        found = look(stage, pulse(at=NOW - 6_000))
    assert status_json(found)["engine_running"] is True
    assert "engine not running" not in shown(found, Lang.EN)
    return found


def _everything_paused(stage: Stage) -> Status:
    with stage.database.write() as conn:
        installation.pause(conn, Pause(NOW, "quan", "a copy"))
    return running(stage)


CASES: dict[str, tuple[Callable[[Stage], Status], str, str]] = {
    "draft": (lambda s: running(s, state=CampaignState.DRAFT), "a draft", "bản nháp"),
    "awaiting_approval": (
        lambda s: running(s, state=CampaignState.AWAITING_APPROVAL),
        "waits for approval by somebody else than an",
        "chờ người khác (không phải an) duyệt",
    ),
    "unreleased": (
        lambda s: running(s, state=CampaignState.SCHEDULED),
        "approved by binh; it waits for: outreach campaign start c1",
        "binh đã duyệt",
    ),
    "starts_at": (
        lambda s: running(
            s,
            state=CampaignState.SCHEDULED,
            released_at=NOW,
            rules=Rules(starts_at=NOW + 3_600_000),
        ),
        "starts by itself on 2026-11-20 13:00",
        "sẽ tự chạy lúc 2026-11-20 13:00",
    ),
    "wave_planned": (
        lambda s: running(s, state=CampaignState.SCHEDULED, wave=2),
        "reminder 2 is being prepared",
        "đợt nhắc lại 2",
    ),
    "amendment": (
        _amended,
        "held: amendment 1 by an waits for approval\n  sending hours: 07:00-22:00 → 08:00-20:00",
        "sửa đổi 1 của an đang chờ duyệt",
    ),
    "amended": (_decided, "goes on with: outreach campaign resume c1", "đã được quyết định"),
    "pilot": (
        _piloted,
        "held: the pilot of 50 % went out (",
        "tạm dừng: đã gửi thử 50 % (",
    ),
    "paused": (
        _paused_by_engine,
        "paused by the engine: error share: answers bad, 30 of the latest 200 (limit 10 %): 25 x",
        "tạm dừng bởi bộ gửi: tỷ lệ lỗi: 30 trên 200 trả lời gần nhất không tốt (giới hạn 10 %):",
    ),
    "everything_paused": (
        _everything_paused,
        "nothing is sent: quan paused everything on 2026-11-20 12:00: a copy; it goes on with",
        "quan tạm dừng toàn bộ từ 2026-11-20 12:00: a copy; chạy tiếp bằng: outreach resume",
    ),
    "too_late": (lambda s: running(s, until=NOW), "its last moment", "đã quá thời điểm cuối"),
    "no_engine": (
        lambda s: running(s, pulse(at=NOW - 6_000)),
        "because the engine is not running: outreach run",
        "vì bộ gửi không chạy",
    ),
    "engine_mute": (
        _mute,
        "the engine runs but writes nothing",
        "bộ gửi đang chạy nhưng không ghi gì",
    ),
    "closed": (
        lambda s: running(s, opens="13:00", closes="14:00"),
        "because window 13:00-14:00 is closed; opens 2026-11-20 13:00",
        "vì ngoài giờ 13:00-14:00; mở lúc 2026-11-20 13:00",
    ),
    "holiday": (
        _holiday,
        "today is a holiday (Ngày Nhà giáo); goes on 2026-11-21 07:00",
        "hôm nay là ngày nghỉ (Ngày Nhà giáo); tiếp tục lúc 2026-11-21 07:00",
    ),
    "breaker": (
        _broken,
        "nothing is sent by zalo since 2026-11-20 11:59: -124 access token invalid",
        "zalo ngừng gửi từ 2026-11-20 11:59: -124 mã truy cập không hợp lệ",
    ),
    "stalled": (
        lambda s: running(s, pulse(stalled_since=NOW - 120_000)),
        "nothing has moved by zalo since 2026-11-20 11:58",
        "zalo đứng yên từ 2026-11-20 11:58",
    ),
    "quota": (
        used_up,
        "zalo has used up its 500 messages a day; it goes on 2026-11-21 00:00",
        "zalo đã dùng hết hạn mức 500 tin mỗi ngày; tiếp tục lúc 2026-11-21 00:00",
    ),
    "postponed": (
        _later,
        "tried again from 2026-11-20 12:30 on: -115 out of balance or quota",
        "được thử lại từ 2026-11-20 12:30: -115 hết tiền hoặc hết hạn mức",
    ),
    "looked_at": (_all_gone, "not reached by 2026-11-20 13:00", "chưa nhận trước 2026-11-20 13:00"),
    "begins": (running, "about to send\n", "sắp gửi\n"),
    "engine_begins": (
        lambda s: running(s, pulse(counted_s=12)),
        "about to send: the engine has just started and waits first",
        "sắp gửi: bộ gửi vừa khởi động",
    ),
    "sending": (
        lambda s: running(s, pulse(rate=40, per_minute=1_234)),
        "sending: 1,234 answers in the last minute",
        "đang gửi: 1.234 trả lời trong một phút qua",
    ),
    "piloting": (
        lambda s: running(s, pulse(rate=40), rules=Rules(pilot=500), piloting=True),
        "sending the pilot",
        "đang gửi thử",
    ),
    "settled": (lambda s: running(s, state=CampaignState.SETTLED), "over", "đã xong"),
    "cancelled": (lambda s: running(s, state=CampaignState.CANCELLED), "cancelled", "đã hủy"),
    "finished": (
        lambda s: running(s, state=CampaignState.FINISHED),
        "receipts of 0 messages may still come",
        "còn chờ biên nhận của 0 tin",
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_the_sentence_says_why(database: Database, code: str) -> None:
    make, english, vietnamese = CASES[code]
    stage = Stage(database)
    found = make(stage)
    assert standing.standing(found).code == code
    assert english in shown(found, Lang.EN)
    assert vietnamese in shown(found, Lang.VI)
    told = status_json(found)["standing"]
    assert isinstance(told, dict)
    assert told["code"] == code
    stage.close()


CLUSTER = "python -m workers run, python -m workers beat"


def test_in_a_cluster_it_is_workers_that_are_to_be_started(shared: Database) -> None:
    stage = Stage(shared)
    running(stage, pulse(at=NOW - 6_000))
    with shared.write() as conn:
        inbox.put(conn, [(VIETTEL, NOW - 61_000, b"a call")])
    found = look(stage, redis_url="redis://127.0.0.1:9")
    assert status_json(found)["workers"] == 0
    english, vietnamese = shown(found, Lang.EN), shown(found, Lang.VI)
    assert f"because the engine is not running: {CLUSTER}" in english
    assert f"no receipt is settled; run {CLUSTER}" in english
    assert f"vì bộ gửi không chạy: {CLUSTER}" in vietnamese
    assert f"hãy chạy {CLUSTER}" in vietnamese
    assert "outreach " not in english + vietnamese
    stage.close()


def test_a_cluster_says_how_many_are_at_work(shared: Database) -> None:
    stage = Stage(shared)
    running(stage)
    workers = [Seats(shared.engine) for _ in range(3)]
    for each in workers:
        assert each.open()
        assert each.take(f"process {id(each)}")
    found = look(stage, pulse(), redis_url="redis://127.0.0.1:9")
    assert status_json(found)["workers"] == 3
    assert "Worker processes: 3" in shown(found, Lang.EN)
    assert "Tiến trình worker: 3" in shown(found, Lang.VI)
    for each in workers:
        each.close()
    assert status_json(look(stage, pulse()))["workers"] is None
    stage.close()


def test_no_sentence_is_without_a_case() -> None:
    beside = {"account_down", "all_left", "quota_left", "slowed", "unread"}
    assert set(status_words._WORDS) == set(CASES) | beside
    for key, texts in status_words._WORDS.items():
        fields = [{part[1] for part in string.Formatter().parse(text)} - {None} for text in texts]
        assert fields[0] == fields[1], key

"""The end of the demo's month: sends by order, others' figures, and the official report."""

import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from outreach.cli.demo_walk import Walk
from outreach.cli.output import console
from outreach.cli.words import words
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.month import Month
from outreach.domain.window import LOCAL
from outreach.reports.files import write_rows
from outreach.settings import Settings
from outreach.store import audiences
from outreach.store.database import Database

_ORDER = "theo-van-ban"
_EDITIONS = ("so-tttt", "bhxh")
_DAYS_AFTER = 7
"""Into the next month, when the report is made: some carriers are late by then."""
_INSTALLED = 6
"""One in so many of the audience installs the app."""


def order(walk: Walk, settings: Settings) -> None:
    """Have two carriers write to their own subscribers, whose numbers nobody here sees."""
    today = settings.clock().astimezone(LOCAL).date()
    walk.must(
        *("lan", "order", "draft", _ORDER, "--purpose", "install-guide"),
        *(
            "--audience",
            "Thuê bao cá nhân đăng ký tại Thành phố",
            "--carriers",
            "Viettel,VinaPhone",
        ),
        *("--from", f"{today}", "--to", f"{today}", "--hours", "08:00-20:00"),
    )
    walk.must("lan", "order", "submit", _ORDER)
    walk.must("minh", "order", "approve", _ORDER)
    letters = str(walk.folder / "letters")
    walk.must("lan", "order", "issue", _ORDER, "--out", letters, "--number", "31")
    walk.must("lan", "order", "confirm", _ORDER, "Viettel", "--note", "công văn 88/VT-KD")
    walk.must("lan", "order", "sent", _ORDER, "Viettel")


def report(walk: Walk, settings: Settings, audience: str, out: Path) -> Month:
    """Take in what others say of the month, and issue its report in the next one."""
    now = settings.clock().astimezone(LOCAL)
    month = Month.of(now)
    _pass_to(month.next.first + timedelta(days=_DAYS_AFTER), now.date())
    walk.leave_environ()
    console().print(words(walk.lang)("demo_month_over", month=month), style="dim")
    _registrations(walk, settings, audience, now.date())
    _coverage(walk, month)
    _statements(walk, month)
    for number, edition in enumerate(_EDITIONS, 5):
        walk.must(
            *("minh", "report", "issue", str(month), "--edition", edition),
            *("--number", str(number), "--out", str(out)),
        )
    walk.must("lan", "report", "verify", str(month))
    letters = str(walk.folder / "letters")
    walk.must("lan", "report", "remind", str(month), "--out", letters, "--number", "33")
    return month


def _pass_to(day: date, today: date) -> None:
    """Set the rehearsal's clock on: for this process, and for whoever looks around afterwards."""
    shift = float(os.environ["OUTREACH_REHEARSAL_SHIFT"])
    shift += (day - today).total_seconds()
    os.environ["OUTREACH_REHEARSAL_SHIFT"] = str(shift)


def _registrations(walk: Walk, settings: Settings, audience: str, day: date) -> None:
    """Who installed, who registered, and who wants no more messages; all of it invented."""
    database = Database(settings.database_url)
    try:
        with database.read() as conn:
            first = audiences.find(conn, audience).id * CAMPAIGN_SPAN
            numbers = conn.execute(
                text(
                    "SELECT msisdn FROM recipient WHERE id > :first AND id < :end"
                    " AND id % :one_in = 0 ORDER BY id"
                ),
                {"first": first, "end": first + CAMPAIGN_SPAN, "one_in": _INSTALLED},
            ).scalars()
            rows = [("Số điện thoại",), *((f"0{number - 84 * 10**9}",) for number in numbers)]
    finally:
        database.close()
    for kind, share in (("installed", 1), ("registered", 2)):
        path = walk.folder / f"{kind}.csv"
        write_rows(path, [rows[0], *rows[1::share]])
        walk.must(
            *("lan", "registration", "import", str(path), "--kind", kind),
            *("--on", f"{day}", "--source", "BHXH (hư cấu)"),
        )
    path = walk.folder / "opted-out.csv"
    write_rows(path, [rows[0], *rows[2::50]])
    walk.must(
        *("lan", "suppression", "import", str(path), "--opt-outs", "--on", f"{day}"),
        *("--reason", "đề nghị không nhận tin nữa"),
    )


_COVERED = (
    ("Phường Sài Gòn", 61_250, 33_410, 31_002),
    ("Phường Bến Thành", 58_900, 30_120, 29_004),
    ("Phường Bình Thạnh", 74_310, 41_873, 40_115),
    ("Phường Gò Vấp", 81_046, 42_512, 41_630),
    ("Phường Thủ Đức", 96_520, 61_044, 60_218),
    ("Xã Củ Chi", 40_188, 14_960, 14_371),
    ("Toàn thành phố", 4_730_000, 2_911_400, 2_864_050),
)


def _coverage(walk: Walk, month: Month) -> None:
    path = walk.folder / "bhxh.csv"
    head = ("Phường/xã", "Số người tham gia", "Đã đăng ký", "Đã phê duyệt", "Chưa đăng ký")
    rows = [(name, n, done, approved, n - done) for name, n, done, approved in _COVERED]
    write_rows(path, [head, *rows])
    walk.must("lan", "coverage", "import", str(month), str(path))


def _statements(walk: Walk, month: Month) -> None:
    """One carrier by file, one typed in from its letter; the others are late."""
    path = walk.folder / "viettel.csv"
    rows: Sequence[Sequence[str]] = (
        ("Doanh nghiệp", "Viettel"),
        ("Tháng", str(month)),
        (),
        ("Khu vực", "Đợt nhắn tin", "Tin đã gửi", "Tin đã chuyển", "Lượt truy cập", "Lượt cài đặt"),
        ("Toàn thành phố", _ORDER, "1.204.300", "1.187.512", "", ""),
        ("Toàn thành phố", "", "", "", "214.870", "96.115"),
        (),
        ("Khó khăn", "Một số thuê bao dùng máy không cài được ứng dụng"),
        ("Nguyên nhân", "Điện thoại phổ thông"),
    )
    write_rows(path, rows)
    walk.must("lan", "statement", "import", str(path), "--confirm")
    walk.must(
        *("lan", "statement", "add", "MobiFone", str(month), "--accesses", "61240"),
        *("--installs", "28015", "--invoiced-parts", "2900", "--invoiced-dong", "1750000"),
        "--confirm",
    )
    walk.must("lan", "statement", "list", str(month))

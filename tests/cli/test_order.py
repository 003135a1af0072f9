"""Orders to carriers from the command line: from the draft to the letters and the figures."""

import io
from datetime import timedelta
from typing import Any

import docx
import pytest

from outreach.domain.window import local_day
from outreach.settings import utc_now
from tests.campaigns.desks import NOON
from tests.cli.shell import Shell

TODAY = local_day(NOON)
FIRST, LAST = TODAY + timedelta(days=40), TODAY + timedelta(days=42)
DRAFT = (
    "order",
    "draft",
    "wave 1/a",
    "--purpose",
    "install-guide",
    "--audience",
    "thuê bao đăng ký tại Thành phố",
    "--from",
    str(FIRST),
    "--to",
    f"{LAST:%d/%m/%Y}",
)


@pytest.fixture(autouse=True)
def _wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")


@pytest.fixture
def manned(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    shift = NOON - utc_now()
    monkeypatch.setenv("OUTREACH_REHEARSAL_SHIFT", str(shift.total_seconds()))
    shell.people()
    return shell


def _approved(shell: Shell, *more: str) -> None:
    shell.ok(*DRAFT, "--carriers", "Viettel,mobifone", *more, by="an")
    shell.ok("order", "submit", "wave 1/a", by="an")
    shell.ok("order", "approve", "wave 1/a", by="binh")


def _issued(shell: Shell, *more: str) -> Any:
    out = str(shell.folder / "out" / "letters")
    return shell.ok("order", "issue", "wave 1/a", "--out", out, *more, by="an")


def _carriers(found: Any) -> dict[str, tuple[str, str]]:
    return {each["carrier"]: (each["state"], each["letter"]) for each in found["carriers"]}


def test_from_the_draft_to_what_was_sent(manned: Shell) -> None:
    made = manned.ok(*DRAFT, "--hours", "08:00-20:00", by="an")["order"]
    assert (made["state"], made["hours"], len(made["carriers"])) == ("draft", "08:00-20:00", 5)
    assert (made["first_day"], made["last_day"]) == (str(FIRST), str(LAST))
    assert (made["text"]["encoding"], made["text"]["parts"]) == ("UCS-2", 3)
    assert (made["text_plain"]["encoding"], made["text_plain"]["parts"]) == ("GSM-7", 1)
    manned.ok(*DRAFT, "--carriers", "Viettel,mobifone", by="an")
    told = manned("order", "submit", "wave 1/a", by="an").out
    code = manned.ok("order", "show", "wave 1/a")["order"]["code"]
    assert f"outreach order approve 'wave 1/a' --code {code}" in told
    manned.ok("order", "approve", "wave 1/a", "--code", code, by="binh")
    done = _issued(manned, "--number", "7")
    assert _carriers(done["order"]) == {
        "MobiFone": ("ordered", "07/TTCĐS-CNTT"),
        "Viettel": ("ordered", "08/TTCĐS-CNTT"),
    }
    manned.ok("order", "confirm", "wave 1/a", "viettel", "--note", "công văn 88", by="an")
    manned.ok("order", "sent", "wave 1/a", "Viettel", "--on", str(TODAY), by="an")
    found = manned.ok("order", "list")["orders"]
    assert found == [manned.ok("order", "show", "wave 1/a")["order"]]
    assert _carriers(found[0])["Viettel"] == ("sent", "08/TTCĐS-CNTT")
    assert found[0]["carriers"][1]["note"] == "công văn 88"


def test_the_letters_are_files_of_each_carrier(manned: Shell) -> None:
    _approved(manned)
    done = _issued(manned, "--number", "7")
    folder = manned.folder / "out" / "letters"
    names = ["wave-1-a-MobiFone.docx", "wave-1-a-MobiFone.pdf"]
    names += ["wave-1-a-Viettel.docx", "wave-1-a-Viettel.pdf"]
    assert done["paths"] == [str(folder / name) for name in names]
    assert sorted(path.name for path in folder.iterdir()) == names
    read = docx.Document(io.BytesIO((folder / "wave-1-a-Viettel.docx").read_bytes()))
    told = "\n".join(paragraph.text for paragraph in read.paragraphs)
    assert "đề nghị Tập đoàn Công nghiệp - Viễn thông Quân đội phối hợp nhắn tin" in told
    before = {path.name: path.read_bytes() for path in folder.glob("*.pdf")}
    assert all(body.startswith(b"%PDF-") for body in before.values())
    assert _issued(manned)["order"] == done["order"]
    assert {path.name: path.read_bytes() for path in folder.glob("*.pdf")} == before


def test_no_letter_goes_where_it_cannot_be_written(manned: Shell) -> None:
    _approved(manned)
    blocked = manned.folder / "file"
    blocked.write_text("x")
    done = manned("order", "issue", "wave 1/a", "--out", str(blocked), "--json", by="an")
    assert done.error["kind"] == "bad_input"
    assert set(_carriers(manned.ok("order", "show", "wave 1/a")["order"]).values()) == {
        ("pending", "")
    }


def test_letters_without_a_number_say_so(manned: Shell) -> None:
    _approved(manned)
    out = str(manned.folder / "out")
    assert "no number yet" in manned("order", "issue", "wave 1/a", "--out", out, by="an").out
    said = manned("--lang", "vi", "order", "show", "wave 1/a").out
    assert "Công văn chưa có số" in said
    assert _carriers(_issued(manned, "--number", "99")["order"]) == {
        "MobiFone": ("ordered", "99/TTCĐS-CNTT"),
        "Viettel": ("ordered", "100/TTCĐS-CNTT"),
    }
    assert "no number yet" not in manned("order", "show", "wave 1/a").out


def test_words_from_a_file(manned: Shell) -> None:
    path = manned.folder / "words.txt"
    words = (
        "BHXH Thành phố: mời cài VssID từ App Store, Google Play. Xem: baohiemxahoi.gov.vn."
        " Hỗ trợ: 1900 9068."
    )
    path.write_text(f"\ufeff{words}\n", encoding="utf-8")
    made = manned.ok(*DRAFT, "--text-file", str(path), by="an")["order"]
    assert made["text"]["body"] == words
    assert words in manned("order", "show", "wave 1/a").out
    path.write_bytes(words.encode("utf-16"))
    done = manned(*DRAFT, "--text-file", str(path), "--json", by="an")
    assert "not UTF-8" in done.error["message"]
    missing = manned(*DRAFT, "--text-file", str(path.with_name("none")), "--json", by="an")
    assert missing.error["kind"] == "bad_input"


def test_orders_stand_beside_campaigns_marked(manned: Shell) -> None:
    manned.audience()
    manned.running()
    _approved(manned)
    told = manned.ok("campaign", "list")
    assert [each["name"] for each in told["campaigns"]] == ["nov-1"]
    assert [each["name"] for each in told["by_order"]] == ["wave 1/a"]
    lines = manned("campaign", "list").out.splitlines()
    assert [line for line in lines if "by order" in line] == [
        line for line in lines if "wave 1/a" in line
    ]
    assert "theo công văn" in manned("--lang", "vi", "campaign", "list").out


def test_the_ledger_says_how_far_carriers_are_in_both_languages(manned: Shell) -> None:
    _approved(manned)
    assert "pending" in manned("report", "ledger", "2026-12").out
    told = manned("--lang", "vi", "report", "ledger", "2026-12").out
    assert ("Chưa gửi văn bản" in told, "pending" in told) == (True, False)


def test_cancelled_with_its_reason(manned: Shell) -> None:
    _approved(manned)
    done = manned.ok("order", "cancel", "wave 1/a", "--why", "ứng dụng bảo trì", by="quan")
    assert done["order"]["state"] == "cancelled"
    assert "'wave 1/a': cancelled" in manned("order", "show", "wave 1/a").out


@pytest.mark.parametrize(
    ("arguments", "by", "kind"),
    [
        (DRAFT, None, "not_allowed"),
        (DRAFT, "binh", "not_allowed"),
        ((*DRAFT, "--hours", "6-20"), "an", "bad_input"),
        ((*DRAFT, "--hours", "06:00-20:00"), "an", "bad_input"),
        ((*DRAFT, "--carriers", "nobody"), "an", "bad_input"),
        ((*DRAFT, "--from", str(TODAY - timedelta(days=1))), "an", "bad_input"),
        ((*DRAFT, "--from", "tomorrow"), "an", "usage"),
        (("order", "submit", "nope"), "an", "not_found"),
        (("order", "show", "nope"), None, "not_found"),
        (("order", "issue", "nope", "--out", "x", "--number", "0"), "an", "usage"),
    ],
)
def test_refusals(manned: Shell, arguments: tuple[str, ...], by: str | None, kind: str) -> None:
    assert manned(*arguments, "--json", by=by).error["kind"] == kind
    assert manned.ok("order", "list") == {"orders": []}


def test_holidays_and_states_are_told_in_both_languages(manned: Shell) -> None:
    days = ("--from", "2027-01-01", "--to", "2027-01-02")
    english, vietnamese = "is a holiday (", "công văn đề nghị không gửi tin ngày này"
    assert english in manned(*DRAFT, *days, by="an").out
    said = manned("--lang", "vi", *DRAFT, *days, by="an").out
    assert vietnamese in said
    assert "Đợt nhắn tin 'wave 1/a': bản nháp" in said
    assert "chưa gửi công văn" in said
    assert "chờ duyệt" in manned("--lang", "vi", "order", "submit", "wave 1/a", by="an").out
    assert "chờ duyệt" in manned("--lang", "vi", "order", "list").out
    told = manned("--lang", "vi", "order", "approve", "wave 1/a", by="binh").out
    assert told.startswith("Đợt nhắn tin 'wave 1/a': đã duyệt")


def test_carriers_that_are_late_are_asked_in_one_letter(manned: Shell) -> None:
    month = "2026-09"  # due on 5 October, the day is 20 November
    folder = manned.folder / "letters"
    command = ("report", "remind", month, "--out", str(folder))
    done = manned.ok(*command, "--number", "31")
    assert done["late"][0] == {"carrier": "Viettel", "days": 46, "orders": []}
    assert [path.name for path in sorted(folder.iterdir())] == [
        f"remind-{month}.docx",
        f"remind-{month}.pdf",
    ]
    assert done["paths"] == [str(path) for path in sorted(folder.iterdir())]
    assert done["until"] == str(TODAY + timedelta(days=5))
    read = docx.Document(str(folder / f"remind-{month}.docx"))
    assert "chưa nhận đủ số liệu" in "\n".join(paragraph.text for paragraph in read.paragraphs)
    assert "toàn bộ" in manned("--lang", "vi", *command).out
    past = manned(*command, "--until", str(TODAY - timedelta(days=1)), "--json")
    assert past.error["kind"] == "bad_input"


def test_where_nobody_is_late_nothing_is_written(manned: Shell) -> None:
    folder = manned.folder / "letters"
    command = ("report", "remind", "2026-11", "--out", str(folder))
    done = manned.ok(*command)
    assert (done["late"], done["paths"]) == ([], [])
    assert done["due"] == "2026-12-05"
    assert "Nobody is late" in manned(*command).out
    assert not folder.exists()

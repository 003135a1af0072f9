"""The whole way of a campaign, command by command."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach.domain.message import State
from outreach.store.database import Database
from tests.cli.shell import NUMBERS, SECRETS, Shell

CREATE = ("campaign", "create", "nov-1", "--audience", "quan-1", "--purpose", "install-guide")


def test_from_an_empty_folder_to_the_results(shell: Shell) -> None:
    shell.people()
    imported = shell.audience()
    assert imported["audience"] | {"created_at": None} == {
        "id": 1, "name": "quan-1", "source": "people.csv", "state": "ready",
        "rows": 7, "imported": 4, "joined": 0, "rejected": 3, "created_at": None,
        "created_by": "an",
    }  # fmt: skip
    assert imported["rejected_by_reason"] == {"duplicate": 1, "landline": 1, "too_short": 1}
    assert imported["recipients_by_network"] == {"Viettel": 2, "VinaPhone": 1, "MobiFone": 1}

    assert shell.ok(*CREATE, by="an")["campaign"]["state"] == "draft"
    checked = shell.ok("campaign", "preflight", "nov-1")
    assert (checked["recipients"], checked["errors"]) == (4, [])
    assert checked["likely_cost_dong"] == "1200"
    assert [line["channel"] for line in checked["lines"]] == ["zalo"] * 3 + ["sms"] * 3

    submitted = shell.ok("campaign", "submit", "nov-1", by="an")
    assert submitted["campaign"]["state"] == "awaiting_approval"
    assert submitted["approval_hash"] == checked["approval_hash"]
    refused = shell("campaign", "approve", "nov-1", "--json", by="an")
    assert (refused.code, refused.error["kind"]) == (1, "not_allowed")
    approved = shell.ok("campaign", "approve", "nov-1", by="binh")["campaign"]
    assert (approved["state"], approved["approver"]) == ("scheduled", "binh")

    started = shell.ok("campaign", "start", "nov-1", by="an")["campaign"]
    assert (started["state"], started["recipients"]) == ("running", 4)
    status = shell.ok("campaign", "status", "nov-1")
    assert status["results"]["pending"] == status["backlog"] == 4
    assert status["ceiling_dong"] == checked["ceiling_dong"]
    assert (status["engine_running"], status["eta"]) == (False, None)

    paused = shell.ok("campaign", "pause", "nov-1", "--why", "wrong hotline", by="binh")
    assert (paused["campaign"]["paused_by"], paused["campaign"]["paused_why"]) == (
        "binh",
        "wrong hotline",
    )
    assert "paused by binh: wrong hotline" in shell("campaign", "status", "nov-1").out
    assert shell.ok("campaign", "resume", "nov-1", by="an")["campaign"]["state"] == "running"
    assert shell.ok("campaign", "cancel", "nov-1", by="an")["campaign"]["state"] == "cancelled"

    out = shell.folder / "results.csv"
    told = shell.ok("campaign", "results", "nov-1", "--out", str(out))
    assert told == {"campaign": "nov-1", "path": str(out), "rows": 4, "unmasked": False}
    assert "843****101" in out.read_text("utf-8-sig")
    actions = [entry["action"] for entry in shell.ok("campaign", "history", "nov-1")["history"]]
    assert [action for action in actions if action != "campaign.checked"] == [
        f"campaign.{did}"
        for did in ("create", "submit", "approve", "start", "pause", "resume", "cancel")
    ]
    assert shell.ok("campaign", "list")["campaigns"][0]["state"] == "cancelled"
    assert shell.ok("audience", "list")["audiences"][0]["name"] == "quan-1"


def test_no_secret_and_no_number_is_ever_shown(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    for screen in (
        ["doctor"],
        ["audience", "show", "quan-1"],
        ["audience", "list"],
        ["campaign", "preflight", "nov-1"],
        ["campaign", "status", "nov-1"],
        ["campaign", "history", "nov-1"],
        ["campaign", "list"],
        ["campaign", "results", "nov-1", "--out", str(shell.folder / "r.csv")],
        ["campaign", "message", "nov-1", "0325550101", "--why", "0325550101"],
        ["suppression", "add", "0325550101", "--reason", "0325550101"],
        ["suppression", "show", "0325550101", "--why", "x"],
        ["suppression", "list"],
        ["number", "show", "0325550101", "--audience", "quan-1"],
        ["template", "preview", "install-guide"],
        ["campaign", "status", "0325550101"],
        ["number", "parse", "0325550101"],
        ["--debug", "audience", "import", "0325550101.csv", "--name", "0325550101"],
    ):
        shell(*screen, by="an")
        shell(*screen, "--json", by="an")
        shell("--lang", "vi", *screen, by="an")
    # the one command whose JSON is the number itself
    printed = "".join(told for told in shell.printed if not told.startswith('{"input"'))
    secrets = SECRETS + [credential.partition(":")[2] for credential in shell.users.values()]
    assert len(printed) > 5_000
    assert [secret for secret in secrets if secret in printed] == []
    digits = re.sub(r"(?<=[0-9])[ .()-]+(?=[0-9])", "", printed)
    assert [number for number in NUMBERS if number[1:] in digits] == []


@pytest.mark.parametrize(
    ("command", "kind", "code"),
    [
        (("campaign", "status", "nope"), "not_found", 2),
        (("audience", "show", "nope"), "not_found", 2),
        (("campaign", "submit", "nov-1"), "not_allowed", 1),
        (("campaign", "resend", "nov-1", "--as", "b", "--states", "failed"), "not_allowed", 1),
        (("campaign", "resend", "nov-1", "--as", "b", "--states", "lost"), "bad_input", 2),
        ((*CREATE[:2], "c", *CREATE[3:], "--channels", "fax"), "bad_input", 2),
        ((*CREATE[:2], "c", *CREATE[3:], "--window", "22:00-07:00"), "bad_input", 2),
        (CREATE, "bad_input", 2),
        (("campaign", "pause", "nov-1"), "usage", 2),
        (("campaign", "nope"), "usage", 2),
        (("nope",), "usage", 2),
        (("audience", "import", "nope.csv", "--name", "b"), "bad_input", 2),
        (("suppression", "import", "nope.csv", "--reason", "b"), "bad_input", 2),
        (("campaign", "results", "nov-1", "--out", "/nope/r.csv"), "bad_input", 2),
        (("campaign", "results", "nov-1", "--out", "r.csv", "--unmask"), "not_allowed", 1),
        (("report", "monthly", "2026-13", "--out", "r"), "bad_input", 2),
        (("template", "preview", "nope"), "bad_input", 2),
        (("template", "preview", "install-guide", "--field", "x"), "bad_input", 2),
        (("user", "add", "cuong", "--role", "admin"), "not_allowed", 1),
        (("user", "add", "c:d", "--role", "admin"), "not_allowed", 1),
        (("user", "add", "cuong", "--role", "king"), "usage", 2),
        (("--config", "/nope", "doctor", "--lang"), "usage", 2),
        (("--config", "/nope", "audience", "list"), "bad_input", 2),
        (("simulator", "--faults", "nope"), "bad_input", 2),
        (("serve", "--port", "99999"), "usage", 2),
    ],
)
def test_refusals_have_a_kind_and_a_code(
    shell: Shell, command: tuple[str, ...], kind: str, code: int
) -> None:
    shell.people()
    shell.audience()
    shell.running()
    done = shell(*command, "--json", by="an")
    assert (done.code, done.error["kind"]) == (code, kind)
    assert not done.out
    plain = shell(*command, by="an")
    assert plain.code == code
    assert "Traceback" not in plain.err


def test_who_acts_must_be_known(shell: Shell) -> None:
    first = shell("user", "add", "an", "--role", "operator", "--json")
    assert first.code == 2, "no database yet"
    shell.ok("db", "upgrade")
    first = shell("user", "add", "an", "--role", "operator", "--json")
    assert (first.code, first.error["kind"]) == (1, "not_allowed")
    shell.people()
    assert shell("user", "add", "dung", "--role", "admin").code == 1
    added = shell("user", "add", "dung", "--role", "operator", by="quan").out
    assert "export OUTREACH_CREDENTIAL='dung:" in added
    for credential in (None, "quan:wrong", "nobody"):
        done = shell("campaign", "pause", "x", "--why", "y", "--json", by=credential)
        assert (done.code, done.error["kind"]) == (1, "not_allowed")
    path = shell.folder / "people.csv"
    path.write_text("phone\n0325550101\n")
    assert shell("audience", "import", str(path), "--name", "a", by="binh").code == 1


def test_whole_numbers_need_an_admin_and_a_reason(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    out = shell.folder / "whole.csv"
    command = ("campaign", "results", "nov-1", "--out", str(out), "--unmask")
    assert shell(*command, "--reason", "x", by="an").code == 1
    assert shell(*command, by="quan").code == 2
    assert not out.exists()
    told = shell.ok(*command, "--reason", "complaint 7", by="quan")
    assert (told["rows"], told["unmasked"]) == (4, True)
    assert "84325550101" in out.read_text("utf-8-sig")
    last = shell.ok("campaign", "history", "nov-1")["history"][-1]
    assert (last["actor"], last["action"]) == ("quan", "campaign.unmask")
    assert last["detail"] == {"reason": "complaint 7"}


def test_an_approval_is_void_once_the_campaign_is_edited(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell(*CREATE, "--window", "08:00-20:00", "--until", "2030-01-01", by="an")
    assert "awaiting approval" in shell("campaign", "submit", "nov-1", by="an").out
    approved = shell("campaign", "approve", "nov-1", by="binh").out
    assert "Cost if the first channel reaches all: 1,200 đ" in approved
    assert "approved, not started" in approved
    edited = shell.ok("campaign", "edit", "nov-1", by="an")["campaign"]
    assert (edited["state"], edited["approver"]) == ("draft", None)
    assert (edited["window"], edited["until"]) == ("08:00-20:00", "2029-12-31T17:00:00+00:00")
    assert shell("campaign", "start", "nov-1", by="an").code == 1


def test_nobody_to_send_to_does_not_pass(shell: Shell) -> None:
    shell.people()
    path = shell.folder / "nobody.csv"
    path.write_text("phone\n0123\n")
    shell.ok("audience", "import", str(path), "--name", "quan-1", by="an")
    shell.ok(*CREATE, by="an")
    done = shell("campaign", "preflight", "nov-1", "--json")
    assert (done.code, done.json["errors"]) == (1, ["there is nobody to send to"])
    assert "error: there is nobody to send to" in shell("campaign", "preflight", "nov-1").out
    assert shell("campaign", "submit", "nov-1", "--json", by="an").error["kind"] == "not_allowed"


def test_a_finished_campaign_is_sent_again_to_some(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    database = Database(f"sqlite:///{shell.folder / 'data' / 'outreach.db'}")
    with database.write() as conn:
        conn.execute(text("UPDATE campaign SET state = 'finished'"))
        conn.execute(text("UPDATE tally_delta SET state = :unknown"), {"unknown": State.UNKNOWN})
    database.close()
    again = ("campaign", "resend", "nov-1", "--as", "nov-1b", "--states", "failed,unknown")
    refused = shell(*again, "--json", by="an")
    assert (refused.code, "--confirm-unknown 4" in refused.error["message"]) == (1, True)
    child = shell.ok(*again, "--confirm-unknown", "4", by="an")["campaign"]
    assert (child["name"], child["state"], child["parent"]) == ("nov-1b", "draft", 1)


def test_suppressions(shell: Shell) -> None:
    shell.people()
    path = shell.folder / "no.csv"
    path.write_text("phone\n0325550101\n0325550101\nabc\n")
    command = ("suppression", "import", str(path), "--reason", "asked")
    done = shell.ok(*command, by="an")
    assert {name: done[name] for name in ("rows", "added", "known", "rejected")} == {
        "rows": 3,
        "added": 1,
        "known": 1,
        "rejected": 1,
    }
    assert "3 rows = 0 added + 2 known already + 1 rejected" in shell(*command, by="quan").out


def test_a_month_on_paper(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    folder = shell.folder / "reports" / "11"
    told = shell.ok("report", "monthly", "2026-11", "--out", str(folder))
    forms = [".docx", ".pdf", ".xlsx", ".csv", ".json"]
    assert [Path(path).suffix for path in told["paths"]] == forms * 2  # both editions
    assert all(Path(path).stat().st_size for path in told["paths"])
    assert str(folder) in shell("report", "monthly", "2026-11", "--out", str(folder)).out


def test_vietnamese_screens(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.people()
    shell.audience()
    shell.running()
    monkeypatch.setenv("OUTREACH_LANG", "vi")
    assert "7 dòng = 4 đã nhập + 0 ghép chung số + 3" in shell("audience", "show", "quan-1").out
    assert (
        "Chi phí nếu kênh đầu tới được tất cả: 1.200 đ"
        in shell("campaign", "preflight", "nov-1").out
    )
    assert "bộ gửi không chạy" in shell("campaign", "status", "nov-1").out
    assert shell("campaign", "status", "x").err.startswith("Không tìm thấy: ")
    assert shell("--lang", "en", "campaign", "status", "x").err.startswith("Not found: ")

"""The report's commands: from the first figures to an edition that is corrected and proven."""

import errno
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from outreach.domain.month import Month
from outreach.settings import utc_now
from tests.campaigns.desks import NOON
from tests.cli.shell import Shell

NOW = Month.of(NOON)
OVER = str(NOW.previous)
ISSUE = ("report", "issue", OVER, "--edition", "bhxh")


@pytest.fixture
def manned(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An installation with its users, at the present of the tests."""
    monkeypatch.setenv("COLUMNS", "250")
    shift = NOON - utc_now()
    monkeypatch.setenv("OUTREACH_REHEARSAL_SHIFT", str(shift.total_seconds()))
    shell.people()
    return shell


@pytest.fixture
def out(manned: Shell) -> Path:
    """A folder that is not there yet."""
    return manned.folder / "reports" / "of the month"


def _issued(manned: Shell, out: Path, *more: str) -> Any:
    return manned.ok(*ISSUE, "--out", str(out), *more, by="binh")


def _stated(manned: Shell) -> None:
    figures = ("--accesses", "700", "--installs", "300")
    manned.ok("statement", "add", "MobiFone", OVER, *figures, by="an")


def test_an_edition_is_issued_listed_and_written_again_byte_by_byte(
    manned: Shell, out: Path
) -> None:
    told = _issued(manned, out, "--number", "6", "--on", f"{NOON:%Y-%m-%d}")
    made = told["edition"]
    assert (made["month"], made["name"], made["revision"], made["by"]) == (OVER, "bhxh", 1, "binh")
    assert (made["number"], made["changes"], made["statements"]) == ("06/BC-TTCĐS", [], {})
    paths = [Path(path) for path in told["paths"]]
    assert [path.suffix for path in paths] == [".docx", ".pdf", ".xlsx", ".csv", ".json"]
    assert manned.ok("report", "editions", OVER)["editions"] == [made]
    assert manned.ok("report", "editions", str(NOW))["editions"] == []
    assert "06/BC-TTCĐS" in manned("report", "editions").out
    copies = out.with_name("copies")
    again = ("report", "export", OVER, "--edition", "bhxh", "--out", str(copies))
    assert manned.ok(*again)["edition"] == made
    for path in paths:
        assert (copies / path.name).read_bytes() == path.read_bytes()


def test_an_export_takes_the_place_of_no_file(manned: Shell, out: Path) -> None:
    told = _issued(manned, out)
    report = Path(told["paths"][0])
    report.write_bytes(b"what the director has signed")
    command = ("report", "export", OVER, "--edition", "bhxh", "--out", str(out), "--json")
    refused = manned(*command)
    assert refused.code == 2
    assert "exists already" in refused.error["message"]
    assert report.read_bytes() == b"what the director has signed"


def test_a_correction_needs_a_reason_and_something_to_correct(manned: Shell, out: Path) -> None:
    _issued(manned, out)
    command = (*ISSUE, "--out", str(out), "--json")
    assert "no figure differs" in manned(*command, by="binh").error["message"]
    _stated(manned)
    assert "--why" in manned(*command, by="binh").error["message"]
    made = _issued(manned, out, "--why", "MobiFone gửi muộn")["edition"]
    assert (made["revision"], made["why"]) == (2, "MobiFone gửi muộn")
    assert "statements / MobiFone / installs" in [each["words"] for each in made["changes"]]
    assert made["statements"] == {"MobiFone": 1}
    told = manned.ok("report", "export", OVER, "--edition", "bhxh", "--revision", "1",
                     "--out", str(out / "first"))  # fmt: skip
    assert told["edition"]["revision"] == 1


def test_a_reason_shows_no_number_and_no_report_takes_the_place_of_another(
    manned: Shell, out: Path
) -> None:
    signed = [Path(path) for path in _issued(manned, out)["paths"]]
    for path in signed:
        path.write_bytes(b"what the director has signed")
    _stated(manned)
    told = _issued(manned, out, "--why", "gọi 0901 234 567")
    assert told["edition"]["why"] == "gọi 090****567"
    manned.ok("report", "monthly", OVER, "--out", str(out))
    assert {path.read_bytes() for path in signed} == {b"what the director has signed"}
    texts = [path.read_text("utf-8-sig") for path in out.glob("*.csv") if path not in signed]
    assert sum("gọi 090****567" in text for text in texts) == 1
    assert not any("234 567" in text for text in texts)


def test_the_proof_tells_what_it_found_and_how_it_ended(manned: Shell, out: Path) -> None:
    _issued(manned, out)
    _stated(manned)
    found = manned.ok("report", "verify", OVER)
    assert found["holds"]
    (edition,) = found["editions"]
    newer = {"carrier": "MobiFone", "in_edition": 0, "latest": 1}
    assert (edition["name"], edition["newer_statements"]) == ("bhxh", [newer])
    shown = manned("report", "verify", OVER)
    assert shown.code == 0
    assert "MobiFone" in shown.out


@pytest.mark.parametrize(
    ("arguments", "by", "code", "said"),
    [
        ((*ISSUE, "--out", "x"), "an", 1, "'an' is operator"),
        (("report", "issue", str(NOW), "--edition", "bhxh", "--out", "x"), "binh", 1, "not over"),
        (("report", "issue", OVER, "--edition", "c", "--out", "x"), "binh", 2, "so-tttt, bhxh"),
        ((*ISSUE, "--out", "x", "--on", "2099-01-01"), "binh", 2, "still to come"),
        ((*ISSUE, "--out", "x", "--on", f"{OVER}-28"), "binh", 2, "was not over on that day"),
        (("report", "monthly", OVER, "--edition", "c", "--out", "x"), None, 2, "so-tttt, bhxh"),
        (("report", "export", OVER, "--edition", "c", "--out", "x"), None, 2, "none was issued"),
        (("report", "verify", OVER), None, 2, f"no report of {OVER} was issued"),
        (("report", "verify", OVER, "--edition", "c"), None, 2, f"no edition 'c' of {OVER} was"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    manned: Shell,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    by: str | None,
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(manned.folder)
    done = manned(*arguments, "--json", by=by)
    assert (done.code, said in done.error["message"]) == (code, True), done.error
    assert manned.ok("report", "editions")["editions"] == []
    assert not [*manned.folder.glob("x/*")]


def test_what_is_issued_and_cannot_be_written_is_not_lost(manned: Shell, out: Path) -> None:
    blocked = out / f"bao-cao-{OVER}-bhxh.docx"
    blocked.mkdir(parents=True)
    refused = manned(*ISSUE, "--out", str(out), "--json", by="binh")
    assert refused.code
    assert "revision 1 is issued and kept; `report export`" in refused.error["message"]
    copies = str(out.with_name("copies"))
    told = manned.ok("report", "export", OVER, "--edition", "bhxh", "--out", copies)
    assert len(told["paths"]) == 5


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_issued(manned: Shell) -> None:
    (manned.folder / "x").write_text("a file")
    assert manned(*ISSUE, "--out", str(manned.folder / "x"), by="binh").code
    assert manned.ok("report", "editions")["editions"] == []


def test_the_ledger_is_as_the_schema_says(manned: Shell) -> None:
    _stated(manned)
    schema = json.loads(manned("report", "schema").out)
    for month in ((), (OVER,)):
        told = manned.ok("report", "ledger", *month)
        jsonschema.validate(told, schema)
        assert told["month"] == (month[0] if month else None)
    assert "Tổng cộng" in manned("--lang", "vi", "report", "ledger", OVER).out


def test_months_are_typed_as_clerks_write_them(manned: Shell, out: Path) -> None:
    clerks = f"{NOW.previous.month}/{NOW.previous.year}"
    told = manned.ok("report", "issue", clerks, "--edition", "bhxh", "--out", str(out), by="binh")
    assert told["edition"]["month"] == OVER
    assert manned.ok("report", "editions", clerks)["editions"] == [told["edition"]]
    assert manned.ok("report", "ledger", clerks)["month"] == OVER
    assert manned.ok("report", "verify", f"tháng {clerks}")["month"] == OVER
    assert manned.ok("report", "remind", clerks, "--out", str(out))["month"] == OVER
    manned.ok("report", "monthly", clerks, "--out", str(out))
    copies = str(out.with_name("copies"))
    manned.ok("report", "export", clerks, "--edition", "bhxh", "--out", copies)
    refused = manned("report", "ledger", "11", "--json")
    assert (refused.code, refused.error["kind"]) == (2, "bad_input")
    assert "such as 11/2026" in refused.error["message"]


def test_an_export_that_was_broken_off_is_given_again(manned: Shell, out: Path) -> None:
    first, *others = [Path(path) for path in _issued(manned, out)["paths"]]
    bodies = {path: path.read_bytes() for path in others}
    for path in others:
        path.unlink()
    manned.ok("report", "export", OVER, "--edition", "bhxh", "--out", str(out))
    assert {path: path.read_bytes() for path in others} == bodies
    assert first.is_file()


def test_a_full_disk_names_the_file(
    manned: Shell, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _issued(manned, out)

    def full(_: Path, body: bytes) -> int:
        raise OSError(errno.ENOSPC, f"No space left on device, nor for {len(body)} bytes")

    copies = out.with_name("copies")
    monkeypatch.setattr(Path, "write_bytes", full)
    refused = manned("report", "export", OVER, "--edition", "bhxh", "--out", str(copies), "--json")
    assert (refused.code, refused.error["kind"]) == (3, "no_room")
    assert str(copies / f"bao-cao-{OVER}-bhxh.") in refused.error["message"]
    assert not list(copies.iterdir())

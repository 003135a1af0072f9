"""Statements from the command line: taken in, asked about, refused, shown, closed; and by whom."""

from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.statistics.statement_files import HEAD, city, told, xlsx

MONTH = "2026-01"
ADD = ("statement", "add", "Gmobile", MONTH, "--accesses", "1.200")


@pytest.fixture(autouse=True)
def _wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(autouse=True)
def _people(shell: Shell) -> None:
    shell.people()


def _file(folder: Path, month: str = "01/2026", **cells: object) -> str:
    above = told("Viettel", month)
    row = city(C=None, D=None, **cells)
    return str(xlsx([*above, HEAD, row])(folder))


def test_a_file_is_taken_in_asked_about_and_corrected(shell: Shell) -> None:
    path = _file(shell.folder, F=120_000)
    tried = shell.ok("statement", "import", path, "--dry-run", by="an")
    assert (tried["new"], tried["stored"]) == (True, False)
    assert [each["kind"] for each in tried["statement"]["cautions"]] == ["more_installs"]
    asked = shell("statement", "import", path, by="an")
    assert asked.code == 1
    assert "more installs (120,000) than accesses (110,000)" in asked.err
    assert "add --confirm" in asked.err
    stored = shell.ok("statement", "import", path, "--confirm", by="an")
    assert (stored["new"], stored["stored"], stored["statement"]["revision"]) == (True, True, 1)
    again = shell.ok("statement", "import", path, by="an")
    assert (again["new"], again["statement"]["revision"]) == (False, 1)
    path = _file(shell.folder)
    refused = shell("--lang", "vi", "statement", "import", path, by="an")
    assert refused.code == 1
    assert "tháng 01/2026 đã có số liệu (lần 1" in refused.err
    shell.ok("statement", "import", path, "--why", "counted anew", by="quan")
    shown = shell.ok("statement", "show", "viettel", "01/2026")
    assert shown["changes"] == {"installs": {"before": 120_000, "after": 66_000}}
    assert [each["made_by"] for each in shown["history"]] == ["an", "quan"]
    assert shown["statement"]["total"]["installs"] == 66_000
    old = shell.ok("statement", "show", "Viettel", MONTH, "--revision", "1")
    assert (old["statement"]["total"]["installs"], old["changes"]) == (120_000, {})


def test_every_fault_of_a_file_is_told_in_either_language(shell: Shell) -> None:
    path = _file(shell.folder, E="mười", F="1,5")
    done = shell("--lang", "vi", "statement", "import", path, by="an")
    assert done.code == 2
    assert "Số liệu bị từ chối (2 lỗi):" in done.err
    assert "• trang “Số liệu”, dòng 6, cột E “Lượt truy cập”: “mười” không phải số" in done.err
    assert "• trang “Số liệu”, dòng 6, cột F “Lượt cài đặt”: “1,5” là số lẻ" in done.err
    english = shell("statement", "import", path, "--json", by="an").error
    assert english["kind"] == "bad_input"
    assert (
        "sheet 'Số liệu', row 6, column E 'Lượt truy cập': 'mười' is no number"
        in english["message"]
    )
    missing = shell("statement", "import", str(shell.folder / "none.xlsx"), by="an")
    assert missing.code == 2
    assert "none.xlsx" in missing.err


def test_figures_are_typed_in(shell: Shell) -> None:
    done = shell(*ADD, "--installs", "800", "--difficulties", "mưa bão", by="an")
    assert done.code == 0, done.err
    assert "revision 1 is stored" in done.out
    shown = shell("statement", "show", "Gmobile", MONTH).out
    for piece in ("1,200", "800", "mưa bão", "typed in", "whole city"):
        assert piece in shown
    wrong = shell(*ADD[:4], "--accesses", "-1", "--installs", "nhiều", by="an")
    assert wrong.code == 2
    assert "--accesses: '-1' is negative" in wrong.err
    assert "--installs: 'nhiều' is no number" in wrong.err
    assert shell("statement", "add", "Nobody", MONTH, "--installs", "1", by="an").code == 2
    assert shell("statement", "add", "Gmobile", "2026", "--installs", "1", by="an").code == 2


def test_who_has_handed_in_and_who_is_late(shell: Shell) -> None:
    shell.ok(*ADD, by="an")
    listed = shell.ok("statement", "list", MONTH)
    assert (listed["month"], listed["closed"]) == (MONTH, None)
    found = {each["carrier"]: each for each in listed["carriers"]}
    assert found["Gmobile"]["revision"] == 1
    assert found["Viettel"]["revision"] is None
    assert found["Viettel"]["due"] == "2026-02-05"
    assert found["Viettel"]["days_overdue"] > 0
    assert shell.ok("statement", "list") == listed
    said = shell("--lang", "vi", "statement", "list").out
    assert "chưa nộp" in said
    assert "Quá hạn (ngày)" in said


def test_a_closed_month_takes_nothing_until_it_is_reopened(shell: Shell) -> None:
    assert shell("statement", "close", MONTH, by="an").code == 1
    assert shell.ok("statement", "close", MONTH, by="quan") == {"month": MONTH, "closed": True}
    refused = shell("--lang", "vi", *ADD, by="an")
    assert refused.code == 1
    assert "đã khóa (“quan” khóa lúc" in refused.err
    assert shell.ok("statement", "list", MONTH)["closed"] == "quan"
    assert shell("statement", "close", MONTH, by="quan").code == 1
    assert shell("statement", "reopen", MONTH, "--why", "x", by="an").code == 1
    assert shell("statement", "reopen", MONTH, "--why", " ", by="quan").code == 2
    shell.ok("statement", "reopen", MONTH, "--why", "counted anew", by="quan")
    shell.ok(*ADD, by="an")


@pytest.mark.parametrize("name", ["form.xlsx", "form.csv"])
def test_the_form_is_written_once_and_read_back(shell: Shell, name: str) -> None:
    path = shell.folder / name
    command = ("statement", "template", "Viettel", MONTH, "--out", str(path))
    assert shell.ok(*command) == {"path": str(path)}
    assert shell(*command).code == 2
    empty = shell("statement", "import", str(path), by="an")
    assert "there is no figure at all" in empty.err
    assert shell("statement", "template", "Viettel", MONTH, "--out", "form.pdf").code == 2


def test_a_statement_that_is_not_there(shell: Shell) -> None:
    done = shell("statement", "show", "Viettel", MONTH)
    assert done.code == 2
    assert "revisions there are: none" in done.err


def test_a_carrier_s_user_hands_in_and_does_nothing_else(shell: Shell) -> None:
    shell.audience()
    for wrong in (("--role", "carrier"), ("--role", "operator", "--carrier", "Viettel")):
        assert shell("user", "add", "viettel-api", *wrong, by="quan").code == 2
    assert (
        shell("user", "add", "x", "--role", "carrier", "--carrier", "Beeline", by="quan").code == 2
    )
    added = shell.ok(
        "user", "add", "viettel-api", "--role", "carrier", "--carrier", "viettel", by="quan"
    )
    assert added["user"] == {"name": "viettel-api", "role": "carrier", "carrier": "Viettel"}
    shell.users["viettel"] = added["credential"]
    create = ("campaign", "create", "nov-1", "--audience", "quan-1", "--purpose", "install-guide")
    shell.ok(*create, by="an")
    path = _file(shell.folder)
    draft = ("order", "draft", "d", "--purpose", "install-guide", "--audience", "a",
             "--from", "2026-12-01", "--to", "2026-12-02")  # fmt: skip
    for command in (
        (*create[:2], "nov-2", *create[3:]),
        ("campaign", "submit", "nov-1"),
        ("campaign", "approve", "nov-1"),
        ("campaign", "start", "nov-1"),
        ("campaign", "pause", "nov-1", "--why", "x"),
        ("campaign", "resume", "nov-1"),
        ("campaign", "cancel", "nov-1"),
        ("campaign", "message", "nov-1", "1", "--why", "x"),
        ("audience", "import", path, "--name", "x"),
        ("suppression", "add", "0325550101", "--reason", "x"),
        ("suppression", "show", "0325550101", "--why", "x"),
        ("segment", "delete", "x"),
        draft,
        ("statement", "import", path),
        ADD,
        ("statement", "close", MONTH),
        ("statement", "reopen", MONTH, "--why", "x"),
    ):
        done = shell(*command, by="viettel")
        assert done.code == 1, (command, done)
        assert "'viettel-api' hands in the figures of Viettel, and does nothing else" in done.err
    assert shell("user", "add", "x", "--role", "operator", by="viettel").code == 1


def test_no_credential_is_printed(shell: Shell) -> None:
    shell.ok(*ADD, by="an")
    secrets = [credential.partition(":")[2] for credential in shell.users.values()]
    assert not [secret for secret in secrets if any(secret in said for said in shell.printed)]

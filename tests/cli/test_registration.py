"""Registrations from the command line: who may, what is told, and what is masked."""

import re
from typing import Any

import pytest

from tests.cli.shell import Shell


@pytest.fixture(autouse=True)
def _wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def _list(shell: Shell, *rows: str) -> tuple[str, ...]:
    path = shell.folder / "vssid.csv"
    path.write_text("\n".join(["phone", *rows]) + "\n")
    command = ("registration", "import", str(path), "--kind", "registered")
    return (*command, "--source", "BHXH, list 7", "--on", "2026-01-31")


def _figures(shell: Shell, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell.ok("registration", "show", *more)["figures"]
    return found


def test_from_import_to_forget(shell: Shell) -> None:
    shell.people()
    command = _list(shell, "0325550101", "0915 550 102", "abc", "0325550101")
    done = shell.ok(*command, by="an")
    counts = {name: done[name] for name in ("rows", "added", "known", "rejected", "looked_up")}
    assert counts == {"rows": 4, "added": 2, "known": 1, "rejected": 1, "looked_up": 2}
    assert done["rejected_by_reason"] == {"letters": 1}
    (figure,) = _figures(shell, "--month", "2026-01")
    assert figure == {
        "month": "2026-01",
        "kind": "registered",
        "campaign": None,
        "account": None,
        "network": None,
        "district": 0,
        "people": 2,
    }
    assert _figures(shell, "--month", "2026-02") == []
    (listed,) = shell.ok("registration", "list")["lists"]
    assert (listed["name"], listed["kind"], listed["added"]) == ("vssid.csv", "registered", 2)
    assert (listed["source"], listed["made_by"]) == ("BHXH, list 7", "an")
    forget = ("registration", "forget", "vssid.csv", "--why", "the wrong file")
    assert shell.ok(*forget, by="quan") == {"name": "vssid.csv", "people": 2}
    assert _figures(shell) == []
    assert shell.ok("registration", "list") == {"lists": []}
    assert "325550101" not in "".join(shell.printed)


def test_people_read_it_in_both_languages(shell: Shell) -> None:
    shell.people()
    command = _list(shell, "0325550101", "abc")
    said = shell(*command, by="an").out
    assert "'vssid.csv': 2 rows = 1 added + 0 known already + 1 rejected" in said
    assert re.search(r"has letters or other signs +1\n", said)
    said = shell("--lang", "vi", *command, by="an").out
    assert "2 dòng = 0 thêm mới + 1 đã có + 1 bị loại" in said
    assert re.search(r"2026-01 +registered +none of ours +1\n", shell("registration", "show").out)
    told = shell("--lang", "vi", "registration", "show").out
    assert re.search(r"2026-01 +đã đăng ký +không sau tin nào +1\n", told)
    assert re.search(r"vssid.csv +registered +BHXH, list 7 +an", shell("registration", "list").out)
    forget = ("registration", "forget", "vssid.csv", "--why", "wrong")
    assert "bớt 1 người" in shell("--lang", "vi", *forget, by="an").out


@pytest.mark.parametrize("who", [None, "binh"])
def test_only_operators_and_admins_may(shell: Shell, who: str | None) -> None:
    shell.people()
    assert shell(*_list(shell, "0325550101"), by=who).code == 1
    assert shell("registration", "forget", "x", "--why", "y", by=who).code == 1
    assert shell.ok("registration", "list") == {"lists": []}


def test_what_is_missing_is_said(shell: Shell) -> None:
    shell.people()
    command = _list(shell, "0325550101")
    assert shell(*command[:-1], "2999-01-01", by="an").code == 2
    assert shell(*command[:-2], "--source", " ", by="an").code == 2
    done = shell("registration", "forget", "nobody", "--why", "y", by="an")
    assert done.code == 2
    assert "no registration list is called 'nobody'; the latest are: none yet" in done.err
    assert shell("registration", "show", "--month", "11/2026").code == 2

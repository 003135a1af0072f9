"""Suppression lists from the command line: who may, what is told, and what is masked."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from outreach.domain.window import local_day
from tests.cli.shell import Shell


@pytest.fixture(autouse=True)
def _wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def _lists(shell: Shell) -> list[dict[str, object]]:
    found: list[dict[str, object]] = shell.ok("suppression", "list")["lists"]
    return found


def test_from_import_to_undo(shell: Shell) -> None:
    shell.people()
    path = shell.folder / "dnc.csv"
    path.write_text("phone\n0325550101\n0325550102\nabc\n")
    command = ("suppression", "import", str(path), "--reason", "DNC", "--name", "dnc-11")
    done = shell.ok(*command, "--scope", "ad", "--expires", "31/12/2099", by="an")
    counts = {name: done[name] for name in ("rows", "added", "known", "rejected")}
    assert counts == {"rows": 3, "added": 2, "known": 0, "rejected": 1}
    assert done["rejected_by_reason"] == {"letters": 1}
    assert done["list"]["expires_at"] == "2099-12-31T17:00:00+00:00"
    said = shell("suppression", "list").out
    assert "2099-12-31  in force" in said
    (found,) = _lists(shell)
    assert (found["name"], found["scope"], found["standing"]) == ("dnc-11", "ad", "in_force")
    assert found["numbers"] == 2
    undone = shell.ok("suppression", "undo", "dnc-11", "--why", "wrong file", by="quan")["list"]
    assert (undone["standing"], undone["undone_by"]) == ("undone", "quan")
    assert "undone by quan: wrong file" in shell("suppression", "list").out


def test_somebody_calls_the_hotline(shell: Shell) -> None:
    shell.people()
    add = ("suppression", "add", "0325 550 101", "--reason", "called", "--name", "hotline")
    assert shell.ok(*add, by="an")["added"] == 1
    assert "1 rows = 0 added + 1 known already + 0 rejected" in shell(*add, by="an").out
    show = ("suppression", "show", "+84 325 550 101", "--why", "complaint 7")
    told = shell.ok(*show, by="an")
    assert (told["number"], told["suppressed"]) == ("843****101", True)
    assert [each["name"] for each in told["lists"]] == ["hotline"]
    assert "843****101" in shell(*show, by="quan").out
    undo = ("suppression", "undo", "hotline", "--why", "asked", "--number", "0325550101")
    assert shell(*undo, by="an").code == 0
    assert shell.ok(*show, by="an") == {"number": "843****101", "suppressed": False, "lists": []}
    assert "325550101" not in "".join(shell.printed)


def _dnc(shell: Shell, title: str) -> tuple[str, ...]:
    path = shell.folder / "dnc.csv"
    good = "".join(f"{n};03255502{n:02}\n" for n in range(10, 20))
    top = f"stt;{title}\n" if title else ""
    path.write_text(f"{top}{good}1;0325550101 / 0325550102\n2;abc\n3;0123\n4;x\n")
    return ("suppression", "import", str(path), "--reason", "DNC", "--name")


def test_what_was_understood_of_a_file_is_told(shell: Shell) -> None:
    shell.people()
    command = _dnc(shell, "")
    said = shell(*command, "a", by="an").out
    assert "Phone numbers: column B\n• column B was taken for the phone numbers" in said
    assert "'a': 15 rows = 12 added + 0 known already + 3 rejected" in said
    assert re.search(r"has letters or other signs +2\n", said)
    done = shell.ok(*command, "b", by="an")
    assert done["rejected_by_reason"] == {"letters": 2, "too_short": 1}
    assert (done["phones"], len(done["notes"])) == ({"place": "B", "header": ""}, 1)


def test_a_file_is_read_as_is_said(shell: Shell) -> None:
    shell.people()
    command = _dnc(shell, "khach")
    assert "say so: --column phone=B" in shell(*command, "a", by="an").err
    told = ("--column", "phone=2", "--header", "1", "--encoding", "utf-8")
    done = shell.ok(*command, "a", *told, by="an")
    assert done["phones"] == {"place": "B", "header": "khach"}
    assert (done["added"], done["notes"]) == (12, [])
    assert (
        "Số điện thoại: cột B 'khach'" in shell("--lang", "vi", *command, "b", *told, by="an").out
    )
    wrong = shell(*command, "c", "--column", "phone", "--json", by="an")
    assert "expected a role and its column" in wrong.error["message"]


def test_a_number_taken_off_comes_back_with_the_file_and_that_is_said(shell: Shell) -> None:
    shell.people()
    shell.ok("suppression", "add", "0325550101", "--reason", "x", "--name", "a", by="an")
    undo = ("suppression", "undo", "a", "--why", "asked", "--number", "0325550101")
    assert "A later import of a file that has it puts it on again" in shell(*undo, by="an").out
    told = " ".join(shell("suppression", "undo", "--help").out.split())
    assert "a later import of a file that has it puts it on again" in told
    assert "nothing is forgotten" not in told


def test_a_list_for_one_campaign(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    add = ("suppression", "add", "0325550101", "--reason", "asked")
    done = shell.ok(*add, "--scope", "campaign:nov-1", by="an")
    assert (done["list"]["scope"], done["list"]["campaign"]) == ("campaign", 1)
    assert "campaign:1" in shell("suppression", "list").out
    nobody = shell(*add, "--scope", "campaign:nope", "--name", "b", "--json", by="an")
    assert nobody.error["kind"] == "not_found"


def _opt_outs(shell: Shell, *numbers: str, name: str = "hotline") -> tuple[str, ...]:
    path = shell.folder / f"{name}.csv"
    path.write_text("\n".join(["phone", *numbers, ""]))
    return ("suppression", "import", str(path), "--reason", "called", "--name", name, "--opt-outs")


def _counted(shell: Shell) -> list[tuple[object, ...]]:
    """What the figures of responses say: month, kind, campaign, people."""
    figures = shell.ok("registration", "show")["figures"]
    return [(each["month"], each["kind"], each["campaign"], each["people"]) for each in figures]


def test_opt_outs_are_looked_up_at_once_and_counted_until_undone(shell: Shell) -> None:
    shell.people()
    on = f"{local_day(datetime.now(UTC) - timedelta(days=40)):%Y-%m-%d}"
    command = (*_opt_outs(shell, "0325550101", "0915550102", "x"), "--on", on)
    done = shell.ok(*command, by="an")
    assert (done["added"], done["looked_up"], done["list"]["opt_outs"]) == (2, 2, True)
    assert _counted(shell) == [(on[:7], "opted_out", None, 2)]
    assert "0 looked up: after which message" in shell(*command, by="an").out
    (listed,) = _lists(shell)
    assert listed["opt_outs"] is True
    assert "in force; opt-outs" in shell("suppression", "list").out
    assert "in force; opt-outs" in shell(*_show("0325550101"), by="an").out
    assert shell.ok("registration", "list") == {"lists": []}
    nobody = shell("registration", "forget", str(listed["id"]), "--why", "x", "--json", by="an")
    assert nobody.error["kind"] == "not_found"
    assert "the latest are: none yet" in nobody.error["message"]
    assert re.search(r"opted out +none of ours +2\n", shell("registration", "show").out)
    undone = shell.ok("suppression", "undo", "hotline", "--why", "wrong", by="an")["list"]
    assert undone["opt_outs"] is False
    assert _counted(shell) == []


def _show(number: str) -> tuple[str, ...]:
    return ("suppression", "show", number, "--why", "complaint 7")


def test_single_opt_outs_wait_for_the_night(shell: Shell) -> None:
    shell.people()
    add = ("suppression", "add", "0325550101", "--reason", "called", "--name", "a", "--opt-outs")
    done = shell.ok(*add, by="an")
    assert "looked_up" not in done
    assert done["list"]["opt_outs"] is True
    today = f"{local_day(datetime.now(UTC)):%Y-%m}"
    assert _counted(shell) == [(today, "opted_out", None, 1)]
    assert shell.ok("registration", "show")["waiting"] == 1
    assert "is looked up tonight" in shell(*add, by="an").out
    assert "đêm nay hệ thống tra" in shell("--lang", "vi", *add, by="an").out
    assert (
        "đang áp dụng; người từ chối nhận tin" in shell("--lang", "vi", "suppression", "list").out
    )
    command = _opt_outs(shell, "0915550102", name="b")
    assert "Đã tra 2 người: sau tin nào" in shell("--lang", "vi", *command, by="an").out


def test_a_register_is_no_opt_out(shell: Shell) -> None:
    shell.people()
    done = shell.ok(*_opt_outs(shell, "0325550101")[:-1], by="an")
    assert done["list"]["opt_outs"] is False
    assert "looked_up" not in done
    assert _counted(shell) == []
    told = shell(*_opt_outs(shell, "0325550101"), "--json", by="an").error["message"]
    assert "exists with other terms: scope all, reason 'called', no end, no opt-outs" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--on", "2026-01-31"), "say --opt-outs as well"),
        (("--opt-outs", "--on", "2999-01-01"), "--on 2999-01-01: expected a day from"),
        (("--opt-outs", "--on", "2001-01-01"), "--on 2001-01-01: expected a day from"),
    ],
)
def test_the_day_of_an_opt_out(shell: Shell, options: tuple[str, ...], said: str) -> None:
    shell.people()
    add = ("suppression", "add", "0325550101", "--reason", "called")
    for command in (add, _opt_outs(shell, "0325550101")[:-1]):
        done = shell(*command, *options, "--json", by="an")
        assert done.error["kind"] == "bad_input"
        assert said in done.error["message"]
    assert (_lists(shell), _counted(shell)) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "by", "kind"),
    [
        (("add", "0325550101", "--reason", "x", "--scope", "some"), "an", "bad_input"),
        (("add", "0325550101", "--reason", "x", "--scope", "campaign:"), "an", "bad_input"),
        (("add", "0325550101", "--reason", "x", "--scope", "ad:nov-1"), "an", "bad_input"),
        (("add", "0325550101", "--reason", " "), "an", "bad_input"),
        (("add", "0123", "--reason", "x"), "an", "bad_input"),
        (("add", "0325550101", "--reason", "x", "--expires", "2001-01-01"), "an", "bad_input"),
        (("add", "0325550101", "--reason", "x", "--expires", "soon"), "an", "usage"),
        (("add", "0325550101"), "an", "usage"),
        (("add", "0325550101", "--reason", "x"), "binh", "not_allowed"),
        (("show", "0325550101", "--why", "x"), None, "not_allowed"),
        (("undo", "nope", "--why", "x"), "an", "not_found"),
    ],
)
def test_refusals(shell: Shell, arguments: tuple[str, ...], by: str | None, kind: str) -> None:
    shell.people()
    done = shell("suppression", *arguments, "--json", by=by)
    assert done.error["kind"] == kind
    assert _lists(shell) == []


def test_vietnamese_screens(shell: Shell) -> None:
    shell.people()
    add = ("suppression", "add", "0325550101", "--reason", "gọi tổng đài", "--name", "a")
    said = shell("--lang", "vi", *add, by="an").out
    assert "'a': 1 dòng = 1 thêm mới + 0 đã có + 0 bị loại" in said
    assert "đang áp dụng" in shell("--lang", "vi", "suppression", "list").out

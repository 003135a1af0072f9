"""Segments and the audiences derived from them, from the command line."""

import json

import pytest

from outreach.store import audiences
from outreach.store.audiences import Audience
from outreach.store.database import Database
from tests.cli.shell import Shell

PEOPLE = """\
Số điện thoại,Họ và tên,Quận/Huyện,Ngày sinh,Điện thoại thông minh
0325550101,Nguyễn Thị Minh Khai,Quận 1,02/03/1950,có
0915550102,Lê An,Q.1,1955,không
0935550103,Trần Bình,Quận 3,1990,có
0865550104,Đỗ Dung,TP. Thủ Đức,,có
"""
SENIORS = ("segment", "save", "seniors", "--audience", "insured", "--age", "60-120")


@pytest.fixture(autouse=True)
def _wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def _start(shell: Shell) -> None:
    shell.people()
    for name, people in (
        ("insured", PEOPLE),
        ("registered", "phone\n0325550101\n0325550109\n"),
    ):
        path = shell.folder / f"{name}.csv"
        path.write_text(people, encoding="utf-8")
        shell.ok("audience", "import", str(path), "--name", name, by="an")


def test_all_insured_minus_registered_minus_opted_out(shell: Shell) -> None:
    _start(shell)
    shell.ok("suppression", "add", "0935550103", "--reason", "asked", by="an")
    whole = ("--audience", "insured", "--minus", "registered", "--minus-suppressed")
    made = shell.ok("audience", "derive", "rest", *whole, by="an")
    assert (made["rows"], made["chosen"], made["seed"]) == (4, 2, None)
    assert made["left_out"] == {"in_minus": 1, "suppressed": 1}
    assert (made["audience"]["name"], made["audience"]["state"]) == ("rest", "ready")
    shown = shell.ok("audience", "show", "rest")
    assert shown["recipients_by_network"] == {"VinaPhone": 1, "Viettel": 1}
    assert shell("audience", "show", "rest").code == 0
    created = shell.ok(
        *("campaign", "create", "c", "--audience", "rest", "--purpose", "install-guide"), by="an"
    )
    assert created["campaign"]["state"] == "draft"


def test_a_segment_is_saved_shown_used_and_deleted(shell: Shell) -> None:
    _start(shell)
    saved = shell.ok(*SENIORS, "--smartphone", "yes", by="an")["segment"]
    assert saved["definition"] == {"audiences": ["insured"], "ages": [60, 120], "smartphone": True}
    shown = shell.ok("segment", "show", "seniors")
    assert (shown["rows"], shown["chosen"]) == (4, 1)
    assert (shown["left_out"], shown["silent"]) == ({"not_matched": 3}, {"birth": 1})
    assert (shown["by_network"], shown["by_district"]) == ({"Viettel": 1}, {"Quận 1": 1})
    assert shell.ok("segment", "list")["segments"] == [saved]
    said = shell("segment", "show", "seniors").out
    assert "seniors: 1 / 4" in said
    assert "everybody of: insured; aged: 60-120; smartphone: yes" in said
    assert "tuổi: 60-120; điện thoại thông minh: có" in shell("--lang", "vi", "segment", "list").out
    assert "Không ghi" in shell("--lang", "vi", "segment", "show", "seniors").out
    assert shell.ok("segment", "delete", "seniors", by="an")["segment"] == saved
    assert shell.ok("segment", "list")["segments"] == []


def test_a_pilot_and_then_the_rest(shell: Shell) -> None:
    _start(shell)
    shell.ok("segment", "save", "all", "--audience", "insured", by="an")
    draw = ("--segment", "all", "--sample", "2", "--seed", "5")
    pilot = shell.ok("audience", "derive", "pilot", *draw, by="an")
    assert (pilot["chosen"], pilot["seed"], pilot["left_out"]) == (2, 5, {"not_in_sample": 2})
    rest = shell.ok("audience", "derive", "rest", "--segment", "all", "--minus", "pilot", by="an")
    assert (rest["chosen"], rest["left_out"]) == (2, {"in_minus": 2})
    said = shell("audience", "derive", "again", *draw, by="an").out
    assert "again: 2 / 4 (--seed 5)" in said
    assert "not in the sample" in said
    origin = shell.ok("audience", "show", "rest")["origin"]
    assert (origin["segment"], origin["definition"]["minus"]) == ("all", ["pilot"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--audience", "insured", "--age", "79-60"), "the first age is the lower one"),
        (("--audience", "insured", "--smartphone", "perhaps"), "--smartphone 'perhaps'"),
        (("--audience", "insured", "--network", "Vodafone"), "no network is called 'Vodafone'"),
        (("--audience", "insured", "--field", "x"), "expected NAME=VALUE"),
        (("--audience", "insured", "--seed", "3"), "--seed is for --sample"),
        (("--audience", "insured", "--sample", "9"), "only 4 people are left"),
        (("--segment", "seniors", "--district", "q1"), "save another segment"),
        (("--segment", "seniors", "--audience", "registered"), "save another segment"),
        (("--segment", "nope"), "no segment is called 'nope'"),
        (("--audience", "nope"), "no audience is called 'nope'"),
        ((), "--audience is missing"),
    ],
)
def test_refusals_name_what_is_wrong(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    _start(shell)
    shell.ok(*SENIORS, by="an")
    done = shell("audience", "derive", "x", *arguments, "--json", by="an")
    assert (done.code, words in done.error["message"]) == (2, True), done.err
    names = [each["name"] for each in shell.ok("audience", "list")["audiences"]]
    assert names == ["insured", "registered"]


def test_the_options_that_define_are_those_of_both_commands(shell: Shell) -> None:
    shared = (
        *("audience", "minus", "minus-suppressed", "district", "ward", "network", "age", "gender"),
        *("smartphone", "installed", "field"),
    )
    for command in (("segment", "save"), ("audience", "derive")):
        told = shell(*command, "--help").out
        assert [each for each in shared if f"--{each} " not in told] == []
        assert "--told" not in told


def test_a_derivation_that_was_killed_is_discarded_and_made_again(shell: Shell) -> None:
    _start(shell)
    database = Database(f"sqlite:///{shell.folder / 'data' / 'outreach.db'}")
    with database.write() as conn:
        audiences.create(conn, Audience(0, "x", "derived", "", "", 0, 0, 0, 0, "an"))
    database.close()
    again = ("audience", "derive", "x", "--audience", "insured")
    assert "outreach audience discard 'x'" in shell(*again, "--json", by="an").error["message"]
    shell.ok("audience", "discard", "x", by="an")
    assert shell.ok(*again, by="an")["chosen"] == 4


def test_operators_define_and_everybody_looks(shell: Shell) -> None:
    _start(shell)
    for command in (SENIORS, ("audience", "derive", "x", "--audience", "insured")):
        assert shell(*command, "--json", by="binh").error["kind"] == "not_allowed"
    every = (
        *SENIORS,
        *("--minus", "registered", "--minus-suppressed", "--district", "q1", "--ward", "p1"),
        *("--network", "viettel", "--gender", "nữ", "--installed", "no", "--field", "khu=2"),
    )
    said = shell(*every, by="an").out
    assert "gender: female" in said
    assert "installed: no; without suppressed numbers; khu = 2" in said
    assert json.loads(shell("segment", "show", "seniors", "--json").out)["chosen"] == 0

"""Audiences on the command line: the dry run, the import, where figures come from, removal."""

import csv
import signal
import time
from pathlib import Path

import pytest

from tests.cli.shell import Shell, process

LIST = (
    "DANH SÁCH NGƯỜI THAM GIA;;;\n"
    "Stt;Ông/Bà;Máy;Phường\n"
    "1;Nguyễn Thị Minh Khai;0325550101 / 0915550102;Bến Nghé\n"
    "2;Lê An;0325550101;Bến Nghé\n"
    "3;Lê Bình;0325550101;\n"
    "4;Lê Bình;0325550101;\n"
    "5;Trần Cường;028 3555 0100;\n"
    "6;Đỗ Dung;0865550104;\n"
)
ASKED = ("--column", "phone=Máy", "--column", "full_name=B", "--two-numbers", "both")


@pytest.fixture
def path(shell: Shell) -> Path:
    shell.people()
    path = shell.folder / "danh-sach.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_a_dry_run_shows_what_was_understood(shell: Shell, path: Path) -> None:
    told = shell.ok("audience", "import", str(path), "--name", "quan-1", "--dry-run", *ASKED)
    assert told["dry_run"] is True
    counts = ("rows", "imported", "joined", "rejected")
    assert [told["audience"][name] for name in counts] == [7, 3, 2, 2]
    assert told["rejected_by_reason"] == {"duplicate": 1, "landline": 1}
    assert told["recipients_by_network"] == {"Viettel": 2, "VinaPhone": 1}
    file = told["origin"]["file"]
    assert (file["format"], file["delimiter"], file["header"]) == ("CSV", ";", 2)
    assert [column["role"] for column in file["columns"]] == ["", "full_name", "phone", "ward"]
    assert told["origin"]["asked"]["columns"] == {"phone": "Máy", "full_name": "B"}
    assert told["origin"]["asked"]["two_numbers"] == "both"
    names = ["Nguyễn Thị Minh Khai", "Lê An", "Lê Bình"]
    assert told["first"][0] == {
        "number": "843****101", "network": "Viettel", "declared": None, "district": "",
        "params": {"full_name": names[0], "ward": "Bến Nghé",
                   "persons": "3", "names": names},
    }  # fmt: skip
    assert told["rejects"] == [
        {"line": 6, "reason": "duplicate", "number": "843****101"},
        {"line": 7, "reason": "landline", "number": "028****100"},
    ]
    assert shell.ok("audience", "list")["audiences"] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Dry run, nothing is stored", "7 rows = 3 imported + 2 joined + 2 rejected",
                "header on line 2", "Taken for", "the number came before", "a landline"]),
        ("vi", ["Chạy thử, không lưu gì", "7 dòng = 3 được nhập + 2 ghép chung số + 2 bị loại",
                "tiêu đề ở dòng 2", "Hiểu là", "số đã có ở dòng trước", "số cố định"]),
    ],
)  # fmt: skip
def test_a_dry_run_for_people(shell: Shell, path: Path, lang: str, words: list[str]) -> None:
    done = shell(
        "--lang", lang, "audience", "import", str(path), "--name", "x", "--dry-run", *ASKED
    )
    assert done.code == 0
    told = " ".join(done.out.split())
    assert [each for each in words if each not in told] == []
    assert "843****101" in told
    assert "0325550101" not in told


def test_where_the_figures_come_from(shell: Shell, path: Path) -> None:
    shell.ok("audience", "import", str(path), "--name", "quan-1", *ASKED, by="an")
    shown = shell.ok("audience", "show", "quan-1")
    assert shown["origin"]["file"]["columns"][2] == {"place": 2, "header": "Máy", "role": "phone"}
    for lang, words in (
        ("en", "7 rows = 3 imported + 2 joined + 2 rejected"),
        ("vi", "7 dòng = 3 đã nhập + 2 ghép chung số + 2 bị loại"),
    ):
        told = " ".join(shell("--lang", lang, "audience", "show", "quan-1").out.split())
        assert words in told
        assert "danh-sach.csv" in told
    assert "joined" in shell("audience", "list").out.lower()


def test_rejected_rows_go_to_a_file(shell: Shell, path: Path) -> None:
    shell.ok("audience", "import", str(path), "--name", "quan-1", *ASKED, by="an")
    out = shell.folder / "rejects.csv"
    told = shell.ok("audience", "show", "quan-1", "--rejects-out", str(out))
    assert told["rejects_out"] == {"path": str(out), "rows": 2}
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [
        ["6", "duplicate", "số đã có ở dòng trước", "the number came before", "843****101"],
        ["7", "landline", "số cố định", "a landline", "028****100"],
    ]
    again = shell("audience", "show", "quan-1", "--rejects-out", str(out))
    assert (again.code, "exists already" in again.err) == (2, True)
    assert out.stat().st_size > 100, "what was there stays"
    out.unlink()
    said = shell("--lang", "vi", "audience", "show", "quan-1", "--rejects-out", str(out)).out
    assert "2 dòng bị loại ghi ở" in said


@pytest.mark.usefixtures("path")
def test_nothing_steers_the_terminal(shell: Shell) -> None:
    path = shell.folder / "esc\x1b[31m.csv"
    rows = ["Họ và tên;Điện thoại;Ghi chú", "\x1b]0;pwn\x07An;0901234501;\x1b[2Jx", "B;\x1b[2J09;"]
    path.write_text("\n".join(rows), encoding="utf-8")
    for more in (["--dry-run"], []):
        told = shell("audience", "import", str(path), "--name", "esc", *more, by="an")
        assert told.code == 0
        assert "\x1b" not in told.out + told.err
    told = shell("audience", "show", "no\x1b]0;pwn\x07such")
    assert told.code == 2
    assert "\x1b" not in told.out + told.err
    assert "\x1b" not in shell("audience", "show", "esc").out


@pytest.mark.parametrize("name", ["kh-0901234567", "+84 901 234 567"])
def test_a_name_holds_no_number_of_a_person(shell: Shell, path: Path, name: str) -> None:
    told = shell("audience", "import", str(path), "--name", name, *ASKED, by="an")
    assert told.code == 2
    assert "holds a phone number" in told.err
    assert "0901234567" not in told.err


def test_numbers_of_another_audience(shell: Shell, path: Path) -> None:
    shell.audience()
    told = shell.ok(
        *("audience", "import", str(path), "--name", "b", "--not-in", "quan-1", *ASKED), by="an"
    )
    assert told["rejected_by_reason"]["elsewhere"] == 6
    assert told["origin"]["not_in"] == ["quan-1"]
    assert "in an audience that is left out" in shell("audience", "show", "b").out
    assert "Left out: the numbers of quan-1" in shell("audience", "show", "b").out


@pytest.mark.parametrize("column", ["phone", "=C", "phone=", "phone=C --column phone=D"])
def test_columns_are_said_clearly(shell: Shell, path: Path, column: str) -> None:
    given = [each for part in column.split(" --column ") for each in ("--column", part)]
    done = shell("audience", "import", str(path), "--name", "x", *given, "--json", by="an")
    assert (done.code, done.error["kind"]) == (2, "bad_input")
    assert "such as phone=C" in done.error["message"]


def test_the_same_file_again(shell: Shell, path: Path) -> None:
    command = ("audience", "import", str(path), "--name")
    shell.ok(*command, "quan-1", *ASKED, by="an")
    done = shell(*command, "b", *ASKED, "--json", by="an")
    assert (done.code, done.error["kind"]) == (2, "bad_input")
    assert "is audience 'quan-1' already" in done.error["message"]
    shell.ok(*command, "b", *ASKED, "--again", by="an")


def test_removal(shell: Shell, path: Path) -> None:
    shell.ok("audience", "import", str(path), "--name", "quan-1", *ASKED, by="an")
    command = ("audience", "discard", "quan-1")
    assert shell(*command, by="an").code == 2
    assert shell(*command, "--why", "x", by="binh").code == 1
    told = shell.ok(*command, "--why", "wrong file", by="an")
    assert told["audience"]["name"] == "quan-1"
    shell.ok("audience", "import", str(path), "--name", "quan-1", *ASKED, by="an")
    said = shell("--lang", "vi", *command, "--why", "x", by="an").out
    assert "Đã xóa tệp người nhận 'quan-1' (7 dòng)" in said


def test_ctrl_c_is_no_loss(shell: Shell) -> None:
    shell.people()
    path = shell.folder / "long.csv"
    rows = (f"0325{n % 1_000_000:06};Người {n}" for n in range(300_000))
    path.write_text("\n".join(["SĐT;Họ tên", *rows]))
    data = shell.folder / "data"
    command = ("audience", "import", str(path), "--name", "quan-1")
    running = process(*command, data=data, OUTREACH_CREDENTIAL=shell.users["an"])
    while not any(each["rows"] for each in shell.ok("audience", "list")["audiences"]):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, b"")
    assert err.decode().splitlines() == [
        "What was stored is safe: the same command goes on from there.",
        "Interrupted.",
    ]
    [half] = shell.ok("audience", "list")["audiences"]
    assert (half["state"], half["rows"] % 5_000) == ("importing", 0)
    whole = shell.ok(*command, by="an")["audience"]
    assert (whole["state"], whole["rows"], whole["imported"]) == ("ready", 300_000, 300_000)

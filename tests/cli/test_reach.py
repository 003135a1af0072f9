"""User ids from a file: learned once, rejected with reasons, shown masked, forgotten."""

import csv
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, text
from xlsxwriter import Workbook

from outreach.campaigns import introducing
from outreach.domain.network import Channel
from outreach.domain.reach import Lesson, Reach
from outreach.store import accounts, reach
from outreach.store.database import Database
from outreach.store.reach import REFUSES, Known, Told
from tests.cli.shell import Shell

AN, BINH, CHI = 84_325_550_101, 84_915_550_102, 84_935_550_103
IDS = {AN: "8123456789012345671", BINH: "8123456789012345672", CHI: "sim-user-3"}
FILE = (
    "Số điện thoại;User ID;Ghi chú\r\n"
    f"0325550101;{IDS[AN]};\r\n"
    f"+84 915 550 102;{IDS[BINH]};\r\n"
    f"0325550101;{IDS[AN]};again\r\n"
    f"0325550101;{IDS[BINH]};another id\r\n"
    f"0865550104;{IDS[AN]};another number\r\n"
    f"0865550105;8,12346E+18;\r\n"
    "0865550106;8.12346E+18;\r\n"
    "0865550107;;\r\n"
    "0865550108;0865550108;\r\n"
    "0865550109;a b;\r\n"
    "0123;8123456789012345679;\r\n"
    f"(093) 555-0103;{IDS[CHI]};\r\n"
)
ONCE = ("id_form", "id_phone", "id_twice", "no_id", "number_twice", "too_short")
REASONS = {"id_rounded": 2, **dict.fromkeys(ONCE, 1)}


@pytest.fixture(autouse=True)
def _wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def house(shell: Shell) -> Shell:
    """An installation with its users, and the file of ids in its folder."""
    shell.people()
    (shell.folder / "ids.csv").write_text(FILE, encoding="utf-8", newline="")
    return shell


def _command(house: Shell, *more: str) -> tuple[str, ...]:
    return ("reach", "import", str(house.folder / "ids.csv"), "--account", "zalo_uid", *more)


def _database(house: Shell) -> Database:
    return Database(f"sqlite:///{house.folder / 'data' / 'outreach.db'}")


def _known(house: Shell, account: str) -> dict[int, str]:
    database = _database(house)
    with database.read() as conn:
        numbers = {name: number for number, (name, _) in accounts.names(conn).items()}
        found = reach.of(conn, Channel.ZALO, numbers[account], list(IDS), 1)
    database.close()
    return {msisdn: each.address for msisdn, each in found.items()}


def _table(house: Shell) -> list[tuple[object, ...]]:
    """All that is kept, to the millisecond."""
    database = _database(house)
    with database.read() as conn:
        rows = [tuple(row) for row in conn.execute(text("SELECT * FROM reach ORDER BY msisdn"))]
    database.close()
    return rows


def _counts(done: dict[str, Any]) -> dict[str, int]:
    names = ("rows", "new", "changed", "known", "rejected")
    assert done["rows"] == sum(done[name] for name in names[1:])
    return {name: done[name] for name in names}


def test_a_file_is_learned_once(house: Shell) -> None:
    done = house.ok(*_command(house), by="an")
    assert _counts(done) == {"rows": 12, "new": 3, "changed": 0, "known": 1, "rejected": 8}
    assert done["rejected_by_reason"] == REASONS
    assert done["columns"]["user_id"] == {"place": "B", "header": "User ID"}
    assert _known(house, "zalo_uid") == IDS
    assert _known(house, "zalo") == IDS, "the phone account of the same official account"
    before = _table(house)
    again = house.ok(*_command(house), by="an")
    assert _counts(again) == {"rows": 12, "new": 0, "changed": 0, "known": 4, "rejected": 8}
    assert _table(house) == before


@pytest.mark.parametrize("batch", [5_000, 1])
def test_a_dry_run_tells_the_same_and_stores_nothing(
    house: Shell, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introducing, "_BATCH", batch)
    trial = house.ok(*_command(house, "--dry-run"), by="an")
    assert _known(house, "zalo_uid") == {}
    assert house("reach", "show", "0325550101", "--why", "a look", by="an").out.endswith(
        "nothing is known of it\n"
    )
    done = house.ok(*_command(house), by="an")
    assert trial == {**done, "dry_run": True}


def test_rejected_rows_are_told_with_line_and_reason_and_without_number(house: Shell) -> None:
    out = house.folder / "rejects.csv"
    done = house.ok(*_command(house, "--rejects-out", str(out)), by="an")
    assert done["rejects"][0] == {"line": 5, "reason": "number_twice", "number": "843****101"}
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert [(row[0], row[1]) for row in rows[1:]] == [
        ("5", "number_twice"),
        ("6", "id_twice"),
        ("7", "id_rounded"),
        ("8", "id_rounded"),
        ("9", "no_id"),
        ("10", "id_phone"),
        ("11", "id_form"),
        ("12", "too_short"),
    ]
    assert done["rejects_out"] == {"path": str(out), "rows": 8}
    said = house(*_command(house), by="an").out
    assert "zalo_uid: 12 rows = 0 new + 0 changed + 4 known already + 8 rejected" in said
    assert "export the column as text" in said
    in_vietnamese = house("--lang", "vi", *_command(house), by="an").out
    assert "dòng trước cho số này một mã khác" in in_vietnamese
    written = "".join(house.printed) + out.read_text(encoding="utf-8-sig")
    assert not any(str(number)[2:] in written for number in IDS)
    assert not any(address in written for address in IDS.values())


def test_an_import_that_was_broken_off_goes_on(
    house: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introducing, "_BATCH", 2)
    whole, calls = reach.learn, [0]

    def break_off(conn: Connection, told: Sequence[Told]) -> None:
        calls[0] += 1
        if calls[0] == 4:  # each two rows are noted apart from what is stored
            raise KeyboardInterrupt
        whole(conn, told)

    with monkeypatch.context() as patch:
        patch.setattr(reach, "learn", break_off)
        assert house(*_command(house), by="an").code == 130
    assert set(_known(house, "zalo_uid")) == {AN, BINH}
    done = house.ok(*_command(house), by="an")
    assert _counts(done) == {"rows": 12, "new": 1, "changed": 0, "known": 3, "rejected": 8}
    assert _known(house, "zalo_uid") == IDS


def test_another_id_takes_the_place_of_the_first(house: Shell) -> None:
    house.ok(*_command(house), by="an")
    path = house.folder / "ids.csv"
    path.write_text(f"phone,uid\n0325550101,sim-user-9\n0915550102,{IDS[AN]}\n")
    done = house.ok(*_command(house), by="an")
    assert _counts(done) == {"rows": 2, "new": 0, "changed": 2, "known": 0, "rejected": 0}
    assert _known(house, "zalo_uid") == {**IDS, AN: "sim-user-9", BINH: IDS[AN]}


def _refuses(house: Shell) -> None:
    database = _database(house)
    with database.write() as conn:
        number = accounts.register(conn, [("zalo", Channel.ZALO)])["zalo"]
        lesson = Lesson(str(AN), None, Reach.REFUSES)
        reach.learn(conn, [Told(lesson, Channel.ZALO, number, 5)])
    database.close()


def test_who_refuses_zalo_still_does(house: Shell) -> None:
    _refuses(house)
    house.ok(*_command(house), by="an")
    database = _database(house)
    with database.read() as conn:
        found = reach.of(conn, Channel.ZALO, 1, [AN], 6)
    database.close()
    assert found == {AN: Known(IDS[AN], REFUSES)}


def test_what_is_known_is_shown_masked_and_forgotten(house: Shell) -> None:
    _refuses(house)
    house.ok(*_command(house), by="an")
    show = ("reach", "show", "0325 550 101", "--why", "complaint 7")
    (known,) = house.ok(*show, by="quan")["known"]
    assert (known["account"], known["user_id"]) == ("zalo", "812****671")
    assert known["reach"] == "refuses"
    assert known["why_not"] == "known: refuses Zalo"
    assert known["reach_at"] == "1970-01-01T00:00:00+00:00"
    said = house("--lang", "vi", *show, by="an").out
    assert "843****101" in said
    assert "đã biết: người dùng không nhận tin Zalo của ta" in said
    forget = ("reach", "forget", "0325550101", "--why", "asked by phone")
    assert house.ok(*forget, by="an")["known"] == [known]
    assert house.ok(*show, by="an")["known"] == []
    gone = house(*forget, by="an")
    assert (gone.code, "nothing is known of 843****101" in gone.err) == (2, True)
    assert "325550101" not in "".join(house.printed)


def _deeds(house: Shell) -> list[tuple[str, str, str]]:
    database = _database(house)
    with database.read() as conn:
        rows = conn.execute(
            text("SELECT actor, action, detail FROM audit WHERE action LIKE 'reach.%' ORDER BY id")
        )
        found = [(row[0], row[1], row[2]) for row in rows]
    database.close()
    return found


def test_who_did_what_and_why_is_written_down(house: Shell) -> None:
    house.ok(*_command(house, "--dry-run"), by="an")
    house.ok(*_command(house), by="an")
    house.ok("reach", "show", "0325550101", "--why", "complaint 7", by="quan")
    house.ok("reach", "forget", "0325550101", "--why", "asked by phone", by="an")
    deeds = _deeds(house)
    assert [deed[:2] for deed in deeds] == [
        ("an", "reach.import"),
        ("quan", "reach.show"),
        ("an", "reach.forget"),
    ]
    assert '"file": "ids.csv"' in deeds[0][2].replace('":"', '": "')
    assert "complaint 7" in deeds[1][2]
    assert "asked by phone" in deeds[2][2]
    assert "325550101" not in str(deeds)


def test_a_workbook_that_keeps_ids_as_numbers_has_lost_digits(house: Shell) -> None:
    path = house.folder / "ids.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["SĐT", "Mã"])
        sheet.write_string(1, 0, "0325550101")
        sheet.write_number(1, 1, int(IDS[AN]))
        sheet.write_row(2, 0, ["0915550102", IDS[BINH]])
    command = ("reach", "import", str(path), "--account", "zalo_uid")
    asked = house(*command, by="an")
    assert (asked.code, "--column user_id=B" in asked.err) == (2, True)
    done = house.ok(*command, "--column", "user_id=Mã", by="an")
    assert _counts(done) == {"rows": 2, "new": 1, "changed": 0, "known": 0, "rejected": 1}
    assert done["rejected_by_reason"] == {"id_rounded": 1}


def _ids(house: Shell, told: list[str]) -> dict[str, int]:
    path = house.folder / "more.csv"
    rows = [f"03255502{n:02},{each}" for n, each in enumerate(told)]
    path.write_text("\n".join(["phone,user_id", *rows]))
    command = ("reach", "import", str(path), "--account", "zalo_uid", "--dry-run")
    found: dict[str, int] = house.ok(*command, by="an")["rejected_by_reason"]
    return found


@pytest.mark.parametrize("digits", [16, 17, 18, 19])
def test_a_column_of_numbers_is_told_from_one_of_text(house: Shell, digits: int) -> None:
    chance = Random(digits)
    told = [chance.randrange(10 ** (digits - 1), 9 * 10 ** (digits - 1)) for _ in range(99)]
    assert _ids(house, list(map(str, told))).get("id_rounded", 0) == 0
    by_excel = [str(int(Decimal(f"{each:.14e}"))) for each in told]
    assert _ids(house, by_excel)["id_rounded"] > 95
    if digits > 16:  # up to there programs keep every digit
        by_programs = [str(int(Decimal(repr(float(each))))) for each in told]
        assert _ids(house, by_programs)["id_rounded"] > 95


@pytest.mark.parametrize("title", ["User ID", "Zalo ID", "zalo_user_id", "UID", "Mã người dùng"])
def test_titles_that_people_give_the_ids_are_found(house: Shell, title: str) -> None:
    path = house.folder / "titled.csv"
    path.write_text(f"STT,SĐT,{title}\n1,0325550101,{IDS[AN]}\n", encoding="utf-8")
    command = ("reach", "import", str(path), "--account", "zalo_uid", "--dry-run")
    done = house.ok(*command, by="an")
    assert (done["new"], done["columns"]["user_id"]) == (1, {"place": "C", "header": title})


@pytest.mark.parametrize("account", ["zalo", "esms", "nobody"])
def test_only_an_account_that_sends_by_ids_learns_them(house: Shell, account: str) -> None:
    path = str(house.folder / "ids.csv")
    done = house("reach", "import", path, "--account", account, by="an")
    assert (done.code, "accounts that do: zalo_uid" in done.err) == (2, True)


def test_approvers_and_strangers_may_not(house: Shell) -> None:
    for command in (
        _command(house),
        ("reach", "show", "0325550101", "--why", "a look"),
        ("reach", "forget", "0325550101", "--why", "asked"),
    ):
        assert house(*command, by="binh").code == 1
        assert house(*command).code == 1

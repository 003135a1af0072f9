"""What was sent to whom is shown again, and what is known of a number's network."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from outreach.domain.key import STEP_SPAN
from outreach.domain.message import State
from outreach.domain.receipt import Status
from outreach.store.database import Database
from outreach.store.record import OutcomeKind
from tests.cli.shell import Shell

ASK = ("campaign", "message", "nov-1", "0325 550 101", "--why", "complaint 7")
MINH_KHAI = 84_325_550_101


@pytest.fixture
def database(shell: Shell) -> Iterator[Database]:
    """The database of a campaign that is running."""
    shell.people()
    shell.audience()
    shell.running()
    database = Database(f"sqlite:///{shell.folder / 'data' / 'outreach.db'}")
    yield database
    database.close()


def _sent(database: Database) -> int:
    """Zalo refused her, the SMS was accepted and then delivered; returns the SMS's account."""
    with database.write() as conn:
        row = conn.execute(
            text(
                "SELECT m.id, m.recipient, m.account FROM message m"
                " JOIN recipient r ON r.id = m.recipient WHERE r.msisdn = :n"
            ),
            {"n": MINH_KHAI},
        ).one()
        zalo = row[0]
        sms = int(conn.execute(text("SELECT id FROM account WHERE name = 'viettel'")).scalar_one())
        sent = zalo + STEP_SPAN
        message = f"{sent}, {row[1]}, {sms}, 1, {State.DELIVERED}, 0, 0, 20261120, 0, NULL, 0"
        refused = f"{zalo}, 1, {row[2]}, {OutcomeKind.REFUSED}, '-118', NULL, 1000, 20"
        accepted = f"{sent}, 1, {sms}, {OutcomeKind.ACCEPTED}, NULL, 'ref-1', 2000, 30"
        receipt = f"7, {sent}, {sms}, 3000, {Status.DELIVERED}, '0', 'moved'"
        values = "superseded = 1, day = 20261120, parts = 1, reason = 'no Zalo'"
        for statement in (
            f"UPDATE message SET state = {State.REJECTED}, {values} WHERE id = {zalo}",
            f"INSERT INTO message VALUES ({message})",
            f"INSERT INTO attempt VALUES ({refused}), ({accepted})",
            f"INSERT INTO receipt VALUES ({receipt})",
        ):
            conn.execute(text(statement))
        return sms


def test_every_message_with_its_words_and_what_came_of_it(shell: Shell, database: Database) -> None:
    _sent(database)
    told = shell.ok(*ASK, by="an")
    assert told["number"] == "843****101"
    zalo, sms = told["messages"]
    assert (zalo["channel"], zalo["step"], zalo["state"], zalo["reason"]) == (
        *("zalo", 0, "rejected", "no Zalo"),
    )
    assert "Nguyễn Thị Minh Khai" in zalo["zalo"]["values"].values()
    assert [(each["outcome"], each["code"]) for each in zalo["attempts"]] == [("refused", "-118")]
    assert (sms["account"], sms["step"], sms["state"]) == ("viettel", 1, "delivered")
    assert "Minh Khai" in sms["text"]
    assert sms["template"] == zalo["template"]
    assert sms["template"]["name"] == "install-guide"
    assert [(each["reference"], each["took_ms"]) for each in sms["attempts"]] == [("ref-1", 30)]
    assert sms["receipts"] == [
        {
            "at": "1970-01-01T00:00:03+00:00",
            "account": "viettel",
            "status": "delivered",
            "code": "0",
            "effect": "moved",
        }
    ]
    said = shell(*ASK, by="binh").out
    assert sms["text"].splitlines()[0] in said
    assert "receipt: delivered, moved" in said
    assert "Đã chuyển" in shell("--lang", "vi", *ASK, by="an").out
    assert "325550101" not in "".join(shell.printed)


def test_the_words_are_those_that_were_frozen(shell: Shell, database: Database) -> None:
    before = shell.ok(*ASK, by="an")["messages"][0]
    with pytest.raises(Exception, match="change in its draft only"), database.write() as conn:
        conn.execute(text("UPDATE campaign SET template = '{}'"))
    assert shell.ok(*ASK, by="an")["messages"][0] == before


def test_who_asked_and_why_is_written_down(shell: Shell, database: Database) -> None:
    shell.ok(*ASK, by="binh")
    last = shell.ok("campaign", "history", "nov-1")["history"][-1]
    assert (last["actor"], last["action"]) == ("binh", "campaign.message")
    assert last["detail"] == {"number": "843****101", "why": "complaint 7"}
    assert shell(*ASK, "--json").error["kind"] == "not_allowed"
    assert shell(*ASK[:-1], " ", "--json", by="an").error["kind"] == "bad_input"
    assert shell(*ASK[:-2], "--json", by="an").error["kind"] == "usage"


def test_what_was_sent_again_is_shown_too(shell: Shell, database: Database) -> None:
    sms = _sent(database)
    with database.write() as conn:
        columns = [row[1] for row in conn.exec_driver_sql("PRAGMA table_info(campaign)")]
        copied = ", ".join(f'"{name}"' for name in columns if name not in {"id", "name", "parent"})
        conn.execute(
            text(
                f"INSERT INTO campaign (name, parent, {copied})"
                f" SELECT 'nov-1b', 1, {copied} FROM campaign WHERE id = 1"
            )
        )
        conn.execute(
            text(
                "INSERT INTO message (id, recipient, account, network, state, generation, parts,"
                f" day, superseded) SELECT 2000000001, recipient, {sms}, 1, 0, 0, 0, 0, 0"
                " FROM message WHERE superseded = 1"
            )
        )
    found = shell.ok(*ASK, by="an")["messages"]
    assert [each["campaign"] for each in found] == ["nov-1", "nov-1", "nov-1b"]
    only = shell.ok("campaign", "message", "nov-1b", *ASK[3:], by="an")["messages"]
    assert only == found[2:]


def test_a_doubt_is_said(shell: Shell, database: Database) -> None:
    sms = _sent(database)
    with database.write() as conn:
        conn.execute(text("UPDATE message SET parts = 9 WHERE superseded = 0 AND parts = 0"))
    found = shell.ok(*ASK, by="an")["messages"][1]
    assert found["doubt"].startswith("9 parts were counted, this is ")
    assert "! 9 parts were counted" in shell(*ASK, by="an").out
    with database.write() as conn:
        conn.execute(text("UPDATE account SET name = 'gone' WHERE id = :id"), {"id": sms})
    found = shell.ok(*ASK, by="an")["messages"][1]
    assert (found["text"], found["doubt"]) == (
        *(None, "its account is not among config/accounts/ any more"),
    )


@pytest.mark.parametrize(
    ("number", "kind"), [("0325550109", "not_found"), ("0123", "bad_input"), ("x", "bad_input")]
)
def test_a_number_that_is_not_there(
    shell: Shell, database: Database, number: str, kind: str
) -> None:
    for command in (
        ("campaign", "message", "nov-1", number, "--why", "x"),
        ("number", "show", number, "--audience", "quan-1"),
    ):
        assert shell(*command, "--json", by="an").error["kind"] == kind


def test_three_kinds_of_knowledge_with_source_and_date(shell: Shell, database: Database) -> None:
    ask = ("number", "show", "+84325550101", "--audience", "quan-1")
    told = shell.ok(*ask)
    assert (told["number"], told["taken"]) == ("843****101", "prefix")
    assert (told["prefix"]["network"], told["prefix"]["sure"]) == ("Viettel", True)
    assert (told["declared"], told["learned"]) == (None, None)
    sms = _sent(database)
    with database.write() as conn:
        conn.execute(
            text(
                "UPDATE recipient SET declared = 2, learned = 3, learned_from = :account,"
                " learned_at = 3000 WHERE msisdn = :n"
            ),
            {"account": sms, "n": MINH_KHAI},
        )
    told = shell.ok(*ask)
    assert told["taken"] == "learned"
    assert told["declared"]["network"] == "VinaPhone"
    assert told["declared"]["from"] == "people.csv"
    assert told["learned"] == {
        "network": "MobiFone",
        "from": "viettel",
        "at": "1970-01-01T00:00:03+00:00",
    }
    assert "chắc chắn" in shell("--lang", "vi", *ask).out
    derived = shell.ok("audience", "derive", "copy", "--audience", "quan-1", by="an")
    assert derived["chosen"] == 4
    copied = shell.ok(*ask[:-1], "copy")
    assert {**copied, "audience": "quan-1"} == told


def test_a_whole_number_needs_an_admin_and_a_reason(shell: Shell, database: Database) -> None:
    ask = ("number", "show", "0325550101", "--audience", "quan-1", "--unmask")
    assert shell(*ask, "--why", "x", "--json", by="an").error["kind"] == "not_allowed"
    assert shell(*ask, "--json", by="quan").error["kind"] == "bad_input"
    assert shell.ok(*ask, "--why", "complaint", by="quan")["number"] == "84325550101"
    with database.read() as conn:
        row = conn.execute(text("SELECT actor, detail FROM audit ORDER BY id DESC LIMIT 1")).one()
    assert (row[0], json.loads(row[1])) == (
        *("quan", {"number": "843****101", "why": "complaint"}),
    )

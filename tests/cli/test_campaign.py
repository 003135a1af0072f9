"""The commands on campaigns that take more than a name: what they take, say and refuse."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from outreach.domain.message import State
from outreach.store.database import Database
from outreach.store.responses import Kind
from tests.cli.shell import Shell

CREATE = ("campaign", "create", "nov-1", "--audience", "quan-1", "--purpose", "install-guide")
FULL = (
    "--accounts", "zalo,viettel:70,esms:30", "--window", "08:00-20:00",
    "--until", "2030-01-02 18:00", "--at", "2030-01-01 07:00", "--holidays",
    "--priority", "urgent", "--pilot", "0.5", "--share", "0..50", "--budget", "50000000",
    "--rate", "5000", "--ramp", "30", "--pause-on-errors", "20", "--fallback-after", "6",
    "--waves", "3", "--wave-days", "7",
)  # fmt: skip


@pytest.fixture
def office(shell: Shell) -> Shell:
    shell.people()
    shell.audience()
    return shell


def alter(shell: Shell, *statements: str) -> None:
    """Let something happen that commands cannot do."""
    database = Database(f"sqlite:///{shell.folder / 'data' / 'outreach.db'}")
    with database.write() as conn:
        for statement in statements:
            conn.execute(text(statement))
    database.close()


def test_everything_that_can_be_asked(office: Shell) -> None:
    made = office.ok(*CREATE, *FULL, by="an")["campaign"]
    assert made["rules"] == {
        "starts_at": "2030-01-01T00:00:00+00:00",
        "holidays": True,
        "priority": "urgent",
        "share": [0.0, 50.0],
        "pilot": 0.5,
        "budget": 50_000_000,
        "rate": 5_000,
        "ramp_minutes": 30,
        "error_percent": 20,
        "fallback_hours": 6,
        "waves": 3,
        "wave_days": 7,
        "skips_registered": True,
    }
    assert (made["window"], made["until"]) == ("08:00-20:00", "2030-01-02T11:00:00+00:00")
    assert (made["piloting"], made["wave"], made["experiment"]) == (True, 0, None)


def test_every_rule_can_be_taken_back(office: Shell) -> None:
    office.ok(*CREATE, *FULL, by="an")
    asked = (
        "--until", "none", "--at", "none", "--no-holidays", "--priority", "normal", "--pilot", "0",
        "--share", "0..100", "--budget", "0", "--rate", "0", "--ramp", "0",
        "--pause-on-errors", "0", "--fallback-after", "0", "--waves", "0", "--window",
        "07:00-22:00", "--name", "nov-2",
    )  # fmt: skip
    plain = office.ok(*CREATE[:2], "nov-3", *CREATE[3:], by="an")["campaign"]
    made = office.ok("campaign", "edit", "1", *asked, by="an")
    changing = ("id", "name", "created_at")
    assert {k: v for k, v in made["campaign"].items() if k not in changing} == {
        k: v for k, v in plain.items() if k not in changing
    }
    assert made["changes"]["pilot"] == [5, 0]
    assert made["changes"]["name"] == ["nov-1", "nov-2"]


def test_an_edit_tells_what_changed(office: Shell) -> None:
    office.ok(*CREATE, by="an")
    told = office("campaign", "edit", "nov-1", "--budget", "90000000", "--pilot", "1", by="an").out
    assert "spending ceiling: none → 90,000,000 đ" in told
    assert "pilot: 0 % → 1 %" in told
    command = (
        "--lang",
        "vi",
        "campaign",
        "edit",
        "nov-1",
        "--holidays",
        "--at",
        "2030-02-03 07:30",
    )
    told = office(*command, by="an").out
    assert "gửi cả ngày lễ: không → có" in told
    assert "bắt đầu: không có → 2030-02-03 07:30" in told


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--at", "tomorrow"), "expected a local time such as '2026-11-25 07:00'"),
        (("--at", "2020-01-01"), "--at) is past"),
        (("--until", "2020-01-01"), "--until) is not after the present"),
        (("--pilot", "0.55"), "at most one decimal"),
        (("--pilot", "100"), "--pilot"),
        (("--share", "50"), "expected two percentages from 0 to 100"),
        (("--share", "50..20"), "expected two percentages from 0 to 100"),
        (("--share", "0..101"), "expected two percentages from 0 to 100"),
        (("--rate", "99999999"), "rate is 99999999; expected 1 to 10000000"),
        (("--priority", "high"), "--priority"),
        (("--accounts", "fax"), "no account is called 'fax'"),
        (("--accounts", " "), "no account is called ''"),
        (("--channels", "sms", "--fallback-after", "3"), "needs a next channel"),
        (("--against", "install-guide"), "a comparison needs two"),
    ],
)
def test_bad_wishes_are_taught(office: Shell, asked: tuple[str, ...], told: str) -> None:
    done = office(*CREATE, *asked, "--json", by="an")
    assert done.code == 2
    assert told in done.error["message"]
    assert office.ok("campaign", "list")["campaigns"] == []


def test_an_amendment_from_the_wish_to_the_resume(office: Shell) -> None:
    office.running()
    asked = ("campaign", "amend", "nov-1", "--window", "08:00-20:00", "--budget", "90000000")
    shown = office(*asked, by="an").out
    assert "Amendment 1 by an waits for approval; 'nov-1' is held:" in shown
    assert "sending hours: 07:00-22:00 → 08:00-20:00" in shown
    assert "Still ahead: 4 people, at most" in shown
    refused = office("campaign", "resume", "nov-1", "--json", by="an")
    assert (refused.code, "--withdraw" in refused.error["message"]) == (1, True)

    seen = office.ok("campaign", "amend", "nov-1")
    assert seen["amendment"]["changes"] == {
        "window": ["07:00-22:00", "08:00-20:00"],
        "budget": [None, 90_000_000],
    }
    assert (seen["campaign"]["state"], seen["left"]) == ("paused", 4)
    assert datetime.fromisoformat(seen["ends_at"]).tzinfo is not None
    assert int(seen["worst_cost_dong"]) > 0

    approved = office.ok("campaign", "approve", "nov-1", by="binh")
    assert approved["amendment"] == seen["amendment"]
    assert approved["campaign"]["rules"]["budget"] == 90_000_000
    resumed = office.ok("campaign", "resume", "nov-1", by="an")["campaign"]
    assert (resumed["state"], resumed["window"]) == ("running", "08:00-20:00")
    history = office.ok("campaign", "history", "nov-1")["history"]
    assert [each["action"] for each in history][-3:] == [
        "campaign.amend",
        "campaign.approve",
        "campaign.resume",
    ]


def test_an_amendment_taken_back(office: Shell) -> None:
    office.running()
    office.ok("campaign", "amend", "nov-1", "--rate", "60", by="an")
    both = office("campaign", "amend", "nov-1", "--rate", "7", "--withdraw", "--json", by="an")
    assert (both.code, both.error["kind"]) == (2, "bad_input")
    assert "stays held" in office("campaign", "amend", "nov-1", "--withdraw", by="an").out
    assert office("campaign", "amend", "nov-1", "--withdraw", "--json", by="an").code == 1
    nothing = office("campaign", "amend", "nov-1", "--json")
    assert (nothing.code, nothing.error["kind"]) == (2, "bad_input")
    assert office.ok("campaign", "resume", "nov-1", by="an")["campaign"]["rules"]["rate"] is None


def test_other_accounts_in_vietnamese(office: Shell) -> None:
    office.running()
    asked = ("--lang", "vi", "campaign", "amend", "nov-1", "--accounts", "zalo,esms")
    told = office(*asked, by="an").out
    assert "tài khoản: zalo; viettel, esms → zalo; esms" in told
    told = office("--lang", "vi", "campaign", "approve", "nov-1", by="binh").out
    assert "Sửa đổi 1 đã được duyệt" in told


def test_a_later_start_is_said(office: Shell) -> None:
    office.ok(*CREATE, "--at", "2030-01-01 07:00", by="an")
    office.ok("campaign", "submit", "nov-1", by="an")
    office.ok("campaign", "approve", "nov-1", by="binh")
    assert (
        "it starts by itself on 2030-01-01 07:00"
        in office("campaign", "start", "nov-1", by="an").out
    )
    again = office("campaign", "start", "nov-1", "--json", by="an")
    assert (again.code, "released already" in again.error["message"]) == (1, True)
    listed = office.ok("campaign", "list")["campaigns"][0]
    assert (listed["state"], listed["released_at"] is None) == ("scheduled", False)


def piloted(office: Shell) -> None:
    office.ok(*CREATE, "--pilot", "99.9", by="an")
    office.ok("campaign", "submit", "nov-1", by="an")
    office.ok("campaign", "approve", "nov-1", by="binh")
    office.ok("campaign", "start", "nov-1", by="an")
    alter(
        office,
        "UPDATE campaign SET state = 'paused', paused_by = 'engine', paused_why = 'pilot: 4 sent'",
        f"UPDATE message SET state = {int(State.DELIVERED)} WHERE id % 10 < 4",
    )


def test_the_pilots_figures_come_before_its_go(office: Shell) -> None:
    piloted(office)
    told = office("campaign", "resume", "nov-1", by="an").out
    assert told.startswith("the pilot: 1 pending, 3 delivered\n")
    assert "running" in told


def test_a_go_as_scripts_hear_it(office: Shell) -> None:
    piloted(office)
    told = office.ok("campaign", "resume", "nov-1", by="an")
    assert told["pilot"] == {"pending": 1, "delivered": 3}
    assert told["campaign"]["piloting"] is False


def test_exclusions_add_up(office: Shell) -> None:
    office.running()
    alter(
        office,
        "UPDATE campaign SET state = 'finished'",
        f"UPDATE message SET state = {int(State.DELIVERED)} WHERE id % 10 IN (1, 2)",
        f"UPDATE message SET state = {int(State.FAILED)} WHERE id % 10 IN (3, 4)",
    )
    office.ok("campaign", "resend", "nov-1", "--as", "nov-1b", "--states", "failed", by="an")
    told = office.ok("campaign", "exclusions", "nov-1b")
    left_out = [{"why": "result", "state": "delivered", "people": 2}]
    assert (told["people"], told["written_to"], told["left_out"]) == (4, 2, left_out)
    told = office("campaign", "exclusions", "nov-1b").out
    assert "Delivered: not asked for with --states" in told
    told = office("--lang", "vi", "campaign", "exclusions", "nov-1b").out
    assert "Đã chuyển: không nằm trong --states" in told
    refused = office("campaign", "exclusions", "nov-1", "--json")
    assert (refused.code, refused.error["kind"]) == (2, "bad_input")


def compared(office: Shell) -> Any:
    purposes = [each["name"] for each in office.ok("template", "list")["templates"]]
    other = min(set(purposes) - {"install-guide"})
    made = office.ok(*CREATE, "--against", other, "--split", "30", by="an")["campaigns"]
    assert [each["rules"]["share"] for each in made] == [[0.0, 30.0], [30.0, 100.0]]
    assert [each["purpose"] for each in made] == ["install-guide", other]
    return made


def test_two_texts_side_by_side(office: Shell) -> None:
    compared(office)
    told = office.ok("campaign", "compare", "nov-1")
    assert (told["experiment"], [each["name"] for each in told["campaigns"]]) == (
        "nov-1",
        ["nov-1-a", "nov-1-b"],
    )
    assert told["differences"] == [
        {"name": "nov-1-b", "points": 0.0, "chance": None, "verdict": "too_few"}
    ]
    assert "too few people to say" in office("campaign", "compare", "nov-1-b").out
    office.ok(*CREATE[:2], "alone", *CREATE[3:], by="an")
    refused = office("campaign", "compare", "alone", "--json")
    assert (refused.code, "--against" in refused.error["message"]) == (2, True)


def test_who_asked_for_silence_counts_as_in_the_months_report(office: Shell) -> None:
    compared(office)
    opened, opted_out = int(Kind.OPENED), int(Kind.OPTED_OUT)
    groups = ((202611, opted_out, 1, 4), (202612, opted_out, 1, 2), (202611, opted_out, 2, 3),
              (202611, opened, 1, 50), (202611, opted_out, 0, 70))  # fmt: skip
    alter(
        office,
        *(
            "INSERT INTO response_tally (month, kind, campaign, account, network, district, people)"
            f" VALUES ({month}, {kind}, {campaign}, 1, 1, 0, {people})"
            for month, kind, campaign, people in groups
        ),
    )
    told = office.ok("campaign", "compare", "nov-1")["campaigns"]
    assert [each["opted_out"] for each in told] == [6, 3]


def test_a_difference_that_is_hardly_chance(office: Shell) -> None:
    compared(office)
    days = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1000)
    groups = ((1, State.DELIVERED, 850), (1, State.FAILED, 150), (2, State.DELIVERED, 900),
              (2, State.FAILED, 100))  # fmt: skip
    alter(
        office,
        f"UPDATE campaign SET started_at = {days}",
        *(
            "INSERT INTO tally_delta (campaign, account, network, state, reason, day, receipt_day,"
            f" result, messages, parts) VALUES ({number}, 1, 1, {int(state)}, '', 20261120, 0, 1,"
            f" {people}, {people})"
            for number, state, people in groups
        ),
    )
    told = office.ok("campaign", "compare", "nov-1")
    (found,) = told["differences"]
    assert (found["points"], found["verdict"]) == (5.0, "hardly_chance")
    first, second = told["campaigns"]
    assert (first["delivered"], first["failed"], second["delivered"]) == (850, 150, 900)
    assert float(first["cost_per_reached_dong"]) == float(first["cost_dong"]) / 850
    shown = office("campaign", "compare", "nov-1").out
    assert "nov-1-b: 5.0 points more reached than nov-1-a; hardly chance" in shown
    assert "850 (85.0 %)" in shown
    assert "khó là ngẫu nhiên" in office("--lang", "vi", "campaign", "compare", "nov-1").out

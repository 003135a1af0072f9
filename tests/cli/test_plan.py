"""`campaign plan`, and the plan beside the costs of a preflight."""

import pytest

from tests.cli.shell import Shell

CREATE = ("campaign", "create", "tet", "--audience", "quan-1", "--purpose", "install-guide")


def _draft(shell: Shell, *more: str) -> None:
    shell.people()
    shell.audience()
    shell.ok(*CREATE, *more, by="an")


def test_the_plan_is_told_day_by_day(shell: Shell) -> None:
    _draft(shell, "--at", "2028-01-24 09:00", "--waves", "2")
    told = shell.ok("campaign", "plan", "tet")["plan"]
    assert told["starts_at"] == "2028-01-29T07:00:00+07:00"  # the week of Tết is closed
    assert [(row["day"], row["account"], row["messages"]) for row in told["days"]] == [
        ("2028-01-29", "zalo", 4)
    ]
    assert told["starts_at"] <= told["ends_at"] <= told["worst_ends_at"] < "2028-01-29T07:01"
    assert told["does_not_fit"] == told["worst_does_not_fit"] == {}
    said = [each["en"] for each in told["cautions"]]
    assert said[0].startswith("2028-01-24 is Tết Nguyên đán Mậu Thân: the first message leaves at")
    assert said[1].startswith("up to 2 reminders, 7 days apart")


def test_people_read_the_same(shell: Shell) -> None:
    _draft(shell, "--at", "2028-01-24 09:00")
    english = shell("campaign", "plan", "tet").out
    assert "First message: 2028-01-29 07:00" in english
    assert "Done, if everybody falls back: 2028-01-29 07:0" in english
    vietnamese = shell("--lang", "vi", "campaign", "plan", "tet", "--days", "1").out
    assert "Tin đầu tiên: 2028-01-29 07:00" in vietnamese
    assert "2028-01-24 09:00" not in vietnamese
    assert "24/01/2028 là Tết Nguyên đán Mậu Thân" in " ".join(vietnamese.split())
    checked = shell("campaign", "preflight", "tet")
    assert "First message: 2028-01-29 07:00" in checked.out
    assert checked.code == 0


def test_whoever_approves_sees_the_plan(shell: Shell) -> None:
    _draft(shell, "--at", "2028-01-24 09:00", "--until", "2028-01-28 22:00")  # all of Tết
    checked = shell("campaign", "preflight", "tet")
    assert "4 messages of account zalo will not leave before" in " ".join(checked.out.split())
    assert checked.code == 1
    assert "nothing would leave" in shell("campaign", "submit", "tet", by="an").err


def test_one_channel_has_no_worse_end(shell: Shell) -> None:
    _draft(shell, "--channels", "sms", "--budget", "1300")
    told = shell.ok("campaign", "plan", "tet")["plan"]
    assert told["worst_ends_at"] is told["ends_at"] is None
    assert told["worst_does_not_fit"] == told["does_not_fit"] != {}
    said = " ".join(shell("campaign", "plan", "tet").out.split())
    assert "will not leave within the spending ceiling" in said
    assert "falls back" not in said
    assert "366" not in said
    shell.ok("campaign", "edit", "tet", "--budget", "1", by="an")
    assert "nothing would leave" in shell("campaign", "submit", "tet", by="an").err


def test_whoever_approves_reads_the_words_and_the_rules(shell: Shell) -> None:
    asked = ("--rate", "60", "--pilot", "20", "--until", "2090-01-28 22:00", "--waves", "1")
    _draft(shell, *asked, "--accounts", "zalo,viettel:70,esms:30")
    submitted = shell.ok("campaign", "submit", "tet", by="an")
    texts = submitted["texts"]
    assert texts[0]["channel"] == "zalo"
    assert texts[0]["values"]
    assert all(text["most_parts"] >= 1 for text in texts)
    body = next(text["body"] for text in texts if text["channel"] == "sms")
    for lang, expected in {
        "en": (
            "Texts: install-guide", "Accounts: zalo; viettel:70, esms:30",
            "Sending hours: 07:00-22:00", "Last moment: 2090-01-28 22:00",
            "Messages a minute: 60", "Pilot: 20 %", "Reminder waves: 1", "the longest:",
        ),
        "vi": ("Nội dung: install-guide", "Gửi thử: 20 %", "Giờ gửi: 07:00-22:00", "dài nhất:"),
    }.items():  # fmt: skip
        told = shell("--lang", lang, "campaign", "preflight", "tet").out
        assert body in told
        assert f"approve 'tet' --code {submitted['code']}" in told
        for each in expected:
            assert each in told
    assert submitted["approval_hash"].startswith(submitted["code"])
    assert len(submitted["code"]) == 8


def test_an_approval_is_of_what_was_looked_at(shell: Shell) -> None:
    _draft(shell, "--rate", "60")
    looked_at = shell.ok("campaign", "submit", "tet", by="an")["code"]
    shell.ok("campaign", "edit", "tet", "--rate", "0", by="an")
    shell.ok("campaign", "submit", "tet", by="an")
    refused = shell("campaign", "approve", "tet", "--code", looked_at, by="binh")
    assert refused.code == 1
    assert "was changed since you looked" in refused.err
    assert shell.ok("campaign", "status", "tet")["campaign"]["state"] == "awaiting_approval"
    code = shell.ok("campaign", "preflight", "tet")["code"]
    assert code != looked_at
    shell.ok("campaign", "approve", "tet", "--code", code.upper(), by="binh")
    shell.ok("campaign", "start", "tet", by="an")
    first = shell.ok("campaign", "amend", "tet", "--rate", "70", by="an")["code"]
    shell.ok("campaign", "amend", "tet", "--withdraw", by="an")
    told = shell("campaign", "amend", "tet", "--rate", "80", by="an").out
    refused = shell("campaign", "approve", "tet", "--code", first, by="binh")
    assert "was changed since you looked" in refused.err
    code = shell.ok("campaign", "amend", "tet")["code"]
    assert f"approve 'tet' --code {code}" in told
    shell.ok("campaign", "approve", "tet", "--code", code, by="binh")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--until", "0001-01-01 00:00"), "a year from 2000 to 2100"),
        (("--until", "9999-12-31"), "a year from 2000 to 2100"),
        (("--until", "2026-12-01T10:00:00+00:00"), "without an offset"),
        (("--at", "0001-01-01 00:00"), "a year from 2000 to 2100"),
        (("--split", "20"), "--against"),
        (("--experiment", "nope"), "no comparison 'nope'"),
        (("--wave-days", "3"), "--waves"),
        (("--pilot", "1e-300"), "0.1 or more"),
        (("--window", "08:00-24:00"), "such as 08:00-20:00"),
        (("--window", "8-20"), "such as 08:00-20:00"),
        (("--against", "other", "--budget", "1"), "too little to divide"),
        (("--against", "other", "--rate", "3", "--split", "1"), "too little to divide"),
    ],
)
def test_what_means_nothing_is_refused_in_words(
    shell: Shell, options: tuple[str, ...], told: str
) -> None:
    shell.people()
    shell.audience()
    done = shell(*CREATE, *options, by="an")
    assert done.code in {1, 2}
    assert told in " ".join(done.err.replace("│", " ").split())


def test_what_has_begun_has_no_plan(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    done = shell("campaign", "plan", "nov-1")
    assert done.code == 1
    assert "outreach campaign status nov-1" in " ".join(done.err.split())

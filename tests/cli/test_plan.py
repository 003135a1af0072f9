"""`campaign plan`, and the plan beside the costs of a preflight."""

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
    submitted = shell.ok("campaign", "submit", "tet", by="an")
    assert submitted["plan"]["does_not_fit"] == {"zalo": 4}
    approved = shell("campaign", "approve", "tet", by="binh").out
    assert "4 messages of account zalo will not leave before" in " ".join(approved.split())

"""`outreach pause` and `outreach resume`, and a database of another secret."""

import pytest

from tests.cli.shell import Shell, process


@pytest.fixture
def running(shell: Shell) -> Shell:
    shell.people()
    shell.audience()
    shell.running()
    return shell


def test_a_pause_is_seen_everywhere_until_it_ends(running: Shell) -> None:
    why = "restored from the copy of 10:15, ask 0915550102"
    made = running.ok("pause", "--why", why, by="quan")
    assert made["by"] == "quan"
    assert made["why"] == "restored from the copy of 10:15, ask 091****102"
    status = running.ok("campaign", "status", "nov-1")
    assert status["everything_paused"] == made
    assert status["standing"]["code"] == "everything_paused"
    assert status["campaign"]["state"] == "running"
    assert running.ok("campaign", "list")["everything_paused"] == made
    assert "quan paused everything" in running("campaign", "list").out
    [check] = [each for each in running.ok("doctor")["checks"] if each["name"] == "pause"]
    assert (check["grade"], check["to_do"]) == ("warning", "it goes on with `outreach resume`")

    again = running("pause", "--why", "x", "--json", by="an")
    assert again.code == 1
    assert again.error["message"] == f"everything is paused already: by quan: {made['why']}"
    assert running.ok("resume", by="an") == made
    assert running.ok("campaign", "status", "nov-1")["everything_paused"] is None
    assert running.ok("campaign", "list")["everything_paused"] is None
    assert running("resume", by="an").code == 1


@pytest.mark.parametrize("command", [("pause",), ("campaign", "pause", "nov-1")])
@pytest.mark.parametrize("why", ["", "  ", "\x1b\n"])
def test_a_pause_has_a_reason(running: Shell, command: tuple[str, ...], why: str) -> None:
    done = running(*command, "--why", why, "--json", by="an")
    assert (done.code, done.error["kind"]) == (2, "bad_input")
    assert done.error["message"].startswith("--why is missing or empty")
    assert running.ok("campaign", "status", "nov-1")["everything_paused"] is None


def test_who_may(running: Shell) -> None:
    assert running("pause", "--why", "x").code == 1
    assert running.ok("pause", "--why", "x", by="binh")["by"] == "binh"
    assert running("resume", by="binh").code == 1
    assert "goes on" in running("resume", by="an").out


def test_a_database_of_another_secret_is_refused_with_what_to_do(
    running: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running("campaign", "status", "nov-1").code == 0
    other = "sim-another-secret-for-tests"
    for door in ("run", "serve"):
        data = running.folder / "data"
        started = process(door, "--port", "0", data=data, OUTREACH_KEY_SECRET=other)
        try:
            _, told = started.communicate(timeout=60)
        finally:
            started.kill()
        assert started.returncode == 2
        assert b"OUTREACH_KEY_SECRET is not the one" in told
    monkeypatch.setenv("OUTREACH_KEY_SECRET", other)
    [check] = [each for each in running("doctor", "--json").json["checks"] if each["name"] == "key"]
    assert check["grade"] == "error"
    assert running("db", "new-secret", by="an").code == 1
    assert running.ok("db", "new-secret", by="quan") == {"changed": True}
    assert running.ok("db", "new-secret", by="quan") == {"changed": False}
    [check] = [each for each in running.ok("doctor")["checks"] if each["name"] == "key"]
    assert check["grade"] == "ok"
    assert running("campaign", "status", "nov-1").code == 0

"""What the doctor sees, and what it never shows."""

import json
import socket

import pytest
from sqlalchemy import text

from outreach.domain.network import Channel
from outreach.runner import only_engine
from outreach.settings import utc_now
from outreach.store import accounts, inbox
from outreach.store.database import Database
from outreach.store.seats import Seats
from tests.cli.shell import SECRETS, Done, Shell


def _grades(done: Done) -> dict[str, str]:
    return {check["name"]: check["grade"] for check in done.json["checks"]}


def test_a_fresh_folder_lacks_its_database(shell: Shell) -> None:
    done = shell("doctor", "--json")
    assert (done.code, done.json["ok"]) == (1, False)
    assert [name for name, grade in _grades(done).items() if grade == "error"] == ["database"]
    assert "outreach db upgrade" in shell("doctor").out
    assert not (shell.folder / "data").exists(), "looking leaves no trace"


def test_a_sound_installation(shell: Shell) -> None:
    shell.people()
    done = shell("doctor", "--json")
    assert (done.code, done.json["ok"]) == (0, True)
    assert _grades(done)["accounts"] == "warning", "they point at the simulator"
    database = Database(f"sqlite:///{shell.folder / 'data' / 'outreach.db'}")
    with only_engine(database):
        told = {check["name"]: check["told"] for check in shell("doctor", "--json").json["checks"]}
    assert told["engine"] == "running"


@pytest.mark.parametrize(
    ("age_s", "tries", "grade"), [(90, 0, "warning"), (9, 0, "ok"), (90, 1, "ok")]
)
def test_callbacks_that_nobody_settles_are_told(
    shell: Shell, age_s: int, tries: int, grade: str
) -> None:
    shell.people()
    database = Database(f"sqlite:///{shell.folder / 'data' / 'outreach.db'}")
    at = int(utc_now().timestamp() * 1000) - age_s * 1000
    with database.write() as conn:
        inbox.put(conn, [(1, at, b"a call"), (1, at, b"another")])
        conn.execute(text("UPDATE inbox SET tries = :tries"), {"tries": tries})
    database.close()
    done = shell("doctor", "--json")
    assert (done.code, _grades(done)["receipts"]) == (0, grade)
    assert ("2 callbacks wait unread since" in done.out) is (grade == "warning")
    assert ("run `outreach serve`" in shell("doctor").out) is (grade == "warning")


def test_in_a_cluster_it_speaks_of_workers(
    shell: Shell, shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(name: str) -> dict[str, str]:
        [found] = [
            each for each in shell("doctor", "--json").json["checks"] if each["name"] == name
        ]
        return {key: found[key] for key in ("grade", "told", "to_do")}

    monkeypatch.setenv("OUTREACH_DATABASE_URL", shared.url.render_as_string(hide_password=False))
    monkeypatch.setenv("OUTREACH_REDIS_URL", "redis://127.0.0.1:9")
    at = int(utc_now().timestamp() * 1000) - 90_000
    with shared.write() as conn:
        accounts.register(conn, [("viettel", Channel.SMS)])
        inbox.put(conn, [(1, at, b"a call")])
    workers = "`python -m workers run` and `python -m workers beat`"
    assert told("engine") == {
        "grade": "ok",
        "told": "not running",
        "to_do": f"start it: {workers}",
    }
    assert told("receipts")["to_do"] == f"no receipt is settled: run {workers}"
    several = [Seats(shared.engine) for _ in range(2)]
    assert all(each.open() for each in several)
    assert told("engine") == {"grade": "ok", "told": "running: 2 worker processes", "to_do": ""}
    for each in several:
        each.close()


def test_in_a_cluster_it_asks_redis(
    shell: Shell, shared: Database, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[int, str, str]:
        done = shell("doctor", "--json")
        [found] = [each for each in done.json["checks"] if each["name"] == "redis"]
        return done.code, found["grade"], found["told"]

    monkeypatch.setenv("OUTREACH_DATABASE_URL", shared.url.render_as_string(hide_password=False))
    monkeypatch.setenv("OUTREACH_REDIS_URL", redis_url)
    assert told() == (0, "ok", "answers")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        secret = "sim-redis-password"
        address = f"redis://:{secret}@127.0.0.1:{silent.getsockname()[1]}/0"
        monkeypatch.setenv("OUTREACH_REDIS_URL", address)
        assert told() == (1, "error", "no answer: TimeoutError")
    assert told() == (1, "error", "no answer: ConnectionError")
    assert "OUTREACH_REDIS_URL right?" in shell("doctor").out
    assert secret not in json.dumps(shell.printed)


def test_without_workers_nothing_is_said_of_redis(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_REDIS_URL", "redis://127.0.0.1:9")
    assert "redis" not in _grades(shell("doctor", "--json"))


def test_missing_secrets_are_named(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTREACH_VIETTEL_PASSWORD")
    done = shell("doctor", "--json")
    assert done.code == 1
    assert _grades(done)["secrets"] == _grades(done)["settings"] == "error"
    assert "OUTREACH_VIETTEL_PASSWORD" in done.out
    assert not any(secret in done.out for secret in SECRETS)


def test_a_rehearsal_is_pointed_out(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_REHEARSAL_SHIFT", "3600")
    assert _grades(shell("doctor", "--json"))["clock"] == "warning"


def test_fresh_secrets(shell: Shell) -> None:
    first, second = (shell("doctor", "--new-secrets").out for _ in range(2))
    assert [line.partition("=")[0] for line in first.splitlines()] == [
        "export OUTREACH_KEY_SECRET",
        "export OUTREACH_CALLBACK_TOKEN",
    ]
    assert first != second
    fresh = shell.ok("doctor", "--new-secrets")
    assert all(len(secret) >= 32 for secret in fresh.values())


def test_a_database_that_is_not_there(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sim-database-password"
    url = f"postgresql://outreach:{secret}@127.0.0.1:1/none"
    monkeypatch.setenv("OUTREACH_DATABASE_URL", url)
    assert _grades(shell("doctor", "--json"))["database"] == "error"
    done = shell("campaign", "list", "--json")
    assert (done.code, done.error["kind"]) == (3, "database")
    plain = shell("campaign", "list")
    assert "outreach doctor" in plain.err
    assert "Traceback" not in plain.err
    traced = shell("--debug", "campaign", "list")
    assert "Traceback" in traced.err
    assert secret not in json.dumps(shell.printed)

"""What `python -m workers` says where it cannot begin, and how it ends where nobody asked it to."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from bench.scene import CONFIG
from outreach.cli.town import environment
from outreach.store.database import Database
from workers import __main__ as door
from workers.celery_app import BELL, load, make
from workers.posts import posts

PATIENCE = 60.0


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (["--metrics", "9100"], "expected HOST:PORT"),
        (["--metrics", "localhost"], "expected HOST:PORT"),
        (["--metrics", ":9100"], "expected HOST:PORT"),
        (["--metrics", "127.0.0.1:99999"], "expected HOST:PORT"),
        (["--memory-mb", "-5"], "expected 0, or at least 128"),
        (["--memory-mb", "20"], "expected 0, or at least 128"),
    ],
)
def test_what_is_asked_for_is_read_before_anything_begins(
    told: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        door.main(["run", *told])
    assert end.value.code == 2
    assert words in capsys.readouterr().err


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """The environment of a worker whose servers are not there."""
    keys = ("a key of the tests only", "a-token-of-the-tests-only")
    there = environment("http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", keys)
    for name, value in there.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTREACH_CONFIG", str(CONFIG))
    monkeypatch.setenv("OUTREACH_REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("OUTREACH_DATABASE_URL", "postgresql://nobody:sim-secret@127.0.0.1:9/none")
    return monkeypatch


@pytest.mark.usefixtures("told")
def test_a_database_that_is_away_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(["run"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: the database does not answer, or refuses: ")
    assert said.count("\n") == 1
    assert "sim-secret" not in said


def test_a_port_that_is_taken_is_named(
    told: pytest.MonkeyPatch, shared: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    told.setenv("OUTREACH_DATABASE_URL", shared.url.render_as_string(hide_password=False))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert door.main(["run", "--metrics", place]) == 2
    assert f"--metrics {place}: Address already in use" in capsys.readouterr().err


def test_bytes_that_are_no_bell_end_a_worker_with_a_fault(
    told: pytest.MonkeyPatch, shared: Database, redis_url: str, tmp_path: Path
) -> None:
    told.setenv("OUTREACH_DATABASE_URL", shared.url.render_as_string(hide_password=False))
    told.setenv("OUTREACH_REDIS_URL", redis_url)
    with Redis.from_url(redis_url) as broker, (tmp_path / "log").open("w") as log:
        broker.lpush("sweep", b"\xff\xfe no bell")
        worker = subprocess.Popen(
            [sys.executable, "-m", "workers", "run", "sweep"],
            env=dict(os.environ),
            stdout=log,
            stderr=log,
        )
        until = time.monotonic() + PATIENCE
        while worker.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        worker.kill()
    assert worker.wait() == 1
    assert "nobody had asked this worker to end" in (tmp_path / "log").read_text()


def test_a_worker_whose_engine_fails_ends_with_a_fault(
    told: pytest.MonkeyPatch, shared: Database, redis_url: str, tmp_path: Path
) -> None:
    """It ends by a signal of its own, which nobody watching it may take for one of theirs."""
    told.setenv("OUTREACH_DATABASE_URL", shared.url.render_as_string(hide_password=False))
    told.setenv("OUTREACH_REDIS_URL", redis_url)
    fails = (
        "import asyncio, threading\n"
        "from celery import signals\n"
        "from workers import __main__, process, tasks\n"
        "ready = threading.Event()\n"
        "signals.worker_ready.connect(lambda **_: ready.set(), weak=False)\n"
        "async def broken(*_):\n"
        "    await asyncio.to_thread(ready.wait)\n"
        "    raise RuntimeError('a fault of the tests only')\n"
        "process.Process._session = broken\n"
        "tasks._LOOK_S = 0.1\n"
        "raise SystemExit(__main__.main(['run', 'sweep']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", fails],
        env=dict(os.environ),
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "the engine of this process failed" in ended.stderr
    assert ended.returncode == 1


def test_beat_ends_in_the_middle_of_a_call(told: pytest.MonkeyPatch, redis_url: str) -> None:
    """Where its end became a fault of the call, it would be tried again as every other fault."""
    told.setenv("OUTREACH_REDIS_URL", redis_url)
    told.setenv("OUTREACH_DATABASE_URL", "postgresql://127.0.0.1:9/none")
    with Redis.from_url(redis_url) as broker:
        beat = subprocess.Popen([sys.executable, "-m", "workers", "beat"], env=dict(os.environ))
        until = time.monotonic() + PATIENCE
        while not broker.llen("sweep") and time.monotonic() < until:
            time.sleep(0.1)
        broker.execute_command("CLIENT", "PAUSE", "4000", "ALL")
        time.sleep(2)  # so that it surely waits for an answer
        beat.terminate()
        try:
            assert beat.wait(PATIENCE) == 0
        finally:
            beat.kill()


def test_every_line_of_a_worker_s_log_is_one_of_ours(
    told: pytest.MonkeyPatch, shared: Database, redis_url: str, tmp_path: Path
) -> None:
    told.setenv("OUTREACH_DATABASE_URL", shared.url.render_as_string(hide_password=False))
    told.setenv("OUTREACH_REDIS_URL", redis_url)
    told.setenv("OUTREACH_LOG", "json")
    told.setenv("OUTREACH_LOG_LEVEL", "info")
    path = tmp_path / "log"
    with path.open("w") as log:
        worker = subprocess.Popen(
            [sys.executable, "-W", "always", "-m", "workers", "run", "sweep"],
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        until = time.monotonic() + PATIENCE
        with make(redis_url, posts(load().accounts)) as beat:
            while "post sweep is filled" not in path.read_text() and time.monotonic() < until:
                beat.send_task(BELL, queue="sweep")
                time.sleep(0.5)
        worker.terminate()
        out, _ = worker.communicate(timeout=PATIENCE)
    lines = path.read_text().splitlines()
    assert "post sweep is filled" in [json.loads(line)["message"] for line in lines]
    assert out.split("\n") == ["", "worker: Warm shutdown (MainProcess)", ""]  # Celery's own


@pytest.mark.parametrize(
    ("address", "trusts"),
    [
        ("redis://127.0.0.1:9/0", None),
        ("rediss://127.0.0.1:9/0", ssl.CERT_REQUIRED),
        ("rediss://127.0.0.1:9/0?ssl_cert_reqs=none", ssl.CERT_NONE),
        ("rediss://127.0.0.1:9/0?ssl_cert_reqs=required", ssl.CERT_REQUIRED),
    ],
)
def test_a_server_s_certificate_is_looked_at_unless_the_address_says_otherwise(
    address: str, trusts: ssl.VerifyMode | None
) -> None:
    with make(address, []).connection_for_write() as bell:
        assert (bell.ssl["ssl_cert_reqs"] if bell.ssl else None) == trusts

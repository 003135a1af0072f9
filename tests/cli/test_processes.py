"""Commands that last: how they start, and how they end when they are told to."""

import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.cli.shell import Shell, process


def _line(running: subprocess.Popen[bytes]) -> Any:
    assert running.stdout
    return json.loads(running.stdout.readline())


def _end(running: subprocess.Popen[bytes], number: int) -> tuple[int, bytes, bytes]:
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    return running.returncode, out, err


def _data(shell: Shell) -> Path:
    return shell.folder / "data"


def test_watching_ends_with_ctrl_c(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    watching = process("campaign", "status", "nov-1", "--watch", "--json", data=_data(shell))
    assert _line(watching)["backlog"] == 4
    assert _line(watching)["backlog"] == 4, "a second later, another line"
    code, _, err = _end(watching, signal.SIGINT)
    assert (code, err) == (130, b"")


def test_watching_ends_with_the_campaign(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    shell.ok("campaign", "cancel", "nov-1", by="an")
    done = shell("campaign", "status", "nov-1", "--watch")
    assert (done.code, "cancelled" in done.out) == (0, True)


def test_the_engine_runs_alone_and_stops_quietly(shell: Shell) -> None:
    shell.people()
    running = process("run", "--port", "0", "--json", data=_data(shell))
    ready = _line(running)
    assert (ready["event"], ready["rehearsal"]) == ("ready", False)
    with urllib.request.urlopen(f"{ready['url']}/health", timeout=10) as answer:
        assert answer.status == 200
    second = process("run", "--json", data=_data(shell))
    _, err = second.communicate(timeout=30)
    assert (second.returncode, json.loads(err)["error"]["kind"]) == (1, "not_allowed")
    code, out, _ = _end(running, signal.SIGTERM)
    assert (code, json.loads(out)) == (0, {"event": "stopped"})


def test_a_rehearsal_says_so_and_needs_no_web(shell: Shell) -> None:
    shell.people()
    data = _data(shell)
    running = process("run", "--web", "none", data=data, OUTREACH_REHEARSAL_SHIFT="3600")
    assert running.stdout
    assert running.stdout.readline().startswith(b"REHEARSAL: engine running, no callbacks here")
    assert b"receipts are not settled here: run `outreach serve`" in running.stdout.readline()
    assert _end(running, signal.SIGINT)[0] == 0


def test_a_second_signal_ends_at_once(shell: Shell) -> None:
    shell.people()
    running = process("serve", "--port", "0", "--json", data=_data(shell))
    port = int(_line(running)["url"].rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as held:
        held.sendall(b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        assert held.recv(100), "a call is half way, which a quiet stop waits for"
        running.send_signal(signal.SIGTERM)
        assert running.stderr
        assert b"once more stops at once" in running.stderr.readline()
        assert _end(running, signal.SIGINT)[0] == 130


def test_a_port_that_is_taken(shell: Shell) -> None:
    shell.people()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = shell("serve", "--port", str(taken.getsockname()[1]), "--json")
    assert (done.code, done.error["kind"]) == (2, "bad_input")
    assert "--port" in done.error["message"]


def test_the_simulator_says_where_it_is() -> None:
    running = process("simulator", "--port", "0", "--callbacks", "http://127.0.0.1:9/{account}")
    assert _line(running)["url"].startswith("http://127.0.0.1:")
    assert _end(running, signal.SIGTERM)[0] == 0


def test_a_second_simulator_is_told_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = str(taken.getsockname()[1])
        second = process("simulator", "--port", told, "--json")
        _, err = second.communicate(timeout=30)
    fault = json.loads(err)["error"]
    assert (second.returncode, fault["kind"]) == (2, "bad_input")
    assert "--port 0" in fault["message"]

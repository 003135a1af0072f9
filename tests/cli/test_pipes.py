"""Commands that scripts talk to: streams, exit codes, and what must not be loaded for them."""

import json
import subprocess
import sys
import time

import pytest

from tests.cli.shell import ENVIRON, Shell, process

GOOD = {"input": "0325550101", "msisdn": "84325550101", "network": "Viettel", "reason": None}


def test_numbers_one_json_a_line() -> None:
    told = b'"0325550101"\n\n"028 3555 0100"\n"0162 555 0101"\n""\n"\\u0661"'
    out, err = process("number", "parse", "-", "--json").communicate(told, timeout=30)
    assert [json.loads(line) for line in out.splitlines()] == [
        GOOD,
        {"input": "028 3555 0100", "msisdn": None, "network": None, "reason": "landline"},
        GOOD | {"input": "0162 555 0101"},
        {"input": "", "msisdn": None, "network": None, "reason": "empty"},
        {"input": "\u0661", "msisdn": None, "network": None, "reason": "too_short"},
    ]
    assert not err


def test_texts_one_json_a_line() -> None:
    told = '"Moi ong ba"\n"Kính mời"\n' + json.dumps("a" * 161) + "\n"
    running = process("text", "measure", "-", "--json")
    out, err = running.communicate(told.encode(), timeout=30)
    assert [json.loads(line) for line in out.splitlines()] == [
        {"encoding": "GSM-7", "units": 10, "segments": 1},
        {"encoding": "UCS-2", "units": 8, "segments": 1},
        {"encoding": "GSM-7", "units": 161, "segments": 2},
    ]
    assert (running.returncode, err) == (0, b"")


@pytest.mark.parametrize("bad", [b"0325550101", b"7", b"{", b'"\xff"', b'"\\ud800"', b"null"])
@pytest.mark.parametrize("command", [("number", "parse"), ("text", "measure")])
def test_a_bad_line_is_an_answer_too(shell: Shell, bad: bytes, command: tuple[str, str]) -> None:
    done = shell(*command, "-", "--json", stdin=b'"An"\n' + bad + b'\n"Binh"\n')
    first, error, last = map(json.loads, done.out.splitlines())
    assert done.code == 2
    assert error["error"] == {"kind": "bad_input", "message": "line 2: expected one JSON string"}
    assert "error" not in first
    assert "error" not in last
    assert not done.err


def test_a_line_without_an_end_is_refused(shell: Shell) -> None:
    done = shell("text", "measure", "-", "--json", stdin=b'"' + b"a" * 2_000_000)
    assert (done.code, done.error["kind"]) == (2, "bad_input")


def test_each_answer_comes_before_the_next_question() -> None:
    with process("number", "parse", "-", "--json") as running:
        assert running.stdin
        assert running.stdout
        for _ in range(3):
            running.stdin.write(b'"0325550101"\n')
            running.stdin.flush()
            assert json.loads(running.stdout.readline()) == GOOD
        running.stdin.close()
    assert running.returncode == 0


def test_a_hundred_thousand_lines_take_seconds() -> None:
    lines = b"".join(b'"0325%06d"\n' % n for n in range(100_000))
    began = time.monotonic()
    out, _ = process("number", "parse", "-", "--json").communicate(lines, timeout=60)
    assert out.count(b"\n") == 100_000
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("command", [("number", "parse"), ("text", "measure")])
def test_a_reader_that_goes_away_is_no_drama(command: tuple[str, str]) -> None:
    with process(*command, "-", "--json") as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdin.write(b'"0325550101"\n')
        running.stdin.flush()
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write(b'"0325550101"\n')
        running.stdin.close()
        assert running.stderr.read() == b""
        running.stderr.close()
    assert running.returncode == 141


def test_light_commands_load_nothing_heavy() -> None:
    program = (
        "import sys; from outreach.cli import main\n"
        "try: main(['number', 'parse', '-', '--json'])\n"
        "except SystemExit: print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=b"", capture_output=True, check=True, env=ENVIRON
    )
    heavy = {"sqlalchemy", "aiohttp", "httpx", "starlette", "xlsxwriter", "alembic", "jinja2"}
    assert not heavy & set(done.stdout.decode().split())


def test_for_people_numbers_are_masked(shell: Shell) -> None:
    done = shell("number", "parse", "0325550101", "028 3555 0100")
    assert done.code == 0
    assert "843****101" in done.out
    assert "a landline" in done.out
    assert "0325550101" not in done.out
    assert "3555 0100" not in done.out
    assert "số cố định" in shell("--lang", "vi", "number", "parse", "-", stdin=b"02835550100").out


def test_arguments_as_json(shell: Shell) -> None:
    assert shell("number", "parse", "0325550101", "--json").json == GOOD
    assert shell("text", "measure", "An", "--json").json["units"] == 2


def test_for_people_a_text_is_explained(shell: Shell) -> None:
    told = shell("text", "measure", "Kính mời").out
    assert "UCS-2, 8 units, 1 part" in told
    assert "because of: í ờ" in told
    assert shell("text", "measure", stdin=b"ab\ncd\n").out == "GSM-7, 5 units, 1 part\n"

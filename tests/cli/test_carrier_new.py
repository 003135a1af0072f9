"""A new carrier works as it is, the guide is true, and the page of codes is what is printed."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from outreach.cli import carrier_table
from outreach.cli.carrier_table import PAGE, engine
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from tests.cli.shell import ROOT, Shell

GUIDE = ROOT / "docs" / "ADDING_A_CARRIER.md"


def test_the_page_of_codes_is_what_the_command_prints(shell: Shell) -> None:
    printed = shell("carrier", "table").out
    assert (ROOT / PAGE).read_text(encoding="utf-8") == printed, "outreach carrier table --write"
    told = {each["adapter"]: each["codes"] for each in shell.ok("carrier", "table")["adapters"]}
    assert {"99", "100"} <= {each["answer"] for each in told["esms"]}


def test_the_page_is_written_where_it_belongs(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(carrier_table, "checkout", lambda: tmp_path)
    assert shell("carrier", "table", "--write").code == 0
    assert (tmp_path / PAGE).read_text(encoding="utf-8") == carrier_table.page()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Accepted(), "accepted"),
        (Refused(Scope.RECIPIENT, "1", "no"), "rejected; the plan's next channel"),
        (Refused(Scope.NETWORK, "1", "no"), "goes once to an account of the right network"),
        (Refused(Scope.TEXT, "1", "no"), "pauses the campaign"),
        (Refused(Scope.ACCOUNT, "1", "no"), "opens the breaker"),
        (Later(timedelta(seconds=90), "slow", throttled=True), "halves the pace; tried again"),
        (Later(timedelta(hours=1), "quota", account=True), "the whole account rests 1 h"),
        (Later(timedelta(minutes=5), "night"), "tried again after 5 min"),
        (NotSent("system error"), "tried again elsewhere"),
        (Unknown("no word"), "unknown: asked about, never sent again on its own; where repeatable"),
        (Duplicate(), "unknown: asked about, never sent again on its own; where an earlier try"),
    ],
)
def test_what_the_engine_does_in_words(outcome: Outcome, words: str) -> None:
    assert engine(outcome).startswith(words)


# A new carrier.


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout, as far as a new carrier needs it."""
    folder = tmp_path_factory.mktemp("checkout")
    leave = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("outreach", "tests", "bench", "config", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _in_copy(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_guide_is_true_word_for_word(copy: Path) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    typed = re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)
    commands = [line for block in typed for line in block.splitlines()]
    assert "outreach carrier new sao_viet --channel sms" in commands
    before = _every_file(copy)
    assert _in_copy(copy, *_CLI, "new", "sao_viet", "--channel", "sms").returncode == 0
    files = dict(re.findall(r"`(\S+)`, the whole file:\n\n```\w+\n(.*?)```", guide, re.DOTALL))
    assert _every_file(copy) - before == files.keys(), "three files, and no change elsewhere"
    for path, text in files.items():
        (copy / path).write_text(text, encoding="utf-8")
    checks = [line for line in commands if line.startswith((".venv/bin/ruff", ".venv/bin/pytest"))]
    assert len(checks) == 4
    for line in checks[1:]:
        module, *rest = line.removeprefix(".venv/bin/").split()
        done = _in_copy(copy, "-m", module, *rest)
        assert done.returncode == 0, done.stdout
    told = [len(files[path].splitlines()) for path in sorted(files)]
    assert [int(each) for each in re.findall(r"\| +(\d+) \++$", guide, re.MULTILINE)] == told
    for path in files:
        (copy / path).unlink()


def _every_file(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and "cache" not in str(path))
    return {str(path.relative_to(folder)) for path in found}


NEW = {"ab": "sms", "a_name_of_twenty_sig": "sms", "oa_two": "zalo"}
"""The length of a name must not matter to a formatter."""


def test_new_carriers_work_as_they_are(copy: Path) -> None:
    files: list[str] = []
    for name, channel in NEW.items():
        made = _in_copy(copy, *_CLI, "new", name, "--channel", channel, "--json")
        assert made.returncode == 0, made.stderr
        told = json.loads(made.stdout)
        assert told["files"] == [
            f"outreach/carriers/{name}.py",
            f"config/accounts/{name}.toml",
            f"tests/carriers/test_{name}.py",
        ]
        assert f"outreach carrier check {name}" in " ".join(told["next"])
        files += told["files"]
    code = [file for file in files if file.endswith(".py")]
    for check in (("check",), ("format", "--check")):
        checked = _in_copy(copy, "-m", "ruff", *check, "--no-cache", *code)
        assert checked.returncode == 0, checked.stdout
    tests = [file for file in code if file.startswith("tests/")]
    every = ("has_all_its_files", "can_what_it_says")
    honest = [f"{_REGISTRY}::test_every_adapter_{each}[{name}]" for each in every for name in NEW]
    tried = _in_copy(copy, *_PYTEST, *tests, *honest, "tests/reports/test_reasons.py")
    assert tried.returncode == 0, tried.stdout
    again = _in_copy(copy, *_CLI, "new", "ab")
    assert again.returncode == 1
    assert "exists already: nothing is written" in again.stderr


_REGISTRY = "tests/carriers/test_registry.py"
_CLI = ("-m", "outreach.cli", "carrier")
_PYTEST = ("-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider")


@pytest.mark.parametrize("name", ["Acme", "a", "1st", "ac-me", "class", "a__b", "../x", "a" * 21])
def test_bad_names_are_refused(shell: Shell, name: str) -> None:
    done = shell("carrier", "new", name, "--json")
    assert (done.code, done.error["kind"]) == (2, "bad_input")
    assert "small letters, digits and single underscores" in done.error["message"]


@pytest.mark.parametrize("name", ["esms", "zalo", "http", "registry", "wire", "ledger"])
def test_names_of_what_is_there_are_refused(shell: Shell, name: str) -> None:
    done = shell("carrier", "new", name, "--json")
    assert (done.code, done.error["kind"]) == (1, "not_allowed")


def test_an_unknown_channel_is_refused(shell: Shell) -> None:
    done = shell("carrier", "new", "acme", "--channel", "fax", "--json")
    assert "expected one of sms, zalo" in done.error["message"]


def test_outside_a_checkout_it_says_so(tmp_path: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "outreach", tmp_path / "outreach", ignore=leave)
    done = _in_copy(tmp_path, *_CLI, "new", "acme")
    assert done.returncode == 1
    assert "no checkout" in done.stderr
    assert not (tmp_path / "outreach" / "carriers" / "acme.py").exists()

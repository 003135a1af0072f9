"""The house keeps its own rules: imports, configuration, texts; and a breach is caught."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from outreach.campaigns.lint import Level, lint
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.registry import NAMES
from outreach.cli.town import environment
from outreach.settings import load
from outreach.simulator.accounts import rule
from outreach.simulator.zalo import ZaloConfig

ROOT = Path(__file__).parent.parent
BREACHES = [
    ("outreach/domain/key.py", "import outreach.store.sql"),
    ("outreach/domain/key.py", "import orjson"),
    ("outreach/store/sql.py", "import outreach.carriers.base"),
    ("outreach/carriers/http.py", "import outreach.store.sql"),
    ("outreach/delivery/judge.py", "import outreach.campaigns.compose"),
    ("outreach/delivery/judge.py", "import outreach.carriers.esms"),
    ("outreach/reports/figures.py", "import outreach.delivery.judge"),
    ("outreach/simulator/soap.py", "import outreach.carriers.viettel"),
    ("outreach/web/app.py", "import outreach.runner"),
    ("outreach/runner.py", "import outreach.cli.words"),
    ("workers/__init__.py", "import outreach.cli.words"),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environ = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for name in ("outreach", "workers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_imports_go_down_only(copy: Path) -> None:
    found = _lint(copy)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("file", "breach"), BREACHES)
def test_a_planted_breach_is_caught(copy: Path, file: str, breach: str) -> None:
    path = copy / file
    whole = path.read_text()
    path.write_text(f"{whole}\n{breach}\n")
    try:
        found = _lint(copy)
    finally:
        path.write_text(whole)
    assert found.returncode == 1, found.stdout
    assert "BROKEN" in found.stdout


def test_the_shipped_settings_load_and_every_account_has_an_adapter(tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    for path in (config / "accounts").glob("*.toml"):
        path.write_text(path.read_text().replace("enabled = false", "enabled = true"))
    secrets, lines = ("k" * 20, "t" * 20), {"smpp": "smpp://127.0.0.1:3"}
    environ = environment(
        "http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", secrets, config, lines
    )
    settings = load(config, environ)
    assert {account.adapter for account in settings.accounts} == set(NAMES)
    ports = {urlsplit(account.base_url).netloc for account in settings.accounts}
    assert ports == {"127.0.0.1:1", "127.0.0.1:3"}


def _settings_in(table: object, path: str) -> Iterator[tuple[str, object]]:
    """Every value of a file, under its own name and where it stands."""
    if isinstance(table, dict):
        for name, value in table.items():
            yield from _settings_in(value, f"{path}.{name}")
    elif isinstance(table, list):
        for value in table:
            yield from _settings_in(value, path)
    else:
        yield path, table


def test_shipped_settings_hold_no_secret_and_point_at_this_machine() -> None:
    for path in (ROOT / "config").rglob("*.toml"):
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        told.pop("rehearsal", None)  # says where secrets stand in a request, and has none itself
        for name, value in _settings_in(told, path.name):
            last = name.rpartition(".")[2]
            if any(word in last for word in ("secret", "password", "key", "token")):
                assert str(value).startswith("env:"), name
            if "://" in str(value):
                assert "127.0.0.1" in str(value), name


def test_the_simulators_credentials_are_those_that_it_takes(tmp_path: Path) -> None:
    """That the simulator takes them is tried in tests/carriers/test_rehearsals.py."""
    environ = environment("http://127.0.0.1:1", tmp_path, "http://127.0.0.1:2", ("k", "t"))
    lines = (ROOT / "config" / "simulator.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert given.items() <= environ.items()
    assert [name for name, value in given.items() if rule(name) == value] == [], "no exception"


def test_every_text_passes_its_lint() -> None:
    texts = ROOT / "templates" / "messages"
    purposes = [folder.name for folder in texts.iterdir()]
    assert purposes
    for purpose in purposes:
        findings = lint(TemplateSet.load(texts, purpose))
        assert [f for f in findings if f.level is Level.ERROR] == []


def test_the_simulator_knows_every_zalo_template() -> None:
    texts = ROOT / "templates" / "messages"
    known = ZaloConfig().templates
    for folder in texts.iterdir():
        templates = TemplateSet.load(texts, folder.name)
        if templates.zalo is not None:
            lengths = {param.name: param.max for param in templates.zalo.params}
            assert known[templates.zalo.template] == lengths

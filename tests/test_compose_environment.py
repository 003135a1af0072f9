"""What docker-compose.yml takes from the environment is all that the settings ask for."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.main import get_command

from outreach import observe
from outreach import settings as installed
from outreach.cli.app import app
from outreach.domain.errors import BadInputError
from outreach.settings.account import read_account
from tests.deployment import (
    CONFIG,
    GIVEN,
    ROOT,
    VARIABLE,
    environment,
    variables,
    with_every_account,
)

NOT_OF_THE_SETTINGS = {
    "TZ",  # the system's
    "PGPASSWORD",  # PostgreSQL's own library reads it, so that no address holds the password
    "OUTREACH_CREDENTIAL",  # who acts on the command line
    "OUTREACH_LANG",  # its language
}


class Asked(dict[str, str]):
    """An environment that remembers what was looked for in it."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]  # texts alone
        self.names.add(name)
        return super().get(name, default)


def test_the_services_are_given_what_the_settings_ask_for(tmp_path: Path) -> None:
    config = with_every_account(tmp_path)
    told = Asked(environment("web", GIVEN))
    settings = installed.load(config, told)
    for path in (config / "accounts").glob("*.toml"):
        read_account(path, told)
    assert settings.redis_url
    assert set(told) - NOT_OF_THE_SETTINGS <= told.names | {observe._LEVEL, observe._FORM}
    left_out = {"OUTREACH_DATA", "OUTREACH_REHEARSAL_SHIFT"}  # the folder; a drill's, never here
    assert told.names - left_out <= set(told)


def test_the_command_line_is_given_what_it_asks_for() -> None:
    root = get_command(app)
    asked = {str(each.envvar) for each in root.params if getattr(each, "envvar", None)}
    assert asked - {"OUTREACH_CONFIG"} <= environment("cli", GIVEN).keys()
    assert environment("web", GIVEN).keys() < environment("cli", GIVEN).keys()


def test_nothing_is_left_at_the_simulator_where_only_what_is_required_is_given() -> None:
    required = {name: GIVEN[name] for name, default in variables().items() if default is None}
    for account in installed.load(CONFIG, environment("web", required)).accounts:
        addresses = [account.base_url, *map(str, account.options.values())]
        assert not [each for each in addresses if "127.0.0.1" in each], account.name


def test_what_is_required_is_required() -> None:
    servers = {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}
    for name in {name for name, default in variables().items() if default is None} - servers:
        told = _without(name)
        assert name in told or "127.0.0.1" in told, name


def _without(name: str) -> str:
    """What is said where a variable is left out, or the addresses that are used then."""
    try:
        settings = installed.load(CONFIG, {**environment("web", GIVEN), name: ""})
    except BadInputError as fault:
        return str(fault)
    options = [(its.base_url, *map(str, its.options.values())) for its in settings.accounts]
    return f"{settings.callback_url} {options}"


def test_a_variable_that_is_left_out_is_named() -> None:
    with pytest.raises(KeyError, match="OUTREACH_KEY_SECRET"):
        environment("web", GIVEN | {"OUTREACH_KEY_SECRET": ""})
    for text in (ROOT / "docker-compose.yml").read_text(encoding="utf-8").splitlines():
        bare = VARIABLE.sub("", text.partition("#")[0])
        assert "$" not in bare, text


def test_the_example_names_every_variable_and_tells_no_secret() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    told = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    wanted = variables()
    # What a shell says of itself, for one command.
    beside = {"OUTREACH_CREDENTIAL", "OUTREACH_LANG"}
    assert told.keys() - {"COMPOSE_PROFILES"} == wanted.keys() - beside
    for name, value in told.items():
        usual = wanted.get(name) or ""
        assert value in {"", usual} or name == "OUTREACH_LOG_LEVEL", f"{name} looks live"
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/.env" in ignored

"""What `outreach simulator --credentials` sets: an installation that sends to nobody but us."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from outreach.cli.app import app
from outreach.settings.account import read_account

_CONFIG = Path(__file__).parents[2] / "config"
_ACCOUNTS = sorted(path.stem for path in (_CONFIG / "accounts").glob("*.toml"))


def _printed(*arguments: str) -> str:
    told = ["--config", str(_CONFIG), "simulator", "--credentials", *arguments]
    result = CliRunner().invoke(app, told, prog_name="outreach")
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", _ACCOUNTS)
def test_every_account_is_sent_here_whatever_was_set(name: str) -> None:
    path = _CONFIG / "accounts" / f"{name}.toml"
    real = {f"OUTREACH_{name.upper()}_URL": "https://carrier.test/api"}
    environ = real | json.loads(_printed("--port", "9911", "--json"))
    here = ("http://127.0.0.1:9911/", "smpp://127.0.0.1:2775")
    assert read_account(path, environ).base_url.startswith(here)


def test_a_shell_can_read_it() -> None:
    lines = _printed("--port", "9911").splitlines()
    assert "export OUTREACH_VNPT_URL=http://127.0.0.1:9911/vnpt" in lines
    assert "export OUTREACH_VIETTEL_CP_CODE=SIM-CP" in lines
    assert all(line.startswith("export OUTREACH_") for line in lines)


def test_a_port_that_is_not_known_yet_is_not_told() -> None:
    told = json.loads(_printed("--port", "0", "--json"))
    assert "OUTREACH_VNPT_AGENT_ID" in told
    assert not any("127.0.0.1" in value for value in told.values())

"""An installation of its own for every test, and a shell to use it with."""

import io
import os
import sys
from pathlib import Path

import pytest

from outreach.cli import main
from tests.cli.shell import ENVIRON, Done, Shell


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    """Run commands in this process, on an empty data folder."""
    for name in [name for name in os.environ if name.startswith("OUTREACH_")]:
        monkeypatch.delenv(name)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTREACH_DATA", str(tmp_path / "data"))

    def run(arguments: tuple[str, ...], stdin: bytes, user: str | None) -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        if user is None:
            monkeypatch.delenv("OUTREACH_CREDENTIAL", raising=False)
        else:
            monkeypatch.setenv("OUTREACH_CREDENTIAL", user)
        with pytest.raises(SystemExit) as end:
            main(arguments)
        said = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Done(end.value.code, said.out, said.err)

    return Shell(run, tmp_path)

"""One run of the demo: where it lies, and who types what."""

import os
import shlex
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from typer.main import get_command

from outreach.cli.app import app as root
from outreach.cli.faults import INTERRUPTED, guarded
from outreach.cli.options import Options
from outreach.cli.output import console
from outreach.cli.words import Lang


@dataclass(slots=True)
class Walk:
    """One run of the demo: where it lies, and who types."""

    folder: Path
    lang: Lang
    credentials: dict[str, str] = field(default_factory=dict)
    variables: set[str] = field(default_factory=set)
    """The names of those that the installation needs."""

    def type(self, who: str, *arguments: str) -> int:
        """Show a command as it would be typed, run it, and return its exit code."""
        out = console()
        out.print()
        out.print(f"{who}$ outreach {' '.join(arguments)}", style="bold cyan", soft_wrap=True)
        os.environ["OUTREACH_CREDENTIAL"] = self.credentials.get(who, "")
        told = Options()
        given = ["--config", str(self.config), "--lang", self.lang.value, *arguments]
        command = partial(
            get_command(root).main,
            args=given,
            prog_name="outreach",
            standalone_mode=False,
            obj=told,
        )
        code = guarded(command, told, as_json=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        return code

    def must(self, who: str, *arguments: str) -> None:
        """Run a command that has to succeed."""
        code = self.type(who, *arguments)
        if code:
            raise RuntimeError(
                f"outreach {arguments[0]} ended with {code}; this is a fault of ours"
            )

    @property
    def config(self) -> Path:
        """The demo's own settings."""
        return self.folder / "config"

    def leave_environ(self) -> None:
        """Leave behind what somebody needs to look around in the demo afterwards."""
        told = {name: os.environ[name] for name in sorted(self.variables)}
        told |= {
            "OUTREACH_CONFIG": str(self.config.resolve()),
            "OUTREACH_DATA": str(self.folder.resolve()),
            "OUTREACH_CREDENTIAL": self.credentials.get("lan", ""),
        }
        told |= {name.upper(): credential for name, credential in self.credentials.items()}
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in told.items()]
        lines.append(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"\n')
        path = self.folder / "environ.sh"
        path.touch(mode=0o600)
        path.write_text("".join(lines), encoding="utf-8")

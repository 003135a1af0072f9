"""What every command is told: where the settings lie, and how to answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.words import Lang

Json = Annotated[bool, typer.Option("--json", help="Print JSON with names that stay.")]


@dataclass(slots=True)
class Options:
    """The global options, filled in before any command runs."""

    config: Path = Path("config")
    lang: Lang = Lang.EN
    debug: bool = False

    @property
    def templates(self) -> Path:
        """The folder of message texts; it lies beside config/."""
        return self.config.parent / "templates" / "messages"


def options(ctx: typer.Context) -> Options:
    """The options of the running command."""
    return ctx.ensure_object(Options)

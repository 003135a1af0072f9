"""The root of the command line: global options, the commands by name, and what ends one."""

import importlib
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from outreach.cli.faults import guarded
from outreach.cli.options import Options, options
from outreach.cli.words import Lang

COMMANDS = (
    "demo",
    "doctor",
    "db",
    "user",
    "audience",
    "segment",
    "suppression",
    "number",
    "reach",
    "text",
    "template",
    "campaign",
    "order",
    "carrier",
    "registration",
    "coverage",
    "statement",
    "report",
    "pause",
    "resume",
    "run",
    "serve",
    "simulator",
)
"""Each is a file beside this one, with a Typer called `app`."""

_EPILOG = """\b
Exit codes:
  0    done
  1    refused: by role, state, preflight, or a failed check
  2    bad input
  3    a fault of ours or of the database
  130  interrupted (Ctrl-C)
  141  the reader of the output went away

With --json, an error is JSON on standard error: {"error": {"kind", "message"}}.

Who acts: OUTREACH_CREDENTIAL holds name:secret, as `outreach user add` printed it.

Example: outreach campaign status nov-1 --watch"""


class _Root(TyperGroup):
    """Imports a command's file when the command is asked for, so that light ones start fast."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        """Name every command."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: object,  # noqa: ARG002 - the signature is Typer's
        cmd_name: str,
    ) -> TyperCommand | TyperGroup | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"outreach.cli.{cmd_name}")
        command = get_command(module.app)
        command.name = cmd_name
        assert isinstance(command, TyperCommand | TyperGroup)
        return command


app = typer.Typer(
    cls=_Root,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(epilog=_EPILOG)
def root(
    ctx: typer.Context,
    config: Annotated[
        Path, typer.Option(envvar="OUTREACH_CONFIG", help="The folder with the settings.")
    ] = Path("config"),
    lang: Annotated[
        Lang, typer.Option(envvar="OUTREACH_LANG", help="The language of what people read.")
    ] = Lang.EN,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Inform the insured of a city by brandname SMS and Zalo."""
    told = options(ctx)
    told.config, told.lang, told.debug = config, lang, debug


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with the code that its end means."""
    os.umask(0o077)  # whatever is written may hold numbers
    # A connection that Ctrl-C met while it was being closed is no news for anybody.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    told = Options()
    command = partial(
        get_command(app).main, args=given, prog_name="outreach", standalone_mode=False, obj=told
    )
    sys.exit(guarded(command, told, as_json="--json" in given))

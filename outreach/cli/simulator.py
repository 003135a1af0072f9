"""`outreach simulator`: carriers on loopback, for rehearsals."""

import errno
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from outreach import simulator
from outreach.cli.options import Json, options
from outreach.cli.streams import emit
from outreach.domain.errors import BadInputError
from outreach.simulator import SimulatorConfig, called_back, load_dialects, load_faults
from outreach.simulator.accounts import credentials, variables

app = typer.Typer()

_EPILOG = (
    "Example: outreach simulator --port 9900 --faults realistic --ledger carriers.db\n\n"
    'Example: eval "$(outreach simulator --credentials)"\n\n'
    "Example: outreach simulator"
    ' --callbacks "http://127.0.0.1:8080/callbacks/{account}/$OUTREACH_CALLBACK_TOKEN"'
)

_Port = Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")]
_Seed = Annotated[int, typer.Option(help="The same seed gives the same faults.")]
_Faults = Annotated[str, typer.Option(help="A preset, or a .toml or .json file.")]
_Ledger = Annotated[
    Path | None, typer.Option(help="SQLite file of every request; in memory without it.")
]
_TimeScale = Annotated[float, typer.Option(help="Multiplies the times of receipts.")]
_Accounts = Annotated[
    Path | None,
    typer.Option(
        help="TOML file, one table an account; or a folder of accounts' files, as config's own."
    ),
]
_Callbacks = Annotated[
    str | None, typer.Option(help="Our callback door; {account} is the carrier's own.")
]
_Credentials = Annotated[
    bool,
    typer.Option(
        "--credentials",
        help="Print the variables that send an installation's messages here, and end.",
    ),
]


@app.command("simulator", epilog=_EPILOG)
def play(  # noqa: PLR0917 - options, none of them positional
    ctx: typer.Context,
    port: _Port = 9900,
    seed: _Seed = 1,
    faults: _Faults = "none",
    ledger: _Ledger = None,
    time_scale: _TimeScale = 1.0,
    accounts: _Accounts = None,
    callbacks: _Callbacks = None,
    show_credentials: _Credentials = False,
    as_json: Json = False,
) -> None:
    """Play the carriers until SIGTERM or Ctrl-C: every dialect, and accounts with a rehearsal.

    To point an installation here, set what --credentials prints before any of its commands: the
    addresses (at --port; of accounts whose base_url is a variable) and invented credentials, over
    whatever was set. Then play with --callbacks, and start `outreach run`.

    What came: http://127.0.0.1:PORT/ledger/summary; /ledger/duplicates says who was asked for
    twice, when, and what was answered; the file of --ledger has all of it (tables request, query
    and receipt). POST {"dialect": "esms", "preset": "rough"} to /control/faults changes a plan.

    JSON, one line when ready: url, lines (addresses of carriers without HTTP, by account); with
    --credentials an object from variable to value.
    """
    folder = options(ctx).config / "accounts"
    try:
        if show_credentials:
            _print_variables(options(ctx).config, port, as_json=as_json)
            return
        told = (accounts or (folder if folder.is_dir() else None), callbacks)
        config = _config(port, seed, faults, ledger, time_scale, told)
    except ValueError as fault:
        raise BadInputError(str(fault)) from None
    try:
        simulator.run(config)
    except OSError as fault:
        if fault.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise
        raise BadInputError(
            f"cannot listen: {fault.strerror}; end the other simulator, if one runs, or take free"
            " ports with --port 0"
        ) from None


def _print_variables(config: Path, port: int, *, as_json: bool) -> None:
    """Print credentials, and addresses where the port is known."""
    found = variables(config, f"http://127.0.0.1:{port}", {}) if port else credentials(config)
    if as_json:
        emit(found)
        return
    for name, value in found.items():
        print(f"export {name}={shlex.quote(value)}")


def _config(
    port: int,
    seed: int,
    faults: str,
    ledger: Path | None,
    time_scale: float,
    dialects: tuple[Path | None, str | None],
) -> SimulatorConfig:
    accounts, callbacks = dialects
    config = SimulatorConfig(
        port=port, seed=seed, faults=load_faults(faults), ledger=ledger, time_scale=time_scale
    )
    found = load_dialects(accounts) if accounts else config.dialects
    return replace(config, dialects=called_back(found, callbacks) if callbacks else found)

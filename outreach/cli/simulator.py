"""`outreach simulator`: carriers on loopback, for rehearsals."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from outreach import simulator
from outreach.cli.options import Json
from outreach.domain.errors import BadInputError
from outreach.simulator import SimulatorConfig, called_back, load_dialects, load_faults

app = typer.Typer()


@app.command("simulator", epilog="Example: outreach simulator --port 9900 --faults realistic")
def play(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 9900,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
    faults: Annotated[str, typer.Option(help="A preset, or a .toml or .json file.")] = "none",
    ledger: Annotated[
        Path | None, typer.Option(help="SQLite file of every request; in memory without it.")
    ] = None,
    time_scale: Annotated[float, typer.Option(help="Multiplies the times of receipts.")] = 1.0,
    accounts: Annotated[Path | None, typer.Option(help="TOML file, one table an account.")] = None,
    callbacks: Annotated[
        str | None, typer.Option(help="Our callback door; {account} is the carrier's own.")
    ] = None,
    as_json: Json = False,  # noqa: ARG001 - the one line that it prints is JSON anyway
) -> None:
    """Play the carriers until SIGTERM or Ctrl-C.

    JSON, one line when ready: url.
    """
    simulator.run(_config(port, seed, faults, ledger, time_scale, (accounts, callbacks)))


def _config(
    port: int,
    seed: int,
    faults: str,
    ledger: Path | None,
    time_scale: float,
    dialects: tuple[Path | None, str | None],
) -> SimulatorConfig:
    accounts, callbacks = dialects
    try:
        config = SimulatorConfig(
            port=port, seed=seed, faults=load_faults(faults), ledger=ledger, time_scale=time_scale
        )
        found = load_dialects(accounts) if accounts else config.dialects
    except ValueError as fault:
        raise BadInputError(str(fault)) from None
    return replace(config, dialects=called_back(found, callbacks) if callbacks else found)

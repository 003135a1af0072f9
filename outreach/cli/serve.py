"""`outreach serve`: the web and the settling, beside an engine in another process."""

from functools import partial
from typing import Annotated

import typer

from outreach.bootstrap import open_house
from outreach.cli.engine import Address, listen, url_of, work
from outreach.cli.office import load_settings
from outreach.cli.options import Json
from outreach.cli.streams import emit
from outreach.delivery.loop import run_loop
from outreach.observe import set_up_logging

app = typer.Typer()


@app.command(epilog="Example: outreach serve --port 8080   # beside: outreach run --web none")
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8080,
    settles: Annotated[
        bool, typer.Option("--settle/--no-settle", help="Settle here, or leave it to the workers.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Take and settle carriers' callbacks in a process of its own, until SIGTERM or Ctrl-C.

    JSON, a line each: event "ready" (url, rehearsal), event "stopped".
    """
    settings = load_settings(ctx)
    set_up_logging()
    door = listen(Address(host, port))
    house = open_house(settings)
    try:
        ready = partial(_ready, url_of(door), settings.rehearsal, as_json=as_json)
        run_loop(work(house, door, ready, engine=False, settles=settles))
    finally:
        house.close()
    if as_json:
        emit({"event": "stopped"})


def _ready(url: str, rehearsal: bool, *, as_json: bool) -> None:
    if as_json:
        emit({"event": "ready", "url": url, "rehearsal": rehearsal})
    else:
        print(f"callbacks at {url}; Ctrl-C stops", flush=True)

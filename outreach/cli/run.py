"""`outreach run`: the embedded engine, with the web beside it."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from outreach.bootstrap import open_house
from outreach.cli.engine import Address, listen, on_leash, url_of, work
from outreach.cli.office import load_settings
from outreach.cli.options import Json
from outreach.cli.streams import emit
from outreach.delivery.loop import run_loop
from outreach.observe import set_up_logging
from outreach.runner import only_engine

app = typer.Typer()


class Web(StrEnum):
    """Where the callback door is."""

    SAME = "same"
    NONE = "none"


@app.command(epilog="Example: outreach run --port 8080")
def run(
    ctx: typer.Context,
    web: Annotated[
        Web, typer.Option(help="Callbacks and their settling: here, or left to `serve`.")
    ] = Web.SAME,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8080,
    leash: Annotated[bool, typer.Option("--leash", help="End when standard input closes.")] = False,
    as_json: Json = False,
) -> None:
    """Send, settle and take callbacks until SIGTERM or Ctrl-C; a second one stops at once.

    JSON, a line each: event "ready" (url, or null where receipts are left to `serve`; rehearsal),
    event "stopped".
    """
    if leash:
        on_leash()
    settings = load_settings(ctx)
    set_up_logging()
    house = open_house(settings)
    try:
        with only_engine(house.database):
            door = listen(Address(host, port)) if web is Web.SAME else None
            url = url_of(door) if door else None
            ready = partial(_ready, url, settings.rehearsal, as_json=as_json)
            run_loop(work(house, door, ready, engine=True, settles=door is not None))
    finally:
        house.close()
    if as_json:
        emit({"event": "stopped"})


def _ready(url: str | None, rehearsal: bool, *, as_json: bool) -> None:
    if as_json:
        emit({"event": "ready", "url": url, "rehearsal": rehearsal})
    else:
        label = "REHEARSAL: " if rehearsal else ""
        where = f"callbacks at {url}" if url else "no callbacks here"
        print(f"{label}engine running, {where}; Ctrl-C stops", flush=True)
        if not url:
            print("receipts are not settled here: run `outreach serve` beside", flush=True)

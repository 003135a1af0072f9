"""`outreach campaign status`: where a campaign stands, once or every second."""

import time
from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.live import Live

from outreach.cli.contracts import contracts
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console
from outreach.cli.status import Status, gather
from outreach.cli.status_json import status_json
from outreach.cli.status_screen import screen
from outreach.cli.streams import emit
from outreach.domain.campaign import CampaignState

EPILOG = "Example: outreach campaign status nov-1 --watch"

_EVERY = 1.0
_OVER = frozenset({CampaignState.FINISHED, CampaignState.SETTLED, CampaignState.CANCELLED})


def status(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or number of the campaign.")],
    watch: Annotated[
        bool, typer.Option("--watch", help="Every second, until finished or Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show why it stands as it does, results, rates, quotas, breakers, cost and the expected end.

    JSON (one line each second with --watch): campaign, at, rehearsal, engine_running, workers
    (processes at work in a cluster; else null), standing (code, good, en, vi), unread (callbacks
    that nobody settles: calls, since; else null), amendment, pilot, results, messages, networks,
    reasons, accounts, backlog, rate_per_s, eta, window, cost_dong, likely_dong, ceiling_dong,
    budget_dong.
    """
    with opened(ctx) as office:
        terms = contracts(office.settings)

        def look() -> Status:
            return gather(office, name, terms)

        if as_json:
            _follow(look, lambda found: emit(status_json(found)), watch=watch)
        elif watch:
            _live(look, ctx)
        else:
            out = console()
            out.print(screen(look(), options(ctx).lang, out.width))


def _live(look: Callable[[], Status], ctx: typer.Context) -> None:
    lang, out = options(ctx).lang, console()

    def laid_out(found: Status) -> RenderableType:
        return screen(found, lang, out.width)

    with Live(laid_out(look()), console=out, auto_refresh=False) as live:
        _follow(look, lambda found: live.update(laid_out(found), refresh=True), watch=True)
    console().print()


def _follow(look: Callable[[], Status], tell: Callable[[Status], None], *, watch: bool) -> None:
    found = look()
    tell(found)
    while watch and found.campaign.state not in _OVER:
        time.sleep(_EVERY)
        found = look()
        tell(found)

"""`outreach campaign`: from the wish to the last result."""

from datetime import datetime
from typing import Annotated

import typer

from outreach.campaigns.control import Wish
from outreach.cli import campaign_check, campaign_message, campaign_results, campaign_status
from outreach.cli.campaign_words import answer, campaign_json
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import iso, local_ms, progress, show_table
from outreach.cli.streams import emit
from outreach.cli.words import count, words
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import BadInputError
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.window import LOCAL, Window
from outreach.store import audit, campaigns

app = typer.Typer()

_Name = Annotated[str, typer.Argument(help="Name or number of the campaign.")]


@app.callback()
def campaign() -> None:
    """Plan, have approved, launch, watch, stop and account for campaigns."""


app.command("preflight", epilog=campaign_check.PREFLIGHT)(campaign_check.preflight)
app.command("submit", epilog=campaign_check.SUBMIT)(campaign_check.submit)
app.command("approve", epilog=campaign_check.APPROVE)(campaign_check.approve)
app.command("status", epilog=campaign_status.EPILOG)(campaign_status.status)
app.command("results", epilog=campaign_results.EPILOG)(campaign_results.results)
app.command("message", epilog=campaign_message.EPILOG)(campaign_message.message)


@app.command(
    epilog="Example: outreach campaign create nov-1 --audience quan-1 --purpose install-guide"
)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the campaign is called from now on.")],
    audience: Annotated[str, typer.Option(help="Name or number of an imported audience.")],
    purpose: Annotated[str, typer.Option(help="Which texts; see `outreach template list`.")],
    channels: Annotated[str, typer.Option(help="In order: the next is the fallback.")] = "zalo,sms",
    window: Annotated[
        str | None, typer.Option(help="Local hours, such as 08:00-20:00; the settings' without it.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Local time at which what has not left expires.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draft a campaign; nothing is sent before it is submitted, approved and started.

    JSON: campaign (id, name, state, audience, parent, purpose, channels, window, until, author,
    approver, paused_by, paused_why, recipients, and the times *_at).
    """
    with opened(ctx) as office:
        user = office.user()
        wish = Wish(
            name,
            audience,
            purpose,
            [_channel(told) for told in channels.split(",")],
            _window(window) if window else office.settings.window,
            until and until.replace(tzinfo=until.tzinfo or LOCAL),
        )
        answer(ctx, office.desk().create(user, wish), as_json=as_json)


def _channel(told: str) -> Channel:
    try:
        return Channel[told.strip().upper()]
    except KeyError:
        known = ", ".join(channel.name.lower() for channel in Channel)
        raise BadInputError(f"--channels: no channel is called '{told}'; known: {known}") from None


def _window(told: str) -> Window:
    try:
        return Window.parse(told)
    except ValueError as fault:
        raise BadInputError(f"--window: {fault}") from None


@app.command(epilog="Example: outreach campaign start nov-1")
def start(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Make the messages of an approved campaign and let the engine send them.

    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        user = office.user()
        with progress("planning") as step:
            found = office.desk().start(user, name, step)
        answer(ctx, found, as_json=as_json)


@app.command(epilog="Example: outreach campaign pause nov-1 --why 'wrong hotline'")
def pause(
    ctx: typer.Context,
    name: _Name,
    why: Annotated[str, typer.Option(help="The reason; everybody who looks will see it.")],
    as_json: Json = False,
) -> None:
    """Hold a running campaign; what is in flight is answered first.

    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        answer(ctx, office.desk().pause(office.user(), name, why), as_json=as_json)


@app.command(epilog="Example: outreach campaign resume nov-1")
def resume(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Let a paused campaign go on.

    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        answer(ctx, office.desk().resume(office.user(), name), as_json=as_json)


@app.command(epilog="Example: outreach campaign cancel nov-1")
def cancel(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """End a campaign for good; what has not left never will.

    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        answer(ctx, office.desk().cancel(office.user(), name), as_json=as_json)


@app.command(epilog="Example: outreach campaign edit nov-1")
def edit(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Take a campaign that has not started back to draft; its approval is void.

    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        answer(ctx, office.desk().edit(office.user(), name), as_json=as_json)


@app.command(epilog="Example: outreach campaign resend nov-1 --as nov-1b --states failed,expired")
def resend(
    ctx: typer.Context,
    name: _Name,
    as_: Annotated[str, typer.Option("--as", help="The name of the new campaign.")],
    states: Annotated[str, typer.Option(help="Whose result is one of these, by comma.")],
    confirm_unknown: Annotated[
        int | None, typer.Option(help="How many may get it twice: states unknown, unconfirmed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draft a campaign for those whom a finished one did not reach.

    JSON: campaign, as in `create`.
    """
    wanted = [_state(told) for told in states.split(",")]
    with opened(ctx) as office:
        found = office.desk().resend(office.user(), name, as_, wanted, confirm_unknown)
        answer(ctx, found, as_json=as_json)


def _state(told: str) -> State:
    try:
        return State[told.strip().upper()]
    except KeyError:
        known = ", ".join(state.label for state in State)
        raise BadInputError(f"--states: no state is called '{told}'; known: {known}") from None


@app.command("list", epilog="Example: outreach campaign list")
def list_campaigns(ctx: typer.Context, as_json: Json = False) -> None:
    """List every campaign.

    JSON: campaigns, each as in `create`.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = campaigns.in_state(conn, *CampaignState)
    if as_json:
        emit({"campaigns": [campaign_json(each) for each in found]})
        return
    told = options(ctx)
    say = words(told.lang)
    rows = [
        (e.id, e.name, say(e.state), e.author, e.approver, count(e.recipients, told.lang))
        for e in found
    ]
    columns = ("No", say("campaign"), "State", "Author", "Approver", say("recipients"))
    show_table(columns, rows, numeric=[0, 5])


@app.command(epilog="Example: outreach campaign history nov-1")
def history(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Show who did what to a campaign, oldest first.

    JSON: campaign, history (at, actor, action, detail).
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = campaigns.find(conn, name)
        entries = audit.history(conn, f"campaign:{found.id}")
    if as_json:
        told = [
            {"at": iso(e.at), "actor": e.actor, "action": e.action, "detail": e.detail}
            for e in entries
        ]
        emit({"campaign": campaign_json(found), "history": told})
        return
    rows = [(local_ms(e.at), e.actor, e.action, _detail(e)) for e in entries]
    show_table(("At", "Who", "What", "Detail"), rows)


def _detail(entry: audit.Entry) -> str:
    return ", ".join(f"{name}={value}" for name, value in entry.detail.items() if value is not None)

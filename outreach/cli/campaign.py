"""`outreach campaign`: from the wish to the last result."""

from typing import Annotated

import typer

from outreach.campaigns.launching import held_after_pilot, pilot_told
from outreach.campaigns.orders import kept
from outreach.cli import (
    campaign_amend,
    campaign_check,
    campaign_compare,
    campaign_draft,
    campaign_history,
    campaign_message,
    campaign_plan,
    campaign_resend,
    campaign_results,
    campaign_status,
)
from outreach.cli.campaign_options import Name
from outreach.cli.campaign_words import answer, campaign_json
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.order_words import BY_ORDER, order_json, state_words
from outreach.cli.output import console, local_ms, progress, show_table
from outreach.cli.standing import everything_paused
from outreach.cli.status_json import pause_json
from outreach.cli.status_words import sentence
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count, words
from outreach.domain.campaign import CampaignState
from outreach.store import campaigns, installation, orders

app = typer.Typer()

_WORDS: dict[str, tuple[str, str]] = {
    "released": ("it starts by itself on {at}", "sẽ tự chạy lúc {at}"),
    "pilot": ("the pilot: {people}", "gửi thử: {people}"),
}


@app.callback()
def campaign() -> None:
    """Plan, have approved, launch, watch, stop and account for campaigns."""


app.command("create", epilog=campaign_draft.CREATE)(campaign_draft.create)
app.command("edit", epilog=campaign_draft.EDIT)(campaign_draft.edit)
app.command("preflight", epilog=campaign_check.PREFLIGHT)(campaign_check.preflight)
app.command("plan", epilog=campaign_plan.EPILOG)(campaign_plan.plan)
app.command("submit", epilog=campaign_check.SUBMIT)(campaign_check.submit)
app.command("approve", epilog=campaign_amend.APPROVE)(campaign_amend.approve)
app.command("amend", epilog=campaign_amend.AMEND)(campaign_amend.amend)
app.command("resend", epilog=campaign_resend.RESEND)(campaign_resend.resend)
app.command("exclusions", epilog=campaign_resend.EXCLUSIONS)(campaign_resend.exclusions)
app.command("compare", epilog=campaign_compare.EPILOG)(campaign_compare.compare)
app.command("status", epilog=campaign_status.EPILOG)(campaign_status.status)
app.command("history", epilog=campaign_history.EPILOG)(campaign_history.history)
app.command("results", epilog=campaign_results.EPILOG)(campaign_results.results)
app.command("message", epilog=campaign_message.EPILOG)(campaign_message.message)


@app.command(epilog="Example: outreach campaign start nov-1")
def start(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Make the messages of an approved campaign and let the engine send them.

    One with a time of its own (--at) waits for it, and then starts by itself.
    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        user = office.user()
        with progress("planning") as step:
            found = office.desk().start(user, name, step)
        answer(ctx, found, as_json=as_json)
    if not as_json and found.state is CampaignState.SCHEDULED:
        told = local_ms(found.rules.starts_at)
        console().print(_say(options(ctx).lang, "released", at=told))


@app.command(epilog="Example: outreach campaign pause nov-1 --why 'wrong hotline'")
def pause(
    ctx: typer.Context,
    name: Name,
    why: Annotated[str, typer.Option(help="The reason; everybody who looks will see it.")],
    as_json: Json = False,
) -> None:
    """Hold a running campaign; what is in flight is answered first.

    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        answer(ctx, office.desk().pause(office.user(), name, why), as_json=as_json)


@app.command(epilog="Example: outreach campaign resume nov-1")
def resume(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Let a paused campaign go on; after its pilot this is the go for everybody.

    JSON: campaign, as in `create`; pilot (people of the pilot by result), where this was its go.
    """
    with opened(ctx) as office:
        user = office.user()
        with office.database.read() as conn:
            found = campaigns.find(conn, name)
            pilot = pilot_told(conn, found) if held_after_pilot(found) else {}
        if pilot and not as_json:
            lang = options(ctx).lang
            people = ", ".join(f"{count(many, lang)} {label}" for label, many in pilot.items())
            console().print(_say(lang, "pilot", people=people), soft_wrap=True)
        with progress("routes") as step:
            found = office.desk().resume(user, name, step)
        answer(ctx, found, {"pilot": pilot} if pilot else None, as_json=as_json)


@app.command(epilog="Example: outreach campaign cancel nov-1")
def cancel(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """End a campaign for good; what has not left never will.

    JSON: campaign, as in `create`.
    """
    with opened(ctx) as office:
        answer(ctx, office.desk().cancel(office.user(), name), as_json=as_json)


@app.command("list", epilog="Example: outreach campaign list")
def list_campaigns(ctx: typer.Context, as_json: Json = False) -> None:
    """List every campaign, and below them the orders to carriers, marked.

    JSON: campaigns, each as in `create`; by_order, each as in `order draft`; everything_paused
    (since, by, why) or null.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = campaigns.in_state(conn, *CampaignState)
        ordered = [kept(conn, each) for each in orders.listed(conn)]
        held = installation.paused(conn)
    if as_json:
        emit(
            {
                "campaigns": [campaign_json(each) for each in found],
                "by_order": [order_json(each) for each in ordered],
                "everything_paused": pause_json(held),
            }
        )
        return
    lang = options(ctx).lang
    say = words(lang)
    rows: list[tuple[object, ...]] = [
        (e.id, e.name, say(e.state), e.author, e.approver, count(e.recipients, lang)) for e in found
    ]
    rows += [
        ("", e.name, state_words(e.state, lang), e.author, e.approver, BY_ORDER[lang])
        for e in (each.order for each in ordered)
    ]
    columns = ("No", say("campaign"), "State", "Author", "Approver", say("recipients"))
    show_table(columns, rows, numeric=[0, 5])
    if held is not None:
        why = sentence(everything_paused(held), lang)
        console().print(why, style="bold red", soft_wrap=True)


def _say(lang: Lang, key: str, **values: object) -> str:
    return _WORDS[key][lang is Lang.VI].format(**values)

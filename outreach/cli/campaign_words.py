"""A campaign as scripts and people are told of it."""

import typer

from outreach.cli.options import options
from outreach.cli.output import console, iso
from outreach.cli.streams import emit
from outreach.cli.words import words
from outreach.store.campaigns import Campaign


def campaign_json(found: Campaign) -> dict[str, object]:
    """A campaign under names that stay."""
    return {
        "id": found.id,
        "name": found.name,
        "state": found.state,
        "audience": found.audience,
        "parent": found.parent,
        "purpose": found.purpose,
        "channels": [step.channel.name.lower() for step in found.steps],
        "window": f"{found.opens}-{found.closes}",
        "until": iso(found.until),
        "author": found.author,
        "approver": found.approver,
        "paused_by": found.paused_by,
        "paused_why": found.paused_why,
        "recipients": found.recipients,
        "created_at": iso(found.created_at),
        "started_at": iso(found.started_at),
        "finished_at": iso(found.finished_at),
        "settled_at": iso(found.settled_at),
    }


def answer(ctx: typer.Context, found: Campaign, *, as_json: bool) -> None:
    """Say where a campaign stands after an action."""
    if as_json:
        emit({"campaign": campaign_json(found)})
        return
    say = words(options(ctx).lang)
    console().print(f"{say('campaign')} {found.id} '{found.name}': {say(found.state)}")

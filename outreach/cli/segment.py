"""`outreach segment`: who gets it, defined once under a name."""

import json
from typing import Annotated

import typer

from outreach.campaigns import derive
from outreach.campaigns import segments as study
from outreach.campaigns.segments import Definition
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, iso, local_ms, progress, show_table
from outreach.cli.segment_options import defining
from outreach.cli.segment_words import (
    choice_json,
    sentence,
    show_left_out,
    show_people,
)
from outreach.cli.streams import emit
from outreach.cli.words import count
from outreach.domain.campaign import Role
from outreach.store import segments
from outreach.store.segments import Segment

app = typer.Typer()

_Name = Annotated[str, typer.Argument(help="Name or number of the segment.")]


@app.callback()
def segment() -> None:
    """Define who gets it: audiences, less others, and what must be true of a row."""


@app.command(
    epilog="Example: outreach segment save seniors --audience insured --minus registered"
    " --age 60-79 --installed no"
)
@defining
def save(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the segment is called from now on.")],
    *,
    told: Definition,
    as_json: Json = False,
) -> None:
    """Save a definition: people of the audiences of whom all that is said is true.

    Of several values for one thing, any is enough. A row that does not say is left out.
    JSON: segment (id, name, definition, created_at, created_by).
    """
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR)
        saved = study.save(office.database, user, name, told, office.now_ms())
    _told(ctx, saved, as_json=as_json)


@app.command("list", epilog="Example: outreach segment list")
def list_segments(ctx: typer.Context, as_json: Json = False) -> None:
    """List every segment.

    JSON: segments, each as in `save`.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = segments.listed(conn)
    if as_json:
        emit({"segments": [_json(each) for each in found]})
        return
    lang = options(ctx).lang
    rows = [
        (e.id, e.name, sentence(Definition.from_json(e.definition), lang), local_ms(e.created_at))
        for e in found
    ]
    show_table(("No", "Segment", "Definition", "Created"), rows, numeric=[0])


@app.command(epilog="Example: outreach segment show seniors")
def show(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Show a definition and whom it chooses at present, by network and district.

    JSON: segment as in `save`, rows, chosen, left_out (already_there, in_minus, suppressed,
    not_matched), silent (of those not matched: who only does not say, by what), by_network,
    by_district.
    """
    lang = options(ctx).lang
    with opened(ctx) as office:
        with office.database.read() as conn:
            found = segments.find(conn, name)
        told = Definition.from_json(found.definition)
        with progress(found.name) as step:
            choice = derive.count(office.database, told, office.settings.clock(), step)
    if as_json:
        networks = {network.title: people for network, people in choice.by_network().items()}
        places = {"by_network": networks, "by_district": choice.by_district()}
        emit({"segment": _json(found), **choice_json(choice), **places})
        return
    chosen = f"{count(choice.chosen, lang)} / {count(choice.rows, lang)}"
    console().print(f"{found.name}: {chosen}\n{sentence(told, lang)}", soft_wrap=True)
    show_people(choice, lang)
    show_left_out(choice.left_out, choice.silent, lang)


@app.command(epilog="Example: outreach segment delete seniors")
def delete(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Forget a definition; audiences that were derived from it stay as they are.

    JSON: segment, as in `save`.
    """
    with opened(ctx) as office:
        user = office.user(Role.OPERATOR)
        gone = study.delete(office.database, user, name, office.now_ms())
    _told(ctx, gone, as_json=as_json)


def _told(ctx: typer.Context, found: Segment, *, as_json: bool) -> None:
    if as_json:
        emit({"segment": _json(found)})
        return
    told = sentence(Definition.from_json(found.definition), options(ctx).lang)
    console().print(f"{found.name}: {told}", soft_wrap=True)


def _json(found: Segment) -> dict[str, object]:
    return {
        "id": found.id,
        "name": found.name,
        "definition": json.loads(found.definition),
        "created_at": iso(found.created_at),
        "created_by": found.created_by,
    }

"""`outreach audience derive`: a new audience made of others."""

import secrets
from dataclasses import replace
from typing import Annotated

import typer

from outreach.campaigns.derive import Wish
from outreach.campaigns.derive import derive as derive_audience
from outreach.campaigns.segments import Definition
from outreach.cli.audience_words import audience_json
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, progress
from outreach.cli.segment_options import defining
from outreach.cli.segment_words import choice_json, sentence, show_left_out
from outreach.cli.streams import emit
from outreach.cli.words import count
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError
from outreach.store import segments

EPILOG = "Example: outreach audience derive pilot --segment seniors --sample 1000"


@defining
def derive(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the new audience is called.")],
    *,
    segment: Annotated[
        str | None, typer.Option(help="A saved segment; --minus may take more off it.")
    ] = None,
    told: Definition,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Exactly so many, each as likely as any other.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Gives the same sample again; told with each sample.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a new, frozen audience of those whom a segment, or the same options, choose.

    The rest after a pilot: the same segment with --minus and the pilot's name.
    JSON: audience as in `import`, rows, chosen, left_out (already_there, in_minus, suppressed,
    not_matched, not_in_sample), silent (of those not matched: who only does not say, by what),
    seed.
    """
    if seed is not None and sample is None:
        raise BadInputError("--seed is for --sample; say how many people are wanted")
    drawn = secrets.randbelow(2**32) if seed is None else seed
    with opened(ctx) as office:
        definition = _narrowed(office, segment, told) if segment else told
        wish = Wish(name, definition, segment, sample, drawn)
        _make(ctx, office, wish, as_json=as_json)


def _make(ctx: typer.Context, office: Office, wish: Wish, *, as_json: bool) -> None:
    user, now = office.user(Role.OPERATOR), office.settings.clock()
    with progress(wish.name) as step:
        made, choice = derive_audience(office.database, user, wish, now, step)
    if as_json:
        seed = None if wish.sample is None else wish.seed
        emit({"audience": audience_json(made), **choice_json(choice), "seed": seed})
        return
    lang = options(ctx).lang
    figures = f"{count(made.imported, lang)} / {count(made.rows, lang)}"
    seed_told = "" if wish.sample is None else f" (--seed {wish.seed})"
    told = f"{made.name}: {figures}{seed_told}\n{sentence(wish.definition, lang)}"
    console().print(told, soft_wrap=True)
    show_left_out(choice.left_out, choice.silent, lang)


def _narrowed(office: Office, segment: str, more: Definition) -> Definition:
    """A segment's definition with more taken off it."""
    with office.database.read() as conn:
        found = Definition.from_json(segments.find(conn, segment).definition)
    if more != Definition((), more.minus, more.minus_suppressed):
        raise BadInputError(
            f"--segment '{segment}' says who is chosen; beside it only --minus, --minus-suppressed"
            " and --sample go: save another segment for the rest"
        )
    return replace(
        found,
        minus=(*found.minus, *more.minus),
        minus_suppressed=found.minus_suppressed or more.minus_suppressed,
    )

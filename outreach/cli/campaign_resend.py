"""`outreach campaign resend` and `exclusions`: sending again, and who does not get it again."""

from typing import Annotated

import typer

from outreach.campaigns.resending import Exclusion, Exclusions, excluded
from outreach.cli.campaign_options import Name
from outreach.cli.campaign_words import answer, campaign_json
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, show_table
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count, words
from outreach.domain.errors import BadInputError
from outreach.domain.message import State
from outreach.reports.columns import state_title

RESEND = "Example: outreach campaign resend nov-1 --as nov-1b --states failed,expired"
EXCLUSIONS = "Example: outreach campaign exclusions nov-1b"

_WHY: dict[str, tuple[str, str]] = {
    "result": ("{state}: not asked for with --states", "{state}: không nằm trong --states"),
    "came_later": (
        "{state}: but only since it was planned",
        "{state}: nhưng sau khi lập danh sách",
    ),
    "share": ("{state}: in another share", "{state}: thuộc phần khác"),
    "suppressed": ("{state}: on a suppression list", "{state}: nằm trong danh sách từ chối"),
    "cap": ("{state}: written to too often", "{state}: đã nhận quá nhiều tin"),
}
_HEAD = (
    "'{parent}' had {people} people; {written} get '{child}', {rest} do not:",
    "'{parent}' có {people} người; {written} nhận '{child}', {rest} không nhận:",
)


def resend(
    ctx: typer.Context,
    name: Name,
    as_: Annotated[str, typer.Option("--as", help="The name of the new campaign.")],
    states: Annotated[str, typer.Option(help="Whose result is one of these, by comma.")],
    confirm_unknown: Annotated[
        int | None, typer.Option(help="How many may get it twice: states unknown, unconfirmed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draft a campaign for those whom a finished one did not reach.

    It has the same texts, routes, hours and pace; ceiling, pilot, start and waves are its own.
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


def exclusions(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Show who of an earlier campaign's people does not get a resend or a reminder, and why.

    JSON: campaign, parent, people (the parent's), written_to, left_out (why: result, came_later,
    share, suppressed, cap; state: their result in the parent; people). The sums add up.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = excluded(conn, name)
    if as_json:
        emit(_json(found))
        return
    lang = options(ctx).lang
    rest = found.people - found.written_to
    head = _HEAD[lang is Lang.VI].format(
        parent=found.parent.name,
        child=found.child.name,
        people=count(found.people, lang),
        written=count(found.written_to, lang),
        rest=count(rest, lang),
    )
    console().print(head, soft_wrap=True)
    say = words(lang)
    rows = [(_why(each, lang), count(each.people, lang)) for each in found.left_out]
    show_table((say("reason"), say("recipients")), rows, numeric=[1])


def _why(each: Exclusion, lang: Lang) -> str:
    return _WHY[each.why][lang is Lang.VI].format(state=_title(each.state, lang))


def _title(state: State, lang: Lang) -> str:
    """A result in the words of the other screens."""
    if lang is Lang.VI:
        return state_title(state)
    taken = state is State.ACCEPTED
    return "Accepted by the carrier" if taken else state.label.replace("_", " ").capitalize()


def _json(found: Exclusions) -> dict[str, object]:
    return {
        "campaign": campaign_json(found.child),
        "parent": found.parent.name,
        "people": found.people,
        "written_to": found.written_to,
        "left_out": [
            {"why": each.why, "state": each.state.label, "people": each.people}
            for each in found.left_out
        ],
    }

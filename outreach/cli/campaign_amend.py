"""`outreach campaign amend` and `approve`: changes of what has begun, by two people's word."""

from typing import Annotated

import typer

from outreach.campaigns.amending import Proposal
from outreach.campaigns.control import Change, Desk
from outreach.cli import campaign_check
from outreach.cli.campaign_draft import changing
from outreach.cli.campaign_head import show_code
from outreach.cli.campaign_options import Accounts, Asked, Hours, Name, Until, ruled
from outreach.cli.campaign_words import answer, campaign_json, change_words
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import Step, console, iso, local, money, progress
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count
from outreach.domain.errors import BadInputError
from outreach.store import amendments, campaigns
from outreach.store.amendments import Amendment
from outreach.store.campaigns import Campaign

AMEND = "Example: outreach campaign amend nov-1 --window 08:00-20:00 --budget 90000000"
APPROVE = campaign_check.APPROVE

_WORDS: dict[str, tuple[str, str]] = {
    "waits": (
        "Amendment {id} by {who} waits for approval; '{campaign}' is held:",
        "Sửa đổi {id} của {who} chờ duyệt; '{campaign}' đang tạm dừng:",
    ),
    "approved": (
        "Amendment {id} is approved; `outreach campaign resume {campaign}` lets it go on:",
        "Sửa đổi {id} đã được duyệt; `outreach campaign resume {campaign}` để gửi tiếp:",
    ),
    "ahead": (
        "Still ahead: {left} people, at most {cost}",
        "Còn lại: {left} người, tối đa {cost}",
    ),
    "end": ("Resumed now, it ends about {at}", "Nếu gửi tiếp bây giờ, xong khoảng {at}"),
    "no_end": (
        "Not all will leave before its last moment or within its ceiling",
        "Không gửi hết được trước thời điểm cuối hoặc trong trần chi",
    ),
    "withdrawn": (
        "Taken back; '{campaign}' stays held until it is resumed.",
        "Đã rút lại; '{campaign}' vẫn tạm dừng cho đến khi gửi tiếp.",
    ),
}


@ruled
def amend(
    ctx: typer.Context,
    *,
    name: Name,
    window: Hours = None,
    until: Until = None,
    accounts: Accounts = None,
    pace: Asked,
    withdraw: bool = typer.Option(
        False, "--withdraw", help="Take back the proposal that waits for approval."
    ),
    as_json: Json = False,
) -> None:
    """Change a campaign that has begun: it is held, approved anew, and then resumed.

    Audience, texts, share and pilot stay as they are. Without options it shows the proposal that
    waits for approval. JSON: campaign, as in `create`; amendment (id, author, at, changes: what
    was, what is to be), left (people still ahead), worst_cost_dong (what they may still cost at
    most), ends_at (if resumed now; null where not all will fit), warnings, code (for
    `approve --code`); with --withdraw only campaign.
    """
    change = changing(window, until, accounts, pace)
    if withdraw and change != Change():
        raise BadInputError("--withdraw goes alone; propose the other changes after it")
    with opened(ctx) as office:
        desk = office.desk()
        if withdraw:
            _withdrawn(ctx, desk.withdraw(office.user(), name), as_json=as_json)
            return
        with progress("amend") as step:
            if change == Change():
                found = _waiting(desk, name, step)
            else:
                found = desk.amend(office.user(), name, change, step)
    _tell(ctx, found, "waits", as_json=as_json)


def _waiting(desk: Desk, name: str, step: Step) -> Proposal:
    found = desk.proposed(name, step)
    if found is None:
        raise BadInputError(
            f"no amendment of '{name}' waits for approval; say what is to be otherwise, such as"
            " --window 08:00-20:00 or --budget 90000000"
        )
    return found


def _withdrawn(ctx: typer.Context, found: Campaign, *, as_json: bool) -> None:
    if as_json:
        answer(ctx, found, as_json=True)
        return
    told = _say(options(ctx).lang, "withdrawn", campaign=found.name)
    console().print(told, soft_wrap=True)


def approve(
    ctx: typer.Context,
    name: Name,
    code: Annotated[
        str | None,
        typer.Option(help="The code beside what you looked at; refused if it changed since."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Approve exactly what would be sent, or an amendment of it; never by its own author.

    `preflight` shows the campaign and its code, `amend` without options an amendment and its code.
    JSON: as `preflight`; of an amendment as `amend`.
    """
    with opened(ctx) as office:
        with office.database.read() as conn:
            waiting = amendments.open_of(conn, campaigns.find(conn, name).id)
        if waiting is not None:
            user = office.user()
            with progress("approve") as step:
                found = office.desk().approve_amendment(user, name, code, step)
            _tell(ctx, found, "approved", as_json=as_json)
            return
    campaign_check.approve(ctx, name, code, as_json)


def _tell(ctx: typer.Context, found: Proposal, how: str, *, as_json: bool) -> None:
    if as_json:
        emit(_json(found))
        return
    lang = options(ctx).lang
    screen, outlook = console(), found.outlook
    named = {"campaign": found.campaign.name, "who": found.amendment.author}
    screen.print(_say(lang, how, id=found.amendment.id, **named), soft_wrap=True)
    for line in change_words(found.changes, lang):
        screen.print(f"  {line}", soft_wrap=True)
    ahead = {"left": count(outlook.left, lang), "cost": money(outlook.worst_cost, lang)}
    screen.print(_say(lang, "ahead", **ahead))
    if outlook.ends_at is None:
        screen.print(_say(lang, "no_end"), style="yellow", soft_wrap=True)
    else:
        screen.print(_say(lang, "end", at=local(outlook.ends_at)))
    for warning in outlook.warnings:
        screen.print(warning, style="yellow", soft_wrap=True)
    if how == "waits":
        show_code(found.campaign.name, found.code, lang)


def _say(lang: Lang, key: str, **values: object) -> str:
    return _WORDS[key][lang is Lang.VI].format(**values)


def _json(found: Proposal) -> dict[str, object]:
    ends_at = found.outlook.ends_at
    return {
        "campaign": campaign_json(found.campaign),
        "amendment": _amendment_json(found.amendment, found),
        "left": found.outlook.left,
        "worst_cost_dong": format(found.outlook.worst_cost.quantize(1), "f"),
        "ends_at": ends_at and ends_at.isoformat(timespec="seconds"),
        "warnings": list(found.outlook.warnings),
        "code": found.code,
    }


def _amendment_json(told: Amendment, found: Proposal) -> dict[str, object]:
    return {
        "id": told.id,
        "author": told.author,
        "at": iso(told.at),
        "changes": {name: list(pair) for name, pair in found.changes.items()},
    }

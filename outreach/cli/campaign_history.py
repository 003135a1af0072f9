"""`outreach campaign history`: what became of a campaign, told one sentence an event."""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from outreach.cli.campaign_words import campaign_json
from outreach.cli.history_words import told_of
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, iso, local_ms
from outreach.cli.status_reading import steps_of
from outreach.cli.status_words import who_words
from outreach.cli.streams import emit
from outreach.cli.words import Lang, words
from outreach.store import accounts, afterwards, audit, campaigns
from outreach.store.audit import Entry
from outreach.store.campaigns import Campaign

EPILOG = "Example: outreach campaign history nov-1"

_END = 2**62


@dataclass(frozen=True, slots=True)
class Story:
    """A campaign and all that happened to it, oldest first."""

    campaign: Campaign
    entries: list[Entry]


def history(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or number of the campaign.")],
    as_json: Json = False,
) -> None:
    """Tell who did what to a campaign, and what befell it, oldest first.

    Breakers of its accounts are told of while it ran; reminders, resends and receipts after its
    end too. JSON: campaign, history (at, actor, action, subject, detail).
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = read(conn, name)
    if as_json:
        emit({"campaign": campaign_json(found.campaign), "history": _json(found.entries)})
        return
    lang, out = options(ctx).lang, console()
    say = words(lang)
    title = f"{say('campaign')} {found.campaign.id} '{found.campaign.name}'"
    out.print(f"{title}: {say(found.campaign.state)}", style="bold")
    out.print(_told(found.entries, lang))


def _told(entries: Iterable[Entry], lang: Lang) -> Table:
    """Moments at the left, beside them what happened: a long sentence wraps there."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for entry in entries:
        first, *more = told_of(entry, lang)
        made.add_row(local_ms(entry.at), Text(f"{who_words(entry.actor, lang)}: {first}"))
        for line in more:
            made.add_row("", Text(f"  {line}"))
    return made


def read(conn: Connection, name: str) -> Story:
    """Read a campaign's story."""
    campaign = campaigns.find(conn, name)
    found = audit.history(conn, f"campaign:{campaign.id}")
    found += _breakers(conn, campaign)
    found += _children(conn, campaign)
    receipts, at = afterwards.late_receipts(conn, campaign)
    if receipts:
        told = {"receipts": receipts}
        found.append(Entry(at, audit.ENGINE, "campaign.late", f"campaign:{campaign.id}", told))
    return Story(campaign, sorted(found, key=attrgetter("at")))


def _breakers(conn: Connection, campaign: Campaign) -> Iterable[Entry]:
    """What its accounts' breakers did while it ran."""
    if campaign.started_at is None:
        return []
    names = accounts.names(conn)
    end = campaign.finished_at or _END
    return [
        Entry(e.at, e.actor, e.action, e.subject, {**e.detail, "account": names[number][0]})
        for number in sorted(steps_of(campaign))
        for e in audit.history(conn, f"account:{number}")
        if e.action == "account.breaker" and campaign.started_at <= e.at <= end
    ]


def _children(conn: Connection, campaign: Campaign) -> Iterable[Entry]:
    """Reminders and resends, as the campaign that they follow knows of them."""
    for child in afterwards.children(conn, campaign.id):
        action = "campaign.wave" if child.wave > campaign.wave else "campaign.resent"
        told = {"name": child.name, "wave": child.wave}
        yield Entry(child.at, child.author, action, f"campaign:{child.id}", told)


def _json(entries: Iterable[Entry]) -> list[dict[str, object]]:
    return [
        {
            "at": iso(entry.at),
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "detail": entry.detail,
        }
        for entry in entries
    ]

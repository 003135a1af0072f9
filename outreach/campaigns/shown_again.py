"""What was sent to whom, shown again: the frozen words with the recipient's own fields."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from outreach.campaigns import typed
from outreach.campaigns.compose import Renderer
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Template, Text
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.msisdn import mask
from outreach.domain.network import Channel
from outreach.settings import Account, Settings
from outreach.store import accounts, audit, campaigns, lookups
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.lookups import Recipient, Try, Word
from outreach.store.messages import Message
from outreach.store.users import User


@dataclass(frozen=True, slots=True)
class Shown:
    """One message to one recipient, with all that came of it."""

    campaign: Campaign
    template: TemplateSet
    message: Message
    account: str
    """Empty where no account serves the network."""
    channel: Channel | None
    content: Text | Template | None
    doubt: str
    """Why the content is not known, or may not be what was sent; empty where it is."""
    tries: list[Try]
    words: list[Word]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a campaign, and what was sent again of it, said to one number."""

    number: str
    """Masked."""
    messages: list[Shown]
    accounts: Mapping[int, str]
    """The names of all accounts ever used, by their number."""


def shown_again(
    database: Database, settings: Settings, user: User, name: str, number: str, why: str
) -> Answer:
    """Show it; who asked and why is written down first."""
    said = typed.sentence("--why", why)
    msisdn = typed.number(number, settings.prefixes)
    masked = mask(str(msisdn))
    with database.write() as conn:
        campaign = campaigns.find(conn, name)
        now = int(settings.clock().timestamp() * 1000)
        detail = {"number": masked, "why": said}
        subject = f"campaign:{campaign.id}"
        audit.write(conn, audit.Entry(now, user.name, "campaign.message", subject, detail))
    with database.read() as conn:
        found = lookups.recipient(conn, campaign.audience, msisdn)
        if found is None:
            raise NotFoundError(f"campaign '{campaign.name}' does not address {masked}")
        names = accounts.names(conn)
        shown = [
            _shown(conn, settings, each, message, found)
            for each in lookups.with_resends(conn, campaign)
            for message in lookups.messages_to(conn, each.id, found.id)
        ]
    return Answer(masked, shown, {number: name for number, (name, _) in names.items()})


def _shown(
    conn: Connection, settings: Settings, campaign: Campaign, message: Message, to: Recipient
) -> Shown:
    templates = TemplateSet.from_dict(campaign.template)
    name, channel = accounts.names(conn).get(message.account, ("", None))
    configured = next((each for each in settings.accounts if each.name == name), None)
    renderer = Renderer(templates, settings.links)
    content, doubt = _content(renderer, to, message, configured)
    return Shown(
        campaign,
        templates,
        message,
        name,
        channel,
        content,
        doubt,
        lookups.tries(conn, message.id),
        lookups.words(conn, message.id),
    )


def _content(
    renderer: Renderer, to: Recipient, message: Message, account: Account | None
) -> tuple[Text | Template | None, str]:
    if account is None:
        return None, "its account is not among config/accounts/ any more" * bool(message.account)
    try:
        content = renderer.message(orjson.loads(to.params), account, message.id)
    except BadInputError as fault:
        return None, str(fault)
    if message.parts not in {0, content.parts}:
        return content, (
            f"{message.parts} parts were counted, this is {content.parts}: the settings of account"
            f" '{account.name}' have changed since"
        )
    return content, ""

"""Finding one number among millions, and all that was said to it.

No index helps by number (ADR 0001: none at random on the big tables), so an audience or a campaign
is read once from end to end.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.errors import NotFoundError
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.network import Network
from outreach.domain.receipt import Status
from outreach.store import campaigns, messages
from outreach.store.audiences import Audience
from outreach.store.campaigns import Campaign
from outreach.store.messages import Message
from outreach.store.record import Attempt, OutcomeKind


@dataclass(frozen=True, slots=True)
class Recipient:
    """A number of an audience, and what is known of its network."""

    id: int
    msisdn: int
    prefix: Network
    declared: Network | None
    learned: Network | None
    learned_from: int | None
    """The account that told."""
    learned_at: int | None
    district: str | None
    params: str
    origin: int | None
    """The audience whose file named the number, where that is another one."""


@dataclass(frozen=True, slots=True)
class Try:
    """A counted attempt, with its place and the account that was asked."""

    n: int
    account: int
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Word:
    """A carrier's later word, and what it came to."""

    at: int
    account: int
    status: Status
    code: str | None
    effect: str


def recipient(conn: Connection, audience: int, msisdn: int) -> Recipient | None:
    """Find a number in an audience."""
    row = conn.execute(
        text(
            "SELECT id, msisdn, network, declared, learned, learned_from, learned_at, district,"
            " params, origin FROM recipient WHERE id >= :first AND id < :end AND msisdn = :msisdn"
        ),
        {
            "first": audience * CAMPAIGN_SPAN,
            "end": (audience + 1) * CAMPAIGN_SPAN,
            "msisdn": msisdn,
        },
    ).first()
    if row is None:
        return None
    return Recipient(row[0], row[1], Network(row[2]), _network(row[3]), _network(row[4]), *row[5:])


def _network(stored: int | None) -> Network | None:
    return None if stored is None else Network(stored)


def named_by(conn: Connection, audience: int) -> Audience | None:
    """The audience whose file named a number, unless it was discarded since."""
    columns = ", ".join(Audience.__dataclass_fields__)
    row = conn.execute(
        text(f"SELECT {columns} FROM audience WHERE id = :id"), {"id": audience}
    ).first()
    return None if row is None else Audience(*row)


def with_resends(conn: Connection, campaign: Campaign) -> list[Campaign]:
    """A campaign, and what was sent again of it and of that, oldest first."""
    rows = conn.execute(
        text(
            "WITH RECURSIVE line (id) AS (SELECT CAST(:id AS BIGINT)"
            " UNION SELECT c.id FROM campaign c JOIN line ON c.parent = line.id)"
            " SELECT id FROM line ORDER BY id"
        ),
        {"id": campaign.id},
    ).scalars()
    return [campaigns.get(conn, found) for found in rows.all()]


def messages_to(conn: Connection, campaign: int, recipient: int) -> list[Message]:
    """Every message of a campaign to one recipient, first channel first."""
    ids = conn.execute(
        text(
            "SELECT id FROM message WHERE id >= :first AND id < :end AND recipient = :recipient"
            " ORDER BY id"
        ),
        {
            "first": campaign * CAMPAIGN_SPAN,
            "end": (campaign + 1) * CAMPAIGN_SPAN,
            "recipient": recipient,
        },
    )
    return list(messages.fetch(conn, ids.scalars().all()).values())


def tries(conn: Connection, message: int) -> list[Try]:
    """The counted attempts of a message, oldest first."""
    rows = conn.execute(
        text(
            "SELECT n, account, outcome, code, reference, at, took_ms FROM attempt"
            " WHERE message = :message ORDER BY n"
        ),
        {"message": message},
    )
    return [Try(row[0], row[1], Attempt(OutcomeKind(row[2]), *row[3:])) for row in rows]


def words(conn: Connection, message: int) -> list[Word]:
    """What carriers said of a message later, oldest first."""
    rows = conn.execute(
        text(
            "SELECT at, account, status, code, effect FROM receipt WHERE message = :message"
            " ORDER BY id"
        ),
        {"message": message},
    )
    return [Word(row[0], row[1], Status(row[2]), row[3], row[4]) for row in rows]


def missing(audience: str, masked: str) -> NotFoundError:
    """What to say of a number that an audience does not have."""
    return NotFoundError(f"audience '{audience}' does not have {masked}")

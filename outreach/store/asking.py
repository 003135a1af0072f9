"""How far each account has been asked about a campaign's messages, and what to ask about next.

Messages have no index by state or time (docs/adr/0001): a round walks a campaign's ids in order,
and its place is kept, so that a restart goes on there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.store.record import OutcomeKind

MOST = 200
"""Messages that are asked about between two writes: what a kill can make us ask again."""

_SPAN = 50_000
"""Ids that are looked through at once."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A round of questions about one campaign; times in ms."""

    campaign: int
    after: int
    """The message up to which it has come."""
    since: int
    """When the round before it began; 0 where there was none, or it counts for nothing."""
    next_at: int
    """When it begins; from then on, when it began."""
    last: bool = False
    """Whether it is the one before the deadline, in which all are asked about."""

    @property
    def begun(self) -> bool:
        """Whether it has left its start."""
        return self.after > start(self.campaign)

    @property
    def complete(self) -> bool:
        """Whether it is the last one, and has come to its end."""
        return self.last and self.after >= end(self.campaign)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A message that a carrier took, or may have taken, and that has no final word."""

    message: int
    state: State
    generation: int
    msisdn: int
    reference: str | None
    at: int
    """When it was handed over (ms)."""


@dataclass(frozen=True, slots=True)
class Page:
    """Messages to ask about, and the id up to which there are no others; None: to the end."""

    unheard: Sequence[Unheard]
    to: int | None


def start(campaign: int) -> int:
    """The place before a campaign's first message."""
    return campaign * CAMPAIGN_SPAN


def end(campaign: int) -> int:
    """The place after a campaign's last message."""
    return start(campaign + 1) - 1


def campaigns(conn: Connection) -> dict[int, int | None]:
    """Campaigns that may hear from their carriers yet, and when (ms) they were finished."""
    states = (
        CampaignState.RUNNING,
        CampaignState.PAUSED,
        CampaignState.FINISHED,
        CampaignState.CANCELLED,
    )
    wanted = ", ".join(f"'{state.value}'" for state in states)
    rows = conn.execute(
        text(
            f"SELECT id, finished_at FROM campaign WHERE state IN ({wanted})"
            " AND settled_at IS NULL ORDER BY id"
        )
    )
    return {row[0]: row[1] for row in rows}


def walks(conn: Connection, account: int) -> dict[int, Walk]:
    """An account's rounds, by campaign."""
    rows = conn.execute(
        text(
            "SELECT campaign, after, since, next_at, last FROM asking WHERE account = :account"
            " ORDER BY campaign"
        ),
        {"account": account},
    )
    return {row[0]: Walk(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows}


def save(conn: Connection, account: int, walk: Walk) -> None:
    """Keep the place of a round."""
    conn.execute(
        text(
            "INSERT INTO asking (campaign, account, after, since, next_at, last)"
            " VALUES (:campaign, :account, :after, :since, :next_at, :last)"
            " ON CONFLICT (campaign, account) DO UPDATE SET after = excluded.after,"
            " since = excluded.since, next_at = excluded.next_at, last = excluded.last"
        ),
        {
            "campaign": walk.campaign,
            "account": account,
            "after": walk.after,
            "since": walk.since,
            "next_at": walk.next_at,
            "last": int(walk.last),
        },
    )


def drop(conn: Connection, account: int, campaign: int) -> None:
    """Forget a campaign that is not asked about any more."""
    conn.execute(
        text("DELETE FROM asking WHERE campaign = :campaign AND account = :account"),
        {"campaign": campaign, "account": account},
    )


def counts(conn: Connection, account: int, *states: State) -> dict[int, int]:
    """How many messages an account has in any of these states, by campaign; none are left out."""
    wanted = ", ".join(str(int(state)) for state in states)
    where = f"account = :account AND state IN ({wanted})"
    rows = conn.execute(
        text(
            "SELECT campaign, SUM(messages) FROM ("
            f" SELECT campaign, messages FROM tally WHERE {where} UNION ALL"
            f" SELECT campaign, messages FROM tally_delta WHERE {where}"
            ") AS both_sums GROUP BY campaign HAVING SUM(messages) > 0"
        ),
        {"account": account},
    )
    return {row[0]: int(row[1]) for row in rows}


def page(conn: Connection, account: int, walk: Walk, spans: Sequence[tuple[int, int]]) -> Page:
    """The next messages of a walk that were handed over within (after, to] of any span (ms).

    One run along the primary key; a message's submission is its latest try that was not a no.
    """
    # Most are of no age to be asked about. So what is costly is looked up last: recipients outside,
    # and the latest try, whose plus keeps SQLite from finding a try by its number at once.
    to = min(walk.after + _SPAN, end(walk.campaign))
    rows = conn.execute(
        text(
            "SELECT f.id, f.state, f.generation, r.msisdn, f.reference, f.at FROM ("
            " SELECT m.id, m.recipient, m.state, m.generation, a.reference, a.at FROM message m"
            f" JOIN attempt a ON a.message = m.id AND +a.n = ({_SUBMISSION})"
            " WHERE m.id > :after AND m.id <= :to AND m.account = :account"
            f" AND m.state IN ({int(State.ACCEPTED)}, {int(State.UNKNOWN)}) AND ({_within(spans)})"
            " ORDER BY m.id LIMIT :most"
            ") AS f JOIN recipient r ON r.id = f.recipient ORDER BY f.id"
        ),
        {"after": walk.after, "to": to, "account": account, "most": MOST},
    )
    unheard = [Unheard(row[0], State(row[1]), *row[2:]) for row in rows]
    if len(unheard) == MOST:
        return Page(unheard, unheard[-1].message)
    return Page(unheard, to) if unheard else Page((), _before_next(conn, walk.campaign, to))


def _before_next(conn: Connection, campaign: int, after: int) -> int | None:
    """The id before a campaign's next message: there are none between its steps."""
    ahead = conn.execute(
        text("SELECT MIN(id) FROM message WHERE id > :after AND id <= :end"),
        {"after": after, "end": end(campaign)},
    ).scalar()
    return None if ahead is None else ahead - 1


_TAKEN = ", ".join(
    str(int(kind)) for kind in (OutcomeKind.ACCEPTED, OutcomeKind.DUPLICATE, OutcomeKind.UNKNOWN)
)
_SUBMISSION = (
    "SELECT MAX(b.n) FROM attempt b WHERE b.message = m.id AND b.account = m.account"
    f" AND b.outcome IN ({_TAKEN})"
)


def _within(spans: Sequence[tuple[int, int]]) -> str:
    return " OR ".join(f"a.at > {after} AND a.at <= {to}" for after, to in spans) or "1 = 0"

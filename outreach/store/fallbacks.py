"""Messages of the next channel, and the result that goes to them and may come back."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN, earlier
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import tables
from outreach.store.bulk import Row, bulk_change, bulk_insert
from outreach.store.inbox import receipt_days
from outreach.store.messages import Message, fetch_locked, heir
from outreach.store.tally import Counter, Group


@dataclass(frozen=True, slots=True)
class Fallback:
    """Who takes over from a message."""

    after: int
    """The message of the channel before."""
    recipient: int
    network: Network
    account: int
    district: int


_MESSAGE = (
    "id", "recipient", "account", "network", "state", "generation", "parts", "day", "superseded",
    "district",
)  # fmt: skip
_DUE = (
    "message", "campaign", "account", "at", "why", "attempts", "snoozes", "rerouted", "lease_until"
)  # fmt: skip


def make(
    conn: Connection, fallbacks: Sequence[Fallback], why: str, now: int, counter: Counter
) -> None:
    """Make messages of the next channel that are due at once, and carry the results."""
    messages: list[Row] = []
    due: list[Row] = []
    for each in fallbacks:
        message, campaign = each.after + STEP_SPAN, each.after // CAMPAIGN_SPAN
        network, district = int(each.network), each.district
        messages.append((message, each.recipient, each.account, network, 0, 0, 0, 0, 0, district))
        due.append((message, campaign, each.account, now, why, 0, 0, 0, 0))
        counter.add(Group(campaign, each.account, each.network, State.PENDING, district=district))
    bulk_insert(conn, tables.message, _MESSAGE, messages)
    bulk_insert(conn, tables.due, _DUE, due)


def give_back(conn: Connection, in_vain: Sequence[int], counter: Counter) -> set[int]:
    """Let earlier messages that were taken carry the results of fallbacks that end in vain.

    Returns the fallbacks that carry theirs no more.
    """
    before = {number for message in in_vain for number in earlier(message)}
    known = fetch_locked(conn, sorted(before)) if before else {}
    heirs = {message: found for message in in_vain if (found := heir(message, known)) is not None}
    supersede(conn, list(heirs.values()), counter, superseded=False)
    return set(heirs)


def supersede(
    conn: Connection, messages: Sequence[Message], counter: Counter, *, superseded: bool
) -> None:
    """Let messages, as they were found, carry their recipients' results no more, or again."""
    days = receipt_days(conn, [m.id for m in messages if m.state is State.UNDELIVERED])
    for message in messages:
        day = days.get(message.id, 0)
        counter.add(message.group(day), -1, -message.parts)
        counter.add(message._replace(superseded=superseded).group(day), 1, message.parts)
    rows: list[Row] = [(int(superseded), message.id) for message in messages]
    bulk_change(conn, tables.message, ("superseded",), ("id",), rows)

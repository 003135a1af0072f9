"""The tables; docs/adr/0001 says why they are so, and what they cost at ten million rows.

Times are integers: milliseconds since 1970, UTC. Days are integers: 20261122, local to
Ho Chi Minh City. Ids of recipients and messages are given by us (see `domain.key.MessageId`).
"""

from outreach.store.tables.base import metadata
from outreach.store.tables.house import account, audit, pulse, token, user
from outreach.store.tables.people import (
    audience,
    reach,
    recipient,
    reject,
    segment,
    shared_row,
    suppression,
    suppression_list,
)
from outreach.store.tables.sending import (
    amendment,
    asking,
    attempt,
    batch,
    campaign,
    chunk,
    contact,
    due,
    inbox,
    message,
    pulled,
    receipt,
    reference,
    spent,
)
from outreach.store.tables.sums import tally, tally_delta

__all__ = [
    "account",
    "amendment",
    "asking",
    "attempt",
    "audience",
    "audit",
    "batch",
    "campaign",
    "chunk",
    "contact",
    "due",
    "inbox",
    "message",
    "metadata",
    "pulled",
    "pulse",
    "reach",
    "receipt",
    "recipient",
    "reference",
    "reject",
    "segment",
    "shared_row",
    "spent",
    "suppression",
    "suppression_list",
    "tally",
    "tally_delta",
    "token",
    "user",
]

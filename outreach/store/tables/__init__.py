"""The tables; docs/adr/0001 says why they are so, and what they cost at ten million rows.

Times are integers: milliseconds since 1970, UTC. Days are integers: 20261122, local to
Ho Chi Minh City. Ids of recipients and messages are given by us (see `domain.key.MessageId`).
"""

from outreach.store.tables.base import metadata
from outreach.store.tables.counts import (
    by_order,
    by_order_carrier,
    closed_month,
    coverage,
    coverage_line,
    opened,
    registration,
    registration_list,
    response_tally,
    statement,
    statement_line,
)
from outreach.store.tables.editions import edition, edition_file
from outreach.store.tables.house import account, audit, pulse, token, user
from outreach.store.tables.people import (
    audience,
    district,
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
from outreach.store.tables.sums import district_tally, district_tally_delta, tally, tally_delta

__all__ = [
    "account",
    "amendment",
    "asking",
    "attempt",
    "audience",
    "audit",
    "batch",
    "by_order",
    "by_order_carrier",
    "campaign",
    "chunk",
    "closed_month",
    "contact",
    "coverage",
    "coverage_line",
    "district",
    "district_tally",
    "district_tally_delta",
    "due",
    "edition",
    "edition_file",
    "inbox",
    "message",
    "metadata",
    "opened",
    "pulled",
    "pulse",
    "reach",
    "receipt",
    "recipient",
    "reference",
    "registration",
    "registration_list",
    "reject",
    "response_tally",
    "segment",
    "shared_row",
    "spent",
    "statement",
    "statement_line",
    "suppression",
    "suppression_list",
    "tally",
    "tally_delta",
    "token",
    "user",
]

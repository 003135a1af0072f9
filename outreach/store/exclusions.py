"""Comparing an earlier campaign's people with those of its child, person by person."""

from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.share import SHARE
from outreach.store.campaigns import Campaign
from outreach.store.choice import bucket_sql


class Group(NamedTuple):
    """People of the parent who fare alike."""

    result: State
    """In the parent."""
    in_share: bool
    """Whether the child's share has them."""
    child: State | None
    """Their result in the child; None where they are not in it."""
    reason: str
    """The child's reason, where they are suppressed in it."""


def of(conn: Connection, child: Campaign) -> dict[Group, int]:
    """How many people of the child's parent fare how; everybody stands in exactly one group."""
    assert child.parent is not None
    bucket = bucket_sql("p.recipient", SHARE)
    rows = conn.execute(
        text(
            "SELECT p.state,"
            f" CASE WHEN {bucket} >= :first AND {bucket} < :end THEN 1 ELSE 0 END, c.state,"
            " CASE WHEN c.state = :suppressed THEN COALESCE(c.reason, '') ELSE '' END, COUNT(*)"
            " FROM message p LEFT JOIN message c ON c.recipient = p.recipient"
            " AND c.id >= :child AND c.id < :child_end AND c.superseded = 0"
            " WHERE p.id >= :parent AND p.id < :parent_end AND p.superseded = 0"
            " GROUP BY 1, 2, 3, 4"
        ),
        {
            "first": child.rules.share[0],
            "end": child.rules.share[1],
            "suppressed": int(State.SUPPRESSED),
            "child": child.id * CAMPAIGN_SPAN,
            "child_end": (child.id + 1) * CAMPAIGN_SPAN,
            "parent": child.parent * CAMPAIGN_SPAN,
            "parent_end": (child.parent + 1) * CAMPAIGN_SPAN,
        },
    )
    found: dict[Group, int] = {}
    for result, in_share, state, reason, people in rows:
        group = Group(
            State(result), bool(in_share), None if state is None else State(state), reason
        )
        found[group] = found.get(group, 0) + int(people)
    return found

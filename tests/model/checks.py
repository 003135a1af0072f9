"""What every database has to hold after every step of a history, counted row by row."""

import sqlite3
from collections.abc import Container
from pathlib import Path

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.store import campaigns, tally
from tests.model.quick import Steady

Row = tuple[State, int, str | None]
"""A message's state, whether it was superseded, and its reason."""


def messages(conn: Connection, numbers: Container[int]) -> dict[int, Row]:
    """Every message of some campaigns."""
    rows = conn.execute(text("SELECT id, state, superseded, reason FROM message ORDER BY id"))
    return {
        row[0]: (State(row[1]), row[2], row[3])
        for row in rows
        if row[0] // CAMPAIGN_SPAN in numbers
    }


def people(conn: Connection, campaign: int) -> list[str]:
    """Promise 1: everybody has one result, and delivered is delivered by whichever channel."""
    wrong = []
    found = campaigns.get(conn, campaign)
    results = sum(each.messages for each in tally.figures(conn, campaign) if each.group.result)
    if results != found.recipients:
        wrong.append(f"campaign {campaign}: {results} results of {found.recipients} people")
    rows = conn.execute(
        text(
            "SELECT recipient, SUM(1 - superseded), SUM(CASE WHEN state = 2 THEN 1 ELSE 0 END),"
            " SUM(CASE WHEN state = 2 AND superseded = 0 THEN 1 ELSE 0 END)"
            " FROM message WHERE id > :a AND id < :b GROUP BY recipient"
        ),
        {"a": campaign * CAMPAIGN_SPAN, "b": (campaign + 1) * CAMPAIGN_SPAN},
    )
    wrong += [f"message {n} is not of its person's district" for n in strangers(conn, campaign)]
    for recipient, carrying, delivered, shown in rows:
        if carrying != 1:
            wrong.append(f"recipient {recipient} has {carrying} results in campaign {campaign}")
        if delivered and not shown:
            wrong.append(f"recipient {recipient} got campaign {campaign}, and it is not said")
    return wrong


def strangers(conn: Connection, campaign: int) -> list[int]:
    """Messages that are not counted in the district of their recipient."""
    rows = conn.execute(
        text(
            "SELECT m.id FROM message m JOIN recipient r ON r.id = m.recipient"
            " LEFT JOIN district d ON d.name = r.district"
            " WHERE m.id > :a AND m.id < :b AND m.district <> COALESCE(d.id, 0)"
        ),
        {"a": campaign * CAMPAIGN_SPAN, "b": (campaign + 1) * CAMPAIGN_SPAN},
    )
    return list(rows.scalars())


def copied(database: Steady, to: Path) -> Steady:
    """A SQLite database as it is, in another file."""
    to.unlink(missing_ok=True)
    source, target = sqlite3.connect(str(database.url.database)), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
    return Steady(f"sqlite:///{to}")

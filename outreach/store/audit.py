"""Who did what, from the first control action on; rows are only ever added."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

ENGINE = "engine"
"""The actor when nobody asked: a breaker, a refused text, the end of the work."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did."""

    at: int
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]


def write(conn: Connection, entry: Entry) -> None:
    """Add an entry, in the transaction of what it tells of."""
    conn.execute(
        text(
            "INSERT INTO audit (at, actor, action, subject, detail)"
            " VALUES (:at, :actor, :action, :subject, :detail)"
        ),
        {
            "at": entry.at,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "detail": json.dumps(entry.detail, ensure_ascii=False, sort_keys=True),
        },
    )


def history(conn: Connection, subject: str) -> list[Entry]:
    """Everything done to one subject, oldest first."""
    rows = conn.execute(
        text(
            "SELECT at, actor, action, subject, detail FROM audit"
            " WHERE subject = :subject ORDER BY id"
        ),
        {"subject": subject},
    )
    return [Entry(row[0], row[1], row[2], row[3], json.loads(row[4])) for row in rows]


def latest(conn: Connection, subject: str, action: str) -> Entry | None:
    """The last time that something was done to a subject; None if it never was."""
    row = conn.execute(
        text(
            "SELECT at, actor, action, subject, detail FROM audit"
            " WHERE subject = :subject AND action = :action ORDER BY id DESC LIMIT 1"
        ),
        {"subject": subject, "action": action},
    ).first()
    if row is None:
        return None
    return Entry(row[0], row[1], row[2], row[3], json.loads(row[4]))

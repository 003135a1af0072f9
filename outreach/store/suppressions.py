"""Numbers that are not to be messaged."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from outreach.store import tables
from outreach.store.database import Row, bulk_insert
from outreach.store.sql import select_among

ALL = "all"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One number that is left out; scope `all` or `campaign:<id>`."""

    msisdn: int
    scope: str
    reason: str
    source: str
    at: int


def add(conn: Connection, entries: Sequence[Suppression]) -> int:
    """Store what is not known yet; the first reason and date stay. Returns how many were new."""
    known = {
        (row[0], row[1])
        for row in select_among(
            conn,
            "SELECT msisdn, scope FROM suppression WHERE msisdn {among}",
            [entry.msisdn for entry in entries],
        )
    }
    new = {
        (entry.msisdn, entry.scope): entry
        for entry in reversed(entries)
        if (entry.msisdn, entry.scope) not in known
    }
    rows: list[Row] = [
        (entry.msisdn, entry.scope, entry.reason, entry.source, entry.at) for entry in new.values()
    ]
    bulk_insert(conn, tables.suppression, ("msisdn", "scope", "reason", "source", "at"), rows)
    return len(rows)

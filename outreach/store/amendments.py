"""Amendments: what is to change of a running campaign, who proposed it, who decided."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, text

from outreach.domain.errors import NotAllowedError

Changes = Mapping[str, tuple[Any, Any]]
"""What each thing was, and what it is to be, as plain values."""


class AmendmentState(StrEnum):
    """How an amendment stands; a campaign has at most one that is proposed."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Amendment:
    """One proposal."""

    id: int
    campaign: int
    at: int
    author: str
    changes: Changes
    hash: str
    """Binds campaign and changes; what is approved is exactly that."""
    state: AmendmentState = AmendmentState.PROPOSED
    decided_at: int | None = None
    decided_by: str | None = None


_FIELDS = ", ".join(Amendment.__dataclass_fields__)


def propose(conn: Connection, told: Amendment) -> int:
    """Store a proposal (its id is ignored) and return the id given to it."""
    made = conn.execute(
        text(
            "INSERT INTO amendment (campaign, at, author, changes, state, hash)"
            " VALUES (:campaign, :at, :author, :changes, :state, :hash) RETURNING id"
        ),
        {
            "campaign": told.campaign,
            "at": told.at,
            "author": told.author,
            "changes": json.dumps(told.changes, ensure_ascii=False),
            "state": told.state.value,
            "hash": told.hash,
        },
    )
    return int(made.scalar_one())


def decide(conn: Connection, amendment: Amendment, to: AmendmentState, by: str, at: int) -> None:
    """Close a proposal; NotAllowedError if somebody did so meanwhile."""
    done = conn.execute(
        text(
            "UPDATE amendment SET state = :to, decided_by = :by, decided_at = :at"
            " WHERE id = :id AND state = :proposed"
        ),
        {"to": to.value, "by": by, "at": at, "id": amendment.id, "proposed": "proposed"},
    )
    if done.rowcount != 1:
        raise NotAllowedError(
            f"amendment {amendment.id} is no longer proposed; somebody else decided it:"
            " look at the campaign's history"
        )


def open_of(conn: Connection, campaign: int) -> Amendment | None:
    """The proposal that waits for a decision, if there is one."""
    waiting = [each for each in of(conn, campaign) if each.state is AmendmentState.PROPOSED]
    return waiting[-1] if waiting else None


def of(conn: Connection, campaign: int) -> list[Amendment]:
    """All amendments of a campaign, oldest first."""
    rows = conn.execute(
        text(f"SELECT {_FIELDS} FROM amendment WHERE campaign = :campaign ORDER BY id"),
        {"campaign": campaign},
    )
    return [_amendment(row) for row in rows]


def look_anew(conn: Connection, campaign: int, now: int) -> None:
    """Let the sweep look at once (ms) who of all chunks that were sent falls back, and when."""
    conn.execute(
        text("UPDATE chunk SET look_at = :now WHERE campaign = :campaign AND started_to >= last"),
        {"campaign": campaign, "now": now},
    )


def _amendment(row: Row[Any]) -> Amendment:
    fields = dict(row._mapping)  # noqa: SLF001 - the public way to a row by names
    fields["changes"] = {name: (pair[0], pair[1]) for name, pair in _loaded(row.changes)}
    fields["state"] = AmendmentState(fields["state"])
    return Amendment(**fields)


def _loaded(changes: str) -> list[tuple[str, Any]]:
    found: dict[str, Any] = json.loads(changes)
    return list(found.items())

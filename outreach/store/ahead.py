"""What is still ahead of a campaign: on which account, when, and why not now."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.store.backlog import WAITING


def by_account(conn: Connection, campaign: int) -> dict[int, int]:
    """Messages that have still to leave, by the account they wait on."""
    rows = conn.execute(
        text(
            f"SELECT account, SUM(waiting) FROM ({WAITING}) AS both_kinds"
            " WHERE campaign = :campaign GROUP BY account"
        ),
        {"campaign": campaign},
    )
    return {row[0]: int(row[1]) for row in rows}


@dataclass(frozen=True, slots=True)
class Postponed:
    """Exceptions whose time has not come: how many, when (ms) the first one comes, and why."""

    messages: int
    at: int
    why: str


def postponed(conn: Connection, campaign: int, now: int) -> Postponed | None:
    """The exceptions that nobody sends at this moment (ms); None if there are none."""
    row = conn.execute(
        text(
            "SELECT COUNT(*) OVER (), at, why FROM due WHERE campaign = :campaign AND at > :now"
            " ORDER BY at LIMIT 1"
        ),
        {"campaign": campaign, "now": now},
    ).first()
    return None if row is None else Postponed(int(row[0]), row[1], row[2])


def next_look(conn: Connection, campaign: int) -> int | None:
    """When (ms) those whom the first channel did not reach are looked at next."""
    found = conn.execute(
        text("SELECT MIN(look_at) FROM chunk WHERE campaign = :campaign"), {"campaign": campaign}
    )
    return found.scalar_one_or_none()

"""What the processes of a cluster have taken of a campaign's ceiling: never more than there is.

Each takes a part and spends it from memory; what a process that is killed had in hand stays taken,
so a ceiling may be reached a little early, and nothing ever leaves beyond it (PostgreSQL).
"""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import Connection, text

_PART = 20
"""A process takes a twentieth of what is left, so that a kill costs no more."""
_TURN = 0x616C_6C6F  # so that no other lock is meant


def reserve(
    conn: Connection,
    campaign: int,
    ceiling: Decimal,
    least: Decimal,
    spent: Callable[[], Decimal],
) -> Decimal:
    """Take a part of what is left, at least so much; 0 đồng where there is no more.

    `spent` is asked once: what the campaign cost at most before anything was taken.
    """
    taken = _taken(conn, campaign)
    if taken is None:
        taken = spent()
    left = ceiling - taken
    part = max(least, left // _PART)
    if part > left or part <= 0:
        part = Decimal(0)
    _keep(conn, campaign, taken + part)
    return part


def give_back(conn: Connection, campaign: int, dong: Decimal) -> None:
    """Let others have what was taken and not spent."""
    taken = _taken(conn, campaign)
    if taken is not None:
        _keep(conn, campaign, taken - dong)


def strike(conn: Connection, campaign: int) -> None:
    """Forget what was taken for a campaign that is held and amended: nobody spends it any more."""
    conn.execute(text("DELETE FROM allowance WHERE campaign = :campaign"), {"campaign": campaign})


def forget(conn: Connection) -> None:
    """Forget what was taken: for the one process that has the installation to itself."""
    conn.execute(text("DELETE FROM allowance"))


def _taken(conn: Connection, campaign: int) -> Decimal | None:
    """What was taken so far; nobody else takes or gives back until the transaction ends."""
    conn.execute(
        text("SELECT pg_advisory_xact_lock(:turn, hashtext(:campaign))"),
        {"turn": _TURN, "campaign": str(campaign)},
    )
    told = conn.execute(
        text("SELECT taken FROM allowance WHERE campaign = :campaign"), {"campaign": campaign}
    ).scalar_one_or_none()
    return None if told is None else Decimal(told)


def _keep(conn: Connection, campaign: int, taken: Decimal) -> None:
    conn.execute(
        text(
            "INSERT INTO allowance (campaign, taken) VALUES (:campaign, :taken)"
            " ON CONFLICT (campaign) DO UPDATE SET taken = excluded.taken"
        ),
        {"campaign": campaign, "taken": str(taken)},
    )

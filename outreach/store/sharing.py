"""Whether the processes of a cluster share the limits, or each keeps to its part of them.

One row tells all of them the same, by the database's clock. Whoever cannot reach what they share
the limits by has them divided, and says so again as long as that lasts.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text

DIVIDED_FOR = timedelta(seconds=15)
"""How long the limits stay divided after the last word about it."""

_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the limits are kept at present."""

    epoch: int
    """Grows whenever they are divided: what was shared before is not known to be so still."""
    divided: bool
    since_s: float
    """Seconds since they were divided last; however long ago where they never were."""


NEVER = Sharing(0, divided=False, since_s=float("inf"))


def look(conn: Connection) -> Sharing:
    """Read how the limits are kept (PostgreSQL)."""
    row = conn.execute(
        text(f"SELECT epoch, divided_until - {_NOW} FROM sharing WHERE id = 1")
    ).one_or_none()
    return NEVER if row is None else Sharing(row[0], row[1] > 0, -row[1] / 1000)


def divide(conn: Connection) -> int:
    """Have everybody keep to his part for a while from now on; returns the epoch (PostgreSQL)."""
    found = conn.execute(
        text(
            f"INSERT INTO sharing (id, epoch, divided_until) VALUES (1, 1, {_NOW} + :ms)"
            " ON CONFLICT (id) DO UPDATE SET"
            f" epoch = sharing.epoch + (sharing.divided_until <= {_NOW})::int,"
            " divided_until = excluded.divided_until RETURNING epoch"
        ),
        {"ms": int(DIVIDED_FOR.total_seconds() * 1000)},
    )
    return int(found.scalar_one())

"""Lists that are handed over in one call: written down before they leave, struck when answered."""

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.store import tables
from outreach.store.bulk import Row, bulk_delete, bulk_insert

_COLUMNS = ("account", "campaign", "key", "members", "owner", "at")


@dataclass(frozen=True, slots=True)
class Handed:
    """A list under its key: what may have left together, for whoever finds it after a crash."""

    account: int
    campaign: int
    key: str
    members: Sequence[int]
    """Message ids; some may have been held back at the last moment."""
    owner: str
    """Of the leases under which they were started."""
    at: int


def write_down(conn: Connection, lists: Sequence[Handed], instead_of: Sequence[str] = ()) -> None:
    """Store lists that are about to leave, in the place of those that they were made of."""
    strike(conn, instead_of)
    rows: list[Row] = [
        (each.account, each.campaign, each.key, _packed(each.members), each.owner, each.at)
        for each in lists
    ]
    bulk_insert(conn, tables.batch, _COLUMNS, rows)


def strike(conn: Connection, keys: Sequence[str]) -> None:
    """Delete lists of which everything is known."""
    bulk_delete(conn, tables.batch, "key", keys)


def take_back(conn: Connection, living: Collection[str]) -> dict[int, str]:
    """The key by message of lists whose owner is not at work; of two lists the later one's.

    They are deleted when no lease of that owner is left. Call it when those leases that ran out
    have been taken back.
    """
    owners = conn.execute(text("SELECT DISTINCT owner FROM batch")).scalars().all()
    found: dict[int, str] = {}
    for owner in set(owners).difference(living):
        rows = conn.execute(
            text("SELECT key, members FROM batch WHERE owner = :owner ORDER BY id"),
            {"owner": owner},
        )
        found |= {message: key for key, members in rows for message in _unpacked(members)}
        if not _leases(conn, owner):
            conn.execute(text("DELETE FROM batch WHERE owner = :owner"), {"owner": owner})
    return found


def _leases(conn: Connection, owner: str) -> bool:
    """Whether some of an owner's leases have not run out."""
    row = conn.execute(
        text(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM chunk WHERE lease_owner = :owner)"
            " OR EXISTS (SELECT 1 FROM due WHERE lease_owner = :owner)"
        ),
        {"owner": owner},
    ).first()
    return row is not None


def _packed(members: Sequence[int]) -> bytes:
    return struct.pack(f">{len(members)}q", *members)


def _unpacked(members: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(members) // 8}q", members)

"""A chunk goes on into the ones that follow, so that its last list is as large as the others."""

from dataclasses import replace

from sqlalchemy import Connection, text

from outreach.store.sql import for_update
from outreach.store.work import Chunk


def lengthen(conn: Connection, chunk: Chunk, size: int, least: int) -> Chunk:
    """Take over from the chunks that follow what fills up the last of its runs of so many messages.

    Only from free ones of the same kind; all of one that would keep fewer than `least`. A chunk
    that has begun stays as it is, so that it comes to its end. Its own lease was got or moved in
    this transaction.
    """
    while chunk.started_to < chunk.first and (after := _following(conn, chunk)):
        number, last = after
        first = chunk.last + 1
        taken_to = chunk.last + -chunk.left % size
        if last - taken_to < least:
            taken_to = last
        if taken_to < first:
            break
        _shorten(conn, number, taken_to, last)
        conn.execute(
            text("UPDATE chunk SET last = :last WHERE id = :id"),
            {"last": taken_to, "id": chunk.id},
        )
        chunk = replace(chunk, last=taken_to)
    return chunk


def _following(conn: Connection, chunk: Chunk) -> tuple[int, int] | None:
    """Id and end of the free chunk that goes on where one ends, and is of the same kind.

    Nobody leases, cuts or moves it while the transaction lasts.
    """
    lock = for_update(conn, "n")
    row = conn.execute(
        text(
            "SELECT n.id, n.last FROM chunk n JOIN chunk c ON n.campaign = c.campaign"
            " AND n.account = c.account AND n.network = c.network AND n.pilot = c.pilot"
            " WHERE c.id = :id AND n.first = :first AND n.started_to < n.first"
            f" AND n.recorded_to < n.last AND n.lease_owner IS NULL{lock}"
        ),
        {"id": chunk.id, "first": chunk.last + 1},
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _shorten(conn: Connection, chunk: int, to: int, last: int) -> None:
    """Let a chunk begin after what was taken of it; nothing is left of it where that was all."""
    what = "DELETE FROM chunk"
    if to < last:
        what = "UPDATE chunk SET first = :to + 1, started_to = :to, recorded_to = :to"
    conn.execute(text(f"{what} WHERE id = :id"), {"id": chunk, "to": to})

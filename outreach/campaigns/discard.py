"""Removing an audience that nobody needs."""

from sqlalchemy import Connection

from outreach.campaigns.segments import Definition
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.store import audiences, audit, segments
from outreach.store.audiences import READY, Audience
from outreach.store.database import Database
from outreach.store.users import User


def discard(database: Database, user: User, name: str, why: str, now: int) -> Audience:
    """Remove an import that did not end; or with a reason, an audience that nothing needs."""
    with database.write() as conn:
        found = audiences.find(conn, name)
        needed_by = audiences.needed_by(conn, found.id)
        if needed_by:
            raise NotAllowedError(
                f"audience '{found.name}' belongs to {needed_by}; it stays as the record of who"
                " was written to"
            )
        segment = _segment_of(conn, found.name)
        if segment:
            raise NotAllowedError(
                f"segment '{segment}' is made of audience '{found.name}'; delete the segment first"
            )
        if found.state == READY and not why:
            raise BadInputError(f"audience '{found.name}' is ready; say why it goes: --why")
        audiences.discard(conn, found.id)
        detail = {"name": found.name, "rows": found.rows, "state": found.state, "why": why}
        subject = f"audience:{found.id}"
        audit.write(conn, audit.Entry(now, user.name, "audience.discard", subject, detail))
    return found


def _segment_of(conn: Connection, audience: str) -> str | None:
    """A segment whose definition names the audience."""
    for segment in segments.listed(conn):
        told = Definition.from_json(segment.definition)
        if audience in {*told.audiences, *told.minus}:
            return segment.name
    return None

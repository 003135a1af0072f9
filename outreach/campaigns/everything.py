"""Pausing the whole installation, and letting it go on: for a copy that was restored, above all."""

from outreach.campaigns import typed
from outreach.domain.errors import NotAllowedError
from outreach.domain.window import Clock
from outreach.store import audit, installation
from outreach.store.database import Database
from outreach.store.installation import SUBJECT, Pause
from outreach.store.users import User


def pause(database: Database, user: User, why: str, clock: Clock) -> Pause:
    """Have nothing sent and nothing begin, by itself or by anybody, until `resume`.

    Receipts are settled and carriers asked as ever. BadInputError without a
    reason, NotAllowedError where it is paused already.
    """
    told = typed.sentence("--why", why)
    new = Pause(int(clock().timestamp() * 1000), user.name, told)
    with database.write() as conn:
        if not installation.pause(conn, new):
            raise NotAllowedError(
                f"everything is paused already: {_told(installation.paused(conn))}"
            )
        detail = {"why": told}
        audit.write(conn, audit.Entry(new.since, user.name, "everything.pause", SUBJECT, detail))
    return new


def resume(database: Database, user: User, clock: Clock) -> Pause:
    """Let everything go on; returns the pause that ended. NotAllowedError where there was none."""
    now = int(clock().timestamp() * 1000)
    with database.write() as conn:
        ended = installation.paused(conn)
        if ended is None or not installation.resume(conn):
            raise NotAllowedError("nothing to resume: not everything is paused")
        audit.write(conn, audit.Entry(now, user.name, "everything.resume", SUBJECT, {}))
    return ended


def _told(held: Pause | None) -> str:
    return "by somebody else at this moment" if held is None else f"by {held.by}: {held.why}"

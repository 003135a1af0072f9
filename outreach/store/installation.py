"""What is said of the installation as a whole, in one row."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.store.sql import one_changed

SUBJECT = "installation"
"""As the audit names it."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when (ms), by whom and why nothing is sent and nothing begins."""

    since: int
    by: str
    why: str


def paused(conn: Connection) -> Pause | None:
    """The pause of everything; None where there is none."""
    row = conn.execute(
        text(
            "SELECT paused_since, paused_by, paused_why FROM installation"
            " WHERE id = 1 AND paused_since IS NOT NULL"
        )
    ).first()
    return None if row is None else Pause(*row)


def pause(conn: Connection, told: Pause) -> bool:
    """Pause everything; False where it is paused already, and stays as it is."""
    _begin(conn)
    return one_changed(
        conn,
        "UPDATE installation SET paused_since = :since, paused_by = :by, paused_why = :why"
        " WHERE id = 1 AND paused_since IS NULL",
        since=told.since,
        by=told.by,
        why=told.why,
    )


def resume(conn: Connection) -> bool:
    """Let everything go on; False where nothing was paused."""
    return one_changed(
        conn,
        "UPDATE installation SET paused_since = NULL, paused_by = NULL, paused_why = NULL"
        " WHERE id = 1 AND paused_since IS NOT NULL",
    )


def sealed_by(conn: Connection) -> str | None:
    """The fingerprint of the secret that seals keys; None before anything was started."""
    return conn.execute(text("SELECT sealed_by FROM installation WHERE id = 1")).scalar()


def seal(conn: Connection, fingerprint: str) -> None:
    """Say by which secret keys are sealed from now on."""
    _begin(conn)
    conn.execute(text("UPDATE installation SET sealed_by = :by WHERE id = 1"), {"by": fingerprint})


def seal_first(conn: Connection, fingerprint: str) -> str:
    """Say by which secret keys are sealed, if nobody has; returns the one that holds."""
    if (held := sealed_by(conn)) is not None:
        return held
    _begin(conn)
    first = "UPDATE installation SET sealed_by = :by WHERE id = 1 AND sealed_by IS NULL"
    if one_changed(conn, first, by=fingerprint):
        return fingerprint
    return seal_first(conn, fingerprint)  # somebody else was first


def _begin(conn: Connection) -> None:
    conn.execute(text("INSERT INTO installation (id) VALUES (1) ON CONFLICT (id) DO NOTHING"))

"""Who is at work: leases belong to senders, senders to processes, and a process holds a place."""

import time
from collections.abc import Callable

from sqlalchemy import Connection

from outreach.store import closing, seats

_MISSED_S = 10.0
"""How long a process may be without its place: the database may have been started anew."""
_LENGTH = 16
"""Letters at the beginning of an owner's name that are its process's."""


def place_of(process: str) -> str:
    """The name of a process's own place."""
    return f"process {process}"


class RollCall:
    """Kept by the one who sweeps: he takes back the leases of those who are gone."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._missed: dict[str, float] = {}
        """Since when (s) an owner's process was not seen."""

    def call(self, conn: Connection) -> frozenset[str]:
        """The owners of leases that are at work or may yet be; those of the others run out."""
        owners = closing.owners(conn)
        places = {owner: place_of(owner[:_LENGTH]) for owner in owners}
        held = seats.held(conn, set(places.values()))
        now = self._monotonic()
        self._missed = {
            owner: self._missed.get(owner, now)
            for owner, place in places.items()
            if place not in held
        }
        gone = {owner for owner, since in self._missed.items() if now - since >= _MISSED_S}
        for owner in gone:
            closing.forget_leases(conn, owner)
        return owners - gone

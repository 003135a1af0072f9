"""After which of our messages somebody installed, registered, or asked for silence.

It is looked up for many together, when a list has come and once a night, not call by call: see
`store.preceding` for what one look costs. Until then a registration counts as after none of ours;
its place in the figures moves in the transaction that settles it, so nobody counts twice.
"""

from collections.abc import Callable, Sequence
from datetime import date

from sqlalchemy import Connection

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.network import Network
from outreach.domain.window import LOCAL, Clock, Window
from outreach.store import preceding, registrations
from outreach.store.database import Database
from outreach.store.preceding import Preceded
from outreach.store.responses import HAS_APP, Group, Kind


def attribute(
    database: Database, within_days: int, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Put every registration that waits down to the last message before it; returns how many.

    It counts from `within_days` days before, that day and the registration's own included. What
    is being sent meanwhile is not held up: only the results are written, some at a time.
    """
    done = 0
    for kind in (*HAS_APP, Kind.OPTED_OUT):
        after: int | None = 0
        while after is not None and not stopped():
            with database.read() as conn:
                after = preceding.lay_out(conn, kind, after, within_days)
                if after is not None and _found(conn, stopped):
                    done += sum(_settle(database, kind, page) for page in preceding.pages(conn))
                preceding.clear(conn)
    return done


class Nightly:
    """Looks up what waits once a night, when nothing is sent."""

    def __init__(self, database: Database, within_days: int, window: Window, clock: Clock) -> None:
        self._database = database
        self._within_days = within_days
        self._window = window
        self._clock = clock
        self._done: date | None = None

    def look(self, stopped: Callable[[], bool] = lambda: False) -> int:
        """Look up what waits, if it is between midnight and the hour at which sending begins."""
        now = self._clock().astimezone(LOCAL)
        if now.time() >= self._window.opens or self._done == now.date():
            return 0
        done = attribute(self._database, self._within_days, stopped)
        self._done = now.date()
        return done


def _found(conn: Connection, stopped: Callable[[], bool]) -> bool:
    """Find what those laid out were sent; False if that was broken off."""
    for campaign in preceding.campaigns(conn):
        if stopped():
            return False
        preceding.pass_by(conn, campaign)
    return True


def _settle(database: Database, kind: Kind, page: Sequence[Preceded]) -> int:
    after = {
        each.msisdn: (each.message, _group(kind, each.message, each))
        for each in page
        if each.message is not None
    }
    with database.write() as conn:
        return registrations.settle(conn, kind, [each.msisdn for each in page], after)


def _group(kind: Kind, message: int, each: Preceded) -> Group:
    campaign, network = message // CAMPAIGN_SPAN, Network(each.network)
    return Group(each.day // 100, kind, campaign, each.account, network, each.district)

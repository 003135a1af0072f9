"""Visits to the city's links: collected in memory, written down many at a time.

Nobody waits for it. A crash loses half a second of visits at most, and a person who comes again
that month is counted then.
"""

import asyncio
import logging
from functools import partial

from outreach.domain.month import Month
from outreach.domain.window import Clock
from outreach.observe import OPENS_LOST
from outreach.store import opens
from outreach.store.database import Writer
from outreach.store.opens import Visit
from outreach.store.room import FullError

log = logging.getLogger(__name__)

_GATHER = 0.5
"""Seconds for which visits are collected."""
_LOAD = 500
"""Visits that are written together at most."""
_MOST = 20_000
"""Visits in memory: what comes beyond them, while the database does not keep up, is not counted."""


class Opens:
    """Counts visits, inside a running loop."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._load: list[Visit] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Future[None]] = set()
        self._held = 0

    def take(self, message: int, *, previewed: bool) -> None:
        """Count a visit; returns at once, and never raises."""
        if self._held >= _MOST:
            OPENS_LOST.inc()
            return
        now = self._clock()
        self._load.append(
            Visit(message, Month.of(now).number, int(now.timestamp() * 1000), previewed)
        )
        self._held += 1
        if len(self._load) >= _LOAD:
            self._write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER, self._write)

    async def close(self) -> None:
        """Write down what was collected."""
        self._write()
        if self._writing:
            await asyncio.wait(self._writing)

    def _write(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        load, self._load = self._load, []
        if not load:
            return
        job = self._writer.submit(partial(opens.record, visits=load), patient=False)
        writing = asyncio.wrap_future(job)
        self._writing.add(writing)
        writing.add_done_callback(partial(self._written, len(load)))

    def _written(self, visits: int, writing: asyncio.Future[None]) -> None:
        self._writing.discard(writing)
        self._held -= visits
        if (fault := writing.exception()) is not None:
            OPENS_LOST.inc(visits)
            if not isinstance(fault, FullError):  # the writer says so, once for all
                log.error("%d visits to links could not be written down: %s", visits, type(fault))

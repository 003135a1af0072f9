"""Takes carriers' calls: on disk before they are answered, many in one commit."""

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from outreach.carriers.base import Callback
from outreach.delivery.calls import pack
from outreach.domain.window import Clock
from outreach.observe import CALLBACKS
from outreach.store import inbox
from outreach.store.database import Writer

_GATHER = 0.005
"""Seconds that calls wait for one another: far below any carrier's patience (Zalo's is 2 s)."""


class Door:
    """The callback door of every account."""

    def __init__(
        self, writer: Writer, numbers: Mapping[str, int], token: str, clock: Clock
    ) -> None:
        self._writer = writer
        self._numbers = numbers
        self._token = token.encode()
        self._clock = clock
        self._load: _Load | None = None
        self._calls = {name: CALLBACKS.labels(name) for name in numbers}  # a silent one has 0

    def knows(self, account: str, token: str) -> bool:
        """Whether a call came to an address that we gave out."""
        return account in self._numbers and hmac.compare_digest(token.encode(), self._token)

    async def take(self, account: str, call: Callback) -> None:
        """Store a call; when this returns it is durable. Calls that wait together share a commit.

        Raises what the database raised when the call could not be stored.
        """
        self._calls[account].inc()
        row = (self._numbers[account], int(self._clock().timestamp() * 1000), pack(call))
        if self._load is None:
            loop = asyncio.get_running_loop()
            self._load = _Load(loop.create_future())
            loop.call_later(_GATHER, self._store)
        self._load.rows.append(row)
        await asyncio.shield(self._load.stored)

    def _store(self) -> None:
        """Hand the load to the writer; calls from here on go to the next one."""
        load, self._load = self._load, None
        assert load is not None
        stored = self._writer.submit(lambda conn: inbox.put(conn, load.rows), patient=False)
        job = asyncio.wrap_future(stored)
        job.add_done_callback(load.tell)


@dataclass(slots=True)
class _Load:
    """Calls that are stored together, and the future of their storing."""

    stored: asyncio.Future[None]
    rows: list[tuple[int, int, bytes]] = field(default_factory=list)

    def tell(self, job: asyncio.Future[None]) -> None:
        """Let the callers know how the storing ended."""
        if (fault := job.exception()) is not None:
            self.stored.set_exception(fault)
        else:
            self.stored.set_result(None)

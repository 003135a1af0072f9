"""Callbacks to the customer: late, doubled and repeated as the carriers do it."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from yarl import URL

from outreach.simulator.caller import BrokenError, Caller
from outreach.simulator.ledger import Ledger, ReceiptRow

TIMED_OUT = 0
BROKEN = -1
_WORKERS = 64
LADDER_S = (5.0, 30.0, 300.0)
PATIENCE_S = 5.0
"""What a carrier is taken to do whose retries and patience are not documented."""
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One callback: POST with a body, GET without; `ladder` holds the waits before each retry."""

    dialect: str
    key: str
    msisdn: str
    reference: str
    url: URL
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ladder: tuple[float, ...] = LADDER_S  # before scaling
    only_timeouts: bool = False  # retried after a time-out and after nothing else
    timeout_s: float = PATIENCE_S
    retry_header: str = ""  # carries the number of the retry, where there is one
    attempt: int = 0


class Postman:
    """A queue of callbacks and a few workers; all waits are multiplied by a scale."""

    def __init__(
        self, ledger: Ledger, scale: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._ledger = ledger
        self._scale = scale
        self._clock = clock
        self._queue: asyncio.Queue[Receipt] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._idle = asyncio.Event()
        self.pending = 0

    def open(self) -> None:
        """Start the workers on the running loop."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(_WORKERS)]

    async def close(self) -> None:
        """Forget what has not gone out yet and stop."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def later(self, delay_s: float, receipt: Receipt) -> None:
        """Deliver a receipt after a delay, scaled."""
        self.began()
        loop = asyncio.get_running_loop()
        loop.call_later(delay_s * self._scale, self._queue.put_nowait, receipt)

    async def now(self, receipt: Receipt) -> None:
        """Make the first try at once, and wait for it."""
        self.began()
        caller = Caller()
        await self._try(receipt, caller)
        caller.close()

    def began(self) -> None:
        """Count a receipt that is to go out, whoever carries it."""
        self.pending += 1

    def ended(self) -> None:
        """Count off a receipt that has gone out, or never will."""
        self.pending -= 1
        if not self.pending:
            self._idle.set()

    async def settled(self, timeout_s: float = 10.0) -> None:
        """Wait until nothing is pending."""
        async with asyncio.timeout(timeout_s):
            while self.pending:
                self._idle.clear()
                await self._idle.wait()

    async def _work(self) -> None:
        caller = Caller()
        try:
            while True:
                await self._try(await self._queue.get(), caller)
        finally:
            caller.close()

    async def _try(self, receipt: Receipt, caller: Caller) -> None:
        status = await self._deliver(receipt, caller)
        self._ledger.receipt(
            ReceiptRow(
                self._clock(),
                receipt.dialect,
                receipt.key,
                receipt.msisdn,
                receipt.reference,
                receipt.attempt,
                status,
            )
        )
        again = status == TIMED_OUT if receipt.only_timeouts else status != 200
        if again and receipt.attempt < len(receipt.ladder):
            self.later(
                receipt.ladder[receipt.attempt], replace(receipt, attempt=receipt.attempt + 1)
            )
        self.ended()

    async def _deliver(self, receipt: Receipt, caller: Caller) -> int:
        headers = receipt.headers
        if receipt.attempt and receipt.retry_header:
            headers = {**headers, receipt.retry_header: str(receipt.attempt)}
        try:
            async with asyncio.timeout(receipt.timeout_s):
                return await caller.call(receipt.url, receipt.body, headers)
        except TimeoutError:
            return TIMED_OUT
        except BrokenError:
            return BROKEN

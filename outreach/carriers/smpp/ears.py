"""The carrier's words on our lines: kept many at a time, and answered only when they are kept."""

import asyncio
from collections.abc import Sequence

from outreach.carriers.base import Callback
from outreach.carriers.ports import Hear
from outreach.carriers.smpp.answers import RINVCMDLEN, ROK, RX_T_APPN
from outreach.carriers.smpp.pdu import Pdu, delivered
from outreach.carriers.smpp.receipts import is_receipt
from outreach.carriers.smpp.session import Session

CONTENT_TYPE = "application/x-smpp"

_TOGETHER = 64
"""Receipts in one call; one that came too early has its whole call looked at again."""
STORES = 16
"""Calls that are being kept at once, in one commit; what comes meanwhile gathers for the next."""
_MOST = 9_000
"""Receipts that wait to be kept; any more are to come again later."""
_LONGEST = 4096
"""Octets of a receipt; what is longer is none, and thousands of such are not to wait here."""


class Ears:
    """Hands receipts to `hear`, and tells the carrier that we have them when it has returned."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._waiting: list[tuple[Session, Pdu]] = []
        self._storing: set[asyncio.Task[None]] = set()

    def take(self, session: Session, found: Sequence[Pdu]) -> None:
        """Take what came in one read; a message from a person is answered and dropped."""
        dropped = []
        for pdu in found:
            read = delivered(pdu)
            if read is None:
                session.nack(pdu.sequence, RINVCMDLEN)
            elif len(pdu.octets) > _LONGEST or not is_receipt(read):
                dropped.append(pdu)
            elif len(self._waiting) < _MOST:
                self._waiting.append((session, pdu))
            else:
                session.answer([pdu], RX_T_APPN)
        if dropped:
            session.answer(dropped, ROK)
        self._store()

    async def quiet(self, patience: float) -> None:
        """Wait until all is kept, for so many seconds; the carrier will repeat the rest."""
        until = asyncio.get_running_loop().time() + patience
        while self._storing:
            left = until - asyncio.get_running_loop().time()
            if left <= 0:
                self._waiting.clear()
                for task in self._storing:
                    task.cancel()
                await asyncio.gather(*self._storing, return_exceptions=True)
                return
            await asyncio.wait(self._storing, timeout=left)

    def _store(self) -> None:
        while self._waiting and len(self._storing) < STORES:
            load, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            task = asyncio.get_running_loop().create_task(self._keep(load))
            self._storing.add(task)
            task.add_done_callback(self._kept)

    def _kept(self, task: asyncio.Task[None]) -> None:
        self._storing.discard(task)
        self._store()

    async def _keep(self, load: Sequence[tuple[Session, Pdu]]) -> None:
        body = b"".join(pdu.octets for _, pdu in load)
        try:
            await self._hear(Callback("", {"content-type": CONTENT_TYPE}, body))
            status = ROK
        except Exception:  # noqa: BLE001 - whatever the store met: it is not kept, so it comes again
            status = RX_T_APPN
        for session in dict.fromkeys(session for session, _ in load):
            session.answer([pdu for own, pdu in load if own is session], status)

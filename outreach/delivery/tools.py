"""What every account's sender shares."""

import asyncio
from dataclasses import dataclass, field

from outreach.delivery.judge import Policy
from outreach.delivery.roster import Roster
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.rules import Cap
from outreach.domain.window import Clock
from outreach.store.database import Job, T, Writer
from outreach.store.tally import Reasons


@dataclass(frozen=True, slots=True)
class Tools:
    """The writer, the campaigns, the clock, the seal of keys, and what holds for all."""

    writer: Writer
    roster: Roster
    clock: Clock
    seal: KeySeal
    send_class: SendClass
    policy: Policy = field(default_factory=Policy)
    cap: Cap | None = None
    """How often one number may be written to, over all campaigns."""

    reasons: Reasons = field(default_factory=Reasons)
    """Those of carriers and rows: each is a row of the tally."""

    def reason(self, said: str | None) -> str | None:
        """A reason as it is counted, where there is one."""
        return said and self.reasons.keep(said)

    def now_ms(self) -> int:
        """The clock's present in milliseconds."""
        return int(self.clock().timestamp() * 1000)

    async def read(self, look: Job[T]) -> T:
        """Look at what is committed, beside the writer."""
        return await asyncio.to_thread(self._read, look)

    def _read(self, look: Job[T]) -> T:
        with self.writer.database.read() as conn:
            return look(conn)

    async def write(self, job: Job[T]) -> T:
        """Run a job on the writer and wait until it is durable."""
        return await asyncio.wrap_future(self.writer.submit(job))

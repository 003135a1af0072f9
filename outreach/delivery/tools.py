"""What every account's sender shares."""

import asyncio
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from outreach.delivery.judge import Policy
from outreach.delivery.roster import Roster
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.window import Clock
from outreach.store.database import Job, T, Writer
from outreach.store.work import Lease

_LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Tools:
    """The writer, the campaigns, the clock, the seal of keys, and this process's name."""

    writer: Writer
    roster: Roster
    clock: Clock
    seal: KeySeal
    send_class: SendClass
    policy: Policy = field(default_factory=Policy)
    owner: str = field(default_factory=lambda: uuid.uuid4().hex)

    def now_ms(self) -> int:
        """The clock's present in milliseconds."""
        return int(self.clock().timestamp() * 1000)

    def lease(self) -> Lease:
        """A lease from now on."""
        return Lease(self.owner, self.now_ms() + int(_LEASE.total_seconds() * 1000))

    async def write(self, job: Job[T]) -> T:
        """Run a job on the writer and wait until it is durable."""
        return await asyncio.wrap_future(self.writer.submit(job))

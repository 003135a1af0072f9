"""A simulated SMSC of its own for a test, and who is bound to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from outreach.simulator import Faults, Simulator, SimulatorConfig
from outreach.simulator.smpp import SmppConfig
from tests.simulator.speak import Esme, Heard, Told


@asynccontextmanager
async def opened(config: SimulatorConfig) -> AsyncIterator[Simulator]:
    """Open a simulator; connections end with it, and no task outlives it."""
    async with Simulator(config) as sim:
        try:
            yield sim
        finally:
            await Esme.hang_up_all()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@asynccontextmanager
async def smsc(
    faults: Faults | None = None, *, clock: Callable[[], float] = time.time, **habits: Any
) -> AsyncIterator[Simulator]:
    """Open a simulator with one SMPP account, its receipts at once where no fault is planned."""
    config = SimulatorConfig(
        faults=faults or Faults(receipt_ms=(0, 0)),
        dialects=(SmppConfig(**habits),),
        time_scale=0.01,
        clock=clock,
    )
    async with opened(config) as sim:
        yield sim


async def bound(sim: Simulator, command: int = 0x09) -> Esme:
    """Be bound: as a transceiver, a transmitter (2) or a receiver (1)."""
    esme = await Esme.connect(sim.lines["smpp"])
    assert (await esme.bind(command)).status == 0
    return esme


async def submitted(sim: Simulator, **fields: Any) -> tuple[Heard, Told]:
    """Submit and hear the answer and the receipt."""
    esme = await bound(sim)
    return await esme.submit(**fields), await esme.receipt()

"""What an engine does over and over, in whichever process."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from outreach.delivery.keeper import rest
from outreach.delivery.settle import BATCH, Settler
from outreach.delivery.sweep import Sweep
from outreach.delivery.tools import Tools
from outreach.delivery.trouble import Trouble

_GATHER = 0.25
"""Seconds between two looks at an inbox that is not full: few together cost six times as much."""


async def every(
    stop: asyncio.Event, name: str, seconds: float, work: Callable[[], Awaitable[object]]
) -> None:
    """Do a piece of work again and again until the stop; where it fails, that is told once."""
    with Trouble(name).here() as trouble:
        while not stop.is_set():
            with trouble.told():
                await work()
            await rest(stop, seconds)


async def swept(tools: Tools, sweep: Sweep, living: Collection[str] | None) -> None:
    """Do each job of a round; one that fails is told of when the others are done.

    `living`: see `Sweep.jobs`.
    """
    faults = []
    for job in sweep.jobs(living):
        try:
            await tools.write(job)
        except Exception as fault:  # noqa: BLE001 - raised again below
            faults.append(fault)
    if faults:
        raise ExceptionGroup("some of the sweep's jobs failed", faults)


async def settle(stop: asyncio.Event, settler: Settler) -> None:
    """Settle what comes in until the stop."""
    with Trouble("settling receipts").here() as trouble:
        while not stop.is_set():
            settled = 0
            with trouble.told():
                settled = await settler.settle()
            if settled < BATCH:
                await rest(stop, _GATHER)
        with trouble.told():
            await settler.give_back()

"""A simulator a test, on a free port, with receipts a hundred times faster."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from outreach.simulator import Simulator, SimulatorConfig
from tests.simulator.speak import Sink, Speaker, sink

Stage = Callable[..., AbstractAsyncContextManager[tuple[Simulator, Speaker]]]


@asynccontextmanager
async def _staged(**settings: Any) -> AsyncIterator[tuple[Simulator, Speaker]]:
    config = SimulatorConfig(**{"time_scale": 0.01, **settings})
    async with Simulator(config) as sim, aiohttp.ClientSession() as session:
        yield sim, Speaker(session, sim.url)


@pytest.fixture
def staged() -> Stage:
    """Open a simulator with these fields of SimulatorConfig, and someone to speak to it."""
    return _staged


@pytest.fixture
async def callbacks() -> AsyncIterator[Sink]:
    async with sink() as kept:
        yield kept

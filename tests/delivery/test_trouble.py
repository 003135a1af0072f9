"""What fails over and over is told of, by whoever does it and no longer than he does it."""

import asyncio

from prometheus_client import REGISTRY

from outreach.delivery.duty import every


def failing(task: str) -> float | None:
    return REGISTRY.get_sample_value("outreach_task_failing", {"task": task})


async def test_a_task_that_is_given_up_fails_no_more_here() -> None:
    """Another process has it now, and there it may go well: an alarm would never end."""
    stop = asyncio.Event()

    async def fail() -> None:
        raise RuntimeError("as it is told to")

    task = asyncio.create_task(every(stop, "a task of the test", 0.01, fail))
    while not failing("a task of the test"):
        await asyncio.sleep(0.01)
    stop.set()
    await task
    assert failing("a task of the test") == 0


async def test_a_task_that_is_cancelled_fails_no_more_here() -> None:
    async def fail() -> None:
        raise RuntimeError("as it is told to")

    task = asyncio.create_task(every(asyncio.Event(), "another task of the test", 0.01, fail))
    while not failing("another task of the test"):
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert failing("another task of the test") == 0

"""The event loop on which an engine works."""

import asyncio
import gc
import importlib
import importlib.util
from collections.abc import Coroutine


def run_loop(work: Coroutine[None, None, None]) -> None:
    """Run on uvloop where there is one: the wire costs about a fifth less."""
    factory = None
    if importlib.util.find_spec("uvloop") is not None:  # it does not exist for Windows
        uvloop = importlib.import_module("uvloop")
        factory = uvloop.new_event_loop
    # A message makes some hundred short-lived objects and no cycles: look for cycles seldom.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)

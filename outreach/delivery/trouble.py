"""What fails again and again says so once, and once more when it works again."""

import contextlib
import logging
from collections.abc import Iterator

from outreach.observe import FAILING

log = logging.getLogger(__name__)


class Trouble:
    """One task that is tried again and again, and must not end the others."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._failing = False

    @contextlib.contextmanager
    def here(self) -> Iterator["Trouble"]:
        """While the task is done by this process; who does it no longer says no more of it."""
        try:
            yield self
        finally:
            if self._failing:
                self._now(failing=False)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Run a try of it; what it raises is logged if the try before went well, and goes no on."""
        try:
            yield
        except Exception:
            if not self._failing:
                log.exception("%s does not work; it is tried again and again", self._task)
            self._now(failing=True)
        else:
            if self._failing:
                log.warning("%s works again", self._task)
            self._now(failing=False)

    def _now(self, *, failing: bool) -> None:
        self._failing = failing
        FAILING.labels(self._task).set(failing)

"""Rings for every post once a second; a second beat only rings more often."""

import signal

from celery.apps import beat
from celery.beat import Scheduler, Service

from outreach.delivery.trouble import Trouble
from workers.celery_app import BELL

_EVERY_S = 1.0
_ENOUGH = 4
"""Bells that wait in a queue: while nobody answers there is no use in more."""


class Ringer(Scheduler):  # type: ignore[misc]  # Celery tells no types
    """Keeps no file and no times: whatever the clock does, it rings."""

    max_interval = _EVERY_S
    _trouble = Trouble("ringing for the workers")

    def tick(self) -> float:
        """Ring for each queue in which few bells wait; returns the seconds until the next time."""
        with self._trouble.told():
            for queue in self.app.conf.task_queues:
                if self._waiting(queue.name) < _ENOUGH:
                    self.app.send_task(BELL, queue=queue.name, producer=self.producer)
        return _EVERY_S

    def _waiting(self, queue: str) -> int:
        return int(self.connection.default_channel.client.llen(queue))


class Beat(beat.Beat):  # type: ignore[misc]  # Celery tells no types
    """Ends at the first SIGTERM or Ctrl-C, whatever it is about."""

    def install_sync_handler(self, service: Service) -> None:
        """Celery's own handler hangs up first: a call under way makes a fault of its own of that.

        Such a fault is tried again, as every other, and beat would ring on.
        """

        def end(*_: object) -> None:
            service.stop()
            raise SystemExit

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)

"""The bell: Celery on Redis. It carries no data and keeps no record; the database does.

The settings are those that were measured to matter (one bell at a time, late acknowledgement,
unacknowledged bells given back soon), so that a bell that was lost with a process rings again.
Nothing depends on it: beat rings each second.
"""

import os
import ssl
from collections.abc import Sequence
from pathlib import Path

from celery import Celery, signals
from kombu.entity import Queue

from outreach import settings as installed
from outreach.domain.errors import BadInputError
from outreach.settings import REDIS_URL, Settings
from workers.posts import Post

BELL = "bell"
"""The one task: there may be work for the queue that it came by."""

_VISIBLE_S = 300
"""A bell that a process took and did not answer is given to another one after so long."""


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # Celery tells no types
def _leave_logging(**_: object) -> None:
    """Where somebody answers this, Celery lets alone what `set_up_logging` has set."""


def load() -> Settings:
    """The installation's settings; BadInputError where they are not those of a cluster."""
    found = installed.load(Path(os.environ.get("OUTREACH_CONFIG", "config")))
    if not found.redis_url:
        raise BadInputError(
            f"{REDIS_URL} is not set: workers need a Redis (`outreach run` does not)"
        )
    if not found.database_url.startswith("postgresql"):
        raise BadInputError(
            "workers need PostgreSQL: set OUTREACH_DATABASE_URL to postgresql://…"
            " (`outreach db copy` moves an installation there)"
        )
    return found


def make(broker: str, posts: Sequence[Post]) -> Celery:
    """The application: a queue for each post."""
    app = Celery("outreach", broker=broker)
    if broker.startswith("rediss:"):
        # Unless the address says otherwise: without a word kombu would trust any certificate.
        app.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    app.conf.update(
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "visibility_timeout": _VISIBLE_S,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
        },
        task_acks_late=True,
        task_create_missing_queues=False,
        task_ignore_result=True,
        task_queues=[Queue(post.queue, routing_key=post.queue) for post in posts],  # type: ignore[no-untyped-call]  # kombu tells no types
        task_reject_on_worker_lost=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_pool="solo",  # a bell takes milliseconds: the work is done on a loop of its own
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
    )
    return app

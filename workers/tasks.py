"""A worker under Celery: the process that answers bells, and how it comes to its end."""

import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from celery import Celery, Task, signals

from outreach.board import Board
from outreach.bootstrap import House
from workers.celery_app import BELL
from workers.filling import fill
from workers.posts import Post
from workers.process import Process

log = logging.getLogger(__name__)

_LOOK_S = 5.0
_PAGE = resource.getpagesize()


def answer(app: Celery, process: Process) -> None:
    """Have a process answer its bells; a bell carries nothing but the name of its queue."""

    @app.task(name=BELL, bind=True)  # type: ignore[untyped-decorator]  # Celery tells no types
    def bell(task: Task) -> None:
        process.ring(str(task.request.delivery_info["routing_key"]))


def work(app: Celery, house: House, posts: Sequence[Post], memory_mb: int) -> None:
    """Answer bells until SIGTERM or Ctrl-C, or until the process has grown above so many MB.

    A warm end: the posts are given up at the signal, what is in flight is answered and recorded.
    """
    board = Board(house.settings.redis_url)
    process = Process(house, board, fill, {post.queue: post for post in posts})
    answer(app, process)
    process.start()
    asked = threading.Event()

    def end(**_: object) -> None:
        asked.set()
        process.stop()

    signals.worker_shutting_down.connect(end, weak=False)
    watch = threading.Thread(target=_watch, args=(process, memory_mb), name="memory", daemon=True)
    watch.start()
    try:
        app.worker_main(_options(posts))
    finally:
        process.close()
    if not asked.is_set():
        # Bytes that are no bell, say.
        log.error("the bell broke: nobody had asked this worker to end")
    if process.failed or not asked.is_set():
        sys.exit(1)  # whatever watches over this process has to see a fault


def _options(posts: Sequence[Post]) -> list[str]:
    queues = ",".join(post.queue for post in posts)
    # Nobody asks the workers about each other: the database knows who is at work.
    return [
        "--quiet", "worker", "-Q", queues, "-c", "1",
        "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip


def _watch(process: Process, memory_mb: int) -> None:
    """End the process quietly when it has grown too large, or when its loop has ended."""
    end = threading.Event()
    while not end.wait(_LOOK_S):
        used = _resident_mb()
        if memory_mb and used > memory_mb:
            log.error("this process has grown to %d MB, above %d: it makes room", used, memory_mb)
        elif process.alive:
            continue
        os.kill(os.getpid(), signal.SIGTERM)
        return


def _resident_mb() -> int:
    """Memory in use; where the system does not tell, the most there ever was."""
    told = Path("/proc/self/statm")
    if told.exists():
        return int(told.read_text().split()[1]) * _PAGE // 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 2**20 if sys.platform == "darwin" else most // 2**10

"""The doors of a cluster.

python -m workers run                    everything, in one process
python -m workers run send receipts      all accounts that send by HTTP, and the receipts
python -m workers run smpp.viettel       one SMPP account
python -m workers beat                   rings for them all; one is enough, two do no harm
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from celery.apps.beat import Beat
from prometheus_client import start_http_server

from outreach.bootstrap import open_house
from outreach.domain.errors import BadInputError
from outreach.observe import set_up_logging
from workers import tasks
from workers.beat import Ringer
from workers.celery_app import load, make
from workers.posts import chosen, posts

_BAD_INPUT = 2


def main(told: Sequence[str] | None = None) -> int:
    """Run a worker or beat until it is told to stop."""
    given = _parser().parse_args(told)
    try:
        set_up_logging()
        if given.door == "beat":
            _beat()
        else:
            _run(given.queues, given.metrics, given.memory_mb)
    except BadInputError as fault:
        sys.stderr.write(f"error: {fault}\n")
        return _BAD_INPUT
    return 0


def _run(queues: Sequence[str], metrics: str, memory_mb: int) -> None:
    settings = load()
    wanted = chosen(settings.accounts, queues)
    if not wanted:
        logging.getLogger(__name__).warning("no account needs this worker: it ends")
        return
    if metrics:
        host, _, port = metrics.rpartition(":")
        start_http_server(int(port), addr=host)
    tasks.work(make(settings.redis_url, wanted), open_house(settings), wanted, memory_mb)


def _beat() -> None:
    settings = load()
    app = make(settings.redis_url, posts(settings.accounts))
    logging.getLogger("celery.beat").setLevel(logging.WARNING)
    Beat(app=app, scheduler=Ringer, loglevel="WARNING", quiet=True).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workers", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    doors = parser.add_subparsers(dest="door", required=True)
    run = doors.add_parser("run", help="fill posts: send, settle, poll, sweep")
    run.add_argument("queues", nargs="*", help="queues or kinds of work; none means all")
    run.add_argument("--metrics", default="", metavar="HOST:PORT", help="where to serve /metrics")
    run.add_argument(
        "--memory-mb", type=int, default=0, help="end quietly above this much memory; 0: never"
    )
    doors.add_parser("beat", help="ring for every post once a second")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The doors of a cluster.

python -m workers run                    everything, in one process
python -m workers run send receipts      all accounts that send by HTTP, and the receipts
python -m workers run smpp.viettel       one SMPP account
python -m workers beat                   rings for them all; one is enough, two do no harm
"""

import argparse
import os
import sys
from collections.abc import Sequence

from prometheus_client import start_http_server
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from outreach.bootstrap import open_house
from outreach.domain.errors import BadInputError
from outreach.observe import set_up_logging
from workers import tasks
from workers.beat import Beat, Ringer
from workers.celery_app import load, make
from workers.posts import chosen, posts

_FAULT = 1
_BAD_INPUT = 2
_LEAST_MB = 128
"""A worker has 90 MB at rest: one that may have less would end as soon as it has begun."""


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
    except SQLAlchemyError as fault:
        # Whatever watches over this process tries again: the database may come back.
        sys.stderr.write(f"error: the database does not answer, or refuses: {_first_line(fault)}\n")
        return _FAULT
    return 0


def _run(queues: Sequence[str], metrics: str | None, memory_mb: int) -> None:
    settings = load()
    wanted = chosen(settings.accounts, queues)
    if not wanted:
        # Whatever starts it again does so with settings that may have such an account by then.
        there = ", ".join(post.queue for post in posts(settings.accounts))
        raise BadInputError(
            f"no enabled account has work for {', '.join(queues)}; there is work for: {there}"
        )
    house = open_house(settings)
    if metrics:
        host, _, port = metrics.rpartition(":")
        try:
            start_http_server(int(port), addr=host)
        except OSError as fault:
            why = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else "no such host"
            raise BadInputError(f"--metrics {metrics}: {why}") from None
    tasks.work(make(settings.redis_url, wanted), house, wanted, memory_mb)


def _beat() -> None:
    settings = load()
    app = make(settings.redis_url, posts(settings.accounts))
    Beat(app=app, scheduler=Ringer, quiet=True).run()


def _first_line(fault: SQLAlchemyError) -> str:
    """What the database said, in a line; without the statement and its values."""
    said = str(fault.orig) if isinstance(fault, DBAPIError) else type(fault).__name__
    return said.partition("\n")[0]


def _place(told: str) -> str:
    host, _, port = told.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise argparse.ArgumentTypeError(
            f"expected HOST:PORT, such as 127.0.0.1:9100, not '{told}'"
        )
    return told


def _memory(told: str) -> int:
    if not told.isdecimal() or 0 < int(told) < _LEAST_MB:
        raise argparse.ArgumentTypeError(f"expected 0, or at least {_LEAST_MB}, not '{told}'")
    return int(told)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workers", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    doors = parser.add_subparsers(dest="door", required=True)
    run = doors.add_parser("run", help="fill posts: send, settle, poll, sweep")
    run.add_argument("queues", nargs="*", help="queues or kinds of work; none means all")
    run.add_argument("--metrics", type=_place, metavar="HOST:PORT", help="where to serve /metrics")
    run.add_argument(
        "--memory-mb", type=_memory, default=0, help="end quietly above this much memory; 0: never"
    )
    doors.add_parser("beat", help="ring for every post once a second")
    return parser


if __name__ == "__main__":
    sys.exit(main())

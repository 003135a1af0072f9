"""What can be seen from outside: logs with numbers masked, metrics with bounded labels.

docs/metrics.md says of each metric what it counts and when to worry.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from prometheus_client import Counter, Gauge, Histogram

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import mask_text

SUBMISSIONS = Counter(
    "outreach_submissions_total", "Answers to submissions", ["account", "outcome"]
)
THROTTLES = Counter("outreach_throttles_total", "Answers that said: too fast", ["account"])
RECEIPTS = Counter("outreach_receipts_total", "Receipts settled", ["account", "effect"])
CALLBACKS = Counter("outreach_callbacks_total", "Carriers' calls at our door", ["account"])
OPENS_LOST = Counter(
    "outreach_opens_lost_total", "Visits to the city's links that could not be written down"
)
RESTARTS = Counter("outreach_sender_restarts_total", "Senders replaced by new ones", ["account"])
SUB_BATCH = Histogram(
    "outreach_sub_batch_seconds",
    "From the start of a sub-batch until it is recorded",
    ["account"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
)

RATE = Gauge("outreach_rate_per_second", "Answers in the last second", ["account"])
ALLOWED = Gauge(
    "outreach_allowed_per_second", "What the tightest limit gives at present", ["account", "unit"]
)
IN_FLIGHT = Gauge("outreach_in_flight", "Calls that wait for an answer", ["account"])
BREAKER = Gauge("outreach_breaker_open", "1 while an account is held back", ["account"])
STALLED = Gauge("outreach_stalled", "1 while nothing moves though there is work", ["account"])
QUOTA_LEFT = Gauge(
    "outreach_quota_left", "Units that the day or month still has", ["account", "unit", "span"]
)
BACKLOG = Gauge("outreach_backlog", "Messages of running campaigns that have to leave", ["account"])
CAMPAIGN_BACKLOG = Gauge(
    "outreach_campaign_backlog", "The same by campaign, while it runs", ["campaign"]
)
UNKNOWN = Gauge(
    "outreach_campaign_unknown", "Messages that may have left, while it runs", ["campaign"]
)
COST = Gauge(
    "outreach_campaign_cost_dong", "What it cost so far, before tax, while it runs", ["campaign"]
)
INBOX = Gauge("outreach_inbox_waiting", "Calls not settled yet")
INBOX_LAG = Gauge("outreach_inbox_lag_seconds", "Age of the oldest call not settled yet")
PAUSED = Gauge("outreach_everything_paused", "1 while everything is paused")
DIVIDED = Gauge(
    "outreach_limits_divided", "1 while each process of a cluster keeps to its part of the limits"
)
FAILING = Gauge("outreach_task_failing", "1 while a task of the engine does not work", ["task"])
UNWRITABLE = Gauge("outreach_database_unwritable", "1 while the database takes no writes")

_LEVEL, _FORM = "OUTREACH_LOG_LEVEL", "OUTREACH_LOG"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_CHATTY = ("httpx", "httpcore", "aiohttp", "asyncio", "celery", "kombu", "uvicorn")
"""They would say a line for every call."""


class Line(logging.Formatter):
    """Writes a record as one line, with every phone number in it masked, exceptions included."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, words."""
        told = mask_text(self._told(record))
        return f"{_at(record)} {record.levelname} {record.name} {_in_one_line(told)}"

    def _told(self, record: logging.LogRecord) -> str:
        told = record.getMessage()
        if record.exc_info:
            told += "\n" + self.formatException(record.exc_info)
        return told


class JsonLine(Line):
    """Writes a record as one JSON object; of a batch's line each pair is a field of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Fields at, level, logger and message, or those of the batch."""
        told = mask_text(self._told(record))  # before it is taken apart: a number may have spaces
        plain = {"at": _at(record), "level": record.levelname, "logger": record.name}
        if record.name == "outreach.batch":
            pairs = [pair.partition("=") for pair in told.split()]
            return json.dumps({**plain, **{name: _value(value) for name, _, value in pairs}})
        return json.dumps({**plain, "message": told}, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _in_one_line(told: str) -> str:
    return " | ".join(line.strip() for line in told.splitlines() if line.strip())


def _value(told: str) -> int | str:
    return int(told) if told.isdecimal() else told


def set_up_logging(environ: Mapping[str, str] = os.environ) -> None:
    """Send logs to standard error; BadInputError names a variable that says nothing we know."""
    level = _one_of(environ, _LEVEL, "WARNING", _LEVELS)
    form = _one_of(environ, _FORM, "TEXT", ("TEXT", "JSON"))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if form == "JSON" else Line())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)  # a library's own, which would be lines of another form
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _one_of(environ: Mapping[str, str], name: str, default: str, known: tuple[str, ...]) -> str:
    found = environ.get(name, default).upper()
    if found not in known:
        raise BadInputError(
            f"{name} is '{environ[name]}'; expected one of: {', '.join(known).lower()}"
        )
    return found

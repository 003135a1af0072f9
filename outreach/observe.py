"""What can be seen from outside: logs with numbers masked, metrics with bounded labels."""

import logging
import sys

from prometheus_client import Counter, Gauge

from outreach.domain.msisdn import mask_text

SUBMISSIONS = Counter(
    "outreach_submissions_total", "Answers to submissions", ["account", "outcome"]
)
RECEIPTS = Counter("outreach_receipts_total", "Receipts settled", ["account", "effect"])
CALLBACKS = Counter("outreach_callbacks_total", "Carriers' calls at our door", ["account"])
INBOX = Gauge("outreach_inbox_waiting", "Calls not settled yet")
BREAKER = Gauge("outreach_breaker_open", "1 while an account is held back", ["account"])


class Masked(logging.Formatter):
    """Writes records with every phone number in them masked."""

    def format(self, record: logging.LogRecord) -> str:
        """Format, then mask: exceptions and their texts included."""
        return mask_text(super().format(record))


def set_up_logging(level: str = "WARNING") -> None:
    """Send logs to standard error, masked."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Masked("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)

"""One line a sub-batch in the log, as key=value: what went, how it ended, how long it took."""

import logging
import time
from collections import Counter

from outreach.delivery.batch import Batch
from outreach.observe import SUB_BATCH

log = logging.getLogger("outreach.batch")


def tell(batch: Batch, account: str) -> None:
    """Log a sub-batch that has just been recorded."""
    took = time.monotonic() - batch.began
    SUB_BATCH.labels(account).observe(took)
    if not log.isEnabledFor(logging.INFO):
        return
    ends = Counter(result.event.name.lower() for result in batch.results)
    ends["accept"] += len(batch.taken)
    ends["postpone"] -= batch.parked
    log.info(
        "campaign=%d account=%s size=%d%s under_way=%d waited_ms=%d took_ms=%d",
        batch.live.campaign.id,
        account,
        len(batch.tickets),
        "".join(f" {name}={count}" for name, count in sorted(ends.items()) if count),
        batch.parked,
        batch.waited * 1000,
        took * 1000,
    )

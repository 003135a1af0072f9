"""`outreach` with a clock that somebody else can step while it runs: for the clock's trial only.

    BENCH_CLOCK=file python -m bench.stepped run
    BENCH_CLOCK=file python -m bench.stepped workers run

The file holds seconds, which are added to the rehearsal's shift each time the clock is read.
"""

import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from outreach import cli, settings
from workers import __main__ as workers

VARIABLE = "BENCH_CLOCK"


@dataclass(frozen=True, slots=True)
class SteppedClock:
    """The rehearsal's present, stepped by as many seconds as a file says."""

    shift: timedelta
    file: Path = field(default_factory=lambda: Path(os.environ[VARIABLE]))

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift + timedelta(seconds=float(self.file.read_text()))


def step(file: Path, seconds: float) -> None:
    """Move the clock of every process that reads the file, at once."""
    new = file.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(file)  # nobody may read half of a number


if __name__ == "__main__":
    vars(settings)["RehearsalClock"] = SteppedClock
    if sys.argv[1] == "workers":
        sys.exit(workers.main(sys.argv[2:]))
    cli.main()

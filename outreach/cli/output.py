"""What commands print: JSON for scripts, tables for people, bars while they wait."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from outreach.cli.words import Lang, count
from outreach.domain.window import LOCAL

Step = Callable[[int, int | None], None]
"""Says how far a work has come, and of how much where that is known."""


def emit(value: object) -> None:
    """Print one line of JSON, at once: whoever started us may be waiting for it."""
    print(orjson.dumps(value).decode(), flush=True)


def console() -> Console:
    """Where people read; what is printed is never taken for markup."""
    return Console(markup=False, highlight=False, emoji=False)


def table(title: str | None, columns: Sequence[str], numeric: Iterable[int] = ()) -> Table:
    """Make an empty table; `numeric` are the columns that end at the right."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    right = set(numeric)
    for place, column in enumerate(columns):
        made.add_column(
            column,
            header_style="bold",
            justify="right" if place in right else "left",
            overflow="fold",
        )
    return made


def show_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    numeric: Iterable[int] = (),
    title: str | None = None,
) -> None:
    """Print a table at once."""
    made = table(title, columns, numeric)
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(made)


@contextlib.contextmanager
def progress(label: str) -> Iterator[Step]:
    """Show a bar on standard error while the block runs, if a person is watching."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    shown = Progress(
        *columns,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with shown:
        task = shown.add_task(label, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def money(amount: Decimal, lang: Lang) -> str:
    """An amount in đồng, whole."""
    return f"{count(int(amount.to_integral_value()), lang)} đ"


def iso(ms: int | None) -> str | None:
    """A stored time for scripts: ISO 8601, UTC."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


def local(moment: datetime) -> str:
    """A time for people, in Ho Chi Minh City."""
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def local_ms(ms: int | None) -> str:
    """A stored time for people; empty where there is none."""
    return "" if ms is None else local(datetime.fromtimestamp(ms / 1000, UTC))

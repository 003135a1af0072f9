"""What commands print: JSON for scripts, tables for people, bars while they wait."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from outreach.cli.clean import clean
from outreach.cli.words import Lang, count
from outreach.domain.errors import BadInputError
from outreach.domain.window import LOCAL

_WORD, _WIDEST = 16, 1_000  # characters
T = TypeVar("T")
_STEP = 5_000

Step = Callable[[int, int | None], None]
"""Says how far a work has come, and of how much where that is known."""


class _Screen(Console):
    """A console whose texts are clean."""

    def print(self, *objects: Any, **how: Any) -> None:  # noqa: ANN401 - as Rich has it
        super().print(*(clean(o) if isinstance(o, str) else o for o in objects), **how)


def console() -> Console:
    """Where people read; what is printed is never taken for markup."""
    return _Screen(markup=False, highlight=False, emoji=False)


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
            no_wrap=place in right,  # half of a number reads as another one
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
        made.add_row(*("" if cell is None else clean(cell) for cell in row))
    for column in made.columns:  # words stay readable, numbers whole, whatever is beside them
        widest = max(cell_len(str(cell)) for cell in [column.header, *column.cells])
        column.min_width = widest if column.no_wrap else min(widest, _WORD)
    screen = console()
    least = screen.measure(made, options=screen.options.update(max_width=_WIDEST)).minimum
    screen.width = max(screen.width, least)  # print() never goes beyond it
    screen.print(made, crop=False)


def fresh(path: Path) -> Path:
    """A place for a new file; BadInputError if something is there, or there is no folder."""
    if path.exists() or path.is_symlink():
        raise BadInputError(f"{path} exists already; give another name, or remove it first")
    if not path.parent.is_dir():
        raise BadInputError(f"{path}: there is no folder {path.parent}")
    return path


@contextlib.contextmanager
def progress(label: str) -> Iterator[Step]:
    """Show a bar on standard error while the block runs, if a person is watching."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    shown = Progress(
        *columns,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with shown:
        task = shown.add_task(clean(label), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def watched(things: Iterable[T], total: int, step: Step) -> Iterator[T]:
    """Pass things on, and say now and then how many there were."""
    for number, thing in enumerate(things, 1):
        if number % _STEP == 0:
            step(number, total)
        yield thing


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

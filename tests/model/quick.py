"""What makes histories cheap: nothing is asked of a database twice while it stays the same."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Generic, TypeVar
from unittest import mock

from sqlalchemy import Connection, Engine, event, text

from outreach.campaigns import wording
from outreach.delivery import guard
from outreach.store import campaigns
from outreach.store.database import Database

T = TypeVar("T")
_ENGINES: dict[str, Engine] = {}
"""By address: an engine keeps the statements that it has compiled."""
_SAVEPOINTS = {
    "do_savepoint": "SAVEPOINT",
    "do_release_savepoint": "RELEASE SAVEPOINT",
    "do_rollback_to_savepoint": "ROLLBACK TO SAVEPOINT",
}
"""Said without being compiled each time."""
_LOOKS_AGAIN_MS = 1000
"""After so long an idle lane looks again though nothing has changed: something may be due."""


class Steady(Database):
    """A database of one thread, whose file need not outlive this machine; counts its changes."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if self.is_sqlite and url not in _ENGINES:
            event.listen(self.engine, "connect", _careless)
            for verb, words in _SAVEPOINTS.items():
                setattr(self.engine.dialect, verb, partial(_say, words))
            _ENGINES[url] = self.engine
        self.engine = _ENGINES.get(url, self.engine)
        self._changes = 0
        self._since: tuple[Any, int] | None = None

    @property
    def version(self) -> int:
        """Grows with every change, at once; PostgreSQL does not tell, and counts every look."""
        if not self.is_sqlite:
            self._changes += 1
        if self._since is None:
            return self._changes
        raw, before = self._since
        return self._changes + int(raw.total_changes) - before

    @contextlib.contextmanager
    def write(self, *, steady: bool = False) -> Iterator[Connection]:
        with super().write(steady=steady) as conn:
            raw: Any = conn.connection.dbapi_connection
            self._since = (raw, raw.total_changes) if self.is_sqlite else None
            try:
                yield conn
            finally:
                self._changes, self._since = self.version, None

    def _turn(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def _careless(dbapi: Any, _: object) -> None:
    dbapi.execute("PRAGMA synchronous=OFF")


def _say(words: str, conn: Connection, name: str) -> None:
    conn.connection.cursor().execute(f"{words} {name}")


class Known(Generic[T]):
    """Something read from a database, read anew when that has changed."""

    def __init__(self, database: Steady, read: Callable[[Connection], T]) -> None:
        self._database = database
        self._read = read
        self._found: tuple[int, T] | None = None

    def get(self) -> T:
        """What a read would find at this moment."""
        if self._found is None or self._found[0] != self._database.version:
            with self._database.read() as conn:
                self._found = self._database.version, self._read(conn)
        return self._found[1]


class Vain:
    """Looks for work that found none: until something changes there is no need to look again."""

    def __init__(self, database: Steady, now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms
        self._looks: dict[object, tuple[int, int, Sequence[object]]] = {}

    def again(self, job: Callable[[Connection], T]) -> bool:
        """Whether a job is a look for work that would find none."""
        look = _look(job)
        if look is None or look[0] not in self._looks:
            return False
        version, at, lives = self._looks[look[0]]
        fresh = 0 <= self._now_ms() - at < _LOOKS_AGAIN_MS
        same = {id(live) for live in look[1]} <= {id(live) for live in lives}
        return version == self._database.version and fresh and same

    def noted(self, job: Callable[[Connection], T]) -> Callable[[Connection], T]:
        """The same job; what it looks for in vain is remembered."""
        look = _look(job)
        if look is None:
            return job
        sender, lives = look

        def looked(conn: Connection) -> T:
            found = job(conn)
            if found is None:
                self._looks[sender] = self._database.version, self._now_ms(), lives
            return found

        return looked


def _look(job: Callable[..., object]) -> tuple[object, Sequence[object]] | None:
    """Whose look for work a job is, and at which campaigns; None if it also records something."""
    if not isinstance(job, partial) or "order" not in job.keywords or job.keywords["done"]:
        return None
    return job.func.__self__._account, job.keywords["order"]  # type: ignore[attr-defined]


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Make each statement and each text of a template once, for as long as this lasts."""
    with contextlib.ExitStack() as stack:
        once = lru_cache(4096)(text)
        for name, module in list(sys.modules.items()):
            if name.startswith("outreach.") and getattr(module, "text", None) is text:
                stack.enter_context(mock.patch.object(module, "text", once))
        parsed = lru_cache(1024)(campaigns._campaign)
        read = mock.patch.object(campaigns, "_campaign", lambda row: parsed(tuple(row)))
        stack.enter_context(read)
        # A campaign of a dozen people has few results to be judged by.
        stack.enter_context(mock.patch.object(guard, "LEAST", 4))
        jinja = lru_cache(64)(wording._by_jinja)
        stack.enter_context(mock.patch.object(wording, "_by_jinja", jinja))
        yield

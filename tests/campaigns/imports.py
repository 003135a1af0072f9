"""Audience files of invented people, imports of them, and all that an import stored."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, text

from outreach.campaigns.audience import Wish, import_file
from outreach.domain.campaign import Role
from outreach.domain.network import PrefixTable
from outreach.store import audiences
from outreach.store.audiences import Audience
from outreach.store.database import Database
from outreach.store.users import User

AN = User("an", Role.OPERATOR)
NOW = 1_795_000_000_000  # 2026-11-18

HEADER = "Số điện thoại;Họ và tên;Mã số BHXH;Quận/Huyện"


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports files into a database."""

    database: Database
    prefixes: PrefixTable
    folder: Path

    def file(self, rows: Sequence[str], name: str = "people.csv") -> Path:
        """Write a file of such rows."""
        path = self.folder / name
        path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        return path

    def __call__(self, path: Path, name: str = "quan-1", **more: Any) -> Audience:
        """Import a file; `more` is the rest of the wish."""
        progress = more.pop("progress", None)
        database = more.pop("database", self.database)
        return import_file(database, self.prefixes, AN, Wish(name, path, **more), NOW, progress)


def phone(n: int) -> str:
    """A number of Viettel."""
    return f"0325550{n:03}"


def messy(rows: int) -> list[str]:
    """Rows of which some repeat a number, for the same person or another, and some are bad."""
    made = []
    for n in range(rows):
        number = phone(n * 7 % 50 if n % 3 == 0 else n)
        made.append(f"{'0123' if n % 11 == 5 else number};Người {n * 5 % 9};;Quận {n % 4}")
    return made


Stored = dict[str, list[tuple[Any, ...]]]


def stored(database: Database, name: str) -> Stored:
    """Every row that belongs to an audience; ids are counted within it."""
    with database.read() as conn:
        found = audiences.find(conn, name)
        return {
            "audience": _rows(conn, "SELECT state, rows, imported, joined, rejected, position"
                              f", origin, fingerprint FROM audience WHERE id = {found.id}"),
            "recipients": _rows(conn, f"SELECT id - {found.id * 10**9}, msisdn, network, declared,"
                                " district, params FROM recipient"
                                f" WHERE id / 1000000000 = {found.id} ORDER BY id"),
            "rejects": sorted(_rows(conn, "SELECT line, reason, raw FROM audience_reject"
                                    f" WHERE audience = {found.id}")),
            "shared": _rows(conn, f"SELECT * FROM shared_row WHERE audience = {found.id}"),
        }  # fmt: skip


def _rows(conn: Connection, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in conn.execute(text(sql))]


def params(found: Stored) -> list[dict[str, Any]]:
    """The fields of every recipient."""
    return [orjson.loads(row[5]) for row in found["recipients"]]


def add_up(found: Audience) -> bool:
    """Whether every row of the file is accounted for."""
    return found.rows == found.imported + found.joined + found.rejected


class BreakingDatabase(Database):
    """Dies before the commit of a certain write."""

    def __init__(self, url: str, dies_at: int) -> None:
        """Count writes from 1."""
        super().__init__(url)
        self.left = dies_at

    @contextmanager
    def write(self, *, steady: bool = False) -> Iterator[Connection]:
        """Write, or undo all of it and say so as Ctrl-C does."""
        with super().write(steady=steady) as conn:
            yield conn
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt

"""Every setting of an account is told where an operator looks: in its file, or in docs/."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from outreach.bootstrap import House, open_house
from outreach.settings import Account, load
from outreach.settings.account import _ACCOUNT_KEYS, _TEXT_KEYS, account_block, needed, read_account
from outreach.settings.limits import _KEYS as LIMIT_KEYS
from outreach.store import schema
from outreach.store.database import Database
from tests.cli.shell import ENVIRON, ROOT

FILES = sorted((ROOT / "config" / "accounts").glob("*.toml"))


class Noted(dict[str, str | int]):
    """Options that note which of them are asked for."""

    def __init__(self, told: dict[str, str | int]) -> None:
        super().__init__(told)
        self.asked: set[str] = set()

    # dict's has overloads for what its default may be; options are asked for in this way only.
    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> str | int:
        self.asked.add(name)
        return super().__getitem__(name)


@cache
def docs() -> str:
    return "".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))


def named(name: str, text: str) -> bool:
    return re.search(rf"(?<![a-z_]){name}(?![a-z_])", text) is not None


@pytest.mark.parametrize("key", sorted(_ACCOUNT_KEYS | _TEXT_KEYS | LIMIT_KEYS))
def test_every_key_of_an_account_is_told(key: str) -> None:
    assert named(key, docs() + "".join(path.read_text() for path in FILES))


def read(path: Path) -> Account:
    lacking = dict.fromkeys(needed(account_block(path)), "sim-it")
    account = read_account(path, {**lacking, **ENVIRON})
    return replace(account, options=Noted(dict(account.options)))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with every account there is, enabled or not."""
    url = f"sqlite:///{tmp_path / 'outreach.db'}"
    database = Database(url)
    schema.upgrade(database)
    database.close()
    settings = load(ROOT / "config", {**ENVIRON, "OUTREACH_DATABASE_URL": url})
    house = open_house(replace(settings, accounts=tuple(map(read, FILES))))
    yield house
    house.close()


async def test_every_option_that_is_read_is_told(house: House) -> None:
    async with house.staffed() as staff:
        house.poll(staff)
        house.askers(staff, asyncio.Event())
        house.settler(staff)
    general = docs()
    for path in FILES:
        account = house.settings.account(path.stem)
        assert isinstance(account.options, Noted)
        text = path.read_text() + general
        silent = sorted(name for name in account.options.asked if not named(name, text))
        assert not silent, f"{path.name} and docs/ do not name {silent}"

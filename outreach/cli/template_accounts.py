"""What the template commands share: accounts without their secrets, and parts in words."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from outreach.cli.words import Lang, count
from outreach.domain.link import Links, LinkSeal
from outreach.settings import Account
from outreach.settings.account import read_accounts
from outreach.settings.reporting import read_reporting


class _Unset(Mapping[str, str]):
    """An environment in which everything is set, to nothing of worth."""

    def __getitem__(self, name: str) -> str:
        return "-"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def accounts(config: Path) -> list[Account]:
    """Every account of config/accounts/, in order of preference; no secret is needed for parts."""
    return read_accounts(config / "accounts", _Unset())


def links(config: Path) -> Links:
    """The city's links as they look; their letters are sealed with no secret, and so nobody's."""
    opens = read_reporting(config / "reporting.toml").opens
    return Links(opens.address, LinkSeal(b""), opens.enabled)


def parts_words(parts: int, lang: Lang) -> str:
    """A number of parts in words."""
    if lang is Lang.VI:
        return f"{count(parts, lang)} đoạn"
    return "1 part" if parts == 1 else f"{count(parts, lang)} parts"

"""The mobile networks of Viet Nam, and which of them a number was first given to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Channel(IntEnum):
    """By what a message travels."""

    SMS = 1
    ZALO = 2


class Network(IntEnum):
    """A mobile network; the number is what tables store."""

    UNKNOWN = 0
    VIETTEL = 1
    VINAPHONE = 2
    MOBIFONE = 3
    VIETNAMOBILE = 4
    GMOBILE = 5
    ITEL = 6
    WINTEL = 7

    @property
    def title(self) -> str:
        """The name as the network itself writes it."""
        return _TITLES[self]

    @classmethod
    def named(cls, title: str) -> "Network":
        """Find a network by its title, in any letter case; ValueError if there is none."""
        return _BY_TITLE[title.casefold()] if title.casefold() in _BY_TITLE else _refuse(title)

    @classmethod
    def heard(cls, title: str | None) -> "Network | None":
        """The network that a carrier calls by its title, in any letter case; None for others."""
        return _BY_TITLE.get((title or "").strip().casefold()) or None


_TITLES = {
    Network.UNKNOWN: "Không rõ",
    Network.VIETTEL: "Viettel",
    Network.VINAPHONE: "VinaPhone",
    Network.MOBIFONE: "MobiFone",
    Network.VIETNAMOBILE: "Vietnamobile",
    Network.GMOBILE: "Gmobile",
    Network.ITEL: "iTel",
    Network.WINTEL: "Wintel",
}
_BY_TITLE = {title.casefold(): network for network, title in _TITLES.items()}


def _refuse(title: str) -> Network:
    known = ", ".join(title for network, title in _TITLES.items() if network)
    raise ValueError(f"no network is called {title!r}; known are {known}")


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers that were given to one operator, and how sure we are of it."""

    network: Network
    prefixes: tuple[str, ...]
    """National, without the leading 0."""
    operator: str = ""
    """Who sells the numbers where that is a guest on the network; empty where it is the network."""
    sure: bool = True
    """Whether public sources agree on network and operator."""
    since: date | None = None
    until: date | None = None
    """The last day."""
    note: str = ""

    @property
    def seller(self) -> str:
        """The name people know the number under."""
        return self.operator or self.network.title


class PrefixTable:
    """Which block a number lies in: the longest prefix wins.

    A prefix tells the *original* network only: numbers are ported (wire-formats 6.3).
    """

    __slots__ = ("_by_prefix", "_heads", "blocks")

    def __init__(self, blocks: Iterable[Block]) -> None:
        self.blocks = tuple(blocks)
        self._by_prefix = {prefix: block for block in self.blocks for prefix in block.prefixes}
        self._heads = self._settled()

    def network(self, msisdn: str) -> Network:
        """Name the network that a number (84 and nine digits) was first given to."""
        found = self._heads.get(msisdn[2:6])
        if found is not None:
            return found
        block = self.block(msisdn)
        return Network.UNKNOWN if block is None else block.network

    def block(self, msisdn: str) -> Block | None:
        """Find the block of a number (84 and nine digits)."""
        find = self._by_prefix.get
        return next((block for end in range(11, 2, -1) if (block := find(msisdn[2:end]))), None)

    def _settled(self) -> dict[str, Network]:
        """The networks of all heads of four digits that no longer prefix divides: one look-up."""
        settled: dict[str, Network] = {}
        for prefix in sorted(self._by_prefix, key=len):
            network = self._by_prefix[prefix].network
            if len(prefix) > _HEAD:
                settled.pop(prefix[:_HEAD], None)
                continue
            width = _HEAD - len(prefix)
            for number in range(10**width):
                settled[f"{prefix}{number:0{width}}" if width else prefix] = network
        return settled


_HEAD = 4

"""The mobile networks of Viet Nam, and which of them a number was first given to."""

from collections.abc import Mapping
from dataclasses import dataclass
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
class PrefixTable:
    """Which network a number block was given to: national prefix without the 0, longest wins.

    A prefix tells the *original* network only: numbers are ported (wire-formats 6.3).
    """

    prefixes: Mapping[str, Network]

    def network(self, msisdn: str) -> Network:
        """Name the network that a number (84 and nine digits) was first given to."""
        find = self.prefixes.get
        return find(msisdn[2:6]) or find(msisdn[2:5]) or find(msisdn[2:4]) or Network.UNKNOWN

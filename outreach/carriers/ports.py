"""What an adapter is given to work with."""

from dataclasses import dataclass

from outreach.carriers.base import TokenStore
from outreach.carriers.http import Http
from outreach.domain.window import Clock


@dataclass(frozen=True, slots=True)
class Ports:
    """One account's way to the network, its kept tokens, its callback door and the time."""

    http: Http
    tokens: TokenStore
    callback_url: str
    """The whole address for this account's callbacks, its unguessable part included."""
    clock: Clock

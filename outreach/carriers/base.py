"""What an adapter is: the contract between the engine and a carrier's dialect."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Outcome
from outreach.domain.receipt import Receipt
from outreach.domain.text import Encoding
from outreach.domain.token import Tokens


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered SMS: its letters as they are to arrive, its coding and its billed parts."""

    body: str
    encoding: Encoding
    parts: int


@dataclass(frozen=True, slots=True)
class Template:
    """A rendered template message: the carrier holds the words, we send the values."""

    template: str
    values: Mapping[str, str]
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Submission:
    """One message, ready to be said to a carrier; `msisdn` is 84 and nine digits."""

    key: str
    msisdn: str
    network: Network
    content: Text | Template


class ReceiptWay(StrEnum):
    """How a carrier tells of delivery."""

    PUSHED = "pushed"
    PULLED = "pulled"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a dialect can do; facts of the protocol, not of a contract."""

    channel: Channel
    receipts: ReceiptWay
    receipts_carry_key: bool
    duplicate_window: timedelta = timedelta(0)
    """For how long a repeated key is refused; zero where it is not."""


@dataclass(frozen=True, slots=True)
class Callback:
    """A carrier's call to our door, exactly as it came; header names in lower case."""

    query: str
    headers: Mapping[str, str]
    body: bytes


class ForgedError(Exception):
    """A callback whose seal does not fit; it is counted and dropped."""


class Adapter(Protocol):
    """A carrier's dialect. It decides nothing: no retry, sleep, log or database.

    `submit` never raises for anything a carrier or the network does: that is an outcome.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    async def submit(self, message: Submission) -> Outcome: ...


@runtime_checkable
class Pushed(Protocol):
    """An adapter whose carrier calls back."""

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read a callback; ForgedError if the seal does not fit, empty if it is not a receipt."""


@runtime_checkable
class Pulled(Protocol):
    """An adapter whose carrier has to be asked for a day's failures."""

    async def failures(self, day: date) -> Sequence[Receipt]:
        """The messages of a local day that the carrier could not hand over.

        Raises PullError when the answer is not complete: the day is asked again.
        """


class PullError(Exception):
    """A status or report call that gave no complete answer."""


class TokenStore(Protocol):
    """Where a connector keeps tokens: saved durably before their first use."""

    def load(self) -> Tokens | None: ...

    def save(self, tokens: Tokens) -> None: ...

    def refreshing(self) -> AbstractAsyncContextManager[None]:
        """Held by the one process that refreshes."""

"""What an adapter is: the contract between the engine and a carrier's dialect."""

from collections.abc import Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Outcome
from outreach.domain.reach import Lesson
from outreach.domain.receipt import Receipt
from outreach.domain.text import Encoding
from outreach.domain.token import Tokens


@dataclass(frozen=True, slots=True)
class Text:
    """A rendered SMS: its letters as they are to arrive, its coding and its billed parts."""

    body: str
    encoding: Encoding
    """GSM-7 for ASCII only, so that it says without accents too; see `measure_sent`."""
    parts: int


@dataclass(frozen=True, slots=True)
class Template:
    """A rendered template message: the carrier holds the words, we send the values."""

    template: str
    values: Mapping[str, str]
    parts: int = 1
    encoding: Encoding | None = None
    """Of the words that the carrier will send, for an SMS; None where they are not."""


@dataclass(slots=True)  # not frozen, which would cost more than all else in making one
class Submission:
    """One message, ready to be said to a carrier; `msisdn` is 84 and nine digits."""

    key: str
    msisdn: str
    network: Network
    content: Text | Template
    address: str = ""
    """The carrier's own id of the person, for an adapter that needs it; see Capabilities."""
    until: datetime | None = None
    """After it (aware) the message is of no use: for carriers that can be told to drop it then."""


class ReceiptWay(StrEnum):
    """How a carrier tells of delivery."""

    PUSHED = "pushed"
    PULLED = "pulled"  # the failures of a day
    ASKED = "asked"  # each message by itself
    ABSENT = "absent"

    @property
    def of_each(self) -> bool:
        """Whether each message is told of, good news too, so that silence means more to come."""
        return self in {ReceiptWay.PUSHED, ReceiptWay.ASKED}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a dialect can do; facts of the protocol, not of a contract."""

    channel: Channel
    receipts: ReceiptWay
    receipts_carry_key: bool
    duplicate_window: timedelta = timedelta(0)
    """For how long a repeated key is refused; zero where it is not."""
    list_least: int = 1
    list_most: int = 1
    """How many messages one call may hand over; above 1 the adapter is one of `Lists`."""
    addressed: bool = False
    """Whether a person is known by the carrier's own id, and not by number."""

    @property
    def by_reference(self) -> bool:
        """Whether what is heard of a message names the carrier's id only, so that it is kept."""
        return self.receipts.of_each and not self.receipts_carry_key


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
class Lists(Protocol):
    """An adapter that can hand over many messages in one call, never fewer than its least."""

    def alike(self, message: Submission) -> Hashable:
        """What messages must have in common to go in one list."""

    async def submit_list(
        self, key: str, messages: Sequence[Submission]
    ) -> Outcome | Sequence[Outcome]:
        """Hand over messages that are alike, under one key; an outcome for all, or for each.

        An outcome for all that can only be about one of them (a refused recipient, a wrong
        network) says that nothing was taken: the caller asks again in smaller lists.
        """


@runtime_checkable
class Lasting(Protocol):
    """An adapter with a line that outlives a call; calls are taken before it is open, too."""

    async def open(self) -> None:
        """Begin to keep the line up; returns at once, whether or not the carrier answers."""

    async def close(self) -> None:
        """Let the line go; what is under way is answered first, for a few seconds."""


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


@dataclass(frozen=True, slots=True)
class Question:
    """A message that was handed over, as its carrier may be asked about it."""

    key: str
    reference: str | None
    """What its acceptance gave; for one of a list that of the list."""
    msisdn: str
    at: datetime
    """When it was handed over, aware."""


@runtime_checkable
class Asked(Protocol):
    """An adapter whose carrier tells the status of one message when asked."""

    async def status(self, question: Question) -> Sequence[Receipt]:
        """Ask once, in one call; PullError without a readable answer.

        Empty where nothing can be asked or nothing is known yet. The word on the message itself
        has its key; an answer on a whole list may tell of the others by reference and number.
        """


@runtime_checkable
class Teaches(Protocol):
    """An adapter whose carrier's calls tell of persons as well as of messages."""

    def lessons(self, call: Callback) -> Sequence[Lesson]:
        """Read a callback; ForgedError if the seal does not fit, empty if it teaches nothing."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a contract stands, as far as its carrier tells; None where it does not."""

    balance: Decimal | None = None
    """đồng."""
    quota_left: int | None = None
    """Messages that it still takes today."""
    clock: datetime | None = None
    """The carrier's own present (aware), as its answer was dated."""


@runtime_checkable
class Stands(Protocol):
    """An adapter whose carrier can be asked for the contract itself, without sending anything."""

    async def standing(self) -> Standing:
        """Ask once: credentials are tried with it. PullError says what is wrong."""


@runtime_checkable
class Rehearses(Protocol):
    """An adapter whose carrier has a sandbox, or a mode that reaches only our own people."""

    async def rehearse(self, message: Submission) -> Outcome:
        """Submit a message in that mode."""


class PullError(Exception):
    """A status or report call that gave no complete answer."""


class TokenStore(Protocol):
    """Where a connector keeps tokens: saved durably before their first use."""

    def load(self) -> Tokens | None: ...

    def save(self, tokens: Tokens) -> None: ...

    def refreshing(self) -> AbstractAsyncContextManager[None]:
        """Held by the one process that refreshes; BusyError where it is not to be had."""

"""Our stable id for a submission: it travels with the request and comes back with the receipt."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

MAX_LENGTH = 48
"""The shortest field any carrier gives a caller's id (Zalo's tracking_id)."""

CAMPAIGN_SPAN = 10**9
STEP_SPAN = 10**8
MAX_RECIPIENTS = STEP_SPAN - 1
MAX_STEPS = CAMPAIGN_SPAN // STEP_SPAN


class SendClass(StrEnum):
    """Under which flag a submission left, so that a rehearsal is never taken for the real thing."""

    LIVE = "L"
    REHEARSAL = "R"


@dataclass(frozen=True, slots=True)
class MessageId:
    """A message's place: campaign, step of its plan (0 = first channel), number within the step.

    As one integer it reads `campaign · step · number`: 7·1·00000042 is 7_100_000_042.
    """

    campaign: int
    step: int
    number: int

    def __int__(self) -> int:
        return self.campaign * CAMPAIGN_SPAN + self.step * STEP_SPAN + self.number

    @classmethod
    def of(cls, value: int) -> "MessageId":
        """Take the integer apart."""
        campaign, rest = divmod(value, CAMPAIGN_SPAN)
        step, number = divmod(rest, STEP_SPAN)
        return cls(campaign, step, number)


def family(message: int) -> range:
    """The ids that a recipient's messages of one campaign can have: one for each step."""
    first = message - message % CAMPAIGN_SPAN + message % STEP_SPAN
    return range(first, first + MAX_STEPS * STEP_SPAN, STEP_SPAN)


def earlier(message: int) -> range:
    """The ids of a message's family at the steps before its own, the latest step first."""
    first = family(message).start
    return range(message - STEP_SPAN, first - 1, -STEP_SPAN)


@dataclass(frozen=True, slots=True)
class Key:
    """What a key says once its seal has been checked."""

    message: int
    send_class: SendClass
    generation: int
    """Counts definite refusals after which the message was tried again; an unknown keeps it."""


_FORM = re.compile(r"([0-9]{1,19})([LR])([0-9]{1,3})-([0-9a-f]{10})", re.ASCII)


class KeySeal:
    """Writes keys and reads them back, with a secret of the installation.

    Ten hex digits of BLAKE2b keep out forged and foreign keys; the key is no secret itself.
    """

    def __init__(self, secret: bytes) -> None:
        self._keyed = hashlib.blake2b(key=secret[:64], digest_size=5)

    def encode(self, message: int, send_class: SendClass, generation: int) -> str:
        """Write a key: digits, class, generation, seal; at most 48 characters."""
        body = f"{message}{send_class}{generation}"
        return f"{body}-{self._seal(body)}"

    def decode(self, text: str) -> Key | None:
        """Read a key; None when it is not one of ours."""
        found = _FORM.fullmatch(text)
        if found is None or self._seal(text[: -len(found[4]) - 1]) != found[4]:
            return None
        return Key(int(found[1]), SendClass(found[2]), int(found[3]))

    @property
    def fingerprint(self) -> str:
        """Tells one secret from another, and neither of them."""
        return self._seal("installation")

    @staticmethod
    def numeric(key: Key) -> int:
        """The form for carriers that take digits only; unsealed, so never trusted on return."""
        return key.message * 1000 + key.generation

    def _seal(self, body: str) -> str:
        keyed = self._keyed.copy()
        keyed.update(body.encode())
        return keyed.hexdigest()

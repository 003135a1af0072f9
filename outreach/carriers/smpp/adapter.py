"""SMPP 3.4: submit_sm on binds that last, receipts on the same (wire-formats.md 4)."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zlib import crc32

from outreach.carriers.base import (
    Callback,
    Capabilities,
    ReceiptWay,
    Standing,
    Submission,
    Text,
)
from outreach.carriers.ports import Ports
from outreach.carriers.smpp.answers import ROK, outcomes, unlisted
from outreach.carriers.smpp.connector import Connector
from outreach.carriers.smpp.ears import CONTENT_TYPE
from outreach.carriers.smpp.options import Validity, read_options
from outreach.carriers.smpp.parts import is_begun, throttled, together
from outreach.carriers.smpp.pauses import Pauses
from outreach.carriers.smpp.pdu import UDHI
from outreach.carriers.smpp.receipts import ReceiptReader
from outreach.carriers.smpp.session import Answer, Said
from outreach.carriers.smpp.text import Piece, pieces
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope
from outreach.domain.receipt import Receipt
from outreach.settings import Account


class Smpp:
    """An account at an SMS centre; ROK means that it took a part, receipts say the rest."""

    capabilities = Capabilities(Channel.SMS, ReceiptWay.PUSHED, receipts_carry_key=False)

    def __init__(self, account: Account, ports: Ports, pauses: Pauses | None = None) -> None:
        self._options = read_options(account)
        self._turn = ports.turn
        self._pauses = pauses or Pauses()
        self._connector = Connector(self._options, ports.hear, self._pauses)
        self._outcomes = outcomes(self._options.submit_fail)
        self._reader = ReceiptReader(self._options.receipt_zone, self._options.reference_form)

    async def open(self) -> None:
        """Begin to keep the binds up."""
        self._connector.begin()

    async def close(self) -> None:
        """Unbind, after what is under way was answered."""
        await self._connector.close()

    async def standing(self) -> Standing:
        """Ask whether we are bound and the other side is there; SMPP tells no more."""
        await self._connector.enquire()
        return Standing()

    async def submit(self, message: Submission) -> Outcome:
        """Submit a text, each part of it as a submit_sm."""
        assert isinstance(message.content, Text), "the engine routes texts to SMS accounts"
        try:
            bodies = self._bodies(message, message.content)
        except ValueError:
            return Refused(Scope.RECIPIENT, "ALPHABET", "a character that the alphabet lacks")
        parts = message.content.parts
        if len(bodies) == 1:
            (said,) = self._connector.say(bodies, parts)
            return self._outcome(await said)
        return await self._submit_parts(bodies, parts)

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        """Read what the connector heard; nobody else says anything in this form."""
        if call.headers.get("content-type") != CONTENT_TYPE:
            return ()
        return self._reader.receipts(call.body)

    async def _submit_parts(self, bodies: Sequence[bytes], parts: int) -> Outcome:
        """Submit the parts of one text, in their order.

        A throttled part of a text that has begun is written again, though adapters retry nothing
        else: only here is it known that the others were taken, and nobody can send the rest later.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + self._options.timeout
        found = await self._say(bodies, parts)
        while is_begun(found) and (left := throttled(found)):
            if clock() + self._pauses.part > until:
                break
            await asyncio.sleep(self._pauses.part)  # what the SMS centre asked for: less haste
            if not await self._turns(len(left)):  # counted when they leave, not before the pause
                break
            again = await self._say([bodies[n] for n in left], len(left))
            for n, outcome in zip(left, again, strict=True):
                found[n] = outcome
        return together(found)

    async def _turns(self, count: int) -> bool:
        """Wait until so many parts may be written again; False where one of them may not."""
        for _ in range(count):
            if not await self._turn(LimitScope.SEND):
                return False
        return True

    async def _say(self, bodies: Sequence[bytes], parts: int) -> list[Outcome]:
        """Submit them; a caller who goes away takes all that still waits with him."""
        said = await asyncio.gather(*self._connector.say(bodies, parts))
        return [self._outcome(each) for each in said]

    def _outcome(self, said: Said) -> Outcome:
        if not isinstance(said, Answer):
            return said
        if said.status == ROK:
            told = said.message_id
            return Accepted(self._options.reference_form.of_answer(told) if told else None)
        return self._outcomes.get(said.status) or unlisted(said.status)

    def _bodies(self, message: Submission, text: Text) -> Sequence[bytes]:
        """The bodies of submit_sm for a message; ValueError where a letter cannot be written."""
        options = self._options
        found = pieces(
            text.body,
            options.alphabet,
            options.long_texts,
            crc32(message.key.encode()) & 0xFF,  # the same for the same message, told again
            text.encoding,
        )
        before = options.addresses + message.msisdn.encode("ascii") + b"\0"
        told = options.validity is Validity.ABSOLUTE
        validity = _validity(message.until if told else None)
        return [_body(before, validity, piece) for piece in found]


def _body(before: bytes, validity: bytes, piece: Piece) -> bytes:
    """Everything from service_type on; a receipt is asked for, whatever becomes of the part."""
    return b"".join(
        (
            before,
            bytes((UDHI, 0, 0, 0)) if piece.headed else b"\0\0\0\0",
            validity,
            b"\0\x01\0",
            bytes((piece.data_coding, 0, len(piece.octets))),
            piece.octets,
            piece.tlvs,
        )
    )


@lru_cache(64)
def _validity(until: datetime | None) -> bytes:
    """The absolute time form of SMPP, in UTC; empty where the SMS centre decides."""
    return until.astimezone(UTC).strftime("%y%m%d%H%M%S000+").encode() if until else b""


def build(account: Account, ports: Ports) -> Smpp:
    """Make the adapter for an account."""
    return Smpp(account, ports)

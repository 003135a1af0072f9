"""SMPP 3.4 on the wire, as an SMSC reads and writes it (wire-formats.md 4.1 to 4.3)."""

import re
import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

BIND_RECEIVER: Final = 0x01
BIND_TRANSMITTER: Final = 0x02
SUBMIT_SM: Final = 0x04
DELIVER_SM: Final = 0x05
UNBIND: Final = 0x06
BIND_TRANSCEIVER: Final = 0x09
ENQUIRE_LINK: Final = 0x15
RESPONSE: Final = 0x80000000
GENERIC_NACK: Final = 0x80000000

RECEIPTED_MESSAGE_ID: Final = 0x001E
SAR_REFERENCE: Final = 0x020C
SAR_TOTAL: Final = 0x020E
SAR_NUMBER: Final = 0x020F
SC_INTERFACE_VERSION: Final = 0x0210
MESSAGE_PAYLOAD: Final = 0x0424
MESSAGE_STATE: Final = 0x0427

_HEADER = struct.Struct(">4I")
_TLV = struct.Struct(">HH")
_MAX_LENGTH = 70_000  # a message_payload of 64 KB and what is around it
_SUBMIT = re.compile(
    rb"[^\0]{0,5}\0"  # service_type
    rb"(.).([^\0]{0,20})\0"  # source_addr_ton, source_addr_npi, source_addr
    rb"(.)(.)([^\0]{0,20})\0"  # the same of the destination
    rb"(.).."  # esm_class, protocol_id, priority_flag
    rb"([^\0]{0,16})\0([^\0]{0,16})\0"  # schedule_delivery_time, validity_period
    rb"(.).(.).(.)",  # registered_delivery, _, data_coding, _, sm_length
    re.DOTALL,
)


class BadLengthError(Exception):
    """A command_length that no PDU can have: nothing after it can be found."""


class MalformedError(Exception):
    """A body whose fields do not fit into it."""


class Pdu(NamedTuple):
    """One PDU, its body unread."""

    command: int
    status: int
    sequence: int
    body: bytes


class Bind(NamedTuple):
    """Who wants to be bound."""

    system_id: str
    password: str


class Submit(NamedTuple):
    """A submit_sm; addresses as they came, `tlvs` by tag."""

    source_ton: int
    source: str
    dest_ton: int
    dest_npi: int
    destination: str
    esm_class: int
    schedule: str
    validity: str
    registered: int
    coding: int
    octets: bytes
    tlvs: Mapping[int, bytes]


class Reader:
    """Cuts a stream of bytes into PDUs."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Pdu]:
        """Give the PDUs that are whole now; BadLengthError where the stream cannot go on."""
        stream = self._rest + data if self._rest else data
        at, end = 0, len(stream)
        try:
            while end - at >= _HEADER.size:
                length, command, status, sequence = _HEADER.unpack_from(stream, at)
                if not _HEADER.size <= length <= _MAX_LENGTH:
                    raise BadLengthError
                if end - at < length:
                    break
                body = stream[at + _HEADER.size : at + length]
                at += length
                yield Pdu(command, status, sequence, body)
        finally:
            self._rest = stream[at:]


def write(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    """Put a header before a body."""
    return _HEADER.pack(_HEADER.size + len(body), command, status, sequence) + body


def tlv(tag: int, value: bytes) -> bytes:
    """Write an optional parameter."""
    return _TLV.pack(tag, len(value)) + value


def read_bind(body: bytes) -> Bind:
    """Read the credentials of a bind; MalformedError where they do not fit."""
    system_id, at = _string(body, 0, 16)
    password, at = _string(body, at, 9)
    _, at = _string(body, at, 13)  # system_type
    _, at = _string(body, at + 3, 41)  # address_range, after interface_version, ton and npi
    if at != len(body):
        raise MalformedError
    return Bind(system_id, password)


def read_submit(body: bytes) -> Submit:
    """Read a submit_sm; MalformedError where its fields do not fit."""
    found = _SUBMIT.match(body)
    if found is None:
        raise MalformedError
    source, destination, schedule, validity = found.group(2, 5, 7, 8)
    start, end = found.end(), found.end() + found[11][0]
    if end > len(body):
        raise MalformedError
    return Submit(
        found[1][0],
        source.decode("latin-1"),
        found[3][0],
        found[4][0],
        destination.decode("latin-1"),
        found[6][0],
        schedule.decode("latin-1"),
        validity.decode("latin-1"),
        found[9][0],
        found[10][0],
        body[start:end],
        _tlvs(body, end) if end < len(body) else {},
    )


def _string(body: bytes, at: int, size: int) -> tuple[str, int]:
    """Read a C-octet string of at most so many octets, its NUL included, and where it ends."""
    end = body.find(0, at, at + size)
    if end < 0:
        raise MalformedError
    return body[at:end].decode("latin-1"), end + 1


def _tlvs(body: bytes, at: int) -> Mapping[int, bytes]:
    found = {}
    while at < len(body):
        if at + _TLV.size > len(body):
            raise MalformedError
        tag, length = _TLV.unpack_from(body, at)
        at += _TLV.size
        if at + length > len(body):
            raise MalformedError
        found[tag] = body[at : at + length]
        at += length
    return found

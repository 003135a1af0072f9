"""SMPP 3.4 on the wire: streams cut into PDUs, PDUs read and written (wire-formats.md 4.1-4.3).

Nothing here raises for what a peer wrote: what cannot be read is None, or breaks the stream.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

RESPONSE = 0x80000000
GENERIC_NACK = 0x80000000
SUBMIT_SM = 0x04
SUBMIT_SM_RESP = RESPONSE | SUBMIT_SM
DELIVER_SM = 0x05
UNBIND = 0x06
BIND_TRANSCEIVER = 0x09
OUTBIND = 0x0B
ENQUIRE_LINK = 0x15
ALERT_NOTIFICATION = 0x102
DATA_SM = 0x103

UDHI = 0x40
"""The bit of esm_class that says: the text begins with a user data header."""

HEADER = 16
"""Octets before the body of every PDU."""
LONGEST = 1 << 16
"""Octets of a PDU; a longer one is no SMPP, and nobody waits for its end."""

_HEADER = struct.Struct(">IIII")
_LENGTH = struct.Struct(">I")
_TLV = struct.Struct(">HH")
_VERSION = 0x34


class Pdu(NamedTuple):
    """One whole PDU: the fields of its header, and all its octets, header included."""

    command: int
    status: int
    sequence: int
    octets: bytes


class Framer:
    """Cuts a stream into whole PDUs, however it was torn."""

    def __init__(self) -> None:
        self.broken = False
        """A length that cannot be: where the next PDU begins is not known any more."""
        self._rest = bytearray()
        self._needed = 0

    def feed(self, data: bytes) -> list[Pdu]:
        """Take what came; gives the PDUs that are whole with it."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return []
            data = bytes(self._rest)
            self._rest.clear()
        found = []
        start, end = 0, len(data)
        while end - start >= HEADER:
            length, command, status, sequence = _HEADER.unpack_from(data, start)
            if start + length > end or not HEADER <= length <= LONGEST:
                break
            found.append(Pdu(command, status, sequence, data[start : start + length]))
            start += length
        if start < end:
            self._keep(data[start:])
        return found

    def _keep(self, rest: bytes) -> None:
        """Keep the beginning of a PDU until the rest of it comes; its length is looked at now."""
        length = _LENGTH.unpack_from(rest)[0] if len(rest) >= 4 else HEADER
        self.broken = self.broken or not HEADER <= length <= LONGEST
        if not self.broken:
            self._rest += rest
            self._needed = length if len(rest) >= 4 else 4


def pdu(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    """A whole PDU."""
    return _HEADER.pack(HEADER + len(body), command, status, sequence) + body


def tlv(tag: int, value: bytes) -> bytes:
    """An optional parameter."""
    return _TLV.pack(tag, len(value)) + value


def bind_transceiver(system_id: bytes, password: bytes, system_type: bytes) -> bytes:
    """The body of a bind that sends and receives."""
    names = b"".join(field + b"\0" for field in (system_id, password, system_type))
    return names + bytes((_VERSION, 0, 0, 0))


def message_id(octets: bytes) -> str | None:
    """The id in a submit_sm_resp; its closing NUL may lack, as some forget it."""
    found = octets[HEADER:].partition(b"\0")[0]
    text = found.decode("latin-1")
    return text if 0 < len(found) <= 64 and text.isascii() and text.isprintable() else None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a deliver_sm or data_sm brings; `text` is as it came, with its header if it has one."""

    source: str
    esm_class: int
    data_coding: int
    text: bytes
    tlvs: Mapping[int, bytes]


def delivered(pdu: Pdu) -> Delivered | None:
    """Read a deliver_sm or data_sm; None where its fields do not fit into its length."""
    try:
        return _data_sm(pdu.octets) if pdu.command == DATA_SM else _deliver_sm(pdu.octets)
    except (ValueError, IndexError, struct.error):
        return None


def _deliver_sm(octets: bytes) -> Delivered:
    at = _skip(octets, HEADER, 6) + 2
    end = _skip(octets, at, 21)
    source = octets[at : end - 1].decode("latin-1")
    at = _skip(octets, end + 2, 21)
    esm_class = octets[at]
    at = _skip(octets, _skip(octets, at + 3, 17), 17)
    data_coding, length = octets[at + 2], octets[at + 4]
    at += 5
    if at + length > len(octets):
        raise ValueError("sm_length")
    text = octets[at : at + length]
    tlvs = _tlvs(octets, at + length)
    return Delivered(source, esm_class, data_coding, text or tlvs.get(0x0424, b""), tlvs)


def _data_sm(octets: bytes) -> Delivered:
    at = _skip(octets, HEADER, 6) + 2
    end = _skip(octets, at, 65)
    source = octets[at : end - 1].decode("latin-1")
    at = _skip(octets, end + 2, 65)
    esm_class, data_coding = octets[at], octets[at + 2]
    tlvs = _tlvs(octets, at + 3)
    return Delivered(source, esm_class, data_coding, tlvs.get(0x0424, b""), tlvs)


def _skip(octets: bytes, start: int, most: int) -> int:
    """The place behind a C-octet string of at most so many octets, its NUL included."""
    return octets.index(0, start, start + most) + 1


def _tlvs(octets: bytes, at: int) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    while at < len(octets):
        tag, length = _TLV.unpack_from(octets, at)
        at += 4 + length
        if at > len(octets):
            raise ValueError("a TLV beyond the end")
        found[tag] = octets[at - length : at]
    return found

"""Receipts as an SMS centre writes them."""

import struct
from datetime import UTC, datetime

from .contract import MSISDN
from .smpp_centre import packed

HEADERS = {"content-type": "application/x-smpp"}
WORDS = (
    "id:SIM-77",
    "sub:001",
    "dlvrd:001",
    "submit date:2611201000",
    "done date:2611201001",
    "stat:DELIVRD",
    "err:000",
)
TEXT = " ".join((*WORDS, "text:Moi ba con cai dat V"))
DONE = datetime(2026, 11, 20, 3, 1, tzinfo=UTC)


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def deliver(
    text: str | bytes = TEXT,
    *tlvs: bytes,
    esm_class: int = 4,
    source: str = MSISDN,
    coding: int = 0,
    sequence: int = 11,
) -> bytes:
    octets = text if isinstance(text, bytes) else text.encode("latin-1")
    head = b"\0\1\1" + source.encode() + b"\0\5\0SIM-CITY\0"
    fields = bytes((esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(octets)))
    return packed(5, sequence, head + fields + octets + b"".join(tlvs))


def data(*tlvs: bytes, esm_class: int = 4, sequence: int = 12) -> bytes:
    head = b"\0\1\1" + MSISDN.encode() + b"\0\5\0SIM-CITY\0"
    return packed(0x103, sequence, head + bytes((esm_class, 0, 0)) + b"".join(tlvs))

"""What the simulated SMSC takes and refuses, and how it reads texts."""

from typing import Any

import pytest

from outreach.simulator import text_hash
from tests.simulator.smsc import bound, smsc

_GSM_ALL = bytes(n for n in range(0x80) if n != 0x1B)
_UDH = b"\x05\x00\x03\x2a\x03\x01"
_SAR = {0x020C: b"\0\x2a", 0x020E: b"\x03", 0x020F: b"\x02"}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": b"a" * 160}, 0),
        ({"text": b"a" * 161}, 0x01),
        ({"text": b"\x1b\x65" * 80}, 0),
        ({"text": b"\x1b\x65" * 80 + b"a"}, 0x01),
        ({"text": "ộ".encode("utf-16-be") * 70, "coding": 8}, 0),
        ({"text": "ộ".encode("utf-16-be") * 71, "coding": 8}, 0x01),
        ({"text": b"a" * 140, "coding": 3}, 0),
        ({"text": b"a" * 141, "coding": 3}, 0x01),
        ({"text": b""}, 0x01),
        ({"text": _UDH + b"a" * 153, "esm_class": 0x40}, 0),
        ({"text": _UDH + b"a" * 154, "esm_class": 0x40}, 0x01),
        ({"text": _UDH + b"\0a" * 67, "esm_class": 0x40, "coding": 8}, 0),
        ({"text": _UDH + b"\0a" * 68, "esm_class": 0x40, "coding": 8}, 0x01),
        ({"text": b"\x06\x08\x04\0\x2a\x03\x03" + b"a" * 152, "esm_class": 0x40}, 0),
        ({"text": b"\x06\x08\x04\0\x2a\x03\x03" + b"a" * 153, "esm_class": 0x40}, 0x01),
        ({"text": _UDH, "esm_class": 0x40}, 0x01),
        ({"text": b"\x05\x00\x03\x2a\x03\x04a", "esm_class": 0x40}, 0x43),
        ({"text": b"\x09\x00", "esm_class": 0x40}, 0x43),
        ({"text": b"", "esm_class": 0x40}, 0x43),
        ({"text": b"a" * 153, "tlvs": _SAR}, 0),
        ({"text": b"a" * 154, "tlvs": _SAR}, 0x01),
        ({"tlvs": {0x020C: b"\0\x2a"}}, 0xC3),
        ({"tlvs": {**_SAR, 0x020E: b"\0\x03"}}, 0xC2),
        ({"tlvs": {**_SAR, 0x020F: b"\x04"}}, 0xC4),
        ({"tlvs": _SAR, "text": _UDH + b"a", "esm_class": 0x40}, 0xC1),
        ({"text": b"", "tlvs": {0x0424: b"a" * 1_000}}, 0),
        ({"tlvs": {0x0424: b"a" * 1_000}}, 0xC1),
        ({"text": b"\xd8\x3d", "coding": 8}, 0x45),  # half a surrogate pair
        ({"text": b"a\x1b"}, 0x45),  # half an escape pair
        ({"text": b"\x1ba"}, 0x45),
        ({"text": b"\x80"}, 0x45),
        ({"text": b"\0a\0", "coding": 8}, 0x45),
        ({"coding": 0xF5}, 0x45),
        ({"msisdn": "0900000001"}, 0x0B),
        ({"dest": (2, 1)}, 0x50),
        ({"dest": (1, 0)}, 0x51),
        ({"sender": "SIM-ELSE"}, 0x0A),
        ({"ton": 1}, 0x48),
        ({"esm_class": 0x04}, 0x43),
        ({"registered": 3}, 0x07),
        ({"validity": "261122235959028+"}, 0),
        ({"validity": "2026-11-22"}, 0x62),
        ({"schedule": "tomorrow"}, 0x61),
    ],
)
async def test_what_is_taken_and_what_is_not(fields: dict[str, Any], status: int) -> None:
    async with smsc() as sim:
        answer = await (await bound(sim)).submit(**fields)
        [row] = sim.ledger.requests()
    assert answer.status == status
    assert (row.accepted, row.code) == (status == 0, f"0x{status:02X}")
    assert (answer.body == b"") == (status != 0)


@pytest.mark.parametrize(
    ("octets", "coding", "habits", "text"),
    [
        (_GSM_ALL, 0, {}, None),
        (b"\x00\x02\x1b\x65\x1b\x3c\x1b\x3e", 0, {}, "@$€[]"),
        ("Mời cài".encode("utf-16-be"), 8, {}, "Mời cài"),
        ("🙂".encode("utf-16-be"), 8, {}, "🙂"),
        (b"@$_", 0, {"alphabet": "ascii"}, "@$_"),
        (b"\xe0", 0, {"alphabet": "latin1"}, "à"),
        (b"@", 1, {}, "@"),
    ],
)
async def test_texts_are_read_by_their_coding(
    octets: bytes, coding: int, habits: dict[str, Any], text: str | None
) -> None:
    async with smsc(**habits) as sim:
        assert (await (await bound(sim)).submit(text=octets, coding=coding)).status == 0
        [row] = sim.ledger.requests()
    assert text is None or row.text == text_hash(text)


async def test_a_part_that_comes_twice_is_told_from_another_part() -> None:
    def part(reference: int, number: int) -> dict[str, Any]:
        return {"esm_class": 0x40, "text": bytes((5, 0, 3, reference, 2, number)) + b"a" * 153}

    async with smsc() as sim:
        esme = await bound(sim, 0x02)
        for fields in (part(1, 1), part(1, 2), part(2, 2)):
            assert (await esme.submit(**fields)).status == 0
        await esme.submit(text=b"a" * 153, tlvs=_SAR)
        await esme.submit(text=b"a" * 153)
        [double] = sim.ledger.duplicates()
        assert (double.requests, double.accepted) == (2, 2)
        assert len({row.reference for row in sim.ledger.requests()}) == 5

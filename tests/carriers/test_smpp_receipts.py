"""SMPP receipts: every form of wire-formats.md 4.6 and 4.7."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import Callback
from outreach.domain.receipt import Receipt, Status

from .contract import MSISDN
from .smpp_centre import Centre, client, made, message, packed, serving
from .smpp_receipt import DONE, HEADERS, TEXT, WORDS, data, deliver, tlv


def read(octets: bytes, **options: Any) -> list[Receipt]:
    adapter = made("smpp://127.0.0.1:2775", **options)
    return list(adapter.receipts(Callback("", HEADERS, octets)))


def receipt(status: Status, code: str | None, at: datetime | None = DONE) -> Receipt:
    return Receipt(status, reference="SIM-77", msisdn=MSISDN, code=code, at=at)


def test_the_words() -> None:
    assert read(deliver()) == [receipt(Status.DELIVERED, "DELIVRD")]


@given(st.permutations(WORDS), st.integers(0, 7))
def test_the_words_in_any_order(words: list[str], place: int) -> None:
    quoted = "text:id:1 stat:UNDELIV er"
    shuffled = " ".join((*words[:place], quoted, *words[place:]))
    assert read(deliver(shuffled)) == [receipt(Status.DELIVERED, "DELIVRD")]


def test_a_field_is_a_word() -> None:
    words = f"msgid:4711 laststat:UNDELIV prerr:034 {TEXT}"
    assert read(deliver(words)) == [receipt(Status.DELIVERED, "DELIVRD")]


@pytest.mark.parametrize(
    ("stat", "status"),
    [
        ("DELIVRD", Status.DELIVERED),
        ("EXPIRED", Status.UNDELIVERED),
        ("DELETED", Status.UNDELIVERED),
        ("UNDELIV", Status.UNDELIVERED),
        ("REJECTD", Status.UNDELIVERED),
        ("ENROUTE", Status.ENROUTE),
        ("ACCEPTD", Status.ENROUTE),
        ("UNKNOWN", Status.OTHER),
        ("SKIPPED", Status.OTHER),
    ],
)
def test_states_in_words(stat: str, status: Status) -> None:
    text = TEXT.replace("DELIVRD", stat)
    assert read(deliver(text)) == [receipt(status, stat)]
    assert read(deliver(text.lower())) == [receipt(status, stat)]


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (1, Status.ENROUTE, "ENROUTE"),
        (2, Status.DELIVERED, "DELIVRD"),
        (3, Status.UNDELIVERED, "EXPIRED"),
        (4, Status.UNDELIVERED, "DELETED"),
        (5, Status.UNDELIVERED, "UNDELIV"),
        (6, Status.ENROUTE, "ACCEPTD"),
        (7, Status.OTHER, "UNKNOWN"),
        (8, Status.UNDELIVERED, "REJECTD"),
    ],
)
def test_states_in_parameters_go_before_words(state: int, status: Status, code: str) -> None:
    told = (tlv(0x1E, b"SIM-77\0"), tlv(0x427, bytes((state,))))
    wrong = TEXT.replace("SIM-77", "SIM-1").replace("DELIVRD", "SKIPPED")
    assert read(deliver(wrong, *told)) == [receipt(status, code)]
    assert read(deliver("", *told)) == [receipt(status, code, None)]
    assert read(data(*told)) == [receipt(status, code, None)]
    # Some say so in no bit of esm_class.
    assert read(deliver("", *told, esm_class=0)) == [receipt(status, code, None)]


@pytest.mark.parametrize(
    ("text", "tlvs", "code"),
    [
        ("err:034", (), "UNDELIV err:034"),
        ("err:A1", (), "UNDELIV err:A1"),
        ("err:E-9", (), "UNDELIV err:E-9"),
        ("err:000", (), "UNDELIV"),
        ("err:\x1b[2", (), "UNDELIV"),
        ("", (), "UNDELIV"),
        ("", (tlv(0x423, b"\x03\x00\x15"),), "UNDELIV err:021"),
        ("", (tlv(0x423, b"\x03\x00"),), "UNDELIV"),
    ],
)
def test_the_carriers_own_number(text: str, tlvs: tuple[bytes, ...], code: str) -> None:
    words = f"id:SIM-77 stat:UNDELIV {text}"
    assert read(deliver(words, *tlvs)) == [receipt(Status.UNDELIVERED, code, None)]


@pytest.mark.parametrize(
    ("done", "zone", "at"),
    [
        ("2611201001", None, DONE),
        ("261120100130", None, DONE.replace(second=30)),
        ("202611201001", None, DONE),
        ("20261120100130", None, DONE.replace(second=30)),
        ("2611200301", "UTC", DONE),
        ("26112010013", None, None),
        ("2613201001", None, None),
        ("0000000000", None, None),
        ("not told", None, None),
    ],
)
def test_the_moment(done: str, zone: str | None, at: datetime | None) -> None:
    text = TEXT.replace("done date:2611201001", f"done date:{done}")
    options = {"receipt_zone": zone} if zone else {}
    assert read(deliver(text), **options) == [receipt(Status.DELIVERED, "DELIVRD", at)]


@pytest.mark.parametrize(
    ("form", "answer", "told"),
    [
        ("same", "00aB7", "ab7"),
        ("same", "ab7", "00AB7"),
        ("hex-in-answer", "0001e240", "0000123456"),
        ("hex-in-receipt", "123456", "1E240"),
    ],
)
async def test_a_receipt_has_the_reference_of_its_answer(form: str, answer: str, told: str) -> None:
    centre = Centre(lambda line, submit, _: line.accept(submit.sequence, answer))
    async with serving(centre), client(centre.port, reference_form=form) as smpp:
        outcome = await smpp.submit(message())
        for octets in (
            deliver(f"id:{told} stat:DELIVRD"),
            deliver("", tlv(0x1E, told.encode() + b"\0"), tlv(0x427, b"\2")),
        ):
            (found,) = smpp.receipts(Callback("", HEADERS, octets))
            assert found.reference == getattr(outcome, "reference", None)


@pytest.mark.parametrize(
    ("source", "msisdn"),
    [("+84900000001", MSISDN), ("0900000001", MSISDN), ("SIM-CITY", None), ("849", None)],
)
def test_the_number(source: str, msisdn: str | None) -> None:
    assert [each.msisdn for each in read(deliver(source=source))] == [msisdn]


def test_other_codings_and_headers() -> None:
    assert read(deliver(TEXT.encode("utf-16-be"), coding=8)) == read(deliver())
    assert read(deliver(b"\5\0\3\1\1\1" + TEXT.encode(), esm_class=0x44)) == read(deliver())
    assert read(deliver(b"", tlv(0x424, TEXT.encode()))) == read(deliver())


@pytest.mark.parametrize(
    ("esm_class", "found"), [(0x04, 1), (0x20, 1), (0x00, 0), (0x08, 0), (0x10, 0), (0x18, 0)]
)
def test_the_bits_of_a_receipt(esm_class: int, found: int) -> None:
    stateless = read(deliver("id:SIM-77", esm_class=esm_class))
    assert stateless == [receipt(Status.OTHER, None, None)] * found


def test_what_is_no_receipt() -> None:
    assert read(deliver("Toi da cai dat VssID", esm_class=0)) == []
    assert read(deliver("stat:DELIVRD")) == []  # of no message
    assert read(packed(0x15, 1)) == []
    # Whoever knows our door's address is no SMS centre.
    adapter = made("smpp://127.0.0.1:2775")
    for headers in ({}, {"content-type": "text/plain"}):
        assert list(adapter.receipts(Callback("", headers, deliver()))) == []


@given(st.binary(max_size=200) | st.builds(lambda body: packed(5, 1, body), st.binary()))
def test_garbage_is_no_receipt(octets: bytes) -> None:
    read(octets)


@given(st.data())
def test_a_damaged_receipt_harms_no_other(choice: st.DataObject) -> None:
    octets = bytearray(deliver(TEXT, tlv(0x1E, b"SIM-77\0"), tlv(0x427, b"\2")))
    place = choice.draw(st.integers(16, len(octets) - 1))
    octets[place] = choice.draw(st.integers(0, 255))
    assert read(bytes(octets) + deliver())[-1:] == read(deliver())


@pytest.mark.parametrize("told", [b"9" * 5000, b"9" * 65, b" \0", b"\0"])
def test_an_id_that_is_none_leaves_that_in_the_words(told: bytes) -> None:
    found = read(deliver(TEXT, tlv(0x001E, told)))
    assert found == [receipt(Status.DELIVERED, "DELIVRD")]


@pytest.mark.parametrize("text", [f"{TEXT}\0", TEXT.replace(" ", "\0"), f"id:SIM-77\0 {TEXT}"])
def test_a_nul_ends_a_word_and_is_no_part_of_it(text: str) -> None:
    assert read(deliver(text)) == [receipt(Status.DELIVERED, "DELIVRD")]


def test_a_field_that_is_a_nul_is_none() -> None:
    (found,) = read(deliver("id:SIM-77 stat:UNDELIV err:\0 text:"))
    assert found.code == "UNDELIV"

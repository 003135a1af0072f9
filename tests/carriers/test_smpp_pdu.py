"""SMPP PDUs: a stream is cut at the same places however it is torn, and nothing raises."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.smpp.pdu import LONGEST, Framer, Pdu, delivered, message_id

from .smpp_centre import packed
from .smpp_receipt import deliver, tlv

headers = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=300))


@given(st.lists(headers, max_size=8), st.lists(st.integers(1, 60), max_size=60))
def test_a_torn_stream_is_read_as_the_whole(
    written: list[tuple[int, int, bytes]], pieces: list[int]
) -> None:
    stream = b"".join(packed(command, number, body) for command, number, body in written)
    framer, found = Framer(), []
    for size in [*pieces, len(stream)]:
        found += framer.feed(stream[:size])
        stream = stream[size:]
    assert not framer.broken
    assert [(each.command, each.sequence, each.octets[16:]) for each in found] == written


@given(st.binary(max_size=100), st.lists(st.integers(1, 30), max_size=10))
def test_garbage_breaks_or_waits(stream: bytes, pieces: list[int]) -> None:
    framer = Framer()
    for size in [*pieces, 100]:
        for each in framer.feed(stream[:size]):
            delivered(each)
            message_id(each.octets)
        stream = stream[size:]
        if framer.broken:
            return


def test_the_longest_and_the_shortest() -> None:
    longest = packed(5, 1, bytes(LONGEST - 16))
    framer = Framer()
    assert framer.feed(longest + packed(0x15, 2)) == [
        Pdu(5, 0, 1, longest),
        Pdu(0x15, 0, 2, packed(0x15, 2)),
    ]
    for length in (0, 4, 15, LONGEST + 1, 2**32 - 1):
        framer = Framer()
        assert framer.feed(packed(0x15, 1) + length.to_bytes(4)) == [
            Pdu(0x15, 0, 1, packed(0x15, 1))
        ]
        assert framer.broken
    framer = Framer()
    assert framer.feed(packed(5, 1, bytes(LONGEST - 15)) + bytes(100)) == []
    assert framer.broken


@given(st.binary(max_size=120), st.sampled_from([5, 0x103]))
def test_any_body_is_read_or_not(body: bytes, command: int) -> None:
    octets = packed(command, 1, body)
    delivered(Pdu(command, 0, 1, octets))
    message_id(octets)


def test_lengths_beyond_the_end_are_not_read() -> None:
    whole = deliver("id:1 stat:DELIVRD", tlv(0x427, b"\2"))
    (sound,) = Framer().feed(whole)
    assert delivered(sound) is not None
    place = whole.index(b"id:") - 1  # sm_length
    for octets in (whole[:place] + b"\xff" + whole[place + 1 :], whole[:-2] + b"\xff\2"):
        (damaged,) = Framer().feed(octets)
        assert delivered(damaged) is None
